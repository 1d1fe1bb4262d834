"""How reports are reviewed, read from review.yaml: what one may lack, the ladder of a supplement."""

from datetime import time
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Part):
    """One thing a report may lack, as an officer ticks it and a unit reads it."""

    key: str
    item: str
    content: str
    how: str


class SupplementRung(_Part):
    """One reminder of a supplement: so many working days before or after its last day, or on it."""

    rung: str = Field(max_length=20)
    side: Literal["before", "on", "after"]
    working_days: int = Field(ge=0, le=60)
    at: time


class ReviewerRules(_Part):
    """When an office is told of reports that lie: after so many working days, and how often at most."""

    working_days: int = Field(ge=1, le=60)
    gap: int = Field(ge=1, le=60)
    at: time


class ReviewRules(_Part):
    """What review.yaml says."""

    reasons: tuple[Reason, ...]
    refusals: dict[str, str]
    ladder: tuple[SupplementRung, ...]
    longest_days: int = Field(ge=1, le=366)
    reviewers: ReviewerRules


@cache
def review_rules() -> ReviewRules:
    """Return how reports are reviewed, as shipped."""
    text = files("config").joinpath("review.yaml").read_text("utf-8")
    return ReviewRules.model_validate(yaml.safe_load(text))

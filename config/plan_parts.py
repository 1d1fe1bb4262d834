"""The smaller parts of a plan: events nobody has dated yet, order inside a season, counts, coverage, milestones."""

from datetime import date
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from config.grammar import MILESTONES, known, parse_rule

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=80)]
EventSlug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
MilestoneKind = Annotated[str, AfterValidator(lambda v: known(v, MILESTONES, "milestone"))]
RuleText = Annotated[str, AfterValidator(lambda v: parse_rule(v).text)]
_FIRST, _LAST = date(1945, 1, 1), date(2250, 12, 31)


def _in_our_times(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise ValueError(f"day {day.isoformat()} lies in no campaign's time; correct its year")
    return day


Day = Annotated[date, AfterValidator(_in_our_times)]

T = TypeVar("T")


class Part(BaseModel):
    """A part of a plan file: fixed once read, and without keys nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def not_empty(parts: tuple[T, ...]) -> tuple[T, ...]:
    """Return the parts, of which there must be one.

    Not pydantic's own minimum: that also complains where every entry is ill-formed, which is noise.
    """
    if not parts:
        raise ValueError("this list needs at least one entry; write one, beginning with '- '")
    return parts


class Event(Part):
    """Something that will happen on a day nobody knows yet (a conference); a ruling dates it."""

    slug: EventSlug = Field(alias="event")
    title: Text
    clause: Text | None = None
    words: Text | None = None
    reading: Text | None = None


class Chain(Part):
    """Duties of one season in their order: each ends no later than the next."""

    slug: Slug = Field(alias="chain")
    clause: Text
    order: Annotated[tuple[Slug, ...], AfterValidator(not_empty)]
    words: Text | None = None
    reading: Text | None = None


class Count(Part):
    """How many names one obligor registers; null where the plan is silent."""

    min: int | None = Field(None, ge=0, le=100_000)
    max: int | None = Field(None, ge=0, le=100_000)
    clause: Text | None = None
    words: Text | None = None
    reading: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError(f"'max' {self.max} is less than 'min' {self.min}; exchange them, or correct one")
        return self


class Coverage(Part):
    """What share of the duty's own obligors must do it, in percent."""

    percent: int = Field(ge=0, le=100)
    clause: Text | None = None
    words: Text | None = None
    reading: Text | None = None


class Milestone(Part):
    """An internal step of whoever prepares a duty: so many days before it is due, or a day of its own."""

    kind: MilestoneKind = Field(alias="milestone")
    days: int | None = Field(None, ge=-365, le=365)
    working_days: int | None = Field(None, ge=-250, le=250)
    rule: RuleText | None = None  # a day of its own: `by 31/10`
    from_: Literal["target_on", "due_on"] = Field("due_on", alias="from")
    clause: Text | None = None
    words: Text | None = None
    reading: Text | None = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if sum(given is not None for given in (self.days, self.working_days, self.rule)) != 1:
            raise ValueError(f"milestone '{self.kind}' needs one of 'days', 'working_days' and 'rule'")
        after = self.days if self.days is not None else self.working_days
        if after is not None and after > 0:
            raise ValueError(f"milestone '{self.kind}' lies {after} days after the due date; write -{after}")
        return self

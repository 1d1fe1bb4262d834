"""What a plan says of awards and targets in figures: caps, margins, who is ranked where, comparators, the law."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.grammar import UNIT_KINDS, known
from config.plan_parts import Day, Part, Slug, Text, not_empty

Readings = Annotated[tuple[Slug, ...], AfterValidator(not_empty)]
AtMost = Annotated[int, Field(ge=1, le=100_000)]
RankedKind = Annotated[str, AfterValidator(lambda v: known(v, UNIT_KINDS, "unit kind"))]


class Limit(Part):
    """How many awards at most: collectives and persons together, or each apart; null where the plan is silent."""

    together: AtMost | None = None
    collectives: AtMost | None = None
    persons: AtMost | None = None

    @model_validator(mode="after")
    def _together_or_apart(self) -> Self:
        apart = self.collectives is not None or self.persons is not None
        if apart == (self.together is not None):
            raise ValueError("a cap needs 'together', or 'collectives' and 'persons' apart, and not both")
        return self


class LimitByLaw(Limit):
    """The limit that a law puts in the place of the plan's own, from its first day, with its citation."""

    from_: Day = Field(alias="from")
    law: Text


class AwardedBefore(Part):
    """What becomes of a nominee who has had an award in the year: refused, or named to whoever appraises."""

    outsiders: Literal["refused", "told"]
    others: Literal["refused", "told"]


class Cap(Limit):
    """How many awards a round may have, and what holds for those from outside the province."""

    outsiders: Literal["outside", "counted"] | None = None
    awarded_before: AwardedBefore | None = None
    instead: tuple[LimitByLaw, ...] = ()  # oldest first
    clause: Text | None = None
    words: Text | None = None
    rests_on: Readings

    @model_validator(mode="after")
    def _oldest_first(self) -> Self:
        days = [limit.from_ for limit in self.instead]
        if days != sorted(set(days)):
            raise ValueError("the limits of 'instead' follow each other; order them by 'from', one for a day")
        return self


class Margin(Part):
    """By how much a percent target must be exceeded; `percent` null: exceeded, and the plan says no margin."""

    percent: int | None = Field(None, ge=1, le=1000)
    targets: tuple[Annotated[int, Field(ge=1, le=100)], ...] = ()  # targets of the plan to show it by
    clause: Text | None = None
    words: Text
    rests_on: Readings

    @model_validator(mode="after")
    def _as_the_words_say(self) -> Self:
        named = re.search(r"(\d+) ?%", self.words)
        if self.percent is None and named:
            raise ValueError(f"words say '{named[0]}'; write 'percent: {int(named[1])}'")
        return self


class RankedIn(Part):
    """Which kind of unit is ranked, and inside what: the whole province, or each district for itself."""

    of: RankedKind
    inside: Literal["province", "district"]

    @model_validator(mode="after")
    def _larger_than_what_it_holds(self) -> Self:
        if self.of in (self.inside, "province"):
            raise ValueError(
                f"units of kind '{self.of}' cannot be ranked inside one '{self.inside}'; name smaller ones"
            )
        return self


class Partition(RankedIn):
    """Which places lead; `instead` is the other way to read the words, which whoever appraises is told."""

    first: int = Field(1, ge=1, le=1000)
    last: int = Field(ge=1, le=1000)
    instead: RankedIn | None = None
    clause: Text | None = None
    words: Text | None = None
    rests_on: Readings

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"'last' {self.last} is less than 'first' {self.first}")
        if self.instead and (self.instead.of, self.instead.inside) == (self.of, self.inside):
            raise ValueError("'instead' says the same again; name the other way to read the words, or leave it out")
        return self


class ComparatorWord(Part):
    """A word beside a target's level (`…` stands for the level) and how values are compared with it."""

    word: Text
    how: Literal[">=", ">", "about"] = Field(alias="is")
    level: int = Field(ge=0)
    clause: Text
    words: Text
    rests_on: Readings

    @model_validator(mode="after")
    def _stands_beside_the_level(self) -> Self:
        before, _, after = self.word.lower().partition("…")
        beside = rf"(?<!\w){re.escape(before.strip())}\s*0*{self.level}(?!\d)[^\d.;]*{re.escape(after.strip())}"
        if not (before or after).strip() or not re.search(beside, self.words.lower()):
            raise ValueError(
                f"words '{self.words}' do not say '{self.word}' at {self.level}; quote words that do, "
                f"with '…' in 'word' for the level: '… trở lên'"
            )
        return self


class Law(Part):
    """A law on awards, with its citation, from the day on which it is in force."""

    law: Text
    from_: Day = Field(alias="from")
    rests_on: Readings

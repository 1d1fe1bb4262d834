"""What a plan wants to be reached, in figures: the words, level, year, comparator, value, unit, base, exclusions."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.grammar import LEVELS, UNIT_KINDS, GrammarError, known, parse_years
from config.plan_parts import Part, Slug, Text

Comparator = Literal[">=", ">", "<=", "about", "text"]  # `text`: no number, a person judges by what is shown


def _one_year(text: str) -> str:
    if (years := parse_years(text)).recurs:
        raise GrammarError(
            f"year '{years.text}' is several years; write one: 'first', 'first+1', 'last', 'phase-1.last'"
        )
    return text


BoundKind = Annotated[str, AfterValidator(lambda v: known(v, UNIT_KINDS, "unit kind"))]
LevelName = Annotated[str, AfterValidator(lambda v: known(v, LEVELS, "level"))]
OneYear = Annotated[str, AfterValidator(_one_year)]

_NUMERALS = {1: "một", 2: "hai", 3: "ba", 4: "bốn", 5: "năm"}
_HOW: tuple[tuple[str, Comparator], ...] = (
    (r"(?:trên|hơn)\s*$", ">"), (r"(?:tối thiểu|ít nhất)\s*$", ">="), (r"khoảng\s*$", "about"),
    (r"(?:không quá|tối đa|0*1\s*(?:đến|…|-|–))\s*$", "<="),
)  # fmt: skip


class Indicator(Part):
    """A target in figures as the plan prints it, for one level and one year."""

    slug: Slug = Field(alias="indicator")
    measure: Slug | None = None  # shared by targets that measure the same, in other years
    label: Annotated[str, Field(min_length=1, max_length=300)]
    clause: Text
    words: Text
    level: LevelName
    year: OneYear | None = None  # by the end of which year; null: the plan names none
    inferred: bool = False  # the year stands elsewhere in the plan than beside the number
    comparator: Comparator
    value: int | None = Field(None, ge=0, le=1_000_000_000)
    unit: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    base: Text | None = None  # of what the share is taken
    excludes: Text | None = None  # what is left out of it
    together: tuple[Text, ...] = ()  # conditions under one number: all must hold
    aliases: tuple[Text, ...] = ()  # what it is called since: “mức độ 4” has become “toàn trình”
    baseline: Text | None = None  # what a change is counted from; its day and value must be told
    binds: tuple[BoundKind, ...] = ()  # whose reports give the figure; none: it is found otherwise
    yes_no: tuple[BoundKind, ...] = ()  # of these, each answers yes or no: the share is one of units
    counted_by: tuple[Slug, ...] = ()  # duties whose coverage or count measures it
    reading: Text | None = None

    @property
    def of_measure(self) -> str:
        """Return what it measures: the same word for targets of other years."""
        return self.measure or self.slug

    @property
    def is_share(self) -> bool:
        """Return whether its value is a percentage."""
        return self.unit is not None and self.unit.startswith("%")

    @model_validator(mode="after")
    def _stands_in_its_words(self) -> Self:
        if (self.value is None) != (self.comparator == "text") or (self.unit is None) != (self.value is None):
            raise ValueError(
                f"indicator '{self.slug}' needs 'value' and 'unit', or 'comparator: text' where no number is printed"
            )
        if self.value is not None and not _places(self.words, self.value, self.is_share):
            number = f"{self.value}{'%' if self.is_share else ''}"
            raise ValueError(f"words '{self.words}' do not say {number}; quote the words with the number")
        for key, part in (("base", self.base), ("excludes", self.excludes), ("baseline", self.baseline)):
            if part and not _inside(part, self.words):
                raise ValueError(f"{key} '{part}' does not stand in the words; quote both as printed, with '…' between")
        return self

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.reading is None:
            if self.year is None:
                raise ValueError(
                    f"indicator '{self.slug}' has no 'year'; write it, or say in 'reading' why there is none"
                )
            if self.inferred:
                raise ValueError(f"indicator '{self.slug}': say in 'reading' where its year comes from")
            if self.level == "unclear":
                raise ValueError(f"indicator '{self.slug}': say in 'reading' why its level is unclear")
            said = said_of(self.words, self.value, self.is_share) if self.value is not None else None
            if said and self.comparator not in said.values():
                word, how = next(iter(said.items()))
                raise ValueError(
                    f"words say '{word}', comparator is '{self.comparator}'; write '{how}', or say in 'reading' why not"
                )
        if self.inferred and self.year is None:
            raise ValueError(f"indicator '{self.slug}': 'inferred: true' needs the year")
        return self

    @model_validator(mode="after")
    def _asked_of_somebody(self) -> Self:
        if stray := [kind for kind in self.yes_no if kind not in self.binds]:
            raise ValueError(f"'yes_no' names '{stray[0]}', 'binds' does not; add it there, or leave it out")
        if self.binds and self.counted_by:
            raise ValueError(f"indicator '{self.slug}' is counted by a duty; nobody reports it, leave 'binds' out")
        return self


def said_of(words: str, value: int, share: bool) -> dict[str, Comparator]:
    """Return how each place of a number in the words is compared, by the words beside it; bare means at least."""
    return dict(_said(words, *place) for place in _places(words, value, share))


def _said(words: str, start: int, end: int) -> tuple[str, Comparator]:
    before, after = words[:start], re.match(r"[^.;…]{0,40}?trở lên", words[end:])
    for pattern, how in _HOW:
        if match := re.search(rf"(?<!\w){pattern}", before, re.IGNORECASE):
            return words[match.start() : end], how
    return words[start : end + (after.end() if after else 0)], ">="


def _places(words: str, value: int, share: bool) -> list[tuple[int, int]]:
    """Where a number stands in words: in figures (`05`, with its `%` if it is a share), or as a word (`một`)."""
    sign = r"\s?%" if share else r"(?![\d/])(?!\s?%)"
    numeral = rf"|(?<!\w){_NUMERALS[value]}(?!\w)" if value in _NUMERALS and not share else ""
    return [match.span() for match in re.finditer(rf"(?<![\d/.,])0*{value}{sign}{numeral}", words, re.IGNORECASE)]


def _inside(part: str, words: str) -> bool:
    return all(piece.strip().lower() in words.lower() for piece in part.split("…"))

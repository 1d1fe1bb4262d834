"""What a province wrote, as values: one plan with its phases, roles, acts, office, ladders and duties."""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from config.grammar import (
    ACTS,
    DUTY_KINDS,
    EVERY,
    MODALITIES,
    ROLES,
    UNIT_KINDS,
    TimeRule,
    Years,
    known,
    parse_rule,
    parse_years,
)
from config.plan_awards import Cap, ComparatorWord, Law, Margin, Partition
from config.plan_indicators import Indicator
from config.plan_parts import Chain, Count, Coverage, Day, Event, Milestone, Part, RuleText, Slug, Text, not_empty

RungSlug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=40)]
UnitKind = Annotated[str, AfterValidator(lambda v: known(v, UNIT_KINDS, "unit kind"))]
RoleName = Annotated[str, AfterValidator(lambda v: known(v, ROLES, "role"))]
DutyKind = Annotated[str, AfterValidator(lambda v: known(v, DUTY_KINDS, "duty kind"))]
ModalityName = Annotated[str, AfterValidator(lambda v: known(v, MODALITIES, "modality"))]
ActName = Annotated[str, AfterValidator(lambda v: known(v, ACTS, "act"))]
EveryName = Annotated[str, AfterValidator(lambda v: known(v, EVERY, "recurrence"))]
YearsText = Annotated[str, AfterValidator(lambda v: parse_years(v).text)]

DEFAULT_LADDERS = {"mandated": "mandated", "requested": "courtesy", "invited": "courtesy", "encouraged": "none"}


_P = TypeVar("_P")


def _ends_after_it_begins(part: _P, begins: date | None, ends: date | None) -> _P:
    if begins and ends and ends < begins:
        raise ValueError(f"'until' {ends:%d/%m/%Y} lies before 'from' {begins:%d/%m/%Y}")
    return part


class Province(Part):
    """The province that runs the campaign."""

    name: Text
    code: Slug


class Instrument(Part):
    """The plan as a document; number and date may be missing from the copy at hand."""

    number: str | None = None
    date: Day | None = None
    issuer: Text
    signatory: Text
    status: Literal["issued", "draft"]


class Period(Part):
    """The campaign's years. The first year stands here and nowhere else."""

    first_year: int = Field(ge=1990, le=2200)
    years: int = Field(ge=1, le=50)

    @property
    def last_year(self) -> int:
        """Return the campaign's last year."""
        return self.first_year + self.years - 1


class Phase(Part):
    """A sub-period, as the n-th to the m-th year of the campaign."""

    slug: Slug = Field(alias="phase")
    name: Text
    from_: int = Field(alias="from_year", ge=1)
    until: int = Field(alias="until_year", ge=1)
    clause: Text
    conditional_on: Slug | None = None


class RoleHolder(Part):
    """Which organisation holds a role, from one day to another (both inclusive; null: open)."""

    unit: Slug
    from_: Day | None = Field(None, alias="from")
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        return _ends_after_it_begins(self, self.from_, self.until)

    def holds_on(self, day: date) -> bool:
        """Return whether the organisation holds the role on `day`."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class Role(Part):
    """What an organisation does in the campaign, who holds it when, and where the plan says so."""

    holders: Annotated[tuple[RoleHolder, ...], AfterValidator(not_empty)]
    clause: Text
    words: Text
    reading: Text | None = None

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        for earlier, later in pairwise(self.holders):
            if earlier.until is None or later.from_ is None or later.from_ <= earlier.until:
                raise ValueError(
                    f"'{earlier.unit}' and '{later.unit}' hold the role at the same time; order them by day"
                )
        return self


class Act(Part):
    """Which role may urge, guide, receive, watch, extend or decide: in its own name, or by advising another."""

    act: ActName
    role: RoleName
    advises: RoleName | None = None  # null: in its own name
    clause: Text
    words: Text | None = None
    reading: Text | None = None


class FormerOffice(Part):
    """Under which name the office wrote until a day (inclusive): offices and provinces merge while a campaign runs."""

    until: Day
    name: Text
    short_name: Text
    sender_name: Text


class Office(Part):
    """Who sends, signs, numbers acknowledgements and staffs the desk."""

    key: Slug
    name: Text
    short_name: Text
    sender_name: Text
    sender_address: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    contact_role: Text
    contact_phone: Text
    # How high it speaks. Read from the plan each time, so no column of the office's row (`exclude`).
    rank: Literal["province", "council", "department", "district", "commune"] = Field("department", exclude=True)
    formerly: tuple[FormerOffice, ...] = Field((), exclude=True)  # oldest first

    @model_validator(mode="after")
    def _oldest_first(self) -> Self:
        for earlier, later in pairwise(self.formerly):
            if later.until <= earlier.until:
                raise ValueError(
                    f"'{later.name}' until {later.until:%d/%m/%Y} stands after '{earlier.name}' until "
                    f"{earlier.until:%d/%m/%Y}; order former names by day"
                )
        return self

    def on(self, day: date) -> Self:
        """Return the office under the name it has on `day`; address and telephone stay those of today."""
        former = next((name for name in self.formerly if day <= name.until), None)
        return self.model_copy(update=former.model_dump(exclude={"until"})) if former else self


class Rung(Part):
    """One reminder or escalation of a ladder, as an offset in calendar or working days from a date of the duty."""

    slug: RungSlug = Field(alias="rung")
    offset_days: int | None = Field(None, alias="days", ge=-365, le=365)
    offset_working_days: int | None = Field(None, alias="working_days", ge=-250, le=250)
    from_: Literal["target_on", "due_on"] = Field("target_on", alias="from")
    at: time = time(8, 0)
    kind: Literal["remind", "overdue", "brief"]
    to: str  # officer | office | head | role:<slug>
    channel: Literal["email", "sms"] = "email"
    tone: Literal["informs", "courteous", "brief", "factual"] = "factual"
    reconciled: bool = False  # waits for a confirmed reconciliation
    late: Literal["fold", "send", "skip"] = "send"

    @model_validator(mode="after")
    def _sms_to_contacts(self) -> Self:
        if self.channel == "sms" and (self.kind == "brief" or self.to not in ("officer", "office")):
            raise ValueError(
                f"rung '{self.slug}' goes by SMS: it needs 'to: officer' or 'to: office' and cannot be a brief; "
                "heads and roles are never rung up"
            )
        return self

    @model_validator(mode="after")
    def _one_offset(self) -> Self:
        if (self.offset_days is None) == (self.offset_working_days is None):
            raise ValueError(f"rung '{self.slug}' needs either 'days' or 'working_days', one of the two")
        return self


class PlanObligor(Part):
    """A kind of unit that owes a duty, how strongly, and from when until when (both days inclusive; null: open)."""

    kind: UnitKind
    modality: ModalityName
    from_: Day | None = Field(None, alias="from")
    until: Day | None = None
    role: RoleName | None = None  # set when only the holder of this role owes the duty
    clause: Text | None = None
    words: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        return _ends_after_it_begins(self, self.from_, self.until)

    def bound_on(self, day: date) -> bool:
        """Return whether this kind of unit owes the duty on `day`."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class PlanAddressee(Part):
    """Who receives, through whom, and for what (`để tổng hợp`, `để theo dõi`). `to` is a role or `province`."""

    to: Annotated[str, AfterValidator(lambda v: known(v, (*ROLES, "province"), "role"))]
    via: RoleName | None = None
    function: Text | None = None


class Duty(Part):
    """Who must do what, to whom, through whom, by when, how often, how strongly, by which clause."""

    slug: Slug = Field(alias="duty")
    was: tuple[Slug, ...] = ()  # earlier slugs, so that a rename keeps its history
    kind: DutyKind
    title: Annotated[str, Field(min_length=1, max_length=400)]
    clause: Text
    words: Text
    rule: RuleText
    every: EveryName | None = None  # comes back each month, quarter or half-year of its years
    years: YearsText | None = None
    bound: YearsText | None = None  # the end of that year limits an undated duty
    discretionary: bool = False
    conditional_on: Slug | None = None
    obligors: Annotated[tuple[PlanObligor, ...], AfterValidator(not_empty)]
    addressees: tuple[PlanAddressee, ...] = ()
    ladders: dict[ModalityName, Slug] = Field(default_factory=dict)
    count: Count | None = None
    coverage: Coverage | None = None
    milestones: tuple[Milestone, ...] = ()
    cap: Cap | None = None
    margin: Margin | None = None
    partition: Partition | None = None
    asks: tuple[Slug, ...] | None = None  # measures; null: by the rule of deadlines/indicators.py
    reading: Text | None = None

    @property
    def time_rule(self) -> TimeRule:
        """Return the time rule, read."""
        return parse_rule(self.rule)

    @property
    def in_years(self) -> Years:
        """Return the years it belongs to: as written; each year if it comes back; the first year otherwise."""
        return parse_years(self.years or ("each" if self.every or self.time_rule.kind == "annual" else "first"))

    @property
    def receivers(self) -> tuple[str, ...]:
        """Return the roles at which a submission may arrive, in the plan's order; the first receipt counts."""
        return tuple(dict.fromkeys(addressee.via or addressee.to for addressee in self.addressees))

    def ladder_slug(self, modality: str) -> str:
        """Return the ladder this duty uses for units bound in this way."""
        return self.ladders.get(modality, DEFAULT_LADDERS[modality])


class Reading(Part):
    """A disputed text: the literal words, how they are read here, and the ruling that settled it, if any."""

    slug: Slug = Field(alias="id")
    clause: Text
    words: Text
    reading: Text
    duties: tuple[Slug, ...] = ()
    decided_by: str | None = None
    decided_on: Day | None = None


class Plan(Part):
    """One campaign as its province wrote it. `text` is the file itself, `sha256` its fingerprint."""

    key: Slug
    name: Annotated[str, Field(min_length=1, max_length=400)]
    province: Province
    instrument: Instrument
    period: Period
    calendar: Slug = "vn"  # which working days count
    roll_over: bool = False  # whether a last day that is a day off moves to the next working day, bindingly
    timeliness: Literal["first", "data", "document"] = "first"  # which of a report's two facts says whether it is late
    phases: tuple[Phase, ...] = ()
    roles: dict[RoleName, Role]
    acts: tuple[Act, ...] = ()
    office: Office
    ladders: dict[Slug, tuple[Rung, ...]]
    events: tuple[Event, ...] = ()
    chains: tuple[Chain, ...] = ()
    duties: Annotated[tuple[Duty, ...], AfterValidator(not_empty)]
    indicators: tuple[Indicator, ...] = ()
    comparators: tuple[ComparatorWord, ...] = ()
    laws: tuple[Law, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[Text, ...] = ()
    text: str = ""
    sha256: str = ""

    @property
    def starts_on(self) -> date:
        """Return the first day on which anything can be owed: the plan's date, else 1 January of its first year."""
        return self.instrument.date or date(self.period.first_year, 1, 1)

    def duty(self, slug: str) -> Duty:
        """Return a duty by its slug, present or former. Raises `KeyError`."""
        for duty in self.duties:
            if slug == duty.slug or slug in duty.was:
                return duty
        raise KeyError(slug)

    def ladder_for(self, duty: str, modality: str) -> tuple[Rung, ...]:
        """Return the rungs for units that owe `duty` with this modality; empty: nobody is written to."""
        return self.ladders[self.duty(duty).ladder_slug(modality)]

    def holder_of(self, role: str, day: date) -> str | None:
        """Return the code of the organisation that holds `role` on `day`, or null if it is vacant or unknown."""
        held = self.roles.get(role)
        return next((h.unit for h in held.holders if h.holds_on(day)), None) if held else None

    def years_of(self, years: Years) -> range:
        """Return the calendar years meant, e.g. `phase-1.last` → the one year 2025. Raises `KeyError` (phase)."""
        first, last = self.period.first_year, self.period.last_year
        if years.phase is not None:
            phase = {p.slug: p for p in self.phases}[years.phase]
            first, last = self.period.first_year + phase.from_ - 1, self.period.first_year + phase.until - 1
        if years.anchor == "each":
            return range(first, last + 1)
        year = last if years.anchor == "last" else first + years.shift
        return range(year, year + 1)

    def year_of(self, indicator: Indicator) -> int | None:
        """Return by the end of which year a target is to be reached, or null if the plan names none."""
        return self.years_of(parse_years(indicator.year))[0] if indicator.year else None

    def phase_of(self, year: int) -> Phase | None:
        """Return the phase a year belongs to; where phases overlap, the earlier one."""
        nth = year - self.period.first_year + 1
        return next((p for p in self.phases if p.from_ <= nth <= p.until), None)

"""What a report's form asks for: the parts of its text, and the figures, each with the target it is measured by."""

from dataclasses import dataclass

from config.plan import Duty, Indicator, Plan
from deadlines.indicators import asked_of

SECTIONS = ("steered", "results", "difficulties", "ahead")  # the customary outline of a báo cáo, in its order


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure a report gives; `target` and `unit` are null where the plan prints no number.

    `yes_no`: this unit answers yes or no (1 or 0), and the share is one of units. `share`: a percentage.
    """

    slug: str
    measure: str
    label: str
    clause: str
    words: str
    unit: str | None
    target: int | None
    comparator: str
    base: str | None
    excludes: str | None
    yes_no: bool
    share: bool
    rate: bool  # a growth or a distance, which may lie above 100 or below nought


@dataclass(frozen=True, slots=True)
class ReportForm:
    """A form: the parts of its text in their order (none: one plain text), and the figures it asks for."""

    sections: tuple[str, ...]
    figures: tuple[Figure, ...]

    def figure(self, slug: str) -> Figure | None:
        """Return a figure of the form by its slug."""
        return next((each for each in self.figures if each.slug == slug), None)


def form_of(plan: Plan, duty: Duty, unit_kind: str, period: str) -> ReportForm:
    """Return the form of a unit's report, as the plan of that day gives it."""
    sections = SECTIONS if duty.kind.endswith("-report") else ()
    return ReportForm(sections, tuple(_figure(each, unit_kind) for each in asked_of(plan, duty, unit_kind, period)))


def _figure(indicator: Indicator, unit_kind: str) -> Figure:
    unit = indicator.unit
    rate = indicator.baseline is not None or (indicator.is_share and unit != "%")
    return Figure(
        indicator.slug, indicator.of_measure, indicator.label, indicator.clause, indicator.words, unit, indicator.value,
        indicator.comparator, indicator.base, indicator.excludes, unit_kind in indicator.yes_no, indicator.is_share,
        rate,
    )  # fmt: skip

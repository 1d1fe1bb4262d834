"""A wrong first year or number of years shows in nearly every duty: it is told once, and the rest as it was meant."""

from collections import Counter
from collections.abc import Collection

from config.grammar import parse_years
from config.plan import Duty, Plan
from config.words_said import plain
from config.words_years import SPAN, years_in
from deadlines.rung_sense import Found

_ENOUGH = 2  # duties that agree; one alone may have a slip of its own


def meant_period(plan: Plan) -> tuple[Plan, Found]:
    """Return the plan with the years its duties' words speak of, and what is to be told of `period`, if they differ."""
    told: list[tuple[tuple[str, ...], str, bool]] = []
    first, names = _shift(plan, [duty for duty in plan.duties if _anchor(duty) != "last"])
    if first:
        year = plan.period.first_year
        said = f"by the words of {names} the campaign begins in {year + first}"
        told.append((("period", "first_year"), f"'first_year' is {year}, {said}; write {year + first}", False))
        plan = _with(plan, first_year=year + first)
    last, names = _shift(plan, [duty for duty in plan.duties if _anchor(duty) == "last"], _said_elsewhere(plan))
    if last and plan.period.years + last > 0:
        years = plan.period.years
        said = f"by the words of {names} the campaign ends in {plan.period.last_year + last}"
        told.append((("period", "years"), f"'years' is {years}, {said}; write {years + last}", False))
        plan = _with(plan, years=years + last)
    return plan, iter(told)


def _shift(plan: Plan, duties: list[Duty], also: Collection[int] = ()) -> tuple[int, str]:
    """By how many years most duties' words differ from their rules, and which duties; 0 if they do not agree.

    `also`: what its name or phases say the shift is; then one duty is enough.
    """
    named = {duty.slug: shift for duty in duties if (shift := _off(plan, duty)) is not None}
    votes = Counter(named.values())
    shift, count = next(iter(votes.most_common(1)), (0, 0))
    agreed = 3 * count >= 2 * len(named) and (count >= _ENOUGH or shift in also)
    slugs = [f"'{slug}'" for slug, each in named.items() if each == shift]
    more = f" and {len(slugs) - 3} more" if len(slugs) > 3 else ""
    return (shift, f"{', '.join(slugs[:3])}{more}") if agreed else (0, "")


def _off(plan: Plan, duty: Duty) -> int | None:
    """How many years later the words' one year lies than the one the rule gives; null where either names none."""
    years, text = set(years_in(plain(duty.words))), duty.years or duty.bound
    if len(years) != 1 or not text or duty.every or duty.time_rule.of_next or parse_years(text).recurs:
        return None
    return years.pop() - plan.years_of(parse_years(text))[-1]


def _anchor(duty: Duty) -> str | None:
    """`last` for what lies in the campaign's last year, whatever its phases."""
    text = duty.years or duty.bound
    return None if text is None or parse_years(text).phase else parse_years(text).anchor


def _said_elsewhere(plan: Plan) -> set[int]:
    """By how many years the campaign's end differs from the last of its phases, and of the years in its name."""
    phases = {phase.until - plan.period.years for phase in plan.phases}
    span = SPAN.search(plan.name.lower())
    return {max(phases, default=0)} | ({int(span[2]) - plan.period.last_year} if span else set())


def _with(plan: Plan, **period: int) -> Plan:
    return plan.model_copy(update={"period": plan.period.model_copy(update=period)})

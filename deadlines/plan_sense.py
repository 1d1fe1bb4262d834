"""What only shows once a plan's duties are laid out in time: dates that are over, duties nobody owes, order, words."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from config.grammar import parse_years
from config.plan import Duty, Plan, PlanObligor
from config.yaml_lines import Path
from deadlines.calendar import Calendar
from deadlines.chains import out_of_order
from deadlines.condition_sense import condition_problems
from deadlines.duties import expand_duties
from deadlines.duty_words import word_problems
from deadlines.indicator_sense import indicator_problems
from deadlines.ladder_sense import ladder_problems
from deadlines.milestone_sense import milestone_problems
from deadlines.model import DutyPeriod, Obligor
from deadlines.period_sense import meant_period
from deadlines.rung_sense import Found
from deadlines.windows import end_of_year

DISTRICTS_UNTIL = date(2025, 6, 30)  # the last day of districts, as of every plan's units of that level


def silent_problems(plan: Plan, calendar: Calendar) -> Found:
    """Yield (path, text, whether it is only a note) for everything a plan says that cannot come about."""
    plan, told = meant_period(plan)
    yield from told
    rows = expand_duties(plan, calendar)
    # Words name the day before it is moved to a working day.
    unmoved = expand_duties(plan.model_copy(update={"roll_over": False}), calendar) if plan.roll_over else rows
    for n, duty in enumerate(plan.duties):
        mine = [row for row in rows if row.duty == duty.slug]
        path: Path = ("duties", n)
        yield from _years(plan, duty, path)
        yield from _over(plan, duty, mine, path)
        yield from _nobody(plan, duty, mine, path)
        yield from milestone_problems(duty, mine, path, calendar)
        yield from word_problems(plan, duty, [row for row in unmoved if row.duty == duty.slug], path)
        yield from _district(plan, duty, mine, path)
    yield from ladder_problems(plan, rows, calendar)
    yield from _holders(plan)
    yield from condition_problems(plan, rows)
    yield from _order(plan, rows)
    yield from indicator_problems(plan)


def _years(plan: Plan, duty: Duty, path: Path) -> Found:
    for field, text in (("years", duty.years), ("bound", duty.bound)):
        if text is None:
            continue
        years = parse_years(text)
        phase = next((phase for phase in plan.phases if phase.slug == years.phase), None)
        last = plan.period.first_year + phase.until - 1 if phase else plan.period.last_year
        year = plan.years_of(years)[-1]
        if year > last:
            where = f"phase '{phase.slug}'" if phase else "the campaign"
            yield (*path, field), f"'{text}' is {year}, after {where} ends in {last}; correct '{field}'", False


def _over(plan: Plan, duty: Duty, rows: list[DutyPeriod], path: Path) -> Found:
    begins = f"before the plan begins on {plan.starts_on:%d/%m/%Y}"
    if not rows:
        yield (*path, "rule"), f"duty '{duty.slug}' has no period: every one ends {begins}; correct 'years'", False
    for row in rows:
        if row.due_on and row.due_on < plan.starts_on:
            text = f"rule '{duty.rule}' ends on {row.due_on:%d/%m/%Y}, {begins}; correct 'rule' or 'years'"
            yield (*path, "rule"), text, False
        if row.bound_on and row.bound_on < plan.starts_on:
            field = "bound" if duty.bound else "rule"
            text = f"'{duty.bound or duty.rule}' ends on {row.bound_on:%d/%m/%Y}, {begins}; correct '{field}'"
            yield (*path, field), text, False


def _nobody(plan: Plan, duty: Duty, rows: list[DutyPeriod], path: Path) -> Found:
    empty = [row.period for row in rows if not row.obligors]
    if empty:
        shown = ", ".join(empty[:3]) + (f" and {len(empty) - 3} more" if len(empty) > 3 else "")
        kinds = ", ".join(_who(obligor) for obligor in duty.obligors)
        text = f"nobody owes duty '{duty.slug}' in period {shown} (named: {kinds}); add who owes it then"
        yield (*path, "obligors"), text, False
    owing = {obligor for row in rows for obligor in row.obligors}
    for m, obligor in enumerate(duty.obligors):
        here: Path = (*path, "obligors", m)
        known = Obligor(obligor.kind, obligor.modality, obligor.from_, obligor.until, obligor.role)
        if rows and not empty and known not in owing:
            text = (
                f"{_who(obligor)} never owes duty '{duty.slug}': no period of it lies in that time; correct or remove"
            )
            yield here, text, True
        for row in rows:
            first, last = row.opens_on or plan.starts_on, row.due_on or end_of_year(plan.period.last_year)
            if obligor.role and known in row.obligors and _vacant(plan, obligor.role, first, last):
                open_ = f"while duty '{duty.slug}', period {row.period}, is open"
                yield (*here, "role"), f"nobody holds role '{obligor.role}' {open_}; add a holder to the role", False
                break


def _who(obligor: PlanObligor) -> str:
    since = f" from {obligor.from_:%d/%m/%Y}" if obligor.from_ else ""
    until = f" until {obligor.until:%d/%m/%Y}" if obligor.until else ""
    return f"'{obligor.kind}'{since}{until}"


def _vacant(plan: Plan, role: str, first: date, last: date) -> bool:
    holders = plan.roles[role].holders if role in plan.roles else ()
    return not any((h.from_ or first) <= last and (h.until or last) >= first for h in holders)


def _district(plan: Plan, duty: Duty, rows: list[DutyPeriod], path: Path) -> Found:
    """No unit of the district level is left after its last day; somebody follows, or nobody owes the duty."""
    owed = max((row.due_on or end_of_year(plan.period.last_year) for row in rows), default=date.min)
    for m, obligor in enumerate(duty.obligors):
        if obligor.kind == "district" and owed > DISTRICTS_UNTIL and (obligor.until or date.max) > DISTRICTS_UNTIL:
            ended = f"{DISTRICTS_UNTIL:%d/%m/%Y}"
            text = f"units of kind 'district' ended on {ended}; write 'until: {DISTRICTS_UNTIL}' and name who follows"
            if plan.starts_on > DISTRICTS_UNTIL:
                text = f"units of kind 'district' ended on {ended}, before the plan began; name who owes it instead"
            yield (*path, "obligors", m), f"{text}, such as 'commune'", True


def _holders(plan: Plan) -> Found:
    for role in plan.roles:
        for first, last in _gaps(plan, role, end_of_year(plan.period.last_year)):
            text = f"nobody holds role '{role}' from {first:%d/%m/%Y} to {last:%d/%m/%Y}; add a holder"
            yield ("roles", role, "holders"), text, True


def _gaps(plan: Plan, role: str, ends: date) -> Iterator[tuple[date, date]]:
    day = plan.starts_on
    for holder in plan.roles[role].holders:
        if holder.from_ and holder.from_ > day:
            yield day, min(holder.from_ - timedelta(days=1), ends)
        day = holder.until + timedelta(days=1) if holder.until else date.max
        if day > ends:
            return
    yield day, ends


def _order(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    chains = list(plan.chains)
    told = set()
    for wrong in out_of_order(plan, rows):
        names = (wrong.chain.slug, wrong.earlier.duty, wrong.later.duty)
        if names in told:
            continue
        told.add(names)
        path: Path = ("chains", chains.index(wrong.chain), "order", wrong.chain.order.index(wrong.earlier.duty))
        yield (
            path,
            (
                f"'{wrong.earlier.duty}' ends on {wrong.earlier.due_on:%d/%m/%Y}, after '{wrong.later.duty}' on "
                f"{wrong.later.due_on:%d/%m/%Y}; correct the order or a rule"
            ),
            False,
        )

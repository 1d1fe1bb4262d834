"""Rungs that can never do what they are for: before the plan, after the date, for people who are never late, twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from config.grammar import ISSUE
from config.plan import Duty, Plan
from config.yaml_lines import Path
from deadlines.calendar import Calendar
from deadlines.duties import with_date
from deadlines.ladders import plan_cohort
from deadlines.model import DutyPeriod
from deadlines.rung_sense import Found, Use, rung_problems
from deadlines.windows import end_of_year
from dondoc import clock


def ladder_problems(plan: Plan, rows: Sequence[DutyPeriod], calendar: Calendar) -> Found:
    """Yield (path, text, whether it is only a note) for every rung that can never do what it is for."""
    uses = _uses(plan, rows, calendar)
    for ladder, rungs in plan.ladders.items():
        for n, rung in enumerate(rungs):
            path: Path = ("ladders", ladder, n)
            found = uses[ladder, rung.slug]
            yield from ((path, text, False) for text in _never(plan, ladder, found))
            yield from ((path, text, False) for text in _not_for_them(ladder, found))
            if rung.kind != "remind" and not rung.reconciled:
                text = (
                    f"rung '{rung.slug}' of ladder '{ladder}' is '{rung.kind}' without a reconciliation; write "
                    f"'reconciled: true', so that it waits until the desk has compared its register"
                )
                yield path, text, False
        yield from _same_instant(plan, ladder, uses)
    yield from rung_problems(plan, rows, uses)
    yield from _province(plan)
    yield from _too_weak(plan)
    yield from _early(plan, rows, uses)


def _province(plan: Plan) -> Found:
    """The province prepares through a role; its leaders are not written to by machine."""
    for n, duty in enumerate(plan.duties):
        for m, obligor in enumerate(duty.obligors):
            ladder = duty.ladder_slug(obligor.modality)
            direct = next((rung for rung in plan.ladders[ladder] if not rung.to.startswith("role:")), None)
            if obligor.kind == "province" and direct is not None:
                text = (
                    f"duty '{duty.slug}' is the province's own, and ladder '{ladder}' writes to its '{direct.to}'; "
                    f"name a ladder whose rungs go to a role, such as 'preparation'"
                )
                yield ("duties", n, "obligors", m), text, True


def _too_weak(plan: Plan) -> Found:
    """A dated duty that binds, on a ladder for those who are only asked; and a ladder for those who are encouraged."""
    told = set()
    for n, duty in enumerate(plan.duties):
        for modality in dict.fromkeys(obligor.modality for obligor in duty.obligors):
            ladder = duty.ladder_slug(modality)
            path: Path = ("duties", n, "ladders", modality) if modality in duty.ladders else ("ladders", ladder)
            if path in told:
                continue
            told.add(path)
            if modality == "mandated" and _silent_when_late(plan, duty, ladder):
                text = (
                    f"'mandated' units of '{duty.slug}' use ladder '{ladder}', on which nobody hears that nothing came"
                )
                yield path, f"{text}; name one with an 'overdue' rung, or give it one", True
            elif modality == "encouraged" and plan.ladders[ladder]:
                yield path, f"'encouraged' units are not reminded, and ladder '{ladder}' reminds; name 'none'", True


def _silent_when_late(plan: Plan, duty: Duty, ladder: str) -> bool:
    """Whether a dated duty of many units is on a ladder without a rung for what did not come."""
    dated = duty.time_rule.dated or duty.time_rule.kind == "event"
    prepared = any(obligor.kind == "province" or obligor.role for obligor in duty.obligors)
    return dated and not prepared and not any(rung.kind == "overdue" for rung in plan.ladders[ladder])


def _uses(plan: Plan, rows: Iterable[DutyPeriod], calendar: Calendar) -> dict[tuple[str, str], list[Use]]:
    """Every rung at work; an undated row counts as if it were dated on the campaign's last day, as late as can be."""
    uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
    for row in rows:
        dated = row if row.due_on else with_date(row, end_of_year(plan.period.last_year), calendar)
        for modality in dict.fromkeys(obligor.modality for obligor in row.obligors):
            cohort = plan_cohort(
                modality=modality,
                due_on=dated.due_on,
                target_on=dated.target_on,
                confirmed=True,
                ladder=plan.ladder_for(row.duty, modality),
                cause="plan",
                since=plan.starts_on,
                decided_at=None,
                calendar=calendar,
            )
            slug = plan.duty(row.duty).ladder_slug(modality)
            for step in cohort.steps:
                uses[slug, step.rung].append(Use(row, modality, step))
    return uses


def _never(plan: Plan, ladder: str, uses: list[Use]) -> Iterator[str]:
    if not uses:
        return
    rung, kind = uses[0].step.rung, uses[0].step.kind
    name = f"rung '{rung}' of ladder '{ladder}'"
    if all(use.step.reason == "before-go-live" for use in uses):
        yield (
            f"{name} can never be sent: it always falls before the plan begins on {plan.starts_on:%d/%m/%Y}; "
            f"count fewer days or remove it"
        )
    elif kind == "remind" and all(map(_lapsed, uses)):
        yield f"{name} can never be sent: a reminder lapses with the last day, this one falls after it; count back"
    elif kind == "remind" and (late := next((use for use in uses if _lapsed(use)), None)) is not None:
        yield (
            f"{name} reminds after the last day (duty '{late.row.duty}', period {late.row.period}: "
            f"{clock.local_day(late.step.fire_at):%d/%m/%Y}); a reminder stands before it, count back"
        )
    elif kind != "remind" and any(use.row.due_on and use.step.fire_at < clock.end_of(use.row.due_on) for use in uses):
        yield f"{name} speaks of what was not received before the last day is over; count forward from 'due_on'"


def _lapsed(use: Use) -> bool:
    return use.step.expires_at is not None and use.step.fire_at >= use.step.expires_at


def _not_for_them(ladder: str, uses: list[Use]) -> Iterator[str]:
    """Only mandated units become overdue."""
    asked = next((use for use in uses if use.step.kind != "remind" and use.modality != "mandated"), None)
    if asked is not None:
        step = asked.step
        way_out = "give them a ladder with reminders only, such as 'courtesy'"
        if all(use.modality != "mandated" for use in uses):
            way_out = "remove the rung"
        yield (
            f"rung '{step.rung}' of ladder '{ladder}' is '{step.kind}', but '{asked.modality}' units of duty "
            f"'{asked.row.duty}' are never overdue; {way_out}"
        )


def _same_instant(plan: Plan, ladder: str, uses: dict[tuple[str, str], list[Use]]) -> Found:
    rungs = plan.ladders[ladder]
    if len({rung.slug for rung in rungs}) < len(rungs):
        return  # a slug that stands twice has been told; its uses cannot be told apart
    for (_, first), (n, second) in combinations(enumerate(rungs), 2):
        pairs = list(zip(uses[ladder, first.slug], uses[ladder, second.slug], strict=True))
        together = bool(pairs) and all(a.step.fire_at == b.step.fire_at for a, b in pairs)
        if together and (first.kind, first.to) == (second.kind, second.to):
            text = f"rung '{second.slug}' of ladder '{ladder}' always falls together with '{first.slug}'; move one"
            yield ("ladders", ladder, n), text, False


def _early(plan: Plan, rows: Sequence[DutyPeriod], uses: dict[tuple[str, str], list[Use]]) -> Found:
    """Steps of a duty's own: before the plan existed, or each time before the duty opens."""
    by_duty: dict[str, list[Use]] = defaultdict(list)
    for found in uses.values():
        for use in found:
            if use.row.due_on is not None:
                by_duty[use.row.duty].append(use)
    for n, duty in enumerate(plan.duties):
        mine = by_duty[duty.slug]
        counted = duty.time_rule.event == ISSUE  # `T-30` of `30 days after issue` always falls before the plan
        for row in (row for row in rows if row.duty == duty.slug and not counted):
            before = [use.step.rung for use in mine if use.row is row and use.step.reason == "before-go-live"]
            if before:
                names = ", ".join(f"'{name}'" for name in dict.fromkeys(before))
                text = (
                    f"{names} of duty '{duty.slug}', period {row.period}, fall before the plan begins on "
                    f"{plan.starts_on:%d/%m/%Y}; they are not sent, nothing to do if that is meant"
                )
                yield ("duties", n), text, True
        for rung in dict.fromkeys(use.step.rung for use in mine):
            steps = [use for use in mine if use.step.rung == rung and use.step.reason is None]
            days = [clock.local_day(use.step.fire_at) for use in steps]
            if steps and all(day < (use.row.opens_on or day) for day, use in zip(days, steps, strict=True)):
                text = (
                    f"'{rung}' of duty '{duty.slug}' always falls before the duty opens (period {steps[0].row.period}: "
                    f"{days[0]:%d/%m/%Y}); give it a ladder of its own in 'ladders'"
                )
                yield ("duties", n), text, True

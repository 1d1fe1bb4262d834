"""What rulings lay over a plan: which of them stand, what they find, and which dates they set for whom.

Rulings are read in the order in which they were made. Nothing is taken back but by another ruling (`undo`);
so the duties of a campaign are always its plan's text, seen through the rulings that stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from config.plan import Plan, Role, RoleHolder
from deadlines.calendar import Calendar
from deadlines.duties import confirmed_by, dated_by_event, expand_duties, requested_on, with_date
from deadlines.model import DutyPeriod
from deadlines.ruling import Ruling, Scope, standing

DECIDED = "phase-decision"  # the kind of duty whose decision lets a conditional phase begin
APART = ("set-date", "extend", "accept-late", "waive")  # what may be ruled for some units and not for others
_MOVES = ("set-date", "extend")


@dataclass(frozen=True, slots=True)
class Branch:
    """Some units of a duty period whom a ruling sets apart.

    `due_on` is the last day by which they are judged; `awaited_on` the day until which a late report is still
    awaited (tiếp nhận bổ sung); a waived branch owes nothing.
    """

    ruling: int
    kind: str
    scope: Scope
    due_on: date | None
    target_on: date | None
    awaited_on: date | None = None

    @property
    def waived(self) -> bool:
        """Return whether these units owe nothing."""
        return self.kind == "waive"


@dataclass(frozen=True, slots=True)
class RuledPeriod:
    """One duty for one period as the rulings have left it: for everybody, and for those set apart.

    `binding` is false while the decision it is conditional on is missing: then nobody owes it. Who gives it a date
    has decided.
    `ruling` is the one that last set or confirmed its date, on `ruled_on`.
    """

    row: DutyPeriod
    binding: bool = True
    ruling: int | None = None
    ruled_on: date | None = None
    branches: tuple[Branch, ...] = ()


def found_by(rulings: Iterable[Ruling]) -> dict[str, Any]:
    """Return what standing rulings have found: the plan's number, date, status, role holders, settled readings.

    Plain values, to be kept beside the plan's own text, which is never rewritten.
    """
    found: dict[str, Any] = {}
    for ruling in standing(rulings):
        if ruling.kind == "fact":
            found.setdefault("facts", {})[str(ruling.value["name"])] = ruling.value["value"]
        elif ruling.kind == "hold-role":
            found.setdefault("roles", []).append(dict(ruling.value))
        elif ruling.kind == "settle":
            made = ruling.made_on.isoformat() if ruling.made_on else None
            found.setdefault("readings", {})[str(ruling.value["reading"])] = {
                "operative": ruling.value.get("operative"), "by": ruling.officer, "on": made,
            }  # fmt: skip
    return found


def ended_by(rulings: Iterable[Ruling]) -> tuple[date, str] | None:
    """Return from which day another campaign has taken this one's place, and how; null while it runs."""
    for ruling in standing(rulings):
        on = ruling.day("on")
        if ruling.kind == "relate" and on is not None:
            return on, str(ruling.value["relation"])
    return None


def plan_under(plan: Plan, found: Mapping[str, Any]) -> Plan:
    """Return the plan as it is known today: its own text with what rulings have found since.

    A draft whose number and date are both known has been issued.
    """
    if not found:
        return plan
    facts = dict(found.get("facts", {}))
    number = facts.get("number", plan.instrument.number)
    day = date.fromisoformat(facts["date"]) if "date" in facts else plan.instrument.date
    status = "issued" if facts and number and day else plan.instrument.status
    instrument = plan.instrument.model_copy(update={"number": number, "date": day, "status": status})
    roles = dict(plan.roles)
    for held in found.get("roles", ()):
        roles[held["role"]] = _held(roles.get(held["role"]), held)
    settled = found.get("readings", {})
    readings = tuple(
        reading.model_copy(
            update={"reading": settled[reading.slug]["operative"] or reading.reading,
                    "decided_by": settled[reading.slug]["by"],
                    "decided_on": date.fromisoformat(settled[reading.slug]["on"])}
        )
        if reading.slug in settled
        else reading
        for reading in plan.readings
    )  # fmt: skip
    return plan.model_copy(update={"instrument": instrument, "roles": roles, "readings": readings})


def _held(role: Role | None, held: Mapping[str, Any]) -> Role:
    """Return a role with one more holder, who ends or shortens whoever held it on those days."""
    first = date.fromisoformat(held["from"])
    last = date.fromisoformat(held["until"]) if held.get("until") else None
    eve = first - timedelta(days=1)
    kept: list[RoleHolder] = []
    for holder in role.holders if role else ():
        if holder.from_ is None or holder.from_ < first:  # before: until the eve at the latest
            until = eve if holder.until is None or holder.until > eve else holder.until
            kept.append(holder.model_copy(update={"until": until}))
        if last is not None and (holder.until is None or holder.until > last):  # after: from the morrow at the earliest
            morrow = last + timedelta(days=1)
            begins = holder.from_ if holder.from_ and holder.from_ > morrow else morrow
            kept.append(holder.model_copy(update={"from_": begins}))
    new = RoleHolder.model_construct(unit=held["unit"], from_=first, until=last)
    ordered = tuple(sorted([*kept, new], key=lambda holder: holder.from_ or date.min))
    if role is not None:
        return role.model_copy(update={"holders": ordered})
    return Role.model_construct(holders=ordered, clause="", words="", reading=None)


def periods_under(plan: Plan, rulings: Iterable[Ruling], calendar: Calendar) -> list[RuledPeriod]:
    """Return every duty in every period as the standing rulings have left it, in the plan's order.

    `plan` is the plan as found (`plan_under`). A request that a ruling has opened has a row of its own.
    """
    force = standing(rulings)
    rows = expand_duties(plan, calendar)
    rows += _requests(plan, rows, force, calendar)
    decided = frozenset(ruling.duty for ruling in force if ruling.kind == "confirm" and ruling.duty)
    given = tuple(sorted(rulings, key=lambda ruling: ruling.id))
    ruled: list[RuledPeriod] = []
    for planned in _around_events(plan, rows, force, calendar):
        row, last = _dated(planned, force, calendar)
        by, on = (last.id, last.made_on) if last else (None, None)
        branches = tuple(_branches(row, by or 0, given, force, calendar))
        binds = _is_binding(plan, row, decided) or (last is not None and last.kind in _MOVES)
        ruled.append(RuledPeriod(row, binds, by, on, branches))
    return ruled


def is_decision(plan: Plan, duty: str) -> bool:
    """Return whether other duties wait for this one to be decided."""
    found = next((each for each in plan.duties if each.slug == duty), None)
    return found is not None and (found.kind == DECIDED or found.discretionary)


def _requests(plan: Plan, rows: Sequence[DutyPeriod], force: Sequence[Ruling], calendar: Calendar) -> list[DutyPeriod]:
    """The periods that a request of a certain day has opened."""
    listed = {(row.duty, row.period) for row in rows}
    first = {row.duty: row for row in reversed(rows)}
    opened: dict[tuple[str, str], DutyPeriod] = {}
    for ruling in force:
        key = (ruling.duty or "", ruling.period or "")
        base = first.get(key[0])
        if ruling.kind != "set-date" or base is None or key in listed or key in opened:
            continue
        if base.rule.startswith("on request") and _is_day(key[1]):
            opened[key] = requested_on(base, date.fromisoformat(key[1]), ruling.day("due_on"), calendar)
    return list(opened.values())


def _around_events(
    plan: Plan, rows: Sequence[DutyPeriod], force: Sequence[Ruling], calendar: Calendar
) -> Iterator[DutyPeriod]:
    """Give a duty that is counted from an event its date, once a ruling has dated the event."""
    events = {
        (ruling.duty, ruling.period): ruling.day("due_on")
        for ruling in force
        if ruling.kind == "set-date" and ruling.scope.everybody
    }
    for row in rows:
        rule = plan.duty(row.duty).time_rule
        event_on = events.get((rule.event, row.period)) or events.get((rule.event, "once")) if rule.event else None
        yield dated_by_event(row, event_on, calendar, roll_over=plan.roll_over) if event_on else row


def _dated(row: DutyPeriod, force: Sequence[Ruling], calendar: Calendar) -> tuple[DutyPeriod, Ruling | None]:
    """Lay the rulings for everybody over a row; the last one that set or confirmed its date stands."""
    last: Ruling | None = None
    for ruling in force:
        if not _is_of(ruling, row) or not ruling.scope.everybody:
            continue
        due_on = ruling.day("due_on")
        if ruling.kind in _MOVES and due_on is not None:
            row, last = with_date(row, due_on, calendar), ruling
        elif ruling.kind == "confirm":
            row, last = confirmed_by(row), ruling
    return row, last


def _branches(
    row: DutyPeriod, last: int, given: Sequence[Ruling], force: Sequence[Ruling], calendar: Calendar
) -> Iterator[Branch]:
    """The units set apart, in the order of their rulings: who is in several belongs to the last.

    What silences or waives sets apart even when it is for everybody: the duty itself keeps its date. An extension
    that ends no later than what everybody has been given since is no longer one. Units whose ruling was undone
    are told so, hence they too stay apart, with the date they have gone back to.
    """
    stands = {ruling.id for ruling in force}
    undone = {ruling.undoes: ruling for ruling in given if ruling.undoes is not None and "back_to" in ruling.value}
    made: dict[int, Branch] = {}
    for ruling in given:
        if not _is_of(ruling, row) or ruling.kind not in APART or (ruling.scope.everybody and ruling.kind in _MOVES):
            continue
        if ruling.id in stands:
            branch = _branch(row, ruling, calendar)
            if ruling.kind not in _MOVES or ruling.id > last or _later(branch.due_on, row.due_on):
                made[ruling.id] = branch
        elif ruling.id in undone and undone[ruling.id].id > last:
            by = undone[ruling.id]
            back_to = made.get(by.value["back_to"] or 0)
            there = back_to or Branch(0, "", ruling.scope, row.due_on, row.target_on)
            made[by.id] = Branch(
                by.id, f"undo-{ruling.kind}", ruling.scope, there.due_on, there.target_on, there.awaited_on
            )
    yield from (made[ruling] for ruling in sorted(made))


def _branch(row: DutyPeriod, ruling: Ruling, calendar: Calendar) -> Branch:
    awaited_on = ruling.day("accepted_until")
    due_on = ruling.day("due_on") or row.due_on
    aims_at = awaited_on or due_on
    target_on = calendar.previous_working_day(aims_at) if aims_at else None
    return Branch(ruling.id, ruling.kind, ruling.scope, due_on, target_on, awaited_on)


def _is_of(ruling: Ruling, row: DutyPeriod) -> bool:
    return (ruling.duty, ruling.period) == (row.duty, row.period)


def _later(day: date | None, other: date | None) -> bool:
    return day is not None and (other is None or day > other)


def _is_binding(plan: Plan, row: DutyPeriod, decided: frozenset[str]) -> bool:
    """Whether the decisions a row waits for, one behind the other, have all been recorded."""
    before, seen = row.conditional_on, set[str]()
    while before is not None and before not in seen:
        seen.add(before)
        if is_decision(plan, before) and before not in decided:
            return False
        before = next((duty.conditional_on for duty in plan.duties if duty.slug == before), None)
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

"""Record what was in before a campaign went live: judged by its own time, and nothing is sent about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dondoc import clock
from dondoc.registry.problems import Problems, way_out
from dondoc.registry.text import search_key
from dondoc.store import submissions as store
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow, duty_periods_in
from dondoc.store.engine import Connection
from dondoc.store.registry import UnitRef, UnknownUnit, find_unit_in
from dondoc.store.registry_changes import lives_of
from dondoc.store.submissions import AssignmentRow
from tasks.open_duties import assign_reported
from tasks.read_backlog import BacklogRow
from tasks.receipts import receivers_of
from tasks.take_in import after_receipt
from tasks.world import World


@dataclass(frozen=True, slots=True)
class _Receipt:
    """One line of the file, and what it turned out to be about."""

    said: BacklogRow
    period: DutyPeriodRow
    unit: UnitRef
    receiver: str


async def receive_backlog(
    world: World, connection: Connection, campaign: CampaignRow, rows: Sequence[BacklogRow], *, at: datetime,
    officer: str,
) -> int:  # fmt: skip
    """Record these receipts inside a transaction that is under way, without acknowledgement; return how many.

    A unit that nobody has asked yet gets its assignment with its report. Errors: `RegistryError` with every
    problem, each with its line: then nothing may be kept.
    """
    problems = Problems()
    receipts = await _understood(world, connection, campaign, rows, at, problems)
    problems.raise_if_any()
    for period in {each.period.id: each.period for each in receipts}.values():
        theirs = sorted({each.unit.id for each in receipts if each.period.id == period.id})
        await assign_reported(world, connection, campaign, period, theirs, at)
    known = await store.assignments_of(connection, sorted({each.period.id for each in receipts}))
    for each in receipts:
        if (each.period.id, each.unit.id) not in known:
            _refuse(problems, each.said, "unit", f"'{each.said.unit}' owes nothing under {each.said.duty} "
                    f"{each.said.period}; delete the line or correct it")  # fmt: skip
    problems.raise_if_any()
    await _record(world, connection, campaign, receipts, known, at, officer)
    return len(receipts)


async def _understood(
    world: World, connection: Connection, campaign: CampaignRow, rows: Sequence[BacklogRow], at: datetime,
    problems: Problems,
) -> list[_Receipt]:  # fmt: skip
    periods = {(row.duty, row.period): row for row in await duty_periods_in(connection, campaign.id)}
    units = await _units(connection, rows, problems)
    plan, seen, found = world.plan_of(campaign), dict[tuple[Any, ...], int](), list[_Receipt]()
    for row, unit in zip(rows, units, strict=True):
        period = periods.get((row.duty, row.period))
        if period is None or period.withdrawn_at is not None:
            _refuse_period(problems, row, list(periods))
            continue
        roles = receivers_of(plan, row.duty)
        if row.receiver is not None and row.receiver not in roles:
            _refuse(problems, row, "receiver", f"'{row.receiver}' does not receive {row.duty}; it goes to "
                    f"{', '.join(roles)}")  # fmt: skip
        if row.received_at > at:
            _refuse(problems, row, "received_at", "lies in the future; record it when it has come")
        if row.document and row.document.date > clock.local_day(at):
            _refuse(problems, row, "document_date", "lies in the future; correct it")
        first = seen.setdefault((unit.id if unit else row.unit, row.duty, row.period, row.document is None), row.line)
        if first != row.line:
            _refuse(problems, row, "unit", f"'{row.unit}' stands already in line {first} for {row.duty} {row.period}; "
                    "keep the earlier receipt")  # fmt: skip
        if unit is not None:
            found.append(_Receipt(row, period, unit, row.receiver or roles[0]))
    return found


async def _units(connection: Connection, rows: Sequence[BacklogRow], problems: Problems) -> list[UnitRef | None]:
    """Return the unit of each line as it was when its report came; codes all at once, names one by one."""
    lives = await lives_of(connection, sorted({row.unit for row in rows}))
    found: list[UnitRef | None] = []
    for row in rows:
        day = clock.local_day(row.received_at)
        past = [life for life in lives.get(row.unit, []) if life.valid_from <= day]
        if past:
            life = past[-1]
            found.append(UnitRef(life.id, life.code, life.name, life.office_name, life.kind))
            continue
        try:
            found.append(await find_unit_in(connection, row.unit, search_key(row.unit), day))
        except UnknownUnit as error:
            _refuse(problems, row, "unit", str(error).removeprefix("unit "))
            found.append(None)
    return found


def _refuse_period(problems: Problems, row: BacklogRow, known: Sequence[tuple[str, str]]) -> None:
    duties = tuple(sorted({duty for duty, _period in known}))
    if row.duty not in duties:
        _refuse(problems, row, "duty", f"'{row.duty}' is no duty of this campaign; {way_out(row.duty, duties)}")
        return
    listed = ", ".join(period for duty, period in known if duty == row.duty)
    _refuse(problems, row, "period", f"'{row.period}' is no period of {row.duty}; write one of: {listed}")


def _refuse(problems: Problems, row: BacklogRow, column: str, text: str) -> None:
    problems.add(row.file, row.line, column, text)


async def _record(
    world: World, connection: Connection, campaign: CampaignRow, receipts: Sequence[_Receipt],
    known: dict[tuple[int, int], AssignmentRow], at: datetime, officer: str,
) -> None:  # fmt: skip
    versions = Counter(await store.versions_of(connection, sorted({each.period.id for each in receipts})))
    after, rule = dict(known), world.plan_of(campaign).timeliness
    submissions = []
    for each in receipts:
        key, document = (each.period.id, each.unit.id), each.said.document
        assignment = after[key]
        fact = "document" if document else "data"
        after[key] = after_receipt(assignment, fact, each.said.received_at, rule)
        versions[assignment.id] += 1
        version = versions[assignment.id]
        submissions.append(
            {"code": world.code("XN", campaign.key, each.said.duty, each.said.period, each.unit.code, assignment.id,
                                version),
             "assignment_id": assignment.id, "version": version, "fact": fact, "channel": "desk",
             "receiver": each.receiver, "received_at": each.said.received_at, "recorded_at": at,
             "recorded_by": officer, "document_number": document.number if document else None,
             "document_date": document.date if document else None, "signer": document.signer if document else None}
        )  # fmt: skip
    touched = {(each.period.id, each.unit.id) for each in receipts}
    await store.add_submissions(connection, submissions)
    await store.note_receipts(connection, [after[key] for key in sorted(touched)], at)

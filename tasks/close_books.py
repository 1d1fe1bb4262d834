"""Close the books of a round: what stands in them counts for awards; a unit may contest its record for some days."""

from dataclasses import dataclass
from datetime import date, datetime

from config.errors import Refused
from deadlines.staleness import reconciled_for
from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store import books as store
from dondoc.store.campaigns import CampaignRow, campaign, reconciled_at
from dondoc.store.duties import duty_period
from dondoc.store.registry import find_unit
from dondoc.store.submissions import assignment_of
from tasks.trail import note
from tasks.world import World

CONTEST_DAYS = 3  # working days
MOST_DAYS = 30
LONGEST_SAID = 500  # characters


class RefusedBooks(Refused):
    """Books that cannot be closed, contested or corrected that way: says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did: how many units have a record, and the last day on which one may be contested."""

    units: int
    contest_by: date


async def close_books(
    world: World, campaign_key: str, duty: str, period: str, *, by: str, as_of: datetime, days: int = CONTEST_DAYS
) -> Closed:
    """Close the books of a duty and period: each unit's record is kept as it stands.

    Only after the last day of every unit, and after the registers were compared. Units may contest for `days`
    working days. Errors: `RefusedBooks`, `UnknownCampaign`, `UnknownDuty`; nothing is written then.
    """
    if not 1 <= days <= MOST_DAYS:
        raise RefusedBooks(f"--contest-days {days}: from 1 to {MOST_DAYS} working days")
    owner = await campaign(world.database, campaign_key)
    row = await duty_period(world.database, owner.id, duty, period)
    confirmed = await reconciled_at(world.database, owner.office_id, as_of)
    contest_by = world.calendar_of(owner).add_working_days(clock.local_day(as_of), days)
    async with world.database.write() as connection:
        units, undated, last = await store.last_day_of(world.database, connection, row.id)
        if (before := await store.closed_at(connection, row.id)) is not None:
            raise RefusedBooks(f"{duty} {period}: its books were closed {_day(before)}; 'dondoc books' lists them")
        _refuse_early(world, owner, f"{duty} {period}", (units, undated, last), confirmed, as_of)
        await store.close(connection, row.id, by, contest_by, as_of)
        what = {"campaign": owner.key, "duty": duty, "period": period, "units": units, "contest_by": contest_by}
        note(connection, world, by, "books-closed", what, at=as_of)
    return Closed(units, contest_by)


def _refuse_early(
    world: World, owner: CampaignRow, what: str, asked: tuple[int, int, date | None], confirmed: datetime | None,
    as_of: datetime,
) -> None:  # fmt: skip
    units, undated, last = asked
    if units == 0:
        raise RefusedBooks(f"{what}: nobody has been asked for it yet; there is nothing to close")
    if undated or last is None:
        raise RefusedBooks(f"{what}: no date is set for {undated} of {units} units; 'dondoc rule set-date' sets one")
    if as_of < clock.end_of(last):
        raise RefusedBooks(f"{what}: reports are awaited until {last:%d/%m/%Y}; close its books after that day")
    if not reconciled_for(last, confirmed, as_of=as_of, calendar=world.calendar_of(owner)):
        raise RefusedBooks(f"{what}: compare the incoming registers first: dondoc reconcile-intake --confirm")


async def contest(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, said: str, *, by: str, as_of: datetime
) -> str:
    """Record that a unit contests its closed record; return the code under which it is answered.

    Errors: `RefusedBooks` before closing, after the last day, or while an earlier one waits; `UnknownCampaign`,
    `UnknownDuty`, `UnknownUnit`.
    """
    owner = await campaign(world.database, campaign_key)
    row = await duty_period(world.database, owner.id, duty, period)
    unit = await find_unit(world.database, unit_text, search_key(unit_text), clock.local_day(as_of))
    async with world.database.read() as connection:
        assignment = await assignment_of(world.database, connection, row.id, unit.id)
    if assignment is None:
        raise RefusedBooks(f"unit '{unit.name}': owes nothing under {duty} {period}; see 'dondoc status'")
    return await contest_record(world, assignment.id, said, by=by, as_of=as_of)


async def contest_record(world: World, assignment_id: int, said: str, *, by: str, as_of: datetime) -> str:
    """Record that a unit contests one closed record; a unit's own page says `by` as the unit's code.

    Errors: as `contest`.
    """
    async with world.database.write() as connection:
        await store.lock_record(world.database, connection, assignment_id)
        record = await store.record_of(connection, assignment_id)
        if record is None:
            raise RefusedBooks("contest: the books of this round are open, nothing stands in them yet; 'dondoc books'")
        if clock.local_day(as_of) > record.contest_by:
            raise RefusedBooks(f"contest: this record could be contested until {record.contest_by:%d/%m/%Y}")
        made = await store.contests_of(connection, assignment_id)
        if made and made[0].verdict is None:
            raise RefusedBooks(f"contest: {made[0].code} waits for an answer already")
        code = world.code("KN", record.books_id, assignment_id, len(made))
        await store.add_contest(connection, {
            "code": code, "books_id": record.books_id, "assignment_id": assignment_id, "said": said,
            "made_at": as_of, "officer": by,
        })  # fmt: skip
        note(connection, world, by, "record-contested", {"code": code, "said": said}, at=as_of)
    return code


async def closed_for(world: World, assignment_id: int) -> tuple[store.ClosedRecord, list[store.ContestRow]] | None:
    """Return how an assignment stands in closed books and what was contested of it; null while they are open."""
    async with world.database.read() as connection:
        record = await store.record_of(connection, assignment_id)
        if record is None:
            return None
        return record, await store.contests_of(connection, assignment_id)


async def answer_contest(
    world: World, code: str, verdict: str, answer: str, *, by: str, as_of: datetime
) -> store.ContestRow:
    """Answer a contest: `upheld` lets the record follow what has been proved meanwhile, `dismissed` leaves it.

    What is proved is recorded first by the ways there are for it: a receipt with its own time and document, or a
    ruling. Errors: `RefusedBooks`; nothing is written then.
    """
    async with world.database.write() as connection:
        asked = await store.contest_by_code(world.database, connection, code)
        if asked is None:
            raise RefusedBooks(f"contest '{code}': there is none; 'dondoc books' lists those that wait")
        if asked.verdict is not None:
            raise RefusedBooks(f"contest {code}: was answered before ({asked.verdict})")
        await store.answer_contest(connection, asked.id, {
            "verdict": verdict, "answer": answer, "answered_at": as_of, "answered_by": by,
        })  # fmt: skip
        if verdict == "upheld" and not await store.renew_record(connection, asked.books_id, asked.assignment_id):
            raise RefusedBooks(
                f"contest {code}: the unit's record is what the books say; record the receipt with its time and "
                "document first (dondoc submit … --received-at … --document …), or rule"
            )
        what = {"code": code, "verdict": verdict, "answer": answer, "unit": asked.unit_code}
        note(connection, world, by, "contest-answered", what, at=as_of)
    return asked


def _day(at: datetime) -> str:
    return f"{clock.local_day(at):%d/%m/%Y}"

"""After a restore: notice that the database is older than the journal, stand still, and take over what was sent."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from config.errors import Refused
from dondoc.messages.journal import Journal, JournalLine, Mark, Read
from dondoc.store.brakes import add_stop, release_stop
from dondoc.store.engine import Connection, Database
from dondoc.store.sent_before import (
    Attempted,
    SentBefore,
    add_sent_before,
    begin_epoch,
    epoch_of,
    how_known,
    journal_mark,
    ledger_has,
    set_journal_mark,
    settle_sent_before,
)
from tasks.trail import note
from tasks.world import World

_BATCH = 5_000


class RefusedReconciliation(Refused):
    """The journal cannot be compared: says why and what to do."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a journal has that the database has not: `messages` it does not know of, `notices` it has not as sent.

    `damaged`: lines nobody can read; each is a message that may be sent a second time.
    """

    lines: int
    messages: int
    notices: int
    damaged: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a reconciliation wrote: ledger rows remembered, ledger rows settled at once, stops released."""

    remembered: int
    settled: int
    released: bool


async def journal_of(database: Database, folder: Path) -> Journal:
    """Return the journal of a database; one that has never said who it is gets its epoch here.

    A database that holds campaigns but no epoch, beside a journal, is a backup from before the journal: it takes that
    journal's epoch, and is then found to be older than it.
    """
    epoch, in_use = await epoch_of(database)
    if epoch is None:
        epoch = await begin_epoch(database, _newest(folder) if in_use else None)
    return Journal(folder / epoch)


async def write_down(world: World, lines: list[JournalLine]) -> None:
    """Write down what a server has just accepted, before the database is told. Errors: `JournalUnusable`."""
    if world.journal is not None and lines:
        await asyncio.to_thread(world.journal.append, lines)


async def stand_still_if_restored(world: World, as_of: datetime) -> bool:
    """Stop everything if the journal knows of messages this database has never begun; returns whether it did.

    Otherwise note how far the journal is known. Nothing new in it costs one look at its end.
    """
    journal, database = world.journal, world.database
    if journal is None:
        return False
    known = Mark.of(await journal_mark(database, journal.name))
    if known == journal.end():
        return False
    unknown, settled, behind = 0, known, known
    async with database.read() as connection:
        for batch in _batches(journal, known):
            more, reached = await _classify(connection, batch, settled)
            unknown += more
            settled = reached if settled == behind else settled
            behind = batch[-1].behind
    if not unknown and settled == known:
        return False
    async with database.write() as connection:
        if not unknown:
            await set_journal_mark(database, connection, journal.name, str(settled))
            return False
        detail = f"{unknown} messages were sent after the backup this database was restored from"
        return await add_stop(database, connection, "restored", detail, as_of, found=unknown)


async def compare_journal(world: World) -> Gap:
    """Say what the journal has and the database has not. Errors: `RefusedReconciliation`, `JournalUnusable`."""
    journal = _journal(world)
    known = Mark.of(await journal_mark(world.database, journal.name))
    lines = messages = notices = damaged = 0
    first_at = last_at = None
    async with world.database.read() as connection:
        for batch in _batches(journal, known):
            whole = [each.line for each in batch if each.line is not None]
            damaged += len(batch) - len(whole)
            lines += len(whole)
            known_ones = await how_known(connection, [_attempt(line) for line in whole])
            messages += sum(not seen for seen, _settled in known_ones)
            missing = await _missing(connection, whole)
            notices += len(missing)
            if missing:
                first_at = first_at or min(each.accepted_at for each in missing)
                last_at = max(each.accepted_at for each in missing)
    return Gap(lines, messages, notices, damaged, first_at, last_at)


async def take_over_journal(world: World, *, officer: str, as_of: datetime) -> TakenOver:
    """Write what the journal knows into the ledger, then let mail leave again.

    In batches, each a transaction: killed in between and done again, it ends the same. Dispatch stands still until the
    last one. Errors: `RefusedReconciliation`, `JournalUnusable`.
    """
    journal, database = _journal(world), world.database
    known = Mark.of(await journal_mark(database, journal.name))
    end, remembered, settled = known, 0, 0
    for batch in await asyncio.to_thread(lambda: list(_batches(journal, known))):
        async with database.write() as connection:
            missing = await _missing(connection, [each.line for each in batch if each.line is not None])
            remembered += await add_sent_before(database, connection, missing)
            done, _envelopes = await settle_sent_before(connection, as_of)
            settled += done
        end = batch[-1].behind
    async with database.write() as connection:
        await set_journal_mark(database, connection, journal.name, str(end))
        released = await release_stop(connection, "restored", officer, as_of)
        what = {"remembered": remembered, "settled": settled, "released": released}
        note(connection, world, officer, "journal-taken-over", what, at=as_of)
    return TakenOver(remembered, settled, released)


async def _classify(connection: Connection, batch: list[Read], settled: Mark) -> tuple[int, Mark]:
    """Return how many lines are unknown, and the place up to which the database has every line's outcome."""
    whole = [each for each in batch if each.line is not None]
    known = await how_known(connection, [_attempt(each.line) for each in whole if each.line is not None])
    by_place = {each.behind: verdict for each, verdict in zip(whole, known, strict=True)}
    unknown, at_end = 0, True
    for each in batch:
        seen, done = by_place.get(each.behind, (True, True))  # a torn line's message was never committed: it goes again
        unknown += not seen
        at_end = at_end and seen and done
        settled = each.behind if at_end else settled
    return unknown, settled


async def _missing(connection: Connection, lines: list[JournalLine]) -> list[SentBefore]:
    """Return the ledger rows that lines carry and this database has not as sent."""
    keys = [key for line in lines for key in line.notices]
    there = await ledger_has(connection, keys)
    return [
        SentBefore(key, line.header_id, line.sha256, line.accepted_at)
        for line in lines
        for key in line.notices
        if key not in there
    ]


def _batches(journal: Journal, since: Mark) -> Iterator[list[Read]]:
    lines = journal.read(since)
    while batch := list(islice(lines, _BATCH)):
        yield batch


def _attempt(line: JournalLine) -> Attempted:
    return Attempted(line.message_row, line.fence, line.header_id)


def _journal(world: World) -> Journal:
    if world.journal is None:
        raise RefusedReconciliation("reconcile-journal: no journal is kept here; it lies under DONDOC_HOME/journal")
    return world.journal


def _newest(folder: Path) -> str | None:
    """Return the epoch of the journal that was written to last."""
    if not folder.is_dir():
        return None
    epochs = sorted((file.stat().st_mtime, file.parent.name) for file in folder.glob("*/*.jsonl"))
    return epochs[-1][1] if epochs else None

"""What a journal knows to be sent and a restored database does not: compared, taken over, and not sent again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import and_, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.types import Instant

_BATCH = 2_000
_UNSENT = ("queued", "failed", "withdrawn")


@dataclass(frozen=True, slots=True)
class NoticeKey:
    """One ledger row by what it is about, so that it is known again whatever number a database gives it."""

    campaign: str
    duty: str
    period: str
    unit_code: str
    rung: str
    due_key: str
    recipient: str
    mode: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """What a journal says of a row: which envelope, under which fence, with which Message-ID."""

    message_row: int
    fence: int
    header_id: str


@dataclass(frozen=True, slots=True)
class SentBefore:
    """One ledger row that a server has accepted, as the journal has it."""

    key: NoticeKey
    header_id: str
    sha256: str
    accepted_at: datetime


async def epoch_of(database: Database) -> tuple[str | None, bool]:
    """Return which database this is, null if it has never said so, and whether campaigns are in it."""
    async with database.read() as connection:
        epoch = (await connection.execute(select(t.meta.c.value).where(t.meta.c.key == "epoch"))).scalar()
        return epoch, (await connection.execute(select(t.campaign.c.id).limit(1))).first() is not None


async def begin_epoch(database: Database, epoch: str | None = None) -> str:
    """Give the database its epoch, once and for all: the one named, or a new one. Returns the one it has."""
    async with database.write() as connection:
        row = database.insert(t.meta).values(key="epoch", value=epoch or token_hex(8))
        await connection.execute(row.on_conflict_do_nothing())
        found = await connection.execute(select(t.meta.c.value).where(t.meta.c.key == "epoch"))
        return str(found.scalar_one())


async def journal_mark(database: Database, journal: str) -> str | None:
    """Return how far this database knows a journal; null: not at all."""
    async with database.read() as connection:
        found = await connection.execute(select(t.meta.c.value).where(t.meta.c.key == f"journal:{journal}"))
        return found.scalar()


async def set_journal_mark(database: Database, connection: AsyncConnection, journal: str, mark: str) -> None:
    """Note how far this database knows a journal."""
    row = database.insert(t.meta).values(key=f"journal:{journal}", value=mark)
    await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": mark}))


async def how_known(connection: AsyncConnection, lines: Sequence[Attempted]) -> list[tuple[bool, bool]]:
    """Return for each line whether this database knows of the attempt, and whether it knows what became of it.

    A claim is committed before anything is sent under its fence. So a database that has never seen the fence, or has
    another Message-ID there, is older than the line: it was restored.
    """
    m = t.message.c
    rows: dict[int, Any] = {}
    ids = sorted({line.message_row for line in lines})
    for start in range(0, len(ids), _BATCH):
        wanted = select(m.id, m.fence, m.state, m.message_id).where(m.id.in_(ids[start : start + _BATCH]))
        rows |= {row.id: row for row in await connection.execute(wanted)}
    known: list[tuple[bool, bool]] = []
    for line in lines:
        row = rows.get(line.message_row)
        seen = row is not None and row.fence >= line.fence and row.message_id in (None, line.header_id)
        known.append((seen, row is not None and seen and (row.state != "claimed" or row.fence > line.fence)))
    return known


async def add_sent_before(database: Database, connection: AsyncConnection, rows: Iterable[SentBefore]) -> int:
    """Keep what was sent, each ledger row once; return how many were new."""
    values = [
        {**asdict(row.key), "header_id": row.header_id, "sha256": row.sha256, "accepted_at": row.accepted_at}
        for row in rows
    ]
    added = 0
    for start in range(0, len(values), _BATCH // 4):
        insert = database.insert(t.sent_before).values(values[start : start + _BATCH // 4])
        added += (await connection.execute(insert.on_conflict_do_nothing())).rowcount
    return added


async def any_sent_before(connection: AsyncConnection) -> bool:
    """Return whether something was sent that the ledger has not come to yet."""
    wanted = select(t.sent_before.c.id).where(t.sent_before.c.settled_at.is_(None)).limit(1)
    return (await connection.execute(wanted)).first() is not None


async def settle_sent_before(
    connection: AsyncConnection, at: datetime, message_ids: Sequence[int] | None = None
) -> tuple[int, list[int]]:
    """Write into the ledger that notices were sent before the database was restored, and close their envelopes.

    Of the envelopes named, or of all. Returns how many notices, and the envelopes that carry nothing else: they are
    `accepted` now, under the Message-ID of then.
    """
    if not await any_sent_before(connection):
        return 0, []
    found = (await connection.execute(_met(message_ids))).all()
    if not found:
        return 0, []
    n, b = t.notice.c, t.sent_before.c
    await connection.execute(
        update(t.notice)
        .where(n.id == bindparam("b_id"))
        .values(state="accepted", reason=None, settled_at=bindparam("b_at", type_=Instant())),
        [{"b_id": row.notice_id, "b_at": row.accepted_at} for row in found],
    )
    await connection.execute(
        update(t.sent_before).where(b.id == bindparam("b_id")).values(settled_at=at),
        [{"b_id": row.sent_id} for row in found],
    )
    return len(found), await _close_envelopes(connection, found)


def _met(message_ids: Sequence[int] | None) -> Any:
    """Return the question which notices of the ledger are among what was sent before."""
    n, b, a, d = t.notice.c, t.sent_before.c, t.assignment.c, t.duty_period.c
    wanted = (
        select(n.id.label("notice_id"), b.id.label("sent_id"), b.accepted_at, b.header_id, b.sha256)
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(
            t.sent_before,
            and_(
                b.campaign == t.campaign.c.key, b.duty == d.duty, b.period == d.period,
                b.unit_code == t.unit.c.code, b.rung == n.rung, b.due_key == n.due_key,
                b.recipient == n.recipient, b.mode == n.mode,
            ),
        )
        .where(b.settled_at.is_(None), n.state.in_(_UNSENT))
    )  # fmt: skip
    if message_ids is None:
        return wanted
    items = select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(message_ids))
    return wanted.where(n.id.in_(items))


async def _close_envelopes(connection: AsyncConnection, found: Sequence[Any]) -> list[int]:
    m, i = t.message.c, t.message_item.c
    sent = {row.notice_id: row for row in found}
    envelopes: dict[int, Any] = {}
    notices = list(sent)
    left = exists().where(
        t.message_item.c.message_id == m.id, t.notice.c.id == t.message_item.c.notice_id, t.notice.c.state == "queued"
    )
    for start in range(0, len(notices), _BATCH):
        batch = notices[start : start + _BATCH]
        wanted = select(i.message_id, i.notice_id).join(t.message, m.id == i.message_id)
        for row in await connection.execute(wanted.where(i.notice_id.in_(batch), t.message_is_open, ~left)):
            envelopes[row.message_id] = sent[row.notice_id]
    if envelopes:
        await connection.execute(
            update(t.message)
            .where(m.id == bindparam("b_id"))
            .values(
                state="accepted", lease_until=None, accepted_at=bindparam("b_at", type_=Instant()),
                message_id=bindparam("b_header"), sha256=bindparam("b_sha"),
            ),
            [
                {"b_id": message_id, "b_at": row.accepted_at, "b_header": row.header_id, "b_sha": row.sha256}
                for message_id, row in envelopes.items()
            ],
        )  # fmt: skip
    return sorted(envelopes)


async def ledger_has(connection: AsyncConnection, keys: Sequence[NoticeKey]) -> set[NoticeKey]:
    """Return which of these ledger rows this database has as sent."""
    n, a, d = t.notice.c, t.assignment.c, t.duty_period.c
    sent: set[NoticeKey] = set()
    wanted = (
        select(
            t.campaign.c.key, d.duty, d.period, t.unit.c.code, n.rung, n.due_key, n.recipient, n.mode,
        )
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .where(n.state == "accepted")
    )  # fmt: skip
    groups: dict[tuple[str, str, str, str], list[NoticeKey]] = defaultdict(list)
    for key in keys:
        groups[key.campaign, key.duty, key.period, key.rung].append(key)
    for (campaign, duty, period, rung), members in groups.items():
        codes = sorted({key.unit_code for key in members})
        for start in range(0, len(codes), _BATCH):
            found: Any = await connection.execute(
                wanted.where(
                    t.campaign.c.key == campaign, d.duty == duty, d.period == period, n.rung == rung,
                    t.unit.c.code.in_(codes[start : start + _BATCH]),
                )
            )  # fmt: skip
            sent |= {NoticeKey(*row) for row in found}
    return sent & set(keys)

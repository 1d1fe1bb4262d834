"""How a report stands with its reviewers when something comes in, is refused or is taken back, for one or for many."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from deadlines.supplement import Looked, Verdict
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.submissions import counts
from dondoc.store.types import Instant

SUPPLEMENT = "supplement-"  # how the rungs of a supplement's letters begin in the ledger


def looked_at_anew(arrived: datetime, at: datetime) -> dict[str, ColumnElement[Any]]:
    """Return the columns by which a report waits for its reviewers from `at` on, to be written on its assignment.

    Only what `arrived` after a supplement was asked for can be that supplement: what an office's register holds from
    the days before leaves the request, its day and its reminders as they stand.
    """
    return _anew(literal(arrived, Instant()), literal(at, Instant()))


def _anew(arrived: ColumnElement[datetime], at: ColumnElement[datetime]) -> dict[str, ColumnElement[Any]]:
    a, r = t.assignment.c, t.review.c
    asked_later = exists().where(r.assignment_id == a.id, r.verdict == "returned", r.made_at > arrived)
    stays = and_(a.review == "returned", asked_later)
    return {
        "review": case((stays, a.review), else_="waiting"),
        "review_since": case((stays, a.review_since), else_=at),
        "supplement_by": case((stays, a.supplement_by), else_=None),
    }


async def await_reviewers(
    connection: AsyncConnection, database: Database, arrived: Sequence[tuple[int, datetime]], at: datetime
) -> None:
    """Let reports, each by its assignment with the instant of its arrival, wait for their reviewers."""
    if not arrived:
        return
    then, now = bindparam("then", type_=Instant()), bindparam("now", type_=Instant())
    await connection.execute(
        update(t.assignment).where(t.assignment.c.id == bindparam("this")).values(**_anew(then, now)),
        [{"this": key, "then": instant, "now": at} for key, instant in arrived],
    )
    await silence_supplements(connection, database, [key for key, _instant in arrived], at)


async def silence_supplements(
    connection: AsyncConnection, database: Database, assignment_ids: Collection[int], at: datetime
) -> None:
    """End the reminders of every supplement that is awaited no more, and take back their letters that have not left."""
    a, p, r, n = t.assignment.c, t.supplement_step.c, t.review.c, t.notice.c
    awaited_no_more = select(a.id).where(
        database.among(a.id, sorted(assignment_ids)), or_(a.review.is_(None), a.review != "returned")
    )
    ours = select(r.id).where(r.assignment_id.in_(awaited_no_more), r.verdict == "returned")
    await connection.execute(
        update(t.supplement_step)
        .where(p.review_id.in_(ours), p.fired_at.is_(None), p.reason.is_(None))
        .values(reason="already-submitted", waits_for=None)
    )
    under_way = exists().where(
        t.message_item.c.notice_id == n.id, t.message_item.c.message_id == t.message.c.id,
        t.message.c.state == "claimed",
    )  # fmt: skip
    await connection.execute(
        update(t.notice)
        .where(n.assignment_id.in_(awaited_no_more), n.rung.like(f"{SUPPLEMENT}%"), n.state == "queued", ~under_way)
        .values(state="withdrawn", reason="already-submitted", settled_at=at)
    )


async def looked_at(
    connection: AsyncConnection, database: Database, assignment_ids: Collection[int]
) -> dict[int, list[Looked]]:
    """Return the versions that count of each of these reports, the oldest first, with what was said of them."""
    s, r = t.submission.c, t.review.c
    rows = await connection.execute(
        select(s.assignment_id, s.id, s.received_at, r.receiver, r.verdict, r.supplement_by, r.made_at)
        .outerjoin(t.review, and_(r.submission_id == s.id, r.verdict.in_(("accepted", "returned"))))
        .where(database.among(s.assignment_id, sorted(assignment_ids)), counts(s))
        .order_by(s.assignment_id, s.version, r.id)
    )
    found: dict[int, list[Looked]] = {}
    for (key, _version, received_at), said in groupby(rows, key=lambda row: row[:3]):
        verdicts = tuple(Verdict(*row[3:]) for row in said if row.receiver is not None)
        found.setdefault(key, []).append(Looked(received_at, verdicts))
    return found


async def await_supplements_again(
    connection: AsyncConnection, database: Database, assignment_ids: Collection[int], at: datetime
) -> None:
    """Let the reminders go on that a receipt had ended, where that receipt is taken back; those of the past stay."""
    p, r, s = t.supplement_step.c, t.review.c, t.submission.c
    answered = exists().where(s.assignment_id == r.assignment_id, s.received_at >= r.made_at, counts(s))
    ours = select(r.id).where(
        database.among(r.assignment_id, sorted(assignment_ids)), r.verdict == "returned", ~answered
    )
    await connection.execute(
        update(t.supplement_step)
        .where(p.review_id.in_(ours), p.reason == "already-submitted", p.fire_at > at)
        .values(reason=None)
    )

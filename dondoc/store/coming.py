"""All that must be known to take a piece of a file, in one question: a file of 5 MB asks it again and again."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, select

from dondoc.store import tables as t
from dondoc.store.drafts import Partial
from dondoc.store.engine import Database
from dondoc.store.unit_links import LinkRow


@dataclass(frozen=True, slots=True)
class Coming:
    """A link, how its assignment and campaign stand, and the file on its way; null: none has this number."""

    link: LinkRow
    state: str
    ended_on: date | None
    partial: Partial | None


_K, _A, _U = t.unit_link.c, t.assignment.c, t.upload.c
_WANTED = (
    select(*(_K[name] for name in LinkRow.__slots__), _A.state, t.campaign.c.ended_on, *(_U[name] for name in
           Partial.__slots__))
    .join(t.assignment, _A.id == _K.assignment_id)
    .join(t.duty_period, t.duty_period.c.id == _A.duty_period_id)
    .join(t.campaign, t.campaign.c.id == t.duty_period.c.campaign_id)
    .outerjoin(
        t.upload,
        and_(_U.id == bindparam("upload"), _U.assignment_id == _K.assignment_id, _U.state == "partial"),
    )
    .where(_K.id == bindparam("link"))
)  # fmt: skip


async def coming(database: Database, link_id: int, upload_id: int) -> Coming | None:
    """Return what a piece of a file belongs to; null when there is no such link."""
    async with database.read() as connection:
        row: Any = (await connection.execute(_WANTED, {"link": link_id, "upload": upload_id})).first()
    if row is None:
        return None
    own = len(LinkRow.__slots__)
    partial = row[own + 2 :]
    return Coming(LinkRow(*row[:own]), row[own], row[own + 1], None if partial[0] is None else Partial(*partial))

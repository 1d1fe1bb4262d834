"""Accounts of an office's staff and their sessions: questions and changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from dondoc.store import tables as t
from dondoc.store.engine import Connection, Database

_KEPT = timedelta(days=90)  # how long a session that is over stays on record


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as stored. `office_id` null: an administrator of the whole installation."""

    id: int
    office_id: int | None
    login: str
    name: str
    role: str
    password: str
    totp: str | None
    totp_step: int | None
    failures: int
    locked_until: datetime | None
    locked_at: datetime | None
    made_at: datetime
    password_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Somebody signed in from one browser."""

    token: str
    account_id: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None


_ACCOUNT = [t.account.c[name] for name in AccountRow.__slots__]
_SESSION = [t.account_session.c[name] for name in SessionRow.__slots__]


async def any_account(connection: Connection) -> bool:
    """Return whether there has ever been an account here; closing the last one opens nothing."""
    return (await connection.execute(select(t.account.c.id).limit(1))).first() is not None


async def accounts(connection: Connection) -> Sequence[tuple[AccountRow, str | None]]:
    """Return every account with its office's key, by login."""
    wanted = select(*_ACCOUNT, t.office.c.key).outerjoin(t.office).order_by(t.account.c.login)
    return [(AccountRow(*row[:-1]), row[-1]) for row in await connection.execute(wanted)]


async def account_of(
    database: Database, connection: Connection, login: str, *, hold: bool = False
) -> AccountRow | None:
    """Return an account by its login; `hold` keeps others from changing it until the transaction ends."""
    wanted = select(*_ACCOUNT).where(t.account.c.login == login)
    row = (await connection.execute(wanted.with_for_update() if hold and not database.sqlite else wanted)).first()
    return AccountRow(*row) if row else None


async def add_account(connection: Connection, values: dict[str, Any]) -> int:
    """Insert an account and return its id."""
    added = await connection.execute(insert(t.account).values(failures=0, **values).returning(t.account.c.id))
    return int(added.scalar_one())


async def change_account(connection: Connection, account_id: int, values: dict[str, Any]) -> None:
    """Change an account."""
    await connection.execute(update(t.account).where(t.account.c.id == account_id).values(values))


async def add_session(connection: Connection, values: dict[str, Any], as_of: datetime) -> None:
    """Insert a session; those that were over long ago go."""
    s = t.account_session.c
    await connection.execute(delete(t.account_session).where(s.ends_at < as_of - _KEPT))
    await connection.execute(insert(t.account_session).values(values))


async def session_of(connection: Connection, token: str) -> tuple[SessionRow, AccountRow] | None:
    """Return a session by the hash of its token, with its account."""
    wanted = select(*_SESSION, *_ACCOUNT).join(t.account).where(t.account_session.c.token == token)
    row = (await connection.execute(wanted)).first()
    return (SessionRow(*row[: len(_SESSION)]), AccountRow(*row[len(_SESSION) :])) if row else None


async def see_session(connection: Connection, token: str, at: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(update(t.account_session).where(t.account_session.c.token == token).values(seen_at=at))


async def end_sessions(
    connection: Connection, at: datetime, *, token: str | None = None, account_id: int | None = None, but: str = ""
) -> int:
    """End one session, or all of an account `but` one; return how many."""
    s = t.account_session.c
    mine = or_(s.token == token, s.account_id == account_id)
    over = update(t.account_session).where(mine, s.token != but, s.ended_at.is_(None)).values(ended_at=at)
    return int((await connection.execute(over)).rowcount)

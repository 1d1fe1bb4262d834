"""Signing in to the desk's pages and out again; whom a request comes from."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

from config.errors import Refused
from deadlines.sign_in import at_least, session_lives
from dondoc.store import staff
from dondoc.store.campaigns import offices
from dondoc.store.engine import Connection
from dondoc.store.staff import AccountRow
from tasks.accounts import count_failure
from tasks.passwords import hashed, matches, outdated, unsealed
from tasks.trail import note
from tasks.world import World

_SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written down at most so often
_CODE_SECONDS = 30
_LOGIN, _LONGEST = 40, 400  # more is not looked at


class RefusedSignIn(Refused):
    """Login, password or code is wrong, or the account is locked: it does not say which."""


class SecondFactorMissing(Refused):
    """The password was right, but the role asks for a second factor that this account has not been given."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody typed, and from where."""

    login: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks for a page. `account` null: there are no accounts here yet, and everybody on this machine may look.

    `offices` are those whose campaigns may be seen; null: all.
    """

    account: AccountRow | None
    office: int | None = None
    form_token: str = ""

    def may(self, least: str) -> bool:
        """Return whether what needs `least` is allowed."""
        return self.account is None or at_least(self.account.role, least)

    def sees(self, office_id: int) -> bool:
        """Return whether what belongs to an office may be seen."""
        return self.office is None or self.office == office_id

    @property
    def everywhere(self) -> bool:
        """Return whether what cannot be told apart by office may be seen."""
        return self.office is None


async def sign_in(world: World, tried: Tried, *, as_of: datetime, code_at: datetime, before: str | None = None) -> str:
    """Return the token of a new session; the one held `before` ends. `code_at` is what telephones' clocks show.

    Errors: `RefusedSignIn`, the same for a login nobody has; `SecondFactorMissing`.
    """
    login = normalize("NFC", tried.login).strip().lower()[:_LOGIN]
    async with world.database.read() as connection:
        known = await staff.account_of(world.database, connection, login)
    good = await matches(known.password if known else None, tried.password[:_LONGEST])
    renewed = await hashed(tried.password) if known and good and outdated(known.password) else None
    token = secrets.token_urlsafe(32)
    async with world.database.write() as connection:  # decided here: many tries at once are counted one by one
        account = await staff.account_of(world.database, connection, login, hold=True)
        problem = await _problem(world, connection, account, known, good, tried, as_of, code_at)
        if account is not None and problem is None:
            await _begin(world, connection, account, token, tried.address, as_of, renewed)
            if before is not None:
                await staff.end_sessions(connection, as_of, token=hash_of(before))
    if problem is not None:
        raise problem
    return token


async def _problem(
    world: World, connection: Connection, account: AccountRow | None, known: AccountRow | None, good: bool,
    tried: Tried, as_of: datetime, code_at: datetime,
) -> Refused | None:  # fmt: skip
    """Return why somebody may not sign in; a wrong try is counted."""
    refused = RefusedSignIn("login, password or code is wrong, or the account is locked")
    if account is None or known is None or account.closed_at or account.locked_at:
        return refused
    if account.locked_until is not None and as_of < account.locked_until:
        return refused
    good = good and account.password == known.password  # it may have been changed while we compared
    step = _step_of(world, account, tried.code, code_at) if account.totp else None
    if not good or (account.totp and step is None):
        await count_failure(world, connection, account, as_of)
        return refused
    if account.totp is None and account.role in world.sign_in.totp_roles:
        return SecondFactorMissing(f"account {account.login}: role {account.role} needs a second factor")
    if step is not None:
        await staff.change_account(connection, account.id, {"totp_step": step})
    return None


async def _begin(
    world: World, connection: Connection, account: AccountRow, token: str, address: str, as_of: datetime,
    renewed: str | None,
) -> None:  # fmt: skip
    place = _place(world, address)
    values = {"failures": 0, "locked_until": None} | ({"password": renewed} if renewed else {})
    await staff.change_account(connection, account.id, values)
    session = {"token": hash_of(token), "account_id": account.id, "created_at": as_of, "seen_at": as_of,
               "ends_at": as_of + world.sign_in.longest, "address": place}  # fmt: skip
    await staff.add_session(connection, session, as_of)
    note(connection, world, account.login, "signed-in", {"from": place}, at=as_of)


def _step_of(world: World, account: AccountRow, code: str, code_at: datetime) -> int | None:
    """Return the half minute a code belongs to, the one before or after included; null if wrong or used already."""
    import pyotp

    assert account.totp is not None
    totp = pyotp.TOTP(unsealed(world.key, account.totp, account.login))
    typed = "".join(code.split())
    for offset in (0, -1, 1):
        step = int(code_at.timestamp()) // _CODE_SECONDS + offset
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            return step if account.totp_step is None or step > account.totp_step else None
    return None


async def visitor_of(world: World, token: str | None, *, as_of: datetime) -> Visitor | None:
    """Return whom a request comes from by the token of its session; null: nobody who is signed in."""
    async with world.database.read() as connection:
        if not await staff.any_account(connection):
            return Visitor(None)
        found = await staff.session_of(connection, hash_of(token)) if token else None
    if token is None or found is None:
        return None
    session, account = found
    over = session.ended_at is not None or account.closed_at is not None or account.locked_at is not None
    if over or not session_lives(session.seen_at, session.ends_at, as_of, world.sign_in):
        return None
    if as_of >= session.seen_at + _SEEN_EVERY:
        async with world.database.write() as connection:
            await staff.see_session(connection, session.token, as_of)
    alone = account.office_id is not None and len(await offices(world.database)) == 1
    return Visitor(account, None if alone else account.office_id, form_token(world, token))


async def sign_out(world: World, token: str, *, as_of: datetime) -> None:
    """End a session."""
    async with world.database.write() as connection:
        await staff.end_sessions(connection, as_of, token=hash_of(token))


def form_token(world: World, cookie: str) -> str:
    """Return what a form of ours carries: it belongs to one cookie, and nobody else can make it."""
    return hmac.new(world.key, f"form\x1f{cookie}".encode(), hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _place(world: World, address: str) -> str:
    return hmac.new(world.key, f"address\x1f{address}".encode(), hashlib.sha256).hexdigest()

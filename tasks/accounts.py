"""Accounts of an office's staff: made, changed, locked and closed by a named officer, each act in the trail."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config.errors import Refused
from deadlines.sign_in import password_problem, wait_after
from dondoc.store import staff
from dondoc.store.campaigns import offices
from dondoc.store.engine import Connection
from dondoc.store.staff import AccountRow
from tasks.passwords import hashed, matches, sealed
from tasks.trail import note
from tasks.world import World

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


class RefusedAccount(Refused):
    """An account that cannot be made or changed as told: names place, value and way out."""


async def add_account(
    world: World, login: str, name: str, role: str, password: str, *, office: str | None, everywhere: bool = False,
    officer: str, as_of: datetime,
) -> AccountRow:  # fmt: skip
    """Make an account in an office (where there is but one, in that), or `everywhere` an administrator of all.

    Errors: `RefusedAccount`; nothing is written then.
    """
    if not _LOGIN.fullmatch(login):
        raise RefusedAccount(f"login '{login}': write up to 40 of a-z, 0-9, dot, dash, underscore, e.g. 'ng.van.mau'")
    if everywhere and role != "administrator":
        raise RefusedAccount(f"role '{role}': only an administrator may see every office")
    _refuse_password(password, login, name)
    office_id, office = (None, None) if everywhere else await _office(world, office)
    values = {"login": login, "name": name, "role": role, "password": await hashed(password), "office_id": office_id,
              "made_at": as_of, "password_at": as_of}  # fmt: skip
    async with world.database.write() as connection:
        if await staff.account_of(world.database, connection, login):
            raise RefusedAccount(f"login '{login}': there is such an account already; see 'dondoc accounts list'")
        await staff.add_account(connection, values)
        what = {"login": login, "name": name, "role": role, "office": office}
        note(connection, world, officer, "account-added", what, at=as_of)
        return await _known(world, connection, login)


async def list_accounts(world: World) -> Sequence[tuple[AccountRow, str | None]]:
    """Return every account with its office's key, by login."""
    async with world.database.read() as connection:
        return await staff.accounts(connection)


async def set_password(world: World, login: str, password: str, *, officer: str, as_of: datetime) -> int:
    """Give an account another password; whoever is signed in with it is signed out. Returns how many sessions ended."""
    async with world.database.read() as connection:
        account = await _known(world, connection, login)
    _refuse_password(password, login, account.name)
    values = {"password": await hashed(password), "password_at": as_of, "failures": 0, "locked_until": None}
    return await _change(world, login, "account-password", {}, values, officer, as_of, sign_out=True)


async def change_own_password(
    world: World, account: AccountRow, old: str, new: str, *, token: str, as_of: datetime
) -> bool:
    """Let somebody choose a password of their own; every session of theirs but this one ends.

    False: the old one is wrong, which counts as a wrong try to sign in, or too many were wrong before.
    Errors: `RefusedAccount` for a poor new one.
    """
    _refuse_password(new, account.login, account.name)
    good, fresh = await matches(account.password, old), await hashed(new)
    async with world.database.write() as connection:
        known = await _known(world, connection, account.login)
        if known.locked_until is not None and as_of < known.locked_until:
            return False
        if not good or known.password != account.password:
            await count_failure(world, connection, known, as_of)
            return False
        values = {"password": fresh, "password_at": as_of, "failures": 0, "locked_until": None}
        await staff.change_account(connection, account.id, values)
        await staff.end_sessions(connection, as_of, account_id=account.id, but=token)
        note(connection, world, account.login, "account-password", {"login": account.login}, at=as_of)
    return True


async def count_failure(world: World, connection: Connection, account: AccountRow, as_of: datetime) -> None:
    """Count a wrong password or code; after several in a row the account is locked for a while, which is noted."""
    failures = account.failures + 1
    wait = wait_after(failures)
    values = {"failures": failures, "locked_until": as_of + wait if wait else None}
    await staff.change_account(connection, account.id, values)
    if wait:
        what = {"failures": failures, "minutes": int(wait.total_seconds() // 60)}
        note(connection, world, account.login, "sign-in-locked", what, at=as_of)


async def set_role(world: World, login: str, role: str, *, officer: str, as_of: datetime) -> None:
    """Give an account another role; it holds from the next page on."""
    async with world.database.read() as connection:
        account = await _known(world, connection, login)
    if account.office_id is None and role != "administrator":
        raise RefusedAccount(f"account {login}: sees every office and can only be an administrator; make another one")
    await _change(world, login, "account-role", {"role": role, "before": account.role}, {"role": role}, officer, as_of)


async def lock(world: World, login: str, *, officer: str, as_of: datetime) -> int:
    """Keep an account from signing in until it is unlocked; returns how many sessions ended."""
    return await _change(world, login, "account-locked", {}, {"locked_at": as_of}, officer, as_of, sign_out=True)


async def unlock(world: World, login: str, *, officer: str, as_of: datetime) -> None:
    """Let an account sign in again, after an administrator's lock or too many wrong passwords."""
    values = {"locked_at": None, "locked_until": None, "failures": 0}
    await _change(world, login, "account-unlocked", {}, values, officer, as_of)


async def close(world: World, login: str, *, officer: str, as_of: datetime) -> int:
    """Close an account for good; its login stays taken, and its acts stay in the trail."""
    values = {"closed_at": as_of, "totp": None}
    return await _change(world, login, "account-closed", {}, values, officer, as_of, sign_out=True)


async def give_totp(world: World, login: str, *, officer: str, as_of: datetime) -> str:
    """Give an account a new second factor; return the address an authenticator app reads. It is shown only here.

    Source: RFC 6238.
    """
    import pyotp

    secret = pyotp.random_base32()
    values = {"totp": sealed(world.key, secret, login), "totp_step": None}
    await _change(world, login, "account-totp", {"on": True}, values, officer, as_of)
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Don doc")


async def drop_totp(world: World, login: str, *, officer: str, as_of: datetime) -> None:
    """Take an account's second factor away: its telephone was lost."""
    await _change(world, login, "account-totp", {"on": False}, {"totp": None}, officer, as_of)


async def _change(
    world: World, login: str, act: str, what: dict[str, Any], values: dict[str, Any], officer: str, as_of: datetime,
    *, sign_out: bool = False,
) -> int:  # fmt: skip
    async with world.database.write() as connection:
        account = await _known(world, connection, login)
        await staff.change_account(connection, account.id, values)
        ended = await staff.end_sessions(connection, as_of, account_id=account.id) if sign_out else 0
        note(connection, world, officer, act, {"login": login, **what}, at=as_of)
    return ended


async def _known(world: World, connection: Connection, login: str) -> AccountRow:
    account = await staff.account_of(world.database, connection, login, hold=True)
    if account is None or account.closed_at is not None:
        why = "is closed" if account else "there is none"
        raise RefusedAccount(f"account '{login}': {why}; see 'dondoc accounts list'")
    return account


async def _office(world: World, key: str | None) -> tuple[int, str]:
    known = {str(row.key): int(row.id) for row in await offices(world.database)}
    if key is None and len(known) == 1:
        [key] = known
    if key is None or key not in known:
        listed = ", ".join(known) or "none yet; load a plan first"
        asked = f"office '{key}': unknown" if key else "which office? add --office KEY or --everywhere"
        raise RefusedAccount(f"{asked}; there are {listed}")
    return known[key], key


def _refuse_password(password: str, login: str, name: str) -> None:
    if problem := password_problem(password, login, name):
        raise RefusedAccount(f"password: {problem}")

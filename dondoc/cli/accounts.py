"""Commands for the accounts of an office's staff: who may sign in to the desk's pages, and as what."""

import os
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from deadlines.sign_in import LONGEST, ROLES
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import KEY, NAME, Words
from dondoc.cli.output import print_json, print_table, shown
from dondoc.portal.door_words import ROLES as ROLES_IN_WORDS

if TYPE_CHECKING:
    from tasks.world import World

LOGIN = Words(40)
_ROLE = click.Choice(ROLES)
_FD = click.option("--password-fd", type=click.IntRange(0), default=None, metavar="N",
                   help="Read the password from this file descriptor; default: ask for it.")  # fmt: skip


@click.group()
def accounts() -> None:
    """Say who may sign in to the desk's pages: viewer, receiver, desk or administrator, each what those before may."""


@accounts.command()
@click.argument("login", type=LOGIN)
@click.option("--name", type=NAME, required=True, help="Whose account it is.")
@click.option("--role", type=_ROLE, required=True)
@click.option("--office", type=KEY, default=None, metavar="KEY", help="Whose campaigns it sees; default: the only one.")
@click.option("--everywhere", is_flag=True, help="An administrator of every office here.")
@_FD
@OFFICER
@answers
def add(
    login: str, name: str, role: str, office: str | None, everywhere: bool, password_fd: int | None,
    officer: str | None,
) -> None:  # fmt: skip
    """Make an account LOGIN; its password is asked for, or read from a file descriptor, never from the command line."""
    by, password = officer_or_login(officer), _password(password_fd)

    async def work(world: "World") -> None:
        from tasks.accounts import add_account

        await add_account(
            world, login, name, role, password, office=office, everywhere=everywhere, officer=by,
            as_of=world.database.now(),
        )  # fmt: skip
        click.echo(f"{login}: {name}, {ROLES_IN_WORDS[role]}")

    in_world(work)


@accounts.command("list")
@FORMAT
@answers
def list_(form: str) -> None:
    """List every account: role, office, second factor, and whether it may sign in."""

    async def work(world: "World") -> list[dict[str, Any]]:
        from tasks.accounts import list_accounts

        now = world.database.now()
        return [
            {"login": row.login, "name": row.name, "role": row.role, "office": office,
             "totp": row.totp is not None, "state": _state(row, now), "failures": row.failures,
             "made_at": row.made_at}
            for row, office in await list_accounts(world)
        ]  # fmt: skip

    rows: list[dict[str, Any]] = in_world(work)
    if form == "json":
        print_json(rows)
        return
    print_table(
        "Tài khoản", ("Tên đăng nhập", "Người dùng", "Vai trò", "Cơ quan", "Mã xác thực", "Tình trạng", "Tạo lúc"),
        [
            (row["login"], row["name"], ROLES_IN_WORDS[row["role"]], row["office"] or "mọi cơ quan",
             "có" if row["totp"] else "không", _STATES[row["state"]], shown(row["made_at"]))
            for row in rows
        ],
    )  # fmt: skip


_STATES = {"open": "dùng được", "locked": "bị khóa", "waits": "tạm khóa do nhập sai", "closed": "đã đóng"}


def _state(row: Any, now: Any) -> str:
    if row.closed_at is not None:
        return "closed"
    if row.locked_at is not None:
        return "locked"
    return "waits" if row.locked_until is not None and now < row.locked_until else "open"


@accounts.command()
@click.argument("login", type=LOGIN)
@_FD
@OFFICER
@answers
def password(login: str, password_fd: int | None, officer: str | None) -> None:
    """Give LOGIN another password; wherever it is signed in, it is signed out."""
    by, new = officer_or_login(officer), _password(password_fd)

    async def work(world: "World") -> None:
        from tasks.accounts import set_password

        ended = await set_password(world, login, new, officer=by, as_of=world.database.now())
        click.echo(f"{login}: đã đổi mật khẩu; {ended} phiên kết thúc")

    in_world(work)


@accounts.command()
@click.argument("login", type=LOGIN)
@click.argument("role", type=_ROLE)
@OFFICER
@answers
def role(login: str, role: str, officer: str | None) -> None:
    """Give LOGIN another ROLE, from its next page on."""

    async def work(world: "World", by: str) -> None:
        from tasks.accounts import set_role

        await set_role(world, login, role, officer=by, as_of=world.database.now())
        click.echo(f"{login}: {ROLES_IN_WORDS[role]}")

    _acted(work, officer)


@accounts.command()
@click.argument("login", type=LOGIN)
@OFFICER
@answers
def lock(login: str, officer: str | None) -> None:
    """Keep LOGIN out until it is unlocked; wherever it is signed in, it is signed out."""

    async def work(world: "World", by: str) -> None:
        from tasks.accounts import lock as keep_out

        ended = await keep_out(world, login, officer=by, as_of=world.database.now())
        click.echo(f"{login}: bị khóa; {ended} phiên kết thúc")

    _acted(work, officer)


@accounts.command()
@click.argument("login", type=LOGIN)
@OFFICER
@answers
def unlock(login: str, officer: str | None) -> None:
    """Let LOGIN sign in again, after a lock or after too many wrong passwords."""

    async def work(world: "World", by: str) -> None:
        from tasks.accounts import unlock as let_in

        await let_in(world, login, officer=by, as_of=world.database.now())
        click.echo(f"{login}: dùng được")

    _acted(work, officer)


@accounts.command()
@click.argument("login", type=LOGIN)
@click.option("--off", is_flag=True, help="Take it away: the telephone was lost.")
@OFFICER
@answers
def totp(login: str, off: bool, officer: str | None) -> None:
    """Give LOGIN a second factor: prints once what an authenticator app takes in; the one before is void."""

    async def work(world: "World", by: str) -> None:
        from tasks.accounts import drop_totp, give_totp

        now = world.database.now()
        if off:
            await drop_totp(world, login, officer=by, as_of=now)
            click.echo(f"{login}: không còn mã xác thực")
            return
        click.echo(await give_totp(world, login, officer=by, as_of=now))
        click.echo("Nhập dòng trên vào ứng dụng xác thực của người dùng; sẽ không hiển thị lại.", err=True)

    _acted(work, officer)


@accounts.command()
@click.argument("login", type=LOGIN)
@OFFICER
@answers
def close(login: str, officer: str | None) -> None:
    """Close LOGIN for good: who has left. What it did stays in the trail."""

    async def work(world: "World", by: str) -> None:
        from tasks.accounts import close as shut

        ended = await shut(world, login, officer=by, as_of=world.database.now())
        click.echo(f"{login}: đã đóng; {ended} phiên kết thúc")

    _acted(work, officer)


def _acted(work: Callable[["World", str], Coroutine[Any, Any, None]], officer: str | None) -> None:
    by = officer_or_login(officer)
    in_world(lambda world: work(world, by))


def _password(descriptor: int | None) -> str:
    """Return a password, asked for twice on a terminal or read as one line; it never stands on the command line."""
    if descriptor is not None:
        try:
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                read = file.readline(4 * LONGEST + 2)
        except OSError as error:
            raise Refused(f"--password-fd {descriptor}: {error.strerror}") from None
        try:
            return read.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise Refused(f"--password-fd {descriptor}: is not UTF-8 text") from None
    if not sys.stdin.isatty():
        raise Refused("password: nobody to ask; give it by --password-fd N, e.g. --password-fd 0 < file")
    said: str = click.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Nhập lại")
    return said


commands = (accounts,)

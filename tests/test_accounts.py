"""Accounts, signing in, sessions and roles: every route tried with every role, and the ways in that must not be."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
from sqlalchemy import insert, select
from starlette.routing import Route

from config.errors import Refused
from deadlines.sign_in import ROLES, SignInRules, password_problem, wait_after
from dondoc.messages.model import to_json
from dondoc.portal.door import Tries, own_path
from dondoc.portal.pages import Pages
from dondoc.portal.roles import ANYBODY, ROUTES, Access, allowed, table
from dondoc.portal.up import web
from dondoc.store import staff
from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation, open_database
from tasks import accounts as acts
from tasks.accounts import RefusedAccount, add_account
from tasks.open_world import world_of
from tasks.passwords import sealed, unsealed
from tasks.sign_in import (
    RefusedSignIn,
    SecondFactorMissing,
    Tried,
    form_token,
    hash_of,
    sign_in,
    sign_out,
    visitor_of,
)
from tasks.trail import newest
from tasks.world import World
from tests.story import story
from tests.test_messages import a_brief
from tests.test_portal import browser, free_port

AT = datetime(2026, 11, 16, 1, tzinfo=UTC)
GOOD = "một câu của riêng mình"
ADMIN = "Quản trị mẫu"
PORT = 8025
BATCH = "DS-MAUM-AUMA"
ADDRESS = f"http://127.0.0.1:{PORT}"
FAST = SignInRules(answer_seconds=0.05)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        (GOOD, None),
        ("ngắn quá", "at least 12"),
        ("a" * 201, "at most 200"),
        ("ng.van.mau.dt", "the login"),
        ("NGUYỄN VĂN MẪU", "the name"),
        ("Matkhau12345", "tried first"),
        ("qwerty123456", "tried first"),
        ("ababababababab", "tried first"),  # two characters
        ("x1 " * 5, "tried first"),
    ],
)
def test_a_password_is_long_and_nobody_elses(password: str, problem: str | None) -> None:
    found = password_problem(password, "ng.van.mau.dt", "Nguyễn Văn Mẫu")
    assert found is None if problem is None else problem in (found or "")


def test_the_wait_after_wrong_tries_rises_and_ends() -> None:
    assert [wait_after(n).total_seconds() / 60 for n in (0, 4, 5, 6, 7, 9, 10, 99)] == [0, 0, 1, 2, 4, 16, 30, 30]


def test_tries_are_counted_by_address() -> None:
    tries = Tries()
    assert [tries.wait("a", float(n)) for n in range(20)] == [0] * 20
    assert tries.wait("a", 20.0) == 281
    assert tries.wait("b", 20.0) == 0
    tries.forgive("a")  # the last one was good
    assert [tries.wait("a", 21.0) > 0, tries.wait("a", 22.0) > 0] == [False, True]
    assert tries.wait("a", 301.0) == 0


def test_nobody_is_sent_elsewhere_after_signing_in() -> None:
    for asked, path in (
        ("/board/dien-bien?page=2", "/board/dien-bien?page=2"), (None, "/"), ("//evil.example", "/"),
        ("https://evil.example/", "/"), ("/\\evil.example", "/"), ("board", "/"), ("/a\nb", "/"), ("/" * 600, "/"),
    ):  # fmt: skip
        assert (asked, own_path(asked)) == (asked, path)


def test_a_sealed_secret_opens_for_its_own_account_and_key_only() -> None:
    kept = sealed(b"key", "SECRET", "a")
    assert (unsealed(b"key", kept, "a"), "SECRET" in kept) == ("SECRET", False)
    for key, about in ((b"key", "b"), (b"other", "a")):
        with pytest.raises(Refused, match="another key"):
            unsealed(key, kept, about)


@asynccontextmanager
async def office_world(url: str) -> AsyncIterator[World]:
    """Open a world with two offices and no campaign."""
    database = await open_database(url)
    try:
        async with database.write() as connection:
            for key in ("a", "b"):
                names = ("name", "short_name", "sender_name", "sender_address", "contact_role", "contact_phone")
                await connection.execute(insert(t.office).values(key=key, **dict.fromkeys(names, f"mẫu {key}")))
        world = await world_of(database, b"a key for tests", {})
        world.sign_in = FAST
        yield world
    finally:
        await database.close()


async def made(world: World, login: str, role: str = "desk", office: str | None = "a") -> None:
    """Make an account with a good password."""
    await add_account(
        world, login, f"Người mẫu {login}", role, GOOD, office=office, everywhere=office is None, officer=ADMIN,
        as_of=AT,
    )  # fmt: skip


async def enters(world: World, login: str, password: str = GOOD, code: str = "", at: datetime = AT) -> str:
    """Sign in and return the token."""
    return await sign_in(world, Tried(login, password, code, "192.0.2.1"), as_of=at, code_at=at)


async def test_a_password_lets_in_and_too_many_wrong_ones_lock(database_url: str) -> None:
    async with office_world(database_url) as world:
        assert (await visitor_of(world, None, as_of=AT)) is not None  # no accounts: everybody on this machine
        await made(world, "a.mau")
        assert await visitor_of(world, None, as_of=AT) is None
        with pytest.raises(RefusedAccount, match="there is such an account already"):
            await made(world, "a.mau")
        with pytest.raises(RefusedAccount, match="which office"):
            await add_account(world, "b", "B", "desk", GOOD, office=None, officer=ADMIN, as_of=AT)
        visitor = await visitor_of(world, await enters(world, " A.Mau "), as_of=AT)
        assert visitor is not None
        assert (visitor.account and visitor.account.login, visitor.may("desk"), visitor.may("administrator")) == (
            "a.mau", True, False,
        )  # fmt: skip
        # Many at once are counted one by one, whatever they found when they began.
        done = await asyncio.gather(
            *(enters(world, "a.mau", "sai hết cả rồi") for _ in range(5)), return_exceptions=True
        )
        assert [type(each) for each in done] == [RefusedSignIn] * 5
        words = {str(each) for each in done}
        for login, password, at in (
            ("a.mau", GOOD, AT), ("a.mau", GOOD, AT + timedelta(seconds=59)), ("nobody", GOOD, AT), ("", "", AT),
        ):  # fmt: skip
            with pytest.raises(RefusedSignIn) as refused:
                await enters(world, login, password, at=at)
            assert {str(refused.value)} == words
        await enters(world, "a.mau", at=AT + timedelta(seconds=60))
        acts_seen = [(row.act, row.who) for row in reversed(await newest(world, 9))]
        assert acts_seen == [
            ("account-added", ADMIN), ("signed-in", "a.mau"), ("sign-in-locked", "a.mau"), ("signed-in", "a.mau"),
        ]  # fmt: skip
        assert "192.0.2.1" not in str(await newest(world, 9))


async def test_the_second_factor_is_good_once_and_can_be_demanded(sqlite_url: str) -> None:
    async with office_world(sqlite_url) as world:
        await made(world, "a.mau")
        world.sign_in = replace(FAST, totp_roles=frozenset({"desk"}))
        with pytest.raises(SecondFactorMissing):
            await enters(world, "a.mau")
        with pytest.raises(RefusedSignIn):  # who does not know the password does not learn that one is missing
            await enters(world, "a.mau", "sai hết cả rồi")
        totp = pyotp.parse_uri(await acts.give_totp(world, "a.mau", officer=ADMIN, as_of=AT))
        assert isinstance(totp, pyotp.TOTP)
        kept = await acts.list_accounts(world)
        assert totp.secret not in str(kept)
        for code in ("", "000000", totp.at(AT + timedelta(minutes=2)), totp.at(AT - timedelta(minutes=2))):
            with pytest.raises(RefusedSignIn):
                await enters(world, "a.mau", code=code)
        await acts.unlock(world, "a.mau", officer=ADMIN, as_of=AT)
        code = totp.at(AT)
        assert await enters(world, "a.mau", code=f"{code[:3]} {code[3:]}")
        for replayed in (code, totp.at(AT - timedelta(seconds=30))):  # and what is older than the last one
            with pytest.raises(RefusedSignIn):
                await enters(world, "a.mau", code=replayed)
        at_once = [enters(world, "a.mau", code=totp.at(AT + timedelta(seconds=30))) for _ in range(3)]
        done = await asyncio.gather(*at_once, return_exceptions=True)
        assert sorted(type(each).__name__ for each in done) == ["RefusedSignIn", "RefusedSignIn", "str"]
        await acts.drop_totp(world, "a.mau", officer=ADMIN, as_of=AT)
        world.sign_in = FAST
        assert await enters(world, "a.mau")


async def test_a_session_ends_by_idleness_by_age_and_with_its_account(sqlite_url: str) -> None:
    async with office_world(sqlite_url) as world:
        await made(world, "a.mau")

        async def alive(token: str, at: datetime) -> bool:
            return await visitor_of(world, token, as_of=at) is not None

        token = await enters(world, "a.mau")
        async with world.database.read() as connection:
            assert token not in str((await connection.execute(select(t.account_session))).all())
        assert not await alive(token + "x", AT)
        now = AT
        while now < AT + timedelta(hours=12):  # used every 29 minutes
            assert await alive(token, now)
            now += timedelta(minutes=29)
        assert not await alive(token, now)
        token = await enters(world, "a.mau")
        assert not await alive(token, AT + timedelta(minutes=30))
        for end in ("sign_out", "again", "password", "lock", "close"):
            token = await enters(world, "a.mau", at=AT)
            match end:
                case "sign_out":
                    await sign_out(world, token, as_of=AT)
                case "again":  # a token is never taken over from before signing in
                    tried = Tried("a.mau", GOOD, "", "")
                    assert await sign_in(world, tried, as_of=AT, code_at=AT, before=token) != token
                case "password":
                    await acts.set_password(world, "a.mau", GOOD, officer=ADMIN, as_of=AT)
                case "lock":
                    await acts.lock(world, "a.mau", officer=ADMIN, as_of=AT)
                    with pytest.raises(RefusedSignIn):
                        await enters(world, "a.mau")
                    await acts.unlock(world, "a.mau", officer=ADMIN, as_of=AT)
                case "close":
                    await acts.close(world, "a.mau", officer=ADMIN, as_of=AT)
            assert (end, await alive(token, AT)) == (end, False)
        assert await visitor_of(world, None, as_of=AT) is None  # the last one is closed: nothing opens
        with pytest.raises(RefusedAccount, match="is closed"):
            await acts.unlock(world, "a.mau", officer=ADMIN, as_of=AT)


@asynccontextmanager
async def desk(world: World, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Open the desk's pages of a world in a browser of this machine."""
    async with browser_of(Pages(world, spool=folder / "spool", prefect_url=None, port=PORT)) as client:
        yield client


def browser_of(pages: Pages) -> httpx.AsyncClient:
    """Return what asks these pages as a browser of this machine would."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(pages.app), base_url=ADDRESS, headers={"origin": ADDRESS})


def hidden(page: httpx.Response) -> str:
    """Return the token of a page's first form."""
    found = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def test_the_form_lets_in_and_out_and_nothing_else_does(sqlite_url: str, tmp_path: Path) -> None:
    async with office_world(sqlite_url) as world, desk(world, tmp_path) as client:
        await mark_simulation(world.database, AT)
        assert (await client.get("/")).status_code == 200  # no accounts yet: as before
        assert (await client.get("/sign-in")).headers["location"] == "/"
        await made(world, "a.mau")
        answer = await client.get("/board/x?page=2")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/board/x%3Fpage%3D2")
        form = await client.get(answer.headers["location"])
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(form.headers["set-cookie"].split("; "))
        assert "form-action 'self'" in form.headers["content-security-policy"]
        assert len(form.content) < 60_000
        typed = {"login": "a.mau", "password": GOOD, "next": "/board/x?page=2", "form": hidden(form)}
        for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            assert (headers, (await client.post("/sign-in", data=typed, headers=headers)).status_code) == (headers, 403)
        assert (await client.post("/sign-in", data=typed | {"form": "0" * 64})).status_code == 403
        assert (await client.post("/sign-in", content=b"x" * 70_000)).status_code == 413
        assert (await client.post("/sign-in", content=b"&".join(b"a=b" for _ in range(300)))).status_code == 403
        typed["form"] = hidden(await client.get("/sign-in"))
        wrong = [
            await client.post("/sign-in", data=typed | change)
            for change in ({"password": "sai hết cả rồi"}, {"login": "nobody"}, {"code": "\u0661" * 6, "password": ""})
        ]
        assert {each.status_code for each in wrong} == {403}
        assert len({each.text.replace("nobody", "a.mau") for each in wrong}) == 1  # one answer to all
        assert 'role="alert"' in wrong[0].text
        assert all(each.elapsed.total_seconds() >= FAST.answer_seconds for each in wrong)
        entered = await client.post("/sign-in", data=typed)
        assert (entered.status_code, entered.headers["location"]) == (303, "/board/x?page=2")
        [cookie] = [each for each in entered.headers.get_list("set-cookie") if each.startswith("dondoc_desk=")]
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        page = await client.get("/")
        assert "Người mẫu a.mau (chuyên viên)" in page.text
        assert (await client.get("/sign-in")).headers["location"] == "/"
        own = {"form": hidden(page), "old": GOOD, "new": "một câu khác hẳn câu cũ", "again": "một câu khác hẳn câu cũ"}
        elsewhere = await enters(world, "a.mau")
        for field, status in (("new", 422), ("again", 422), ("old", 403)):
            answer = await client.post("/account", data=own | {field: "ngắn"})
            assert (field, answer.status_code, f'<a href="#{field}">' in answer.text) == (field, status, True)
        assert (await client.post("/account", data=own)).headers["location"] == "/account?done=1"
        assert "Đã đổi mật khẩu" in (await client.get("/account?done=1")).text  # still signed in here …
        assert await visitor_of(world, elsewhere, as_of=AT) is None  # … and no longer elsewhere
        with pytest.raises(RefusedSignIn):
            await enters(world, "a.mau")
        assert (await client.post("/sign-out", data={"form": "0" * 64})).status_code == 403
        held = client.cookies["dondoc_desk"]
        assert (await client.post("/sign-out", data={"form": hidden(page)})).status_code == 303
        assert "dondoc_desk" not in client.cookies
        client.cookies["dondoc_desk"] = held  # a copy of the cookie is worth nothing afterwards
        assert (await client.get("/")).status_code == 303


async def test_one_address_cannot_go_on_for_ever(sqlite_url: str, tmp_path: Path) -> None:
    async with office_world(sqlite_url) as world:
        await made(world, "a.mau")
        pages = Pages(world, spool=tmp_path / "spool", prefect_url=None, port=PORT)
        for _ in range(19):
            pages.door.tries.wait("127.0.0.1", time.monotonic())
        async with browser_of(pages) as client:
            form = {"form": hidden(await client.get("/sign-in")), "login": "nobody", "password": GOOD}
            answers = [await client.post("/sign-in", data=form) for _ in range(2)]
        assert [each.status_code for each in answers] == [403, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 301
        assert "5 phút" in answers[-1].text


async def test_every_route_with_every_role_and_with_none(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00", state="rehearsal") as s:
        world, pages = s.world, Pages(s.world, spool=s.spool, prefect_url=None, port=PORT)
        own, other, brief = await _two_offices(world)
        routes = [each for each in pages.app.routes if isinstance(each, Route)]
        served = [(*(each.methods or set()) - {"HEAD"}, each.path) for each in routes]
        assert served == [(each.method, each.path) for each in ROUTES]
        assert len(pages.app.routes) == len(ROUTES)
        receipt = await s.submit("11-so-noi-vu", "annual-report", "2026")
        async with world.database.write() as connection:
            report = (await connection.execute(select(t.submission.c.id))).scalar_one()
            kept = {"submission_id": report, "name": "a.pdf", "sha256": "0" * 64, "size": 1}
            await connection.execute(insert(t.submission_file).values(kept))
        (tmp_path / "files").mkdir()
        (tmp_path / "files" / ("0" * 64)).write_bytes(b"x")
        asked = {"report": receipt.code, "campaign": "dien-bien", "duty": "annual-report", "period": "2026",
                 "code": brief, "n:int": "1", "gateway": "simulator", "secret": "x", "unit": "11-so-noi-vu",
                 "batch": BATCH}  # fmt: skip
        await _signed_in(world, "viewer", own)  # from now on nobody gets in without an account
        who: list[tuple[str | None, int | None]] = [(role, office) for role in ROLES for office in (own, other)]
        who += [("administrator", None), (None, None)]
        async with desk(world, tmp_path) as client:
            for role, office in who:
                for access in sorted(ROUTES, key=lambda each: each.answers == "leave"):  # signed out last
                    client.cookies.clear()
                    token = await _signed_in(world, role, office) if role else ""
                    if role:
                        client.cookies["dondoc_desk"] = token
                    path = re.sub(r"\{([^}]+)\}", lambda found: asked[found[1]], access.path)
                    form = {"data": {"form": form_token(world, token)}} if access.method == "POST" else {}
                    got = (await client.request(access.method, path, **form)).status_code  # type: ignore[arg-type]
                    assert (role, office, access.method, path, got) == (
                        role, office, access.method, path, _wanted(access, role, office, other),
                    )  # fmt: skip
            client.cookies["dondoc_desk"] = await _signed_in(world, "administrator", other, "2")
            seen = "".join([(await client.get(path)).text for path in ("/", "/board/dien-bien", f"/briefs/{brief}")])
            assert "Điện Biên" not in seen
            assert "dien-bien" not in seen.replace("&#39;dien-bien&#39;: not in", "")  # what was asked for is repeated
            client.cookies["dondoc_desk"] = await _signed_in(world, "viewer", own, "2")
            assert "Điện Biên" in (await client.get("/")).text


def _wanted(access: Access, role: str | None, office: int | None, other: int) -> int:
    """Return what a route answers to a role of an office."""
    if access.least == ANYBODY:
        signed_in = {"sign_in_form": 303} if role else {}
        return {"enter": 403, "sms_report": 403, **signed_in}.get(access.answers, 200)
    if role is None:
        return 303  # to the form
    if not allowed(access, role) or (access.all_offices and office is not None):
        return 403
    if access.answers == "leave":
        return 303
    if access.answers in ("reconcile", "release"):
        return 409 if access.answers == "release" and office == other else 422  # nothing is filled in
    if access.answers == "new_password":
        return 422
    if access.answers == "intake_upload":
        return 422  # no file
    if access.answers in ("paper", "review"):
        return 404 if office == other else 422
    if office == other and access.path not in ("/", "/account", "/reconciliation", "/intake", "/reports"):
        return 404
    if access.answers == "intake_answer":
        return 303  # nothing is answered
    if access.answers == "intake_undo":
        return 422
    return 404 if access.answers in ("mail", "mail_html", "mail_raw") else 200  # none was caught


async def _two_offices(world: World) -> tuple[int, int, str]:
    """Return the story's office, another one, and a brief of the first."""
    names = ("key", "name", "short_name", "sender_name", "sender_address", "contact_role", "contact_phone")
    async with world.database.write() as connection:
        own = (await connection.execute(select(t.office.c.id))).scalar_one()
        added = insert(t.office).values(dict.fromkeys(names, "khac")).returning(t.office.c.id)
        other = (await connection.execute(added)).scalar_one()
        step = (await connection.execute(select(t.step).where(t.step.c.kind == "brief").limit(1))).one()
        await connection.execute(insert(t.brief).values(
            code="PT-MAUM-AUMA", campaign_id=step.campaign_id, step_id=step.id, rung=step.rung, state="laid",
            recipient=step.recipient, parameters=to_json(a_brief()), laid_at=AT,
        ))  # fmt: skip
        await connection.execute(insert(t.intake_batch).values(
            code=BATCH, office_id=own, file_name="so.csv", sha256="0" * 64, state="read", read_at=AT, read_by="mau",
        ))  # fmt: skip
    return own, other, "PT-MAUM-AUMA"


async def _signed_in(world: World, role: str, office: int | None, again: str = "") -> str:
    """Return the token of a session, made without its password."""
    token, now = f"{role}-{office}{again}", world.database.now()
    async with world.database.write() as connection:
        if await staff.account_of(world.database, connection, token) is None:
            account = await staff.add_account(
                connection, {"login": token, "name": token, "role": role, "office_id": office, "password": "none",
                             "made_at": now, "password_at": now},
            )  # fmt: skip
            values = {"token": hash_of(token), "account_id": account, "created_at": now, "seen_at": now,
                      "ends_at": now + timedelta(hours=1), "address": ""}  # fmt: skip
            await staff.add_session(connection, values, now)
    return token


def test_the_manual_shows_the_roles_that_are_checked() -> None:
    page = (Path(__file__).parents[1] / "docs" / "accounts.md").read_text("utf-8")
    assert table() in page, f"put this into docs/accounts.md:\n{table()}"


async def test_a_browser_signs_in_by_keyboard_and_comes_where_it_wanted_to_go(sqlite_url: str, tmp_path: Path) -> None:
    async with office_world(sqlite_url) as world, browser() as chromium:
        await made(world, "a.mau")
        port = free_port()
        async with web(Pages(world, spool=tmp_path / "spool", prefect_url=None, port=port), port):
            page = await chromium.new_page(viewport={"width": 360, "height": 700})
            await page.goto(f"http://127.0.0.1:{port}/reconciliation")
            for label, typed in (("Tên đăng nhập", "a.mau"), ("Mật khẩu", "sai hết cả rồi")):
                await page.get_by_label(label, exact=True).fill(typed)
            await page.keyboard.press("Enter")
            await page.get_by_role("alert").wait_for()  # the browser's own Origin and Sec-Fetch-Site were let through
            assert (await page.title()).startswith("Lỗi: ")
            assert await page.evaluate("document.documentElement.scrollWidth") == 360
            await page.get_by_label("Mật khẩu", exact=True).fill(GOOD)
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/reconciliation")
            assert await page.evaluate("document.cookie") == ""  # no script could read it
            await page.get_by_role("button", name="Đăng xuất").click()
            await page.wait_for_url("**/sign-in")

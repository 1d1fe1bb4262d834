"""What real SMTP servers do to us, and what becomes of the mail: refusals, delays, silence, broken connections."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from dondoc import clock
from dondoc.messages.smtp import Connection, Route
from dondoc.store import tables as t
from dondoc.store.engine import Database
from flows.dispatch import dispatch
from flows.round import queue, round_
from tests.kill_sender import UNITS_2024, rows, states
from tests.kill_server import HANG_UP, Mail, Script, ScriptedServer, scripted_server, usual
from tests.story import Story, at, story

T_30, T_7 = "2024-10-16 10:00", "2024-11-07 10:00"
MESSAGES = 94  # of 96 units two pairs share an address
ONE = "chuyen-vien-mau-028@hoi-nong-dan.dien-bien.example"  # answers for two mass organisations
ITS_UNITS = ("11-hoi-nong-dan", "11-hoi-ccb")
ITS_OFFICES = {"van-thu-mau-028@hoi-nong-dan.dien-bien.example", "van-thu-mau-030@hoi-ccb.dien-bien.example"}
CONNECTIONS = 2
SILENCE = 0.4


# --- one connection ---------------------------------------------------------------------------------------------------


async def hang(_turn: str, _mail: Mail) -> str | None:
    """Never answer."""
    await asyncio.Event().wait()
    return None


def once(at_turn: str, answer: str | Callable[[str, Mail], Awaitable[str | None]]) -> Script:
    """Return a script that gives this answer at the first such turn and is the usual server from then on."""
    met = False

    async def script(turn: str, mail: Mail) -> str | None:
        nonlocal met
        if met or turn != at_turn:
            return None
        met = True
        return answer if isinstance(answer, str) else await answer(turn, mail)

    return script


@pytest.mark.parametrize(
    ("turn", "answer", "state", "address_refused", "relay_down"),
    [
        ("connect", "421 4.3.2 too busy", "deferred", False, True),
        ("connect", "554 5.3.2 no service here", "deferred", False, True),
        ("mail", "530 5.7.0 log in first", "deferred", False, True),  # our fault or the relay's, not the message's
        ("mail", "452 4.3.1 disk full", "deferred", False, True),
        ("rcpt", "550 5.1.1 no such user", "failed", True, False),
        ("rcpt", "550 no such user", "failed", True, False),
        ("rcpt", "553 5.1.3 that is no address", "failed", True, False),
        ("rcpt", "550 5.2.1 mailbox disabled", "failed", True, False),
        ("rcpt", "550 5.7.1 relaying denied", "failed", False, False),  # a policy says nothing about the address
        ("rcpt", "552 5.2.2 mailbox full", "failed", False, False),
        ("rcpt", "450 4.7.1 greylisted", "deferred", False, False),
        ("data", "451 4.3.0 later", "deferred", False, False),
        ("data", "554 5.5.1 no valid recipients", "failed", False, False),
        ("dot", "451 4.3.0 later", "deferred", False, False),
        ("dot", "550 5.1.1 a word about the content", "failed", False, False),
        ("connect", HANG_UP, "deferred", False, True),
        ("mail", HANG_UP, "deferred", False, False),
        ("rcpt", HANG_UP, "deferred", False, False),
        ("part", HANG_UP, "unknown", False, False),
        ("dot", HANG_UP, "unknown", False, False),
        ("connect", hang, "deferred", False, True),
        ("mail", hang, "deferred", False, True),
        ("rcpt", hang, "deferred", False, True),
        ("data", hang, "unknown", False, True),
        ("dot", hang, "unknown", False, True),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
async def test_what_an_answer_means(
    turn: str, answer: Any, state: str, address_refused: bool, relay_down: bool, pipelining: bool
) -> None:
    if pipelining and (turn, answer) == ("data", hang):
        state = "deferred"  # the content waits for the 354, so the server cannot have it
    async with scripted_server(once(turn, answer), pipelining=pipelining) as server:
        connection = Connection(Route("127.0.0.1", server.port, timeout=SILENCE))
        began = clock.monotonic()
        met = await connection.send("a@so-mau.example", "b@so-mau.example", b"Message-ID: <1@mau>\r\n\r\nx\r\n" * 99)
        took = clock.monotonic() - began
        assert (met.state, met.address_refused, met.relay_down) == (state, address_refused, relay_down)
        assert met.error
        assert (took >= SILENCE) == (answer is hang)
        assert took < SILENCE + 1
        # Whatever the server did, the same connection is good for the next message.
        after = await connection.send("a@so-mau.example", "c@so-mau.example", b"Message-ID: <2@mau>\r\n\r\nx\r\n")
        assert after.state == "accepted"
        await connection.close()
        assert [mail.recipient for mail in server.mails if mail.taken] == ["c@so-mau.example"]


A, B, C = (("a@so-mau.example", f"{name}@so-mau.example") for name in "abc")


def said_to(recipient: str, at_turn: str, answer: str, heard: list[tuple[str, str]]) -> Script:
    """Return a script that answers one recipient's turn in its own way, and notes every turn it is asked at."""

    async def script(turn: str, mail: Mail) -> str | None:
        heard.append((turn, mail.recipient[:1]))
        return answer if (turn, mail.recipient) == (at_turn, recipient) else None

    return script


@pytest.mark.parametrize(
    ("to", "at_turn", "answer", "states"),
    [
        ("", "", "", ["accepted", "accepted", "accepted"]),
        (A[1], "dot", "451 4.3.0 later", ["deferred", "accepted", "accepted"]),
        (B[1], "rcpt", "550 5.1.1 no such user", ["accepted", "failed", "accepted"]),
        (B[1], "data", "451 4.3.0 later", ["accepted", "deferred", "accepted"]),
        (B[1], "rcpt", HANG_UP, ["accepted", "deferred", "accepted"]),
        (A[1], "dot", HANG_UP, ["unknown", "accepted", "accepted"]),
        (A[1], "rcpt", "450 4.7.1 greylisted", ["deferred", "accepted", "accepted"]),
    ],
)
async def test_the_next_message_is_announced_with_this_ones_content(
    to: str, at_turn: str, answer: str, states: list[str]
) -> None:
    heard: list[tuple[str, str]] = []
    async with scripted_server(said_to(to, at_turn, answer, heard)) as server:
        connection = Connection(Route("127.0.0.1", server.port, timeout=SILENCE))
        met = [
            await connection.send(*A, b"Message-ID: <1@mau>\r\n\r\nx\r\n", B),
            await connection.send(*B, b"Message-ID: <2@mau>\r\n\r\nx\r\n", C),
            await connection.send(*C, b"Message-ID: <3@mau>\r\n\r\nx\r\n"),
        ]
        await connection.close()
        assert [each.state for each in met] == states
        taken = [pair[1] for pair, state in zip((A, B, C), states, strict=True) if state == "accepted"]
        assert [mail.recipient for mail in server.mails if mail.taken] == taken
        if set(states) == {"accepted"}:
            assert [turn for turn, _ in heard].count("connect") == 1


@pytest.mark.parametrize("size", [None, 4096])
async def test_another_message_than_the_announced_one_may_follow(size: int | None) -> None:
    """A pause, a stop, a message too large for the relay: what was announced is not sent, not even an empty one."""
    async with scripted_server(size=size) as server:
        connection = Connection(Route("127.0.0.1", server.port, timeout=SILENCE))
        await connection.send(*A, b"Message-ID: <1@mau>\r\n\r\nx\r\n", B)
        if size is not None:
            assert (await connection.send(*B, b"Message-ID: <2@mau>\r\n\r\nx\r\n" * 999)).state == "failed"
        assert (await connection.send(*C, b"Message-ID: <3@mau>\r\n\r\nx\r\n", B)).state == "accepted"
        await connection.close()
        await server.drained()
        assert [mail.recipient for mail in server.complete()] == [A[1], C[1]]


async def test_a_slow_drip_is_bounded_as_a_whole() -> None:
    """Every answer comes just within the time of one, so a bound per command would never end."""

    async def drip(_turn: str, _mail: Mail) -> str | None:
        await asyncio.sleep(0.7 * SILENCE)
        return None

    async with scripted_server(drip) as server:
        connection = Connection(Route("127.0.0.1", server.port, timeout=SILENCE))
        began = clock.monotonic()
        met = await connection.send("a@so-mau.example", "b@so-mau.example", b"\r\nx\r\n")
        assert (met.state, met.relay_down) == ("deferred", True)
        assert clock.monotonic() - began < 1.5 * SILENCE


# --- rounds -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def campaign(
    database_url: str, folder: Path, script: Script = usual, *, state: str = "live"
) -> AsyncIterator[tuple[Story, ScriptedServer]]:
    """Open the story two days before the first reminder, its live mail leaving through a scripted server."""
    async with (
        scripted_server(script) as server,
        story(database_url, folder, since="2024-01-01", now="2024-10-14 08:00", state=state) as s,
    ):
        s.world.routes["live"] = Route("127.0.0.1", server.port, CONNECTIONS)
        yield s, server


async def outbox(database: Database, kind: str = "digest") -> dict[str, dict[str, Any]]:
    """Return the messages of a kind, by address."""
    wanted = (
        select(t.person.c.address, t.message)
        .join(t.message, t.message.c.person_id == t.person.c.id)
        .where(t.message.c.kind == kind)
    )
    async with database.read() as connection:
        return {row["address"]: dict(row) for row in (await connection.execute(wanted)).mappings()}


async def reasons(database: Database, address: str) -> list[tuple[str, str, str | None]]:
    """Return the ledger of one address: (rung, state, reason)."""
    n = t.notice.c
    wanted = (
        select(n.rung, n.state, n.reason)
        .join(t.person, t.person.c.id == n.person_id)
        .where(t.person.c.address == address)
        .order_by(n.id)
    )
    async with database.read() as connection:
        return [(row.rung, row.state, row.reason) for row in await connection.execute(wanted)]


def for_one(at_turn: str, answer: str) -> Script:
    """Return a script that answers so whenever mail is for ONE."""

    async def script(turn: str, mail: Mail) -> str | None:
        return answer if turn == at_turn and mail.recipient == ONE else None

    return script


def first_time(at_turn: str, answer: str) -> Script:
    """Return a script that answers so the first time it meets each recipient."""
    met: set[str] = set()

    async def script(turn: str, mail: Mail) -> str | None:
        if turn != at_turn or mail.recipient in met:
            return None
        met.add(mail.recipient)
        return answer

    return script


def everybody_once(server: ScriptedServer) -> bool:
    """Return whether the server has taken exactly one mail for each person."""
    taken = Counter(mail.recipient for mail in server.mails if mail.taken)
    return len(taken) == MESSAGES and set(taken.values()) == {1}


async def test_an_address_that_does_not_exist_is_not_tried_again(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, for_one("rcpt", "550 5.1.1 no such user")) as (s, server):
        await s.round_only(T_30)
        assert await states(s.world.database, t.message) == {"accepted": MESSAGES - 1, "failed": 1}
        assert await reasons(s.world.database, ONE) == [("T-30", "failed", "suppressed")] * 2
        [suppressed] = await rows(s.world.database, t.suppression)
        assert "550" in suppressed["reason"]
        assert "no such user" in suppressed["reason"]
        assert (suppressed["since"], suppressed["lifted_at"]) == (at(T_30), None)
        server.mails.clear()
        server.script = usual  # by now the address would be taken; nobody asks
        await s.round_only(T_7)
        asked = Counter(mail.recipient for mail in server.mails)
        assert asked == dict.fromkeys(set(await outbox(s.world.database)) - {ONE}, 1)
        assert {ONE, *ITS_OFFICES} & set(asked) == ITS_OFFICES  # the units' own mailboxes are asked instead


async def test_what_is_refused_for_now_comes_back_after_two_minutes(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, first_time("rcpt", "450 4.7.1 greylisted")) as (s, server):
        database = s.world.database
        await s.round_only(T_30)
        assert server.mails == []
        assert await states(database, t.message) == {"deferred": MESSAGES}
        assert await states(database, t.notice) == {"queued": UNITS_2024}
        waiting = (await outbox(database)).values()
        waits = [row["not_before"] - at(T_30) for row in waiting]
        assert all(timedelta(minutes=1.8) <= wait <= timedelta(minutes=2.2) for wait in waits)
        assert len(set(waits)) > MESSAGES / 2  # spread, not all in the same second
        assert all("greylisted" in row["last_error"] for row in waiting)
        await s.round_only("2024-10-16 10:01")
        assert server.mails == []
        await s.round_only("2024-10-16 10:03")
        assert everybody_once(server)
        assert await states(database, t.notice) == {"accepted": UNITS_2024}
        assert {row["last_error"] for row in (await outbox(database)).values()} == {None}


async def test_a_connection_lost_before_the_content_costs_nothing_but_time(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path, first_time("rcpt", HANG_UP)) as (s, server):
        await s.round_only(T_30)
        assert server.mails == []
        assert await states(s.world.database, t.message) == {"deferred": MESSAGES}
        await s.round_only("2024-10-16 10:03")
        assert everybody_once(server)
        assert await states(s.world.database, t.notice) == {"accepted": UNITS_2024}


async def test_a_connection_lost_after_the_final_dot_brings_a_copy_with_the_same_id(
    database_url: str, tmp_path: Path
) -> None:
    async with campaign(database_url, tmp_path, first_time("dot", HANG_UP)) as (s, server):
        await s.round_only(T_30)
        assert await states(s.world.database, t.message) == {"unknown": MESSAGES}
        assert await states(s.world.database, t.notice) == {"queued": UNITS_2024}
        before = {mail.recipient: mail.message_id for mail in server.complete()}
        await s.round_only("2024-10-16 10:03")
        assert everybody_once(server)
        assert {mail.recipient: mail.message_id for mail in server.mails if mail.taken} == before
        assert len(set(before.values())) == MESSAGES
        assert await states(s.world.database, t.notice) == {"accepted": UNITS_2024}
        assert {row["message_id"] for row in (await outbox(s.world.database)).values()} == set(before.values())


async def test_a_relay_that_is_down_for_days_loses_nothing(database_url: str, tmp_path: Path) -> None:
    """From Friday to Monday nobody listens: each round ends at once, and on Monday everything leaves."""
    friday = at("2024-10-18 10:00")
    async with campaign(database_url, tmp_path) as (s, server):
        port = server.port
        await server.stop()
        await timed_round(s, friday)
        assert (await states(s.world.database, t.message)).total() == MESSAGES
        for hours in range(3, 72, 3):
            assert await timed_round(s, friday + timedelta(hours=hours)) < 2
        waiting = (await outbox(s.world.database)).values()
        assert {row["state"] for row in waiting} == {"queued", "deferred"}
        assert {row["attempts"] for row in waiting} == {0}  # nothing was tried on any of them
        assert any(row["last_error"] and "connecting" in row["last_error"] for row in waiting)
        await server.start()
        assert server.port != port
        s.world.routes["live"] = Route("127.0.0.1", server.port, CONNECTIONS)
        await timed_round(s, friday + timedelta(hours=72))
        assert everybody_once(server)
        assert await states(s.world.database, t.notice) == {"accepted": UNITS_2024}


async def timed_round(s: Story, as_of: datetime) -> float:
    """Do a round and return the seconds it took."""
    began = clock.monotonic()
    await round_(s.world, as_of)
    return clock.monotonic() - began


@pytest.mark.parametrize("turn", ["rcpt", "dot"])
async def test_a_relay_that_never_answers_is_left_after_one_timeout(
    database_url: str, tmp_path: Path, turn: str
) -> None:
    async def silent(met: str, mail: Mail) -> str | None:
        return await hang(met, mail) if met == turn else None

    async with campaign(database_url, tmp_path, silent) as (s, server):
        s.world.routes["live"] = Route("127.0.0.1", server.port, CONNECTIONS, timeout=2.0)
        await queue(s.world, at(T_30))
        began = clock.monotonic()
        await dispatch(s.world, at(T_30))
        assert 2 <= clock.monotonic() - began < 4
        given_up = "unknown" if turn == "dot" else "deferred"
        assert await states(s.world.database, t.message) == {given_up: CONNECTIONS, "queued": MESSAGES - CONNECTIONS}
        server.script = usual
        await s.round_only("2024-10-16 10:03")
        assert await states(s.world.database, t.message) == {"accepted": MESSAGES}
        assert everybody_once(server)
        assert await states(s.world.database, t.notice) == {"accepted": UNITS_2024}


async def test_a_message_never_outlasts_its_lease(database_url: str, tmp_path: Path) -> None:
    """With a lease of two seconds and a patient route, nobody waits for more than half of the lease."""

    async def silent(turn: str, mail: Mail) -> str | None:
        return await hang(turn, mail) if turn == "dot" else None

    async with campaign(database_url, tmp_path, silent) as (s, _server):
        s.world.lease_seconds = 2
        await queue(s.world, at(T_30))
        began = clock.monotonic()
        await dispatch(s.world, at(T_30))
        assert clock.monotonic() - began < 2


async def test_poison_messages_hold_up_nobody(database_url: str, tmp_path: Path) -> None:
    """What breaks the connection or offends the server is that message's trouble alone."""
    poison = {"dn-001.": ("dot", HANG_UP), "dn-002.": ("rcpt", HANG_UP), "dn-003.": ("dot", "554 5.6.0 not this one")}

    async def script(turn: str, mail: Mail) -> str | None:
        for part, (at_turn, answer) in poison.items():
            if part in mail.recipient and turn == at_turn:
                return answer
        return None

    async with campaign(database_url, tmp_path, script) as (s, _server):
        await s.round_only(T_30)
        became = {address: row["state"] for address, row in (await outbox(s.world.database)).items()}
        met = {part: [state for address, state in became.items() if part in address] for part in poison}
        assert met == {"dn-001.": ["unknown"], "dn-002.": ["deferred"], "dn-003.": ["failed"]}
        assert Counter(became.values()) == {"accepted": MESSAGES - 3, "unknown": 1, "deferred": 1, "failed": 1}
        assert await rows(s.world.database, t.suppression) == []


async def test_a_message_that_makes_the_relay_hang_holds_up_nobody(database_url: str, tmp_path: Path) -> None:
    async def script(turn: str, mail: Mail) -> str | None:
        return await hang(turn, mail) if turn == "dot" and mail.recipient == ONE else None

    async with campaign(database_url, tmp_path, script) as (s, server):
        s.world.routes["live"] = Route("127.0.0.1", server.port, CONNECTIONS, timeout=1.0)
        await s.round_only(T_30)
        assert await states(s.world.database, t.message) == {"accepted": MESSAGES - 1, "unknown": 1}


async def test_a_letter_that_cannot_be_read_waits_unharmed(database_url: str, tmp_path: Path) -> None:
    """An acknowledgement of a newer version of the program, say: kept as it is, and nobody waits for it."""
    async with campaign(database_url, tmp_path) as (s, server):
        database = s.world.database
        await queue(s.world, at(T_30))
        s.now = at(T_30)
        await s.submit(ITS_UNITS[0], "annual-report", "2024")
        strange = {"kind": "of another version"}
        good = (await outbox(database, "acknowledgement"))[ONE]["parameters"]
        await damage(database, strange)
        await s.round_only("2024-10-16 10:05")
        letter = (await outbox(database, "acknowledgement"))[ONE]
        assert (letter["state"], letter["attempts"], letter["parameters"]) == ("deferred", 1, strange)
        assert everybody_once(server)
        await damage(database, good)
        await s.round_only("2024-10-16 10:10")
        assert (await outbox(database, "acknowledgement"))[ONE]["state"] == "accepted"
        assert [mail.recipient for mail in server.mails[MESSAGES:]] == [ONE]


async def damage(database: Database, parameters: dict[str, Any]) -> None:
    """Write other parameters into the one acknowledgement."""
    async with database.write() as connection:
        changed = await connection.execute(
            update(t.message).where(t.message.c.kind == "acknowledgement").values(parameters=parameters)
        )
        assert changed.rowcount == 1


# --- what must not leave ----------------------------------------------------------------------------------------------


async def test_a_rehearsal_reaches_nobody_but_the_catcher(database_url: str, tmp_path: Path) -> None:
    async def nobody_comes(_turn: str, _mail: Mail) -> str | None:
        callers.append(_turn)
        return None

    callers: list[str] = []
    async with campaign(database_url, tmp_path, nobody_comes, state="rehearsal") as (s, _server):
        catcher = s.world.routes.pop("rehearsal")
        await s.round_only(T_30)
        assert await states(s.world.database, t.message) == {"queued": MESSAGES}  # without a catcher it waits
        s.world.routes["rehearsal"] = catcher
        await s.round_only("2024-10-16 10:01")
        caught = s.new_mails()
        assert len(caught) == MESSAGES
        assert all(mail.subject.startswith("[CHẠY THỬ") for mail in caught)
        assert await states(s.world.database, t.notice) == {"accepted": UNITS_2024}
        assert callers == []  # not even a connection


async def test_a_report_between_queue_and_dispatch_is_in_time_to_stop_the_mail(
    database_url: str, tmp_path: Path
) -> None:
    async with campaign(database_url, tmp_path) as (s, server):
        s.now = at(T_30)
        await queue(s.world, s.now)
        await s.submit("11-so-noi-vu", "annual-report", "2024")  # alone in its envelope
        await s.submit(ITS_UNITS[0], "annual-report", "2024")  # one of two
        await dispatch(s.world, s.now)
        digests = await outbox(s.world.database)
        emptied = {address for address, row in digests.items() if row["state"] == "withdrawn"}
        assert len(emptied) == 1
        [department] = emptied
        assert await reasons(s.world.database, department) == [
            ("T-30", "withdrawn", "already-submitted"),
            ("ack-1", "accepted", None),
        ]
        assert sorted(await reasons(s.world.database, ONE)) == [
            ("T-30", "accepted", None),
            ("T-30", "withdrawn", "already-submitted"),
            ("ack-1", "accepted", None),
        ]
        acknowledgements = await outbox(s.world.database, "acknowledgement")
        receipts = {row["message_id"] for row in acknowledgements.values()}
        assert set(acknowledgements) == {department, ONE}
        sent = Counter(mail.recipient for mail in server.mails if mail.message_id not in receipts)
        assert sent == dict.fromkeys(set(digests) - {department}, 1)
        [left] = digests[ONE]["parameters"]["units"]
        assert "Cựu chiến binh" in left  # the letter speaks of the other one only


# --- several relays ---------------------------------------------------------------------------------------------------


async def test_a_relay_that_is_down_leaves_its_mail_to_the_other(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path) as (s, first), scripted_server() as second:
        s.world.further_routes["live"] = (Route("127.0.0.1", second.port, CONNECTIONS, name="b"),)
        await first.stop()
        await s.round_only(T_30)
        assert everybody_once(second)
        assert Counter(row["relay"] for row in (await outbox(s.world.database)).values()) == {"b": MESSAGES}


async def test_two_relays_that_are_well_share_the_mail(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path) as (s, first), scripted_server() as second:
        s.world.further_routes["live"] = (Route("127.0.0.1", second.port, CONNECTIONS, name="b"),)
        await s.round_only(T_30)
        taken = [{mail.recipient for mail in server.mails if mail.taken} for server in (first, second)]
        assert all(taken)
        assert not taken[0] & taken[1]
        assert len(taken[0] | taken[1]) == len(first.mails) + len(second.mails) == MESSAGES


async def test_a_relay_with_a_rate_is_not_hurried(database_url: str, tmp_path: Path) -> None:
    async with campaign(database_url, tmp_path) as (s, server):
        s.world.routes["live"] = Route("127.0.0.1", server.port, CONNECTIONS, per_minute=60 * MESSAGES // 2)
        await queue(s.world, at(T_30))
        began = clock.monotonic()
        await dispatch(s.world, at(T_30))
        assert clock.monotonic() - began >= 1.9  # half of them a second
        assert everybody_once(server)

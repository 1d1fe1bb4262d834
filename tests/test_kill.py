"""Senders are killed and stopped at the worst moments: nothing is lost, and copies stay within the promised bound."""

import asyncio
import hashlib
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.outbox import Envelope, Outcome, claim, commit_outcomes
from tests.kill_sender import (
    NOBODY,
    UNITS_2024,
    accepted,
    addresses,
    environment,
    finish,
    lapse_leases,
    live_campaign,
    rows,
    start_round,
    states,
)
from tests.kill_server import HANG_UP, Mail, ScriptedServer, scripted_server
from tests.story import at

CONNECTIONS = 2
OPEN_AT_MOST = 2 * CONNECTIONS  # one message in DATA and one with its outcome uncommitted, per connection
LOADED, T_30, LATER = "2024-10-14 08:00", "2024-10-16 10:00", "2024-10-17 10:00"


def sender_of(database_url: str, server: ScriptedServer, home: Path, **settings: object) -> dict[str, str]:
    """Return the environment of a sender whose relay is the test's server."""
    return environment(
        database_url, home, relay_host="127.0.0.1", relay_port=server.port, relay_connections=CONNECTIONS,
        prefect_api_url=NOBODY, **settings,
    )  # fmt: skip


async def nothing_lost(database: Database, server: ScriptedServer) -> int:
    """Check ledger and server against each other; return how many copies too many the server has."""
    assert await states(database, t.notice) == {"accepted": UNITS_2024}
    committed = await accepted(database)
    assert await states(database, t.message) == {"accepted": len(committed)}
    copies: dict[str, list[Mail]] = {}
    for mail in server.complete():
        copies.setdefault(mail.recipient, []).append(mail)
    assert set(copies) == set(committed)
    for address, mails in copies.items():
        message_id, sha256 = committed[address]
        assert {mail.message_id for mail in mails} == {message_id}
        assert hashlib.sha256(mails[-1].content.removesuffix(b".\r\n")).hexdigest() == sha256
    assert len({message_id for message_id, _ in committed.values()}) == len(committed)
    return len(server.complete()) - len(committed)


async def test_killed_inside_data_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    """Five kills while the server holds a part of the content.

    "cut": the rest never comes, as when the sender's host dies. "drained": the rest comes from the dead
    process's socket, so the server has the whole mail and nobody to say so to.
    """
    kills = [("cut", 1), ("drained", 1), ("cut", 3), ("drained", 6), ("cut", 8)]
    child: asyncio.subprocess.Process

    async def kill_at(turn: str, mail: Mail) -> str | None:
        if turn != "part" or server.life >= len(kills):
            return None
        way, nth = kills[server.life]
        if server.of_life().index(mail) + 1 != nth:
            return None
        assert not mail.complete
        child.send_signal(signal.SIGKILL)
        await child.wait()
        return HANG_UP if way == "cut" else None

    bound = 0
    async with live_campaign(database_url, LOADED) as database, scripted_server(kill_at) as server:
        env = sender_of(database_url, server, tmp_path)
        for life in range(len(kills)):
            server.life = life
            child = await start_round(env, T_30)
            async with asyncio.timeout(60):
                await child.communicate()
            assert child.returncode == -signal.SIGKILL
            await server.drained()
            uncommitted = {mail.recipient for mail in server.of_life()} - set(await accepted(database))
            assert 1 <= len(uncommitted) <= OPEN_AT_MOST
            bound += len(uncommitted)
            assert (await states(database, t.notice)).total() == UNITS_2024
            assert len(uncommitted) <= await lapse_leases(database)
        server.life = len(kills)
        await finish(await start_round(env, T_30))
        await server.drained()
        copies = await nothing_lost(database, server)
        broken = [mail for mail in server.mails if not mail.complete]
        assert len(broken) >= 3  # each "cut" left a part, which is no copy
        assert 1 <= copies <= bound
        print(f"inside DATA: {len(kills)} kills, {copies} copies, bound {bound}, {len(broken)} parts that are no copy")


@asynccontextmanager
async def writing_forbidden(database: Database) -> AsyncIterator[None]:
    """Hold the lock every outcome needs: a sender cannot commit as long as this lasts."""
    async with database.engine.connect() as connection:
        lock = "BEGIN IMMEDIATE" if database.sqlite else "LOCK TABLE message IN EXCLUSIVE MODE"
        await connection.exec_driver_sql(lock)
        try:
            yield
        finally:
            await connection.rollback()


def answers_in_flight(port: int) -> int:
    """Return how many bytes the server has written that the sender has not read yet, as the kernel counts them.

    Source: /proc/net/tcp, columns local_address, rem_address, tx_queue:rx_queue (proc(5)).
    """
    waiting = 0
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        here, there = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
        unsent, unread = (int(queue, 16) for queue in fields[4].split(":"))
        established = fields[3] == "01"
        waiting += (unsent if here == port else unread if there == port else 0) if established else 0
    return waiting


async def test_killed_between_250_and_commit_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    """Five kills when the sender has read its 250 and the database will not take the outcome: the worst case, exactly.

    Each sender gets some batches through first; then every message of one batch becomes a copy.
    """
    # Not further into the wave: a mail in other words is kept in the database, which is locked, before it leaves.
    batches_before, bound = [0, 0, 2, 0, 1], 0
    locked, answered = asyncio.Event(), asyncio.Event()
    last_dot = asyncio.Event()

    async def answer(turn: str, _mail: Mail) -> str | None:
        if turn != "dot" or server.life >= len(batches_before):
            return None
        earlier = batches_before[server.life] * OPEN_AT_MOST
        whole = sum(mail.complete for mail in server.of_life())
        if whole > earlier:
            last_dot.set()
            await locked.wait()
        if whole == earlier + OPEN_AT_MOST:
            answered.set()
        return None

    async with live_campaign(database_url, LOADED) as database, scripted_server(answer) as server:
        env = sender_of(database_url, server, tmp_path)
        for life in range(len(batches_before)):
            server.life = life
            for event in (locked, answered, last_dot):
                event.clear()
            before = len(await accepted(database))
            child = await start_round(env, T_30)
            async with asyncio.timeout(60):
                await last_dot.wait()
                while len(await accepted(database)) < before + batches_before[life] * OPEN_AT_MOST:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                async with writing_forbidden(database):
                    locked.set()
                    await answered.wait()
                    await has_its_answers(child, server)
                    child.send_signal(signal.SIGKILL)
                    await child.communicate()
            assert child.returncode == -signal.SIGKILL
            await server.drained()
            uncommitted = {mail.recipient for mail in server.of_life() if mail.taken} - set(await accepted(database))
            # PostgreSQL may carry out what a dead sender had asked of it once the lock is gone: a copy less.
            assert len(uncommitted) == OPEN_AT_MOST if database.sqlite else 1 <= len(uncommitted) <= OPEN_AT_MOST
            bound += len(uncommitted)
            assert await lapse_leases(database) >= len(uncommitted)
        server.life = len(batches_before)
        await finish(await start_round(env, T_30))
        await server.drained()
        copies = await nothing_lost(database, server)
        assert copies == bound if database.sqlite else copies <= bound
        print(f"between 250 and commit: {len(batches_before)} kills, {copies} copies, bound {bound}")


async def has_its_answers(child: asyncio.subprocess.Process, server: ScriptedServer) -> None:
    """Wait until the sender has read every 250; it lives, and stands before the lock."""
    while not all(mail.taken for mail in server.of_life()) or answers_in_flight(server.port):  # noqa: ASYNC110 (another process)
        await asyncio.sleep(0.01)
    assert child.returncode is None


async def test_a_stalled_sender_changes_nothing_when_it_wakes(database_url: str, tmp_path: Path) -> None:
    """Stopped with answers outstanding until its lease has lapsed; another finishes; then it hears two refusals."""
    stalled, resumed = asyncio.Event(), asyncio.Event()

    async def stall_the_first(turn: str, mail: Mail) -> str | None:
        if server.life or mail.life:
            return None
        # One connection waits for the answer to its content, the other for the answer about its address.
        if turn == "rcpt" and not refused:
            refused.append(mail.recipient)
        elif turn != "dot" and not (turn == "rcpt" and mail.recipient in refused):
            return None
        held.append(turn)
        if len(held) == CONNECTIONS:
            stalled.set()
        await resumed.wait()
        return "550 5.1.1 no such user" if turn == "rcpt" else "550 5.6.0 not this content"

    refused: list[str] = []
    held: list[str] = []
    async with live_campaign(database_url, LOADED) as database, scripted_server(stall_the_first) as server:
        env = sender_of(database_url, server, tmp_path, lease_seconds=5)
        first = await start_round(env, T_30)
        async with asyncio.timeout(60):
            await stalled.wait()
            await claimed_its_fill(database)  # stopped inside a transaction it would keep SQLite from everybody
            first.send_signal(signal.SIGSTOP)
            assert sorted(held) == ["dot", "rcpt"]
            await lease_lapsed(database)
        server.life = 1
        await finish(await start_round(env, LATER))
        every = {table.name: await rows(database, table) for table in LEDGER}
        taken_over = sum(row["fence"] == 2 for row in every["message"])
        assert taken_over >= OPEN_AT_MOST
        assert sum(row["fence"] == 1 for row in every["message"]) == len(every["message"]) - taken_over
        resumed.set()
        first.send_signal(signal.SIGCONT)
        await finish(first)
        await server.drained()
        assert {table.name: await rows(database, table) for table in LEDGER} == every
        assert every["suppression"] == []
        # What it had in hand was refused; what it had claimed and not begun, it did not begin after its lease.
        assert [mail.taken for mail in server.mails if mail.life == 0] == [False]
        assert Counter(mail.recipient for mail in server.mails if mail.taken) == dict.fromkeys(
            await addresses(database), 1
        )
        assert await states(database, t.notice) == {"accepted": UNITS_2024}


LEDGER = (t.step, t.notice, t.message, t.message_item, t.suppression)


async def claimed_its_fill(database: Database) -> None:
    """Wait until a sender that waits for its relay has stopped claiming ahead."""
    before = -1
    while before != (now := (await states(database, t.message))["claimed"]):
        before = now
        await asyncio.sleep(0.5)


async def lease_lapsed(database: Database) -> None:
    """Wait, in the database's own time, until no lease holds any more."""
    holding = select(func.count()).where(t.message.c.state == "claimed", t.message.c.lease_until >= database.time())
    while True:
        async with database.read() as connection:
            if not (await connection.execute(holding)).scalar_one():
                return
        await asyncio.sleep(0.1)


async def test_an_outcome_with_an_old_fence_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with live_campaign(database_url, LOADED) as database, scripted_server() as server:
        env = sender_of(database_url, server, tmp_path)
        env.pop("DONDOC_RELAY_HOST")  # queued, and no way out
        await finish(await start_round(env, T_30))
        stale, held = [await take(database, "one"), await take(database, "two")]
        assert [(mine.id, mine.fence + 1) for mine in stale] == [(mine.id, mine.fence) for mine in held]
        late = [Outcome(mine.id, mine.fence, "failed", at(LATER), error="550", suppress=True) for mine in stale]
        for done in ([], [Outcome(mine.id, mine.fence, "accepted", at(LATER)) for mine in held]):
            await commit_outcomes(database, done)
            before = {table.name: await rows(database, table) for table in LEDGER}
            await commit_outcomes(database, late)
            assert {table.name: await rows(database, table) for table in LEDGER} == before
        assert (await states(database, t.message))["accepted"] == 3
        assert server.mails == []


async def take(database: Database, sender: str) -> list[Envelope]:
    """Claim three messages, and let the lease run out at once."""
    async with database.write() as connection:
        _, taken = await claim(
            database, connection, as_of=at(T_30), modes=("live",), limit=3, sender=sender, lease=timedelta(seconds=-1)
        )
    assert len(taken) == 3
    return taken

"""A relay that refuses everybody is at fault itself: it is tripped, and no address pays for it."""

import asyncio
from pathlib import Path

import pytest

from dondoc.messages.smtp import Route
from dondoc.store import tables as t
from dondoc.store.outbox import Outcome
from dondoc.store.relays import relay_states, suppressions
from tasks.brakes import RefusedBrake, lift_suppression, pause, reset_relay, resume
from tasks.watch_brakes import BrakeWatch, RelayWatch
from tests.kill_sender import rows, states
from tests.kill_server import Mail, scripted_server
from tests.story import KEY, at, story

OFFICER = "Quản trị mẫu"


async def test_a_relay_that_refuses_everybody_is_tripped_and_nobody_is_suppressed(
    database_url: str, tmp_path: Path
) -> None:
    ill = True

    async def script(turn: str, mail: Mail) -> str | None:
        return "550 5.1.1 no such user" if ill and turn == "rcpt" else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        database = s.world.database
        s.world.routes["live"] = route = Route("127.0.0.1", server.port, 2)
        await s.round_only("2026-10-14 08:00")
        became = await states(database, t.message)
        assert 20 <= became["deferred"] <= 23  # the twentieth refusal trips it; only what was under way is tried
        assert became["queued"] + became["deferred"] == 124
        assert await suppressions(database) == []
        assert await states(database, t.notice) == {"queued": 126}
        await s.round_only("2026-10-14 10:00")
        assert await states(database, t.message) == became  # it stands still
        async with database.read() as connection:
            [state] = await relay_states(connection)
        assert (state.relay, state.tripped_at) == (route.called, at("2026-10-14 08:00"))
        # Refusals are written down in groups: the one that holds the twentieth trips it.
        assert state.reason in [f"{n} of its last {n} messages refused for good" for n in range(20, 24)]

        ill = False
        await reset_relay(s.world, route.called, officer=OFFICER, as_of=s.now)
        await s.round_only("2026-10-14 10:01")
        assert await states(database, t.message) == {"accepted": 124}
        assert await states(database, t.notice) == {"accepted": 126}
        with pytest.raises(RefusedBrake, match="is not tripped; tripped: none"):
            await reset_relay(s.world, route.called, officer=OFFICER, as_of=s.now)


async def test_a_few_wrong_addresses_trip_nothing_and_can_be_lifted(database_url: str, tmp_path: Path) -> None:
    wrong: set[str] = set()

    async def script(turn: str, mail: Mail) -> str | None:
        if turn == "rcpt" and len(wrong) < 12:
            wrong.add(mail.recipient)
        return "550 5.1.1 no such user" if turn == "rcpt" and mail.recipient in wrong else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        database = s.world.database
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        await s.round_only("2026-10-14 08:00")
        refused = await suppressions(database)
        assert {each.address for each in refused} == wrong
        assert all(each.units for each in refused)
        await lift_suppression(s.world, refused[0].address.upper(), officer=OFFICER, as_of=s.now)
        with pytest.raises(RefusedBrake, match="is not suppressed"):
            await lift_suppression(s.world, refused[0].address, officer=OFFICER, as_of=s.now)
        [lifted] = [row for row in await rows(database, t.suppression) if row["lifted_at"]]
        assert lifted["lifted_by"] == OFFICER


async def test_an_address_refused_again_after_the_relay_was_mended_is_believed(
    database_url: str, tmp_path: Path
) -> None:
    wrong: set[str] = set()

    async def script(turn: str, mail: Mail) -> str | None:
        if turn == "rcpt" and len(wrong) < 20:
            wrong.add(mail.recipient)
        return "550 5.1.1 no such user" if turn == "rcpt" and mail.recipient in wrong else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        database = s.world.database
        s.world.routes["live"] = route = Route("127.0.0.1", server.port, 2)
        await s.round_only("2026-10-14 08:00")
        assert await suppressions(database) == []
        await reset_relay(s.world, route.called, officer=OFFICER, as_of=s.now)
        await s.round_only("2026-10-14 08:30")
        assert {each.address for each in await suppressions(database)} == wrong  # twice no: it is no fault of the relay
        async with database.read() as connection:
            assert [state.tripped_at for state in await relay_states(connection)] == [None]
        await s.round_only("2026-10-14 08:31")
        assert await states(database, t.notice) == {"accepted": 126}  # by the units' other contacts


async def test_five_in_a_hundred_trip_nothing(database_url: str, tmp_path: Path) -> None:
    """Twenty refusals in all, but never twenty among the last hundred; told in groups, as a sender commits them."""
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        watch = RelayWatch(s.world.database, "relay")
        groups = [[Outcome(n, 1, "failed" if n % 20 == 0 else "accepted", s.now, relay="relay")] for n in range(1, 401)]
        assert not any([await watch.note(group) for group in groups])
        async with s.world.database.read() as connection:
            [state] = await relay_states(connection)
        assert (state.refused, state.tripped_at) == (5, None)
        a_hundred = [Outcome(n, 1, "accepted", s.now, relay="relay") for n in range(401, 501)]
        assert not await watch.note(a_hundred)
        async with s.world.database.read() as connection:
            assert [each.refused for each in await relay_states(connection)] == [0]


async def test_a_sender_at_work_hears_that_something_was_pressed(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await pause(s.world, KEY, "sms", officer=OFFICER, reason="mẫu", as_of=s.now)
        watch = BrakeWatch(s.world.database)
        assert not await watch.pressed()  # what was pressed before, its claims left out already
        await resume(s.world, KEY, "sms", officer=OFFICER, as_of=s.now)
        await pause(s.world, KEY, "email", officer=OFFICER, reason="mẫu", as_of=s.now)
        assert not await watch.pressed()  # it looks once a second
        await asyncio.sleep(1.05)
        assert await watch.pressed()
        assert not await BrakeWatch(s.world.database).pressed()

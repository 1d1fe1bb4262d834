"""A relay that refuses everybody is at fault itself: it is tripped, and no address pays for it."""

from pathlib import Path

import pytest

from dondoc.messages.smtp import Route
from dondoc.store import tables as t
from dondoc.store.relays import relay_states, suppressions
from tasks.brakes import RefusedBrake, lift_suppression, reset_relay
from tasks.send_messages import relay_name
from tests.kill_sender import rows, states
from tests.kill_server import Mail, scripted_server
from tests.story import at, story

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
        assert 20 <= became["deferred"] <= 24  # the twentieth refusal trips it; only what was under way is tried
        assert became["queued"] + became["deferred"] == 124
        assert await suppressions(database) == []
        assert await states(database, t.notice) == {"queued": 126}
        await s.round_only("2026-10-14 10:00")
        assert await states(database, t.message) == became  # it stands still
        async with database.read() as connection:
            [state] = await relay_states(connection)
        assert (state.relay, state.tripped_at) == (relay_name(route), at("2026-10-14 08:00"))
        assert state.reason == "20 of its last 20 messages refused for good"

        ill = False
        await reset_relay(s.world, relay_name(route), officer=OFFICER, as_of=s.now)
        await s.round_only("2026-10-14 10:01")
        assert await states(database, t.message) == {"accepted": 124}
        assert await states(database, t.notice) == {"accepted": 126}
        with pytest.raises(RefusedBrake, match="is not tripped; tripped: none"):
            await reset_relay(s.world, relay_name(route), officer=OFFICER, as_of=s.now)


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
        await reset_relay(s.world, relay_name(route), officer=OFFICER, as_of=s.now)
        await s.round_only("2026-10-14 08:30")
        assert {each.address for each in await suppressions(database)} == wrong  # twice no: it is no fault of the relay
        async with database.read() as connection:
            assert [state.tripped_at for state in await relay_states(connection)] == [None]
        await s.round_only("2026-10-14 08:31")
        assert await states(database, t.notice) == {"accepted": 126}  # by the units' other contacts

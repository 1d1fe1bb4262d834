"""What became of an SMS where no report comes: the gateway is asked, ever more rarely, and at last no more."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from config.sms_gateway import Status, load_gateway
from dondoc.sms.gateway import Answer, SmsRoute, read_told
from dondoc.store import tables as t
from tasks.ask_delivery import ask_delivery, asked_again_at, first_asked_at
from tests.sms_story import SmsStory, sms_story
from tests.story import at
from tests.test_sms import DAY_BEFORE, SINCE, deaf, messages, notices

SENT = at(f"{DAY_BEFORE} 08:00")


async def sent(s: SmsStory, *faults: str) -> None:
    """Let the gateway take the SMS of the day before, with what it will do to some; no report can come."""
    status = s.story.world.sms["live"].gateway.status
    await s.story.forward(f"{DAY_BEFORE} 07:59")
    deaf(s)
    s.use(status=status)
    await s.faults(*faults)
    await s.story.round_only(f"{DAY_BEFORE} 08:00")
    assert await s.states() == {"accepted": 6}


async def waits(s: SmsStory) -> list[datetime]:
    """Return when the simulator is asked next, about each SMS it has not reported on."""
    return [each for each, relay in await messages(s, "ask_at", "relay") if each is not None and relay == "simulator"]


async def test_a_gateway_that_does_not_report_is_asked(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await sent(s, "undelivered", "pending")
        await s.story.round_only(f"{DAY_BEFORE} 08:01")
        assert await s.states() == {"accepted": 6}
        await s.story.round_only(f"{DAY_BEFORE} 08:02")
        assert await s.states() == {"accepted": 1, "delivered": 4, "bounced": 1}
        assert await notices(s) == {("accepted", None): 5, ("failed", None): 1, ("skipped", "no-address"): 74}
        assert sorted((state, ask_at) for state, ask_at in await messages(s, "state", "ask_at")) == [
            ("accepted", at(f"{DAY_BEFORE} 08:06")), ("bounced", None), *4 * [("delivered", None)],
        ]  # fmt: skip


async def test_the_questions_are_few_come_ever_more_rarely_and_end(sqlite_url: str, tmp_path: Path) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE) as s:
        await sent(s, "pending")
        world, status = s.story.world, s.story.world.sms["live"].gateway.status
        assert status is not None
        async with world.database.write() as connection:  # one of them is another gateway's, which nobody can ask
            one = select(func.max(t.message.c.id)).where(t.message.c.channel == "sms").scalar_subquery()
            await connection.execute(update(t.message).where(t.message.c.id == one).values(relay="another"))
        s.use(status=replace(status, url="http://127.0.0.1:9/"), connections=1)
        assert await ask_delivery(world, at(f"{DAY_BEFORE} 08:01")) == {}
        assert await ask_delivery(world, at(f"{DAY_BEFORE} 08:02")) == {"nothing": 1}  # it is away: no second question
        s.use(status=replace(status, per_round=3))
        told = [await ask_delivery(world, at(f"{DAY_BEFORE} 08:06")) for _round in range(3)]
        assert told == [{"nothing": 1, "delivered": 2}, {"delivered": 2}, {}]
        asked: list[datetime] = []
        while waiting := await waits(s):
            asked += waiting
            assert await ask_delivery(world, asked[-1] - timedelta(seconds=1)) == {}
            assert await ask_delivery(world, asked[-1]) == {"nothing": 1}
        assert [round((each - SENT).total_seconds() / 60) for each in asked] == [18, 54, 162, 486, 1458, 3 * 24 * 60]
        assert await ask_delivery(world, asked[-1] + timedelta(days=30)) == {}
        error = "delivery not known: the gateway never said what became of it"
        assert sorted(await messages(s, "state", "relay", "last_error"), key=str)[:2] == [
            ("accepted", "another", None), ("accepted", "simulator", error),
        ]  # fmt: skip


def test_a_gateway_that_can_report_is_given_an_hour_to_do_so() -> None:
    esms = SmsRoute(load_gateway("esms"))
    told = replace(esms, callback_url="https://dondoc.example/sms/reports/esms/x")
    silent = SmsRoute(load_gateway("stringee"))
    taken, lost = Answer("accepted", provider_id="1"), Answer("unknown")
    expected = [at(f"{DAY_BEFORE} 08:02"), at(f"{DAY_BEFORE} 09:00"), None, None]
    asked = [(esms, taken), (told, taken), (silent, taken), (esms, lost)]
    assert [first_asked_at(route, answer, SENT) for route, answer in asked] == expected


@pytest.mark.parametrize(
    ("code", "content", "state", "down"),
    [
        (200, '{"CodeResponse": "100", "SendStatus": 5, "SendFailed": 0, "SendSuccess": 1}', "delivered", False),
        (200, '{"CodeResponse": "100", "SendStatus": "5", "SendFailed": "1", "SendSuccess": "0"}', "failed", False),
        (200, '{"CodeResponse": "100", "SendStatus": 4}', "failed", False),
        (200, '{"CodeResponse": "100", "SendStatus": 2, "SendFailed": 0, "SendSuccess": 0}', None, False),  # waits
        (200, '{"CodeResponse": "105"}', None, False),  # it does not know the number
        (200, '{"CodeResponse": "101", "SendStatus": 4}', None, False),  # a wrong key says nothing of a message
        (200, "[]", None, False),
        (200, "no JSON", None, False),
        (200, "[" * 60_000, None, False),
        (200, "{" * 70_000, None, False),
        (400, '{"CodeResponse": "100", "SendStatus": 4}', None, False),
        (401, "", None, True),
        (429, "", None, True),
        (502, "", None, True),
    ],
)
def test_an_answer_is_believed_only_where_it_says_something_final(
    code: int, content: str, state: str | None, down: bool
) -> None:
    status = load_gateway("esms").status
    assert status is not None
    told = read_told(status, code, content.encode())
    assert (told.state, told.gateway_down) == (state, down)


def test_a_state_can_lie_deep_in_an_answer() -> None:
    status = Status(url="https://a.example/{provider_id}", delivered=({"data.0.status": "0"},))
    answer = b'{"status": "success", "data": [{"phone": "84900000000", "status": 0}]}'
    assert read_told(status, 200, answer).state == "delivered"


@pytest.mark.parametrize("minutes", [0, -60])
def test_a_message_of_this_very_minute_is_asked_about_later(minutes: int) -> None:
    again: Any = asked_again_at(SENT, SENT + timedelta(minutes=minutes))
    assert again - SENT == timedelta(minutes=6)

"""SMS from the ladder to the telephone, through a real gateway: once, within hours, reported back, never forged."""

import hashlib
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright
from sqlalchemy import func, select, update

from config.plan import load_plan_text
from config.plan_model import Rung
from config.sms_gateway import load_gateway
from deadlines.calendar import vietnam
from deadlines.ladders import ladder_snapshot, plan_cohort
from dondoc.sms.gateway import Client, Sms, SmsRoute
from dondoc.store import tables as t
from tasks.brakes import pause, resume
from tasks.handle_messages import hurry
from tasks.open_world import report_url
from tests.sms_story import RUNGS, SmsStory, mobile_of, sms_story, with_sms
from tests.story import KEY, at
from tests.test_portal import CHROMIUM, free_port

SINCE, DAY_BEFORE = "2026-11-10", "2026-11-12"  # due 14/11, a Saturday; its last working day is 13/11
TEXT = (
    "So KH&CN de nghi don vi gui bao cao nam 2026 truoc ngay 15/11/2026. Chi tiet o thu dien tu. Lien he 0215 300 0000."
)


async def notices(s: SmsStory, rung: str = "T-1-sms") -> dict[tuple[str, str | None], int]:
    """Return the ledger of a rung: (state, reason) → rows."""
    n = t.notice.c
    async with s.story.world.database.read() as connection:
        found = await connection.execute(
            select(n.state, n.reason, func.count()).where(n.rung == rung).group_by(n.state, n.reason)
        )
        return {(row[0], row[1]): row[2] for row in found}


async def messages(s: SmsStory, *columns: str) -> list[Any]:
    """Return columns of every SMS, oldest first."""
    m = t.message.c
    async with s.story.world.database.read() as connection:
        found = await connection.execute(
            select(*(m[name] for name in columns)).where(m.channel == "sms").order_by(m.id)
        )
        return [tuple(row) for row in found]


async def reports(s: SmsStory) -> list[tuple[str, str, datetime | None]]:
    """Return every delivery report kept: whose, what, when applied."""
    r = t.delivery_report.c
    async with s.story.world.database.read() as connection:
        found = await connection.execute(select(r.provider_id, r.state, r.applied_at).order_by(r.id))
        return [(row[0], row[1], row[2]) for row in found]


def deaf(s: SmsStory) -> None:
    """Let the gateway know no address to report to, and no way to be asked."""
    s.use(status=None)
    for mode, route in list(s.story.world.sms.items()):
        s.story.world.sms[mode] = replace(route, callback_url=None)


async def test_who_has_a_mobile_gets_one_sms_and_its_delivery_is_reported(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        assert s.taken() == []
        assert s.story.new_mails() == []  # this story has no way out for mail: SMS do not wait for it
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        assert sorted(each.phone for each in s.taken()) == [mobile_of(n) for n in range(6)]
        assert {(each.text, each.segments, each.encoding, each.brandname) for each in s.taken()} == {
            (TEXT, 1, "GSM-7", "MAU-TINH")
        }
        await s.settled(delivered=6)
        assert await notices(s) == {("accepted", None): 6, ("skipped", "no-address"): 74}
        assert set(await messages(s, "relay", "segments", "cost", "kind")) == {("simulator", 1, 850, "sms")}
        await s.story.forward("2026-11-13 18:00")
        assert len(s.taken()) == 6
    for n in range(6):
        assert mobile_of(n) not in caplog.text
        assert mobile_of(n)[1:] not in caplog.text
    assert s.story.world.report_secret("simulator") not in caplog.text


async def test_a_telephone_does_not_ring_in_the_evening(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:00")
        await s.story.round_only(f"{DAY_BEFORE} 20:00")
        assert (s.taken(), await s.states()) == ([], {"queued": 6})
        [first, *_others] = [number for (number,) in await messages(s, "id")]
        await hurry(s.story.world, [first], "Chuyên viên mẫu", at(f"{DAY_BEFORE} 20:05"))
        await s.story.round_only(f"{DAY_BEFORE} 20:05")
        assert len(s.taken()) == 1  # an officer's word, and no other
        await s.story.forward("2026-11-13 07:29")
        assert len(s.taken()) == 1
        await s.story.forward("2026-11-13 07:30")
        assert len(s.taken()) == 6


async def test_the_stop_button_holds_sms_and_lets_them_go_as_sms(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        await pause(s.story.world, KEY, "sms", officer="Chuyên viên mẫu", reason="thử", as_of=s.story.now)
        await s.story.forward("2026-11-13 08:30")
        assert (s.taken(), await s.states()) == ([], {"queued": 6})
        done = await resume(s.story.world, KEY, "sms", officer="Chuyên viên mẫu", as_of=s.story.now)
        assert done.queued == 6
        await s.story.forward("2026-11-13 08:31")
        assert {each.text for each in s.taken()} == {TEXT}
        assert sorted(each.phone for each in s.taken()) == [mobile_of(n) for n in range(6)]


async def test_what_is_missing_is_told_by_sms_once_the_desk_has_looked(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE, officers=2) as s:
        await s.story.forward("2026-11-16 15:30")
        before = len(s.taken())
        await s.story.reconcile()
        await s.story.forward("2026-11-16 15:31")
        assert [each.text for each in s.taken()[before:]] == 2 * [
            "So KH&CN chua ghi nhan bao cao nam 2026, thoi han truoc ngay 15/11/2026. "
            "Neu da gui xin bo qua. Lien he 0215 300 0000."
        ]


async def test_a_lost_answer_is_asked_for_again_and_the_sms_goes_out_once(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        await s.faults("drop", "hang")
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        assert await s.states() == {"accepted": 4, "unknown": 2}
        await s.story.forward(f"{DAY_BEFORE} 08:05")
        assert await s.states() == {"accepted": 6}
        assert sorted(each.phone for each in s.taken()) == [mobile_of(n) for n in range(6)]
        assert {n for (n,) in await messages(s, "provider_id")} == {each.sms_id for each in s.taken()}


async def test_a_gateway_that_knows_no_repetition_is_never_asked_twice(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        s.use(duplicate=())
        await s.faults("drop")
        await s.story.forward("2026-11-12 18:00")
        assert await s.states() == {"accepted": 5, "unknown": 1}
        [lost] = [each for each in await messages(s, "state", "message_id") if each[0] == "unknown"]
        [kept] = [each for each in s.taken() if each.request_id == lost[1]]
        # Its report comes by another way: it names the request, and so the message whose answer was lost.
        there = report_url(s.story.world, s.pages, "simulator")
        async with httpx.AsyncClient() as client:
            answer = await client.get(there, params=delivered(kept.sms_id, kept.request_id))
        assert answer.status_code == 200
        assert await s.states() == {"accepted": 5, "delivered": 1}
        assert len(s.taken()) == 6
        assert await notices(s) == {("accepted", None): 6, ("skipped", "no-address"): 74}


async def test_a_report_tells_what_became_of_an_sms_whose_answer_never_came(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        s.use(duplicate=())
        await s.faults("hang")  # the report comes while we still wait for the answer
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        await s.settled(delivered=6)


async def test_an_sms_in_a_dead_senders_hands_is_unknown_where_it_cannot_be_repeated(
    database_url: str, tmp_path: Path
) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        route = s.story.world.sms.pop("live")
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        database, m = s.story.world.database, t.message.c
        async with database.write() as connection:  # as a sender killed in mid-request leaves it
            await connection.execute(
                update(t.message)
                .where(m.channel == "sms")
                .values(state="claimed", claimed_by="dead", lease_until=database.time(-1), fence=1, attempts=1)
            )
        s.story.world.sms["live"] = replace(route, gateway=replace(route.gateway, duplicate=()))
        await s.story.forward(f"{DAY_BEFORE} 12:00")
        assert (await s.states(), s.taken()) == ({"unknown": 6}, [])
        assert all(request_id for (request_id,) in await messages(s, "message_id"))
        s.story.world.sms["live"] = route  # and one that recognises repetitions is simply asked again
        async with database.write() as connection:
            await connection.execute(
                update(t.message)
                .where(m.channel == "sms")
                .values(state="claimed", lease_until=database.time(-1), not_before=at(DAY_BEFORE))
            )
        await s.story.round_only(f"{DAY_BEFORE} 12:01")
        assert len(s.taken()) == 6


@pytest.mark.parametrize(
    ("fault", "at_once", "later"),
    [
        ("busy", {"deferred", "queued", "accepted", "delivered"}, {"delivered": 6}),  # no money: the round asks no more
        ("error", {"unknown", "accepted", "delivered"}, {"delivered": 6}),
        ("late", {"unknown", "accepted", "delivered"}, {"delivered": 6}),
        ("refuse", {"failed", "accepted", "delivered"}, {"delivered": 5, "failed": 1}),
        ("undelivered", {"accepted", "delivered", "bounced"}, {"delivered": 5, "bounced": 1}),
    ],
)
async def test_what_a_gateway_does_wrong_costs_no_other_sms(
    sqlite_url: str, tmp_path: Path, fault: str, at_once: set[str], later: dict[str, int]
) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        await s.faults(fault)
        await s.story.round_only(f"{DAY_BEFORE} 08:00")
        assert set(await s.states()) <= at_once
        await s.story.forward(f"{DAY_BEFORE} 08:10")
        await s.settled(**later)
        if fault == "undelivered":
            assert await notices(s) == {("accepted", None): 5, ("failed", None): 1, ("skipped", "no-address"): 74}


async def test_nothing_is_sent_without_an_approved_text(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        for mode, route in list(s.story.world.sms.items()):
            s.story.world.sms[mode] = replace(route, simulated=False)
        await s.story.forward(f"{DAY_BEFORE} 09:00")
        assert s.taken() == []
        assert await notices(s) == {("failed", "no-template"): 6, ("skipped", "no-address"): 74}
        assert set(await messages(s, "state", "last_error")) == {
            ("failed", "SMS template 'remind' of simulator: none is approved; see 'dondoc sms add-template'")
        }


async def test_the_name_of_a_unit_reaches_no_sms(sqlite_url: str, tmp_path: Path) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE) as s:
        evil = '{phone}", "Phone": "0900"}\r\nX-Evil: 1\r\n\r\nhttps://evil.example'
        async with s.story.world.database.write() as connection:
            await connection.execute(update(t.unit).values(name=evil, office_name=evil))
            await connection.execute(update(t.contact).values(name=evil))
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        assert {each.text for each in s.taken()} == {TEXT}


def delivered(sms_id: str, request_id: str = "") -> dict[str, str]:
    """Return a report of delivery as eSMS writes it."""
    return {"SMSID": sms_id, "SendStatus": "5", "SendFailed": "0", "SendSuccess": "1", "RequestId": request_id}


async def test_forged_and_oversized_reports_are_refused(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        [first, *_others] = s.taken()
        there, secret = report_url(s.story.world, s.pages, "simulator"), s.story.world.report_secret("simulator")
        good = delivered(first.sms_id)
        async with httpx.AsyncClient() as client:
            for address in (
                there.replace(secret, "0" * 40), there[:-1], there.replace(secret, "x" * 4_000),
                there.replace("simulator", "esms"), there.replace("/simulator/", "/%C4%91/"),
            ):  # fmt: skip
                assert (await client.get(address, params=good)).status_code == 403
            assert (await client.post(there, content=b"x" * 9_000)).status_code == 413
            assert (await client.get(there, params={"SMSID": first.sms_id, "more": "x" * 9_000})).status_code == 413
            assert (await client.get(there, params={**good, "SMSID": ""})).status_code == 400
            assert (await client.get(there, params={**good, "SMSID": "a\r\nb"})).status_code == 400
            assert (await client.put(there, params=good)).status_code == 405
            assert (await client.get(there, headers={"host": "evil.example"}, params=good)).status_code == 421
            assert (await reports(s), await s.states()) == ([], {"accepted": 6})
            assert (await client.get(there, params={**good, "SendStatus": "7"})).status_code == 200  # on its way
            assert await reports(s) == []
            for _again in range(3):
                assert (await client.get(there, params=good)).status_code == 200
                assert (await client.post(there, data=delivered("nobody's"))).status_code == 200
            assert (await client.post(there, params=good, content=b"[" * 8_000)).status_code == 200
        assert [(who, what, applied is not None) for who, what, applied in await reports(s)] == [
            (first.sms_id, "delivered", True), ("nobody's", "delivered", False),
        ]  # fmt: skip
        async with httpx.AsyncClient() as client:  # a second verdict changes nothing
            await client.get(there, params={**good, "SendFailed": "1", "SendSuccess": "0"})
        assert await s.states() == {"accepted": 5, "delivered": 1}


async def test_a_report_that_comes_before_our_own_record_is_not_lost(database_url: str, tmp_path: Path) -> None:
    async with sms_story(database_url, tmp_path, since=SINCE, officers=1) as s:
        await s.story.forward(f"{DAY_BEFORE} 07:59")
        deaf(s)
        early = hashlib.sha256(f"1:{await only_request(s)}".encode()).hexdigest()[:32]  # what the simulator will say
        async with httpx.AsyncClient() as client:
            await client.get(report_url(s.story.world, s.pages, "simulator"), params=delivered(early))
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        assert [each.sms_id for each in s.taken()] == [early]
        assert await s.states() == {"delivered": 1}


async def only_request(s: SmsStory) -> str:
    """Return the request id the only SMS of the day before will have."""
    c = t.contact.c
    world = s.story.world
    async with world.database.read() as connection:
        campaign_id = (await connection.execute(select(t.campaign.c.id))).scalar_one()
        highest = (await connection.execute(select(func.max(t.person.c.id)))).scalar_one()
        assert (await connection.execute(select(func.count()).where(c.mobile_id.is_not(None)))).scalar_one() == 0
    day = date.fromisoformat(DAY_BEFORE)
    return world.request_id(campaign_id, highest + 1, "sms", day, "08:00-remind", 0, "live")


async def test_no_gateway_is_no_answer_and_counts_against_no_sms() -> None:
    nowhere = replace(load_gateway("simulator"), url=f"http://127.0.0.1:{free_port()}/")
    async with Client(SmsRoute(nowhere), 5) as client:
        answer = await client.send(Sms("+84912000001", "a", "MAU-TINH", "r"), at(DAY_BEFORE))
    assert (answer.state, answer.gateway_down) == ("deferred", True)


def test_secrets_are_in_no_representation() -> None:
    assert "word" not in repr(SmsRoute(load_gateway("esms"), "key", "word", "https://a.example/word"))


def test_a_ladder_of_mail_keeps_the_key_it_had_before_there_were_sms() -> None:
    rung = Rung.model_validate({"rung": "T-1", "days": -1, "kind": "remind", "to": "officer"})
    cohort = plan_cohort(
        modality="mandated", due_on=date(2026, 11, 14), target_on=date(2026, 11, 13), confirmed=True, ladder=[rung],
        cause="plan", since=date(2026, 1, 1), decided_at=None, calendar=vietnam(),
    )  # fmt: skip
    before = {
        "slug": "T-1", "offset_days": -1, "offset_working_days": None, "from_": "target_on", "at": "08:00:00",
        "kind": "remind", "to": "officer", "tone": "factual", "reconciled": False, "late": "send",
    }  # fmt: skip
    facts = ["2026-11-14", "mandated", "plan", [before]]
    assert cohort.key == hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    by_sms = rung.model_copy(update={"channel": "sms"})
    assert ladder_snapshot([by_sms]) == [{**before, "channel": "sms"}]


@pytest.mark.parametrize("wrong", ["to: head", 'to: "role:standing-agency"'])
def test_a_plan_that_would_ring_up_a_head_is_refused(wrong: str) -> None:
    text = with_sms().replace(RUNGS, RUNGS.replace("to: officer", wrong, 1))
    with pytest.raises(Exception, match="rung 'T-1-sms' goes by SMS: it needs 'to: officer' or 'to: office'"):
        load_plan_text(text, "dien-bien.yaml")


async def test_the_page_shows_each_sms_with_segments_and_cost_on_a_telephone_too(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with sms_story(sqlite_url, tmp_path, since=SINCE, officers=2) as s, async_playwright() as playwright:
        await s.story.forward(f"{DAY_BEFORE} 08:00")
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(f"{s.pages}/sms")
        words = await page.inner_text("main")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        await page.screenshot(path=tmp_path / "sms.png", full_page=True)
        await browser.close()
        assert "2 tin nhắn: tính 2 tin, 1.700 đồng" in words
        assert words.count(TEXT) == 2
        assert f"1 tin (GSM-7, {len(TEXT)} ký tự)" in words
        assert mobile_of(0) not in words
        assert "***000" in words
        assert wide == 390

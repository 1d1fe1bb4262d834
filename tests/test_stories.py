"""Whole stories of Điện Biên, mail by mail: a year's round, a brief, going live, the day the districts ended."""

from collections import Counter
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from config.plan import load_plan, plan_path
from dondoc.messages.spool import SpooledMail
from dondoc.store.briefs import brief, briefs_on_desk
from dondoc.store.status import waiting_steps
from tasks.lay_briefs import RefusedRelease, release_brief
from tasks.make_ruling import RefusedRuling, set_date
from tasks.receipts import Document
from tasks.rule_campaign import go_live
from tests.story import KEY, Story, at, story


def text_of(s: Story, mail: SpooledMail) -> str:
    """Return the plain text of a mail as its reader sees it."""
    parsed = message_from_bytes((s.spool / f"{mail.n}.eml").read_bytes(), policy=policy.default)
    part = parsed.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def address_of(s: Story, unit: str, role: str = "officer") -> str:
    """Return the registered address of a unit's contact."""
    from dondoc.registry import load_bundle

    return next(c.email for c in load_bundle(KEY).contacts if c.unit_code == unit and c.role == role)


async def test_a_year_from_the_first_word_to_the_brief(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        department = await address_of(s, "11-so-noi-vu")
        await s.forward("2026-10-14 07:59")
        assert s.new_mails() == []  # a minute early
        await s.forward("2026-10-14 08:00")  # 30 days before Friday 13/11, the last working day
        first = s.new_mails()
        assert Counter(mail.rcpt_tos[0] for mail in first)[department] == 1
        assert len(first) == 124  # 126 units; two persons serve two units each and get one mail
        report = await s.submit("11-so-noi-vu", "annual-report", "2026")
        assert report.judged == "on-time"
        await s.forward("2026-11-06 12:00")
        second = s.new_mails()
        assert sum(mail.rcpt_tos == [department] for mail in second) == 1  # the acknowledgement, no reminder
        assert "Xác nhận tiếp nhận" in next(mail.subject for mail in second if mail.rcpt_tos == [department])
        assert report.code in text_of(s, next(mail for mail in second if mail.rcpt_tos == [department]))
        await s.forward("2026-11-16 14:00")
        s.new_mails()  # T-1
        assert ("annual-report", "2026", "overdue-1", "accepted", None) not in await s.ledger()
        waiting = {(row.duty, row.rung, row.waits_for) for row in await waiting_steps(s.world.database)}
        assert waiting == {("annual-report", "overdue-1", "not-reconciled")}
        await s.reconcile()
        await s.forward("2026-11-16 14:01")
        overdue = s.new_mails()
        assert len(overdue) == 77  # 15 + 5 + 60 mandated, less one reported, two shared persons: no commune, no Front
        words = text_of(s, overdue[0])
        assert "chưa ghi nhận" in words
        assert "14/11/2026" in words


async def test_nothing_climbs_by_machine(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-16 13:30")
        await s.reconcile()
        await s.forward("2026-11-17 10:00")
        s.new_mails()
        await s.forward("2026-11-18 14:00")
        assert await briefs_on_desk(s.world.database) == []  # reconciled two working days ago: not recent enough
        await s.reconcile()
        await s.forward("2026-11-18 14:05")
        assert s.new_mails() == []
        [laid] = await briefs_on_desk(s.world.database)
        assert (laid.rung, laid.recipient, laid.parameters["not_recorded"]) == ("brief-1", "head", 80)
        assert laid.parameters["missing"][0][1] == "department"  # protocol order
        assert laid.parameters["invited"] == 45
        await s.submit("11-so-noi-vu", "annual-report", "2026")
        done = await release_brief(
            s.world, laid.code, document="12/SKHCN-MẪU; 18/11/2026; Lãnh đạo mẫu", by="Lãnh đạo mẫu", as_of=s.now
        )
        assert (done.units, done.withdrawn, done.messages) == (79, 1, 79)
        await s.forward("2026-11-18 14:10")
        mails = [mail for mail in s.new_mails() if "Xác nhận" not in mail.subject]
        heads = set(await heads_of(s))
        assert mails
        assert not heads & {mail.rcpt_tos[0] for mail in mails}
        assert "12/SKHCN-MẪU ngày 18/11/2026" in text_of(s, mails[0])
        with pytest.raises(RefusedRelease, match="is released already"):
            await release_brief(s.world, laid.code, document="13/SKHCN-MẪU", by="Lãnh đạo mẫu", as_of=s.now)
        assert (await brief(s.world.database, laid.code)).released_by == "Lãnh đạo mẫu"


async def heads_of(s: Story) -> set[str]:
    """Return the addresses of every head and leader."""
    from dondoc.registry import load_bundle

    return {c.email for c in load_bundle(KEY).contacts if c.role in ("head", "leader")}


async def test_a_brief_is_not_released_on_old_figures(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-18 13:30")
        await s.reconcile()
        await s.forward("2026-11-18 14:00")
        [laid] = await briefs_on_desk(s.world.database)
        await s.forward("2026-11-20 09:00")
        with pytest.raises(RefusedRelease, match="no reconciliation was confirmed within the last working day"):
            await release_brief(s.world, laid.code, document="1/MẪU", by="Lãnh đạo mẫu", as_of=s.now)


async def test_going_live_on_a_running_plan_says_nothing_about_the_past(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01", now="2026-11-20 09:00", state="rehearsal") as s:
        await s.forward("2026-11-20 15:00")
        rehearsed = s.new_mails()
        assert all(mail.subject.startswith("[CHẠY THỬ") for mail in rehearsed)
        await go_live(s.world, KEY, date(2026, 11, 20), officer="Lãnh đạo mẫu", as_of=s.now)
        await s.forward("2026-11-26 18:00")
        await s.reconcile()
        await s.forward("2026-11-26 19:00")
        assert s.new_mails() == []  # the annual report of 2026 fell due before the campaign went live
        await s.forward("2026-11-27 08:00")  # seven days before Friday 4/12
        [reminder] = s.new_mails()
        assert "CHẠY THỬ" not in reminder.subject
        assert reminder.rcpt_tos == [await address_of(s, "11-so-khcn")]
        states = {(key[0], key[2]): key[3:] for key in await s.ledger() if key[1] == "2026"}
        assert states["consolidated-report", "T-7"] == ("accepted", None)
        with pytest.raises(RefusedRuling, match="is live since 20/11/2026"):
            await go_live(s.world, KEY, date(2026, 11, 20), officer="Lãnh đạo mẫu", as_of=s.now)


async def test_a_draft_plan_stays_at_home(database_url: str, tmp_path: Path) -> None:
    text = load_plan(plan_path(KEY)).text
    assert "number: 2158/KH-UBND" in text
    async with story(database_url, tmp_path, since="2026-01-01", state="draft") as s:
        await s.forward("2026-12-31 08:00")
        assert s.new_mails() == []
        assert await s.ledger() == {}


async def test_the_day_the_districts_ended(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2025-01-01") as s:
        await s.forward("2025-06-20 09:00")
        districts = [unit for unit in await s.units("annual-report", "2025") if unit.unit_kind == "district"]
        assert len(districts) == 10
        early = await s.submit(districts[0].unit_code, "annual-report", "2025")
        assert early.judged == "on-time"
        await s.forward("2025-07-01 00:00")
        after = await s.units("annual-report", "2025")
        ended = Counter(unit.state for unit in after if unit.unit_kind == "district")
        assert ended == {"submitted": 1, "transferred": 9}  # what was recorded stays the district's
        communes = [unit for unit in after if unit.unit_kind == "commune"]
        assert Counter((unit.modality, unit.state) for unit in communes) == {("invited", "open"): 45}
        s.new_mails()
        for working_day in ("2025-11-17", "2025-11-19"):
            await s.forward(f"{working_day} 13:30")
            await s.reconcile()
        await s.forward("2025-11-19 14:00")
        counted = await s.ledger()
        accepted = {
            key[2]: n for key, n in counted.items() if key[:2] == ("annual-report", "2025") and key[3] == "accepted"
        }
        assert accepted == {"ack-1": 1, "T-30": 126, "T-7": 126, "T-1": 80, "overdue-1": 80}
        [laid] = await briefs_on_desk(s.world.database)
        assert {kind for _name, kind in laid.parameters["missing"]} == {"department", "mass-organisation", "enterprise"}


async def test_the_first_receipt_by_either_receiver_counts(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-16 09:00")
        document = Document("45/BC-MẪU", date(2026, 11, 13), "Người ký mẫu")
        late_data = await s.submit("11-so-y-te", "annual-report", "2026")
        assert late_data.judged == "late"
        on_saturday = await s.submit(
            "11-so-y-te", "annual-report", "2026", received="2026-11-14 16:00", document=document
        )
        assert (on_saturday.version, on_saturday.judged) == (2, "on-time")  # registered on Monday, received on Saturday
        again = await s.submit("11-so-y-te", "annual-report", "2026", received="2026-11-15 09:00")
        assert again.judged == "on-time"
        [unit] = [u for u in await s.units("annual-report", "2026") if u.unit_code == "11-so-y-te"]
        assert unit.first_received_at == at("2026-11-14 16:00")
        assert unit.data_received_at == at("2026-11-15 09:00")


async def test_a_moved_date_is_told_once_and_starts_its_ladder_anew(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-20 09:00")
        s.new_mails()
        await s.submit("11-so-noi-vu", "annual-report", "2026")
        await set_date(
            s.world, KEY, "annual-report", "2026", date(2026, 11, 27), officer="Lãnh đạo mẫu",
            document="77/UBND-MẪU ngày 20/10/2026", as_of=s.now,
        )  # fmt: skip
        await s.forward("2026-10-20 09:05")
        told = [mail for mail in s.new_mails() if "Xác nhận" not in mail.subject]
        assert len(told) == 123  # everybody but the one that has reported; two persons serve two units each
        words = text_of(s, told[0])
        assert "77/UBND-MẪU" in words
        assert "27/11/2026" in words
        assert "trước ngày 28/11/2026" not in words  # the ruling's own date, not the plan's grammar
        assert "14/11/2026" in words
        await s.forward("2026-10-28 07:59")
        assert s.new_mails() == []
        await s.forward("2026-10-28 08:00")
        assert len(s.new_mails()) == 123  # thirty days before the new date
        await s.forward("2026-11-19 12:00")
        assert [mail.rcpt_tos[0] for mail in s.new_mails()] == [await address_of(s, "11-so-khcn")]
        # nothing of the old date's ladder, only the consolidated report's own reminder of 4/11
        accepted = {key[2] for key in await s.ledger() if key[0] == "annual-report" and key[3] == "accepted"}
        assert accepted == {"T-30", "ack-1", "date-changed"}


async def test_a_period_that_was_over_when_the_campaign_began_to_speak_waits_for_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """Thái Bình loaded in January 2026: its last reviews fell due on 31/12/2025; their overdue rungs would be ahead."""
    async with story(database_url, tmp_path, since="2026-01-01", now="2026-01-05", key="thai-binh") as s:
        await s.forward("2026-01-20 09:00")
        assert await waiting_steps(s.world.database) == []
        assert (s.new_mails(), await s.ledger()) == ([], {})

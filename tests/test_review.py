"""A receiver reviews reports: accepts, asks for a supplement with a ladder of its own, refuses, recalls."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from config.review import review_rules
from deadlines.calendar import vietnam
from deadlines.supplement import standing_of, supplement_steps
from dondoc.messages.smtp import Route
from dondoc.store import tables as t
from dondoc.store.campaigns import campaign
from dondoc.store.reviews import reports
from tasks.remind_reviewers import remind_reviewers
from tasks.review import RefusedReview, Reviewed, decide
from tests.story import KEY, Story, at, story

UNIT, DUTY, BY = "11-so-noi-vu", "annual-report", "Chuyên viên mẫu"


ONE, OTHER = "standing-agency", "council-secretariat"  # Điện Biên's reports go to both


async def say(s: Story, code: str, verdict: str, receiver: str = ONE, **more: Any) -> Reviewed:
    """Record what a receiver says."""
    return await decide(s.world, code, verdict, by=BY, as_of=s.now, receiver=receiver, **more)


async def returned(s: Story, code: str, by: str = "2026-11-12") -> Reviewed:
    """Ask for a supplement."""
    day = date.fromisoformat(by)
    return await say(s, code, "returned", reasons=("figures",), words="Thiếu biểu 02", supplement_by=day)


def subjects(s: Story) -> Sequence[str]:
    """Return the subjects of new mails that ask for a supplement."""
    return [mail.subject for mail in s.new_mails() if "bổ sung" in mail.subject]


async def standing(s: Story) -> tuple[str, str | None, str | None, int]:
    """Return state, review and judgement of the unit, and how many notices it has."""
    a = t.assignment.c
    async with s.world.database.read() as connection:
        row = (
            await connection.execute(
                select(a.id, a.state, a.review, a.judged)
                .join(t.unit, t.unit.c.id == a.unit_id)
                .join(t.duty_period, t.duty_period.c.id == a.duty_period_id)
                .where(t.unit.c.code == UNIT, t.duty_period.c.duty == DUTY, t.duty_period.c.period == "2026")
            )
        ).one()
        notices = (
            await connection.execute(
                select(t.notice.c.rung, t.notice.c.state).where(t.notice.c.assignment_id == row.id)
            )
        ).all()  # fmt: skip
    return row.state, row.review, row.judged, len(notices)


async def test_a_supplement_is_asked_for_reminded_of_and_silent_when_it_arrives(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-10-15", now="2026-11-02 08:00") as s:
        await s.round_only("2026-11-02 08:00")
        first = await s.submit(UNIT, DUTY, "2026")
        done = await returned(s, first.code)
        assert (done.review, done.told, done.state) == ("returned", True, "submitted")
        await s.forward("2026-11-02 09:00")
        assert len(subjects(s)) == 1
        owner = await campaign(s.world.database, KEY)
        [row] = (await reports(s.world.database, [owner.id], states=("returned",)))[1]
        assert (row.code, row.version, row.supplement_by) == (first.code, 1, date(2026, 11, 12))
        await s.forward("2026-11-09 09:00")
        assert len(subjects(s)) == 1  # three working days before
        await s.forward("2026-11-11 17:00")
        assert subjects(s) == []
        second = await s.submit(UNIT, DUTY, "2026")
        assert await standing(s) == ("submitted", "waiting", "on-time", (await standing(s))[3])
        await s.forward("2026-11-25 17:00")
        assert subjects(s) == []
        with pytest.raises(RefusedReview, match=f"a later version is {second.code}"):
            await returned(s, first.code, "2026-11-30")
        with pytest.raises(RefusedReview, match="say which of them decides"):
            await decide(s.world, second.code, "accepted", by=BY, as_of=s.now)
        assert (await say(s, second.code, "accepted")).review == "waiting"  # for the other receiver
        assert (await say(s, second.code, "accepted", OTHER)).review == "accepted"
        assert (await reports(s.world.database, [owner.id], states=("waiting", "returned")))[0] == 0


async def test_the_rung_after_the_date_waits_for_a_reconciliation(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-15", now="2026-11-02 08:00") as s:
        await s.round_only("2026-11-02 08:00")
        await returned(s, (await s.submit(UNIT, DUTY, "2026")).code)
        await s.forward("2026-11-16 15:00")
        assert len(subjects(s)) == 3  # the request, three days before, the last day
        await s.reconcile()
        await s.forward("2026-11-16 15:05")
        assert len(subjects(s)) == 1
        await s.forward("2026-11-30 15:05")
        assert subjects(s) == []


async def test_two_reviewers_at_once_and_a_double_click_decide_once(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-15", now="2026-11-02 08:00") as s:
        await s.round_only("2026-11-02 08:00")
        code = (await s.submit(UNIT, DUTY, "2026")).code
        results = await asyncio.gather(
            say(s, code, "accepted"), returned(s, code), say(s, code, "accepted"), return_exceptions=True,
        )  # fmt: skip
        refused = [each.why for each in results if isinstance(each, RefusedReview)]
        assert (refused, len(results)) == (["decided"] * 2, 3)


async def test_a_refused_report_reopens_the_duty_and_nothing_is_sent_late_in_a_heap(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01") as s:
        await s.round_only("2026-10-02 08:00")
        receipt = await s.submit(UNIT, DUTY, "2026")
        await s.forward("2026-11-10 09:00")  # T-30 and T-7 have passed while it was there
        before = await standing(s)
        s.new_mails()
        done = await say(s, receipt.code, "refused", reasons=("unit",))
        assert (done.state, done.review) == ("open", None)
        await s.forward("2026-11-10 17:00")
        assert (await standing(s), list(s.new_mails())) == (("open", None, None, before[3]), [])
        await s.forward("2026-11-13 17:00")  # what is still before it goes on
        assert (await standing(s))[3] > before[3]
        again = await s.submit(UNIT, DUTY, "2026")
        recalled = await say(s, again.code, "recalled", words="Đơn vị xin rút")
        assert (recalled.state, again.version) == ("open", 2)
        with pytest.raises(RefusedReview, match="was refused or recalled before"):
            await say(s, again.code, "accepted")


async def test_what_is_left_judges_when_a_version_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01") as s:
        await s.round_only("2026-11-10 08:00")
        first = await s.submit(UNIT, DUTY, "2026")
        s.now = at("2026-11-17 09:00")
        await s.submit(UNIT, DUTY, "2026")
        await say(s, first.code, "refused", reasons=("unreadable",))
        assert (await standing(s))[:3] == ("submitted", "waiting", "late")


async def test_an_office_hears_of_reports_that_lie_in_one_mail_with_a_gap(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-15", now="2026-11-02 08:30") as s:
        await s.round_only("2026-11-02 08:30")
        for unit in (UNIT, "11-so-y-te"):
            await s.submit(unit, DUTY, "2026")
        s.new_mails()

        async def told(when: str) -> list[str]:
            await asyncio.gather(*(remind_reviewers(s.world, at(when)) for _ in range(2)))
            return [mail.subject for mail in s.new_mails()]

        assert await told("2026-11-09 09:00") == []  # five working days are not over
        assert await told("2026-11-10 06:59") == []
        assert await told("2026-11-10 07:00") == ["2 báo cáo chờ xem xét"]
        assert await told("2026-11-12 09:00") == []
        assert await told("2026-11-13 09:00") == ["2 báo cáo chờ xem xét"]
        assert await told("2026-11-21 09:00") == []  # a Saturday
        route, s.world.routes["live"] = s.world.routes["live"], Route("127.0.0.1", 1, 1)
        assert await told("2026-11-23 09:00") == []  # it could not leave: the next audit tries again
        s.world.routes["live"] = route
        assert await told("2026-11-23 09:01") == ["2 báo cáo chờ xem xét"]
        async with s.world.database.write() as connection:
            await connection.execute(update(t.assignment).values(review=None))
        assert await told("2026-12-14 09:00") == []


@pytest.mark.parametrize(
    ("by", "asked", "may_be_late", "days"),
    [
        (date(2026, 11, 20), "2026-11-10", True, ["17", "20", "25"]),
        (date(2026, 11, 22), "2026-11-10", True, ["17", "20", "25"]),  # a Sunday: reminded on Friday
        (date(2026, 11, 20), "2026-11-10", False, ["17", "20"]),
        (date(2026, 11, 12), "2026-11-11", True, ["12", "16"]),
    ],
)
def test_the_ladder_of_a_supplement(by: date, asked: str, may_be_late: bool, days: list[str]) -> None:
    steps = supplement_steps(by, at(asked), review_rules().ladder, vietnam(), may_be_late=may_be_late)
    assert [f"{each.fire_at:%d}" for each in steps] == days


def test_a_report_is_accepted_when_every_receiver_has_accepted() -> None:
    both = ("council", "standing-agency")
    assert standing_of({}, both) == "waiting"
    assert standing_of({"council": "accepted"}, both) == "waiting"
    assert standing_of({"council": "accepted", "standing-agency": "returned"}, both) == "returned"
    assert standing_of(dict.fromkeys(both, "accepted"), both) == "accepted"

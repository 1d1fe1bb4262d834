"""What a ledger row becomes in a mail: the kind of item, who decided, and which days it tells."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.plan import load_plan, plan_path
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties, with_date
from deadlines.milestones import cut_off_of
from dondoc.messages.model import Item
from dondoc.store.campaigns import campaign
from dondoc.store.outbox import Content, Envelope
from tasks.compose import compose_digest
from tasks.compose_sms import values_of
from tests.story import KEY, story

RECEIVER = "Sở Khoa học và Công nghệ tỉnh Điện Biên"
CHAIRMAN = "Chủ tịch Ủy ban nhân dân tỉnh Điện Biên"
DOCUMENT = "4321/UBND-KGVX ngày 10/11/2026"
FACTS: dict[str, Any] = {
    "clause": "V.8", "words": "trước ngày 15/11", "rule": "before 15/11",
    "addressees": [
        {"to": "province", "via": "standing-agency", "function": "để tổng hợp"},
        {"to": "province", "via": "council-secretariat", "function": "để theo dõi"},
    ],
}  # fmt: skip


def content(tone: str, ruling: dict[str, Any] | None, *, due_on: date = date(2026, 11, 14)) -> Content:
    """Return a ledger row as the outbox hands it over."""
    return Content(
        message_id=1, notice_id=1, assignment_id=1, rung="announced", step_kind="remind", tone=tone,
        modality="mandated", unit_id=1, unit_name="Sở Tài chính", unit_kind="department", duty="annual-report",
        duty_kind="annual-report", title="Báo cáo hằng năm", period="2026", due_on=due_on, awaited_on=None,
        target_on=due_on, confirmed=True, facts=FACTS, milestones=None, reconciled_at=None,
        ruling_document=DOCUMENT if ruling is not None else None,
        ruling=ruling,
    )  # fmt: skip


async def composed(url: str, folder: Path, row: Content, *, now: str = "2026-11-10") -> Item:
    """Return the item that row becomes in a mail of Điện Biên's campaign."""
    async with story(url, folder, since="2026-01-01", now=now) as told:
        owner = await campaign(told.world.database, KEY)
        envelope = Envelope(
            id=1, fence=1, person_id=1, address="vanthu@mau.example", channel="email", campaign_id=owner.id,
            local_day=told.now.date(), wave="08:00", part=0, mode="live", kind="digest", attempts=0,
        )  # fmt: skip
        digest = compose_digest(told.world, owner, envelope, [row], {}, told.now)
        return digest.items[0]


@pytest.mark.parametrize(
    ("tone", "due_on", "ruling", "expected"),
    [
        (
            "extended", date(2026, 11, 24), {"previous_due_on": "2026-11-14", "requested_on": "2026-11-09"},
            ("extended", DOCUMENT, CHAIRMAN, date(2026, 11, 14), date(2026, 11, 9), None, False),
        ),
        (
            "late-accepted", date(2026, 11, 14), {"accepted_until": "2026-11-30"},
            ("late-accepted", DOCUMENT, RECEIVER, None, None, date(2026, 11, 30), True),
        ),
        (
            "waived", date(2026, 11, 14), {},
            ("waived", DOCUMENT, CHAIRMAN, None, None, None, None),
        ),
        (
            "changed", date(2026, 11, 24), {"previous_due_on": "2026-11-14"},
            ("date-changed", DOCUMENT, CHAIRMAN, date(2026, 11, 14), None, None, None),
        ),
        ("informs", date(2026, 11, 14), None, ("informs", None, None, None, None, None, None)),
    ],
)  # fmt: skip
async def test_what_a_ruling_announces(
    sqlite_url: str, tmp_path: Path, tone: str, due_on: date, ruling: dict[str, Any] | None, expected: tuple[Any, ...]
) -> None:
    item = await composed(sqlite_url, tmp_path, content(tone, ruling, due_on=due_on))
    told = (
        item.kind, item.document, item.decided_by, item.previous_due_on, item.requested_on, item.accepted_until,
        item.lateness_kept,
    )  # fmt: skip
    assert told == expected
    assert item.days_left == (due_on - date(2026, 11, 10)).days


def test_a_cut_off_is_the_plans_or_not_said() -> None:
    calendar, plan = vietnam(), load_plan(plan_path("thai-binh"))
    rows = {row.duty: row for row in expand_duties(plan, calendar)}
    dated = with_date(rows["interim-consolidated-report"], date(2024, 12, 20), calendar)
    assert cut_off_of(plan.duty(dated.duty), dated, calendar) == date(2024, 11, 30)  # 20 days before; days off count
    assert cut_off_of(plan.duty("interim-report"), dated, calendar) is None


async def test_an_sms_names_one_task_and_only_counts_on_several(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-11-10") as told:
        owner = await campaign(told.world.database, KEY)
        row = content("courteous", None)
        other = replace(row, duty="own-plan", duty_kind="own-plan", period="once", title="Kế hoạch")
        envelope = Envelope(
            id=1, fence=1, person_id=1, address="+84912345678", channel="sms", campaign_id=owner.id,
            local_day=told.now.date(), wave="08:00", part=0, mode="live", kind="digest", attempts=0,
        )  # fmt: skip
        one, several = [
            values_of(compose_digest(told.world, owner, envelope, rows, {}, told.now)) for rows in ([row], [row, other])
        ]
    assert one["task"] == "báo cáo năm 2026"
    assert several["task"] == "các nội dung được giao"

"""Rulings on one duty, as stories: who is set apart, what leaves and what does not, and what undoing brings back."""

from collections.abc import AsyncIterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from dondoc.messages.spool import SpooledMail
from dondoc.store import tables as t
from dondoc.store.campaigns import count_rows
from dondoc.store.status import UnitStatus
from flows.round import queue
from tasks.changing import By
from tasks.make_ruling import For, RefusedRuling, Ruled, accept_late, extend, set_date, set_milestone, undo, waive
from tests.story import KEY, Story, at, story

DOCUMENT = "45/UBND-MẪU, 10/11/2026"
Y_TE, TU_PHAP = "11-so-y-te", "11-so-tu-phap"
REPORT = ("annual-report", "2026")


@pytest_asyncio.fixture
async def november(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """Điện Biên on Tuesday 10 November 2026: the annual report is open, T-7 has gone out."""
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as opened:
        await opened.forward("2026-11-10 09:00")
        opened.new_mails()
        yield opened


def by(s: Story, *, only_show: bool = False, reason: str | None = None) -> By:
    return By("Chuyên viên mẫu", s.now, DOCUMENT, reason, only_show)


async def extended(s: Story, unit: str = Y_TE, to: str = "2026-11-30", *, only_show: bool = False) -> Ruled:
    return await extend(
        s.world, KEY, *REPORT, date.fromisoformat(to), requested_on=date(2026, 11, 9), by=by(s, only_show=only_show),
        whom=For(unit=unit),
    )  # fmt: skip


def words_of(s: Story, mail: SpooledMail) -> str:
    parsed = message_from_bytes((s.spool / f"{mail.n}.eml").read_bytes(), policy=policy.default)
    part = parsed.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def unit(s: Story, code: str) -> UnitStatus:
    return next(each for each in await s.units(*REPORT) if each.unit_code == code)


async def told(s: Story, code: str) -> dict[str, str | None]:
    """What the ledger says of one unit's annual report: rung → its state, or the reason it did not go out."""
    wanted = (
        select(t.notice.c.rung, t.notice.c.state, t.notice.c.reason)
        .join(t.assignment, t.assignment.c.id == t.notice.c.assignment_id)
        .join(t.unit, t.unit.c.id == t.assignment.c.unit_id)
        .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
        .where(t.unit.c.code == code, t.duty_period.c.duty == REPORT[0], t.duty_period.c.period == REPORT[1])
        .order_by(t.notice.c.id)
    )
    async with s.world.database.read() as connection:
        return {f"{row.rung}": row.reason or row.state for row in await connection.execute(wanted)}


async def test_an_extension_moves_one_unit_tells_it_once_and_judges_by_the_new_date(november: Story) -> None:
    s = november
    done = await extended(s)
    rungs = {"extended", "T-1", "T-7", "overdue-1", "brief-1", "brief-2"}
    assert {line.rung for line in done.difference.added} == rungs
    await s.forward("2026-11-10 10:00")
    mails = s.new_mails()
    assert len(mails) == 1  # one unit is told, nobody else
    assert ((await unit(s, Y_TE)).due_on, (await unit(s, TU_PHAP)).due_on) == (date(2026, 11, 30), date(2026, 11, 14))
    await s.forward("2026-11-16 13:00")
    await s.reconcile()
    await s.forward("2026-11-16 14:00")
    assert "overdue-1" not in await told(s, Y_TE)
    assert (await told(s, TU_PHAP))["overdue-1"] == "accepted"
    await s.forward("2026-11-25 09:00")
    receipt = await s.submit(Y_TE, *REPORT)
    assert (receipt.judged, receipt.days_late) == ("on-time", 0)
    late = await s.submit(TU_PHAP, *REPORT)
    assert (late.judged, late.days_late) == ("late", 11)


async def test_a_report_of_the_day_between_is_judged_again_in_the_units_favour(november: Story) -> None:
    s = november
    await s.round_only("2026-11-16 09:00")
    assert (await s.submit(Y_TE, *REPORT)).judged == "late"
    await extended(s)
    assert (await unit(s, Y_TE)).judged == "on-time"
    await undo(s.world, KEY, 1, by=by(s, reason="ghi nhầm đơn vị"))
    assert (await unit(s, Y_TE)).judged == "on-time"  # what was granted when it came in is not taken back


async def test_late_acceptance_silences_and_late_stays_late(november: Story) -> None:
    s = november
    await s.round_only("2026-11-16 09:00")
    await accept_late(s.world, KEY, *REPORT, date(2026, 12, 15), by=by(s), whom=For(kind="enterprise"))
    await s.forward("2026-11-16 13:30")
    await s.reconcile()
    await s.forward("2026-11-16 14:00")
    ours = await told(s, "11-dn-001")
    assert (ours["late-accepted"], ours.get("overdue-1")) == ("accepted", None)
    assert (await told(s, TU_PHAP))["overdue-1"] == "accepted"
    await s.forward("2026-12-08 10:00")
    receipt = await s.submit("11-dn-001", *REPORT)
    assert (receipt.judged, receipt.days_late) == ("late", 24)
    assert (await told(s, "11-dn-002"))["T-7"] == "accepted"  # the ladder counts from the day until which it is awaited


async def test_whoever_is_waived_is_told_so_and_then_left_in_peace(november: Story) -> None:
    s = november
    await waive(s.world, KEY, *REPORT, by=by(s), whom=For(unit=TU_PHAP))
    await s.forward("2026-11-16 13:30")
    await s.reconcile()
    await s.forward("2026-11-26 14:00")
    assert await told(s, TU_PHAP) == {"T-7": "accepted", "waived": "accepted"}
    assert (await unit(s, TU_PHAP)).state == "waived"
    received = await s.submit(TU_PHAP, *REPORT)  # what it sends all the same is taken in
    assert received.acknowledged


async def test_an_undone_extension_returns_the_unit_with_one_notice(november: Story) -> None:
    s = november
    await extended(s)
    await s.forward("2026-11-10 10:00")
    s.new_mails()
    done = await undo(s.world, KEY, 1, by=by(s, reason="ghi nhầm đơn vị"))
    assert {(line.apart, line.rung) for line in done.difference.added} == {
        ("undo:11-so-y-te", rung) for rung in ("date-changed", "T-1", "overdue-1", "brief-1", "brief-2")
    }
    await s.forward("2026-11-10 11:00")
    assert len(s.new_mails()) == 1
    assert (await unit(s, Y_TE)).due_on == date(2026, 11, 14)
    again = await undo(s.world, KEY, 2, by=by(s, reason="gia hạn vẫn có hiệu lực"))
    assert (await unit(s, Y_TE)).due_on == date(2026, 11, 30)
    assert again.difference.rewritten == ()
    with pytest.raises(RefusedRuling, match="has been undone already"):
        await undo(s.world, KEY, 2, by=by(s, reason="lần nữa"))


async def test_a_waiver_taken_back_opens_the_work_again(november: Story) -> None:
    s = november
    await waive(s.world, KEY, *REPORT, by=by(s), whom=For(kind="mass-organisation"))
    assert (await unit(s, "11-tinh-doan")).state == "waived"
    await undo(s.world, KEY, 1, by=by(s, reason="không có căn cứ"))
    assert (await unit(s, "11-tinh-doan")).state == "open"
    await s.forward("2026-11-13 09:00")
    assert (await told(s, "11-tinh-doan"))["T-1"] == "accepted"


async def test_a_unit_in_several_rulings_belongs_to_the_last(november: Story) -> None:
    s = november
    await extend(s.world, KEY, *REPORT, date(2026, 11, 20), requested_on=date(2026, 11, 9), by=by(s),
                 whom=For(kind="department"))  # fmt: skip
    await extended(s)
    days = [(await unit(s, code)).due_on for code in (Y_TE, TU_PHAP, "11-ldld")]
    assert days == [date(2026, 11, 30), date(2026, 11, 20), date(2026, 11, 14)]
    await undo(s.world, KEY, 2, by=by(s, reason="ghi nhầm"))
    assert (await unit(s, Y_TE)).due_on == date(2026, 11, 20)  # back among the departments, not to the plan's date
    await set_date(s.world, KEY, *REPORT, date(2026, 11, 25), officer="Chuyên viên mẫu", document=DOCUMENT, as_of=s.now)
    # Everybody has that long now: nobody's extension ends later any more.
    assert {each.due_on for each in await s.units(*REPORT)} == {date(2026, 11, 25)}


async def test_an_extension_withdraws_what_was_queued_by_the_old_ladder(november: Story) -> None:
    s = november
    await s.forward("2026-11-11 21:00")
    s.now = at("2026-11-12 08:00")
    await queue(s.world, s.now)  # T-1 is queued and has not left
    await extended(s)
    await s.forward("2026-11-12 09:00")
    ours = await told(s, Y_TE)
    assert (ours["T-1"], ours["extended"]) == ("extended", "accepted")
    assert (await told(s, TU_PHAP))["T-1"] == "accepted"


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda s: extend(s.world, KEY, *REPORT, date(2026, 11, 30), requested_on=date(2026, 11, 11), by=by(s)),
         "lies in the future"),
        (lambda s: extend(s.world, KEY, *REPORT, date(2026, 11, 12), requested_on=date(2026, 11, 9), by=by(s)),
         "not after the present one 14/11/2026"),
        (lambda s: extend(s.world, KEY, *REPORT, date(2026, 11, 30), requested_on=date(2026, 11, 9),
                          by=By("Chuyên viên mẫu", s.now)), "add --document"),
        (lambda s: accept_late(s.world, KEY, *REPORT, date(2026, 11, 13), by=by(s)), "nothing is late"),
        (lambda s: waive(s.world, KEY, *REPORT, by=by(s), whom=For(kind="school")), "school owes nothing"),
        (lambda s: waive(s.world, KEY, *REPORT, by=By("Chuyên viên mẫu", s.now)), "a waiver says why"),
        (lambda s: extend(s.world, KEY, "inspection", "2026", date(2026, 11, 30), requested_on=date(2026, 11, 9),
                          by=by(s)), "has no date yet"),
        (lambda s: undo(s.world, KEY, 77, by=by(s)), "not one of dien-bien"),
    ],
    ids=["asked-tomorrow", "no-later", "no-document", "not-late-yet", "nobody", "no-reason", "undated", "unknown"],
)  # fmt: skip
async def test_what_cannot_stand_is_refused_and_nothing_is_written(november: Story, act: object, why: str) -> None:
    s = november
    before = await count_rows(s.world.database)
    with pytest.raises(RefusedRuling, match=why):
        await act(s)  # type: ignore[operator]
    assert await count_rows(s.world.database) == before


async def test_an_extension_asked_for_after_the_date_is_refused_and_late_acceptance_named(november: Story) -> None:
    s = november
    await s.round_only("2026-11-18 09:00")
    with pytest.raises(RefusedRuling, match="dondoc rule accept-late"):
        await extend(s.world, KEY, *REPORT, date(2026, 11, 30), requested_on=date(2026, 11, 16), by=by(s))


async def test_showing_a_ruling_leaves_everything_as_it_was(november: Story) -> None:
    s = november
    before = await count_rows(s.world.database), await s.ledger(), await s.units(*REPORT)
    shown = await extended(s, only_show=True)
    assert (await count_rows(s.world.database), await s.ledger(), await s.units(*REPORT)) == before
    assert (await extended(s)).difference == shown.difference


async def test_an_office_sets_the_day_by_which_data_are_counted(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-01", now="2026-10-05") as s:
        cut_off, draft = date(2026, 10, 31), date(2026, 11, 9)
        await set_milestone(s.world, KEY, *REPORT, "cut-off", cut_off, by=by(s))
        await set_milestone(s.world, KEY, *REPORT, "draft", draft, by=by(s))
        with pytest.raises(RefusedRuling, match="cut-off 10/11/2026 lies after draft 09/11/2026"):
            await set_milestone(s.world, KEY, *REPORT, "cut-off", date(2026, 11, 10), by=by(s))
        with pytest.raises(RefusedRuling, match="signature 15/11/2026 lies after last day 14/11/2026"):
            await set_milestone(s.world, KEY, *REPORT, "signature", date(2026, 11, 15), by=by(s))
        with pytest.raises(RefusedRuling, match="has no date yet"):
            await set_milestone(s.world, KEY, "inspection", "2026", "cut-off", cut_off, by=by(s))
        await s.forward("2026-10-14 08:10")
        mail = s.new_mails()[0]
        assert "Mốc chốt số liệu: hết ngày thứ Bảy 31/10/2026" in words_of(s, mail)

"""Rulings on a whole campaign: facts found later, decisions a phase waits for, roles, related campaigns."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deadlines.duties import expand_duties
from dondoc.store.campaigns import campaign
from dondoc.store.rulings import rulings_of
from tasks.changing import By
from tasks.make_ruling import RefusedRuling, confirm, undo
from tasks.rule_campaign import fact, go_live, hold_role, relate, settle
from tests.story import KEY, Story, story

DOCUMENT = "12/QĐ-MẪU, 02/01/2026"


def by(s: Story) -> By:
    return By("Chuyên viên mẫu", s.now, DOCUMENT)


async def plan_of(s: Story) -> Any:
    return s.world.plan_of(await campaign(s.world.database, s.key))


async def test_a_plan_without_number_goes_live_once_its_number_and_date_are_found(
    database_url: str, tmp_path: Path
) -> None:
    """Thái Bình's copy has neither; both were found later (161/KH-UBND of 11/12/2023). The text stays as it was."""
    async with story(database_url, tmp_path, since="2024-01-02", state="rehearsal", key="thai-binh") as s:
        with pytest.raises(RefusedRuling, match="its plan has no number or date"):
            await go_live(s.world, s.key, date(2024, 1, 2), officer="Lãnh đạo mẫu", as_of=s.now)
        await fact(s.world, s.key, "number", "161/KH-UBND", by=by(s))
        await fact(s.world, s.key, "date", "2023-12-11", by=by(s))
        found = (await plan_of(s)).instrument
        assert (found.number, found.date, found.status) == ("161/KH-UBND", date(2023, 12, 11), "issued")
        assert "161/KH-UBND" not in (await campaign(s.world.database, s.key)).plan_text
        await go_live(s.world, s.key, date(2024, 1, 2), officer="Lãnh đạo mẫu", as_of=s.now)
        await undo(s.world, s.key, (await rulings_of(s.world.database, 1))[0].id, by=by(s))
        assert (await plan_of(s)).instrument.number is None


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [("date", "2031-01-01", "no day on which a plan for 2023–2025"), ("signer", "x", "is none of number, date")],
)
async def test_a_fact_that_cannot_be_is_refused(
    sqlite_url: str, tmp_path: Path, name: str, text: str, why: str
) -> None:  # fmt: skip
    async with story(sqlite_url, tmp_path, since="2024-01-02", state="rehearsal", key="thai-binh") as s:
        with pytest.raises(RefusedRuling, match=why):
            await fact(s.world, s.key, name, text, by=by(s))


async def test_a_draft_says_nothing_until_it_is_issued_then_it_rehearses(database_url: str, tmp_path: Path) -> None:
    """Kiên Giang's plan is an unnumbered, undated draft: everything is computed, nothing goes out."""
    async with story(database_url, tmp_path, since="2022-10-01", state="draft", key="kien-giang") as s:
        await s.forward("2022-12-31 09:00")
        assert (s.new_mails(), await s.ledger()) == ([], {})
        await fact(s.world, s.key, "number", "200/KH-UBND", by=by(s))
        assert (await campaign(s.world.database, s.key)).state == "draft"
        await fact(s.world, s.key, "date", "2022-09-28", by=by(s))
        assert (await campaign(s.world.database, s.key)).state == "rehearsal"
        await s.forward("2022-12-31 10:00")
        assert {mail.subject.startswith("[CHẠY THỬ") for mail in s.new_mails()} <= {True}


async def test_a_conditional_phase_begins_with_its_decision_and_ends_when_that_is_undone(
    database_url: str, tmp_path: Path
) -> None:
    """Hải Dương 2026–2030: listed from the first day, owed by nobody before the Council's decision."""
    async with story(database_url, tmp_path, since="2025-12-01", key="hai-duong") as s:
        await s.forward("2026-01-05 09:00")
        assert await s.units("annual-report", "2026") == []
        listed = {
            row.period for row in expand_duties(await plan_of(s), s.world.calendar) if row.duty == "annual-report"
        }
        assert "2026" in listed
        done = await confirm(s.world, s.key, "phase-decision", "once", officer="Chuyên viên mẫu", document=DOCUMENT,
                             as_of=s.now)  # fmt: skip
        bound = {key.duty for key, name, _old, new in done.difference.periods if name == "binding" and new is True}
        assert {"phase-2-final-review", "annual-report"} <= bound
        assert await s.units("annual-report", "2026") != []
        assert {line.due_on for line in done.difference.added if line.duty == "phase-2-final-review"} == {
            date(2030, 12, 31)
        }
        await undo(s.world, s.key, (await rulings_of(s.world.database, 1))[0].id, by=by(s))
        assert {unit.state for unit in await s.units("annual-report", "2026")} == {"withdrawn"}
        await confirm(s.world, s.key, "phase-decision", "once", officer="Chuyên viên mẫu", document=DOCUMENT,
                      as_of=s.now)  # fmt: skip
        assert {unit.state for unit in await s.units("annual-report", "2026")} == {"open"}


async def test_a_role_passes_with_what_is_open_under_it(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-02") as s:
        await s.forward("2026-11-05 09:00")
        [holder] = await s.units("consolidated-report", "2026")
        assert (holder.unit_code, holder.state) == ("11-so-khcn", "open")
        await hold_role(s.world, KEY, "standing-agency", "11-so-noi-vu", date(2026, 11, 5), None, by=by(s))
        held = {unit.unit_code: unit.state for unit in await s.units("consolidated-report", "2026")}
        assert held == {"11-so-khcn": "transferred", "11-so-noi-vu": "open"}
        assert (await plan_of(s)).holder_of("standing-agency", date(2026, 11, 4)) == "11-so-khcn"
        assert (await plan_of(s)).holder_of("standing-agency", date(2026, 11, 5)) == "11-so-noi-vu"


async def test_a_role_held_for_a_while_goes_back(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-02") as s:
        await hold_role(s.world, KEY, "council-secretariat", "11-so-tai-chinh", date(2026, 3, 1), date(2026, 5, 31),
                        by=by(s))  # fmt: skip
        plan = await plan_of(s)
        days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1)]
        assert [plan.holder_of("council-secretariat", day) for day in days] == [
            "11-so-noi-vu", "11-so-tai-chinh", "11-so-tai-chinh", "11-so-noi-vu",
        ]  # fmt: skip


async def test_a_superseded_campaign_asks_for_nothing_more_until_that_is_undone(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-11-02") as s:
        await s.forward("2026-11-05 09:00")
        s.new_mails()
        done = await relate(s.world, KEY, "superseded_by", "dien-bien-2", by=by(s))
        assert done.difference.added == ()
        assert {why for _line, why in done.difference.ended} == {"superseded"}
        await s.forward("2026-11-13 18:00")
        assert s.new_mails() == []
        assert {unit.state for unit in await s.units("annual-report", "2026")} == {"withdrawn"}
        await undo(s.world, KEY, (await rulings_of(s.world.database, 1))[0].id, by=by(s))
        assert {unit.state for unit in await s.units("annual-report", "2026")} == {"open"}
        await s.forward("2026-11-16 13:00")
        await s.reconcile()
        await s.forward("2026-11-16 14:00")
        assert len(s.new_mails()) > 70


async def test_a_settled_reading_keeps_the_literal_words(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-02") as s:
        before = next(each for each in (await plan_of(s)).readings if each.slug == "DB-09")
        await settle(s.world, KEY, "DB-09", "Gồm cả hợp tác xã.", by=by(s))
        after = next(each for each in (await plan_of(s)).readings if each.slug == "DB-09")
        assert (after.words, after.reading) == (before.words, "Gồm cả hợp tác xã.")
        assert (after.decided_by, after.decided_on) == ("Chuyên viên mẫu", date(2026, 1, 2))
        with pytest.raises(RefusedRuling, match="not one of"):
            await settle(s.world, KEY, "DB-99", None, by=by(s))

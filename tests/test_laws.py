"""The laws that Điện Biên's first campaign must keep; the numbers are those of docs/laws.md."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from dondoc.store.accounts import step_totals
from dondoc.store.status import duty_status
from tasks.make_ruling import confirm, set_date
from tasks.receipts import Document
from tests.story import KEY, Story, story

YEARS = range(2023, 2031)


@pytest_asyncio.fixture
async def from_the_start(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with story(database_url, tmp_path, since="2023-05-26") as opened:
        yield opened


def a_document(day: str) -> Document:
    return Document("45/BC-MẪU", date.fromisoformat(day), "Người ký mẫu")


async def test_law_1_a_unit_report_of_14_11_is_in_time_and_of_15_11_late(from_the_start: Story) -> None:
    s = from_the_start
    for year in YEARS:
        await s.round_only(f"{year}-11-15 09:00")
        on_last_day = await s.submit("11-so-noi-vu", "annual-report", str(year), received=f"{year}-11-14 23:59")
        next_morning = await s.submit("11-so-tu-phap", "annual-report", str(year), received=f"{year}-11-15 00:00")
        assert (year, on_last_day.judged, next_morning.judged) == (year, "on-time", "late")
        assert next_morning.days_late == 1


async def test_law_1_a_consolidated_report_of_4_12_is_in_time_and_of_5_12_late(from_the_start: Story) -> None:
    s = from_the_start
    for year in YEARS:
        holder = "11-so-tttt" if year < 2025 else "11-so-khcn"
        await s.round_only(f"{year}-12-05 09:00")
        early = f"{year}-12-04 23:59" if year % 2 else f"{year}-12-05 00:00"
        receipt = await s.submit(holder, "consolidated-report", str(year), received=early)
        assert (year, receipt.judged) == (year, "on-time" if year % 2 else "late")


async def test_law_2_own_plan_by_the_end_of_quarter_3(from_the_start: Story) -> None:
    s = from_the_start
    await s.round_only("2023-06-01 10:00")
    june = await s.submit("11-so-noi-vu", "own-plan", "once")
    await s.round_only("2023-10-01 10:00")
    last = await s.submit("11-so-y-te", "own-plan", "once", received="2023-09-30 23:00")
    october = await s.submit("11-so-tu-phap", "own-plan", "once")
    assert (june.judged, last.judged, october.judged) == ("on-time", "on-time", "late")


async def test_law_4_an_undated_duty_is_never_late_before_a_ruling_dates_it(from_the_start: Story) -> None:
    s = from_the_start
    await s.forward("2024-05-02 08:00")
    s.new_mails()
    owner = [row for row in await duty_status(s.world.database, 1, s.now) if row.duty in ("interim-report",)]
    assert owner == []
    early = await s.submit("11-so-y-te", "interim-report", "once")
    assert early.judged is None
    done = await set_date(
        s.world, KEY, "interim-report", "2024-05-02", date(2024, 7, 31), officer="Chuyên viên mẫu",
        document="90/UBND-MẪU, 02/05/2024", as_of=s.now,
    )  # fmt: skip
    assert done.summary == "interim-report 2024-05-02: due 31/07/2024"
    await s.forward("2024-07-31 23:00")
    rungs = {key[2] for key in await s.ledger() if key[:2] == ("interim-report", "2024-05-02")}
    assert rungs == {"announced", "T-30", "T-7", "T-1"}  # the request is told at once
    await s.forward("2024-08-01 13:30")
    await s.reconcile()
    await s.forward("2024-08-01 14:00")
    counted = await s.ledger()
    assert counted["interim-report", "2024-05-02", "overdue-1", "accepted", None] > 90
    late = await s.submit("11-so-y-te", "interim-report", "2024-05-02")
    assert late.judged == "late"


async def test_law_4_the_interim_review_waits_for_its_confirmation(from_the_start: Story) -> None:
    s = from_the_start
    await s.forward("2025-12-01 09:00")
    assert [key for key in await s.ledger() if key[0] == "interim-review"] == []
    await confirm(s.world, KEY, "interim-review", "once", officer="Chuyên viên mẫu", document="1/UBND-MẪU", as_of=s.now)
    await s.forward("2026-02-01 08:00")
    counted = {key[2:]: count for key, count in (await s.ledger()).items() if key[0] == "interim-review"}
    assert counted == {
        ("announced", "accepted", None): 1,
        ("T-7", "accepted", None): 1,
    }  # T-30 lay before the ruling; the province is never chased


async def test_law_11_late_rounds_write_the_same_notices_as_punctual_ones(database_url: str, tmp_path: Path) -> None:
    """Less what staleness folded or skipped, and that is in the ledger with its reason."""

    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-13 08:00")
        await s.round_only("2026-11-12 10:00")  # a month without a single round
        await s.forward("2026-11-16 13:00")
        await s.reconcile()
        await s.forward("2026-11-16 15:00")
        late = await s.ledger()
    every = {key[2] for key in late if key[0] == "annual-report"}
    assert every == {"T-30", "T-7", "T-1", "overdue-1"}
    units = 126  # 15 departments, 5 mass organisations, the Front, 60 enterprises, 45 communes
    folded = {key[2]: n for key, n in late.items() if key[0] == "annual-report" and key[4] == "folded"}
    sent = {key[2]: n for key, n in late.items() if key[0] == "annual-report" and key[3] == "accepted"}
    stale = {key[2]: n for key, n in late.items() if key[0] == "annual-report" and key[4] == "stale"}
    assert folded == {"T-30": units, "T-7": units - 46}
    assert sent == {"T-7": 46, "T-1": units - 46, "overdue-1": units - 46}
    assert stale == {}


async def test_law_12_one_ledger_row_per_notice_and_nothing_due_is_dropped(from_the_start: Story) -> None:
    s = from_the_start
    await s.forward("2023-11-30 08:00")
    await s.forward("2023-11-30 08:00")  # a second round of the same instant adds nothing
    counted = await s.ledger()
    per_rung: dict[str, int] = {}
    for key, count in counted.items():
        if key[0] == "annual-report":
            per_rung[key[2]] = per_rung.get(key[2], 0) + count
    assert per_rung == {"T-30": 96, "T-7": 96, "T-1": 95}  # the Front is asked twice, never a third time
    totals = {row.what: row.steps for row in await step_totals(s.world.database, s.now)}
    assert totals["waiting"] == 6  # overdue and briefs of two duties wait for the desk and say so


@pytest.mark.parametrize("year", [2024, 2025, 2026])
async def test_nobody_is_asked_who_does_not_exist(from_the_start: Story, year: int) -> None:
    s = from_the_start
    await s.round_only(f"{year}-11-14 10:00")
    kinds: dict[tuple[str, str], int] = {}
    for unit in await s.units("annual-report", str(year)):
        if unit.state == "open":
            kinds[unit.unit_kind, unit.modality] = kinds.get((unit.unit_kind, unit.modality), 0) + 1
    after = {("commune", "invited"): 45, ("department", "mandated"): 15}
    before = {("district", "mandated"): 10, ("department", "mandated"): 20}
    common = {("mass-organisation", "mandated"): 5, ("enterprise", "mandated"): 60, ("front", "requested"): 1}
    assert kinds == common | (before if year == 2024 else after)

"""Laws 2 to 4 and 10 to 12 for Thái Bình, Hải Dương, Tuyên Quang and Kiên Giang, as the running program keeps them."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from config.plan import load_plan, plan_path
from dondoc.registry import load_bundle
from dondoc.store.accounts import step_totals
from tasks.make_ruling import confirm, set_date
from tests.story import Story, story

OFFICER, DOCUMENT = "Chuyên viên mẫu", "15/UBND-MẪU, 02/01/2024"
# The first dated duty of every plan: its window, its last day, the morning after, the desk's first working day after.
SEASONS = {
    "thai-binh": ("own-plan", "2023-10-02", "2023-12-31", "2024-01-01", "2024-01-02"),
    "hai-duong": ("launch", "2021-10-01", "2021-12-31", "2022-01-01", "2022-01-04"),
    "tuyen-quang": ("launch", "2022-08-12", "2022-09-30", "2022-10-01", "2022-10-03"),
    "kien-giang": ("registration", "2022-10-03", "2022-12-31", "2023-01-01", "2023-01-03"),
}
PREFIX = {"thai-binh": "34", "hai-duong": "30", "tuyen-quang": "08", "kien-giang": "91"}
every_plan = pytest.mark.parametrize("key", SEASONS)


def bound(key: str, duty: str, day: str, modality: str) -> int:
    """Return how many units owe a duty on a day with this modality, counted in the registry."""
    kinds = {o.kind for o in load_plan(plan_path(key)).duty(duty).obligors if o.modality == modality}
    return sum(unit.kind in kinds for unit in load_bundle(key).units_on(date.fromisoformat(day)))


async def rungs_of(s: Story, duty: str) -> Counter[str]:
    """Return the ledger's rows of a duty by rung, whatever became of them."""
    counted: Counter[str] = Counter()
    for (of, _, rung, _, _), rows in (await s.ledger()).items():
        if of == duty:
            counted[rung] += rows
    return counted


@every_plan
async def test_laws_2_and_3_the_last_day_of_a_quarter_is_in_time(key: str, database_url: str, tmp_path: Path) -> None:
    duty, opens, last, after, _ = SEASONS[key]
    async with story(database_url, tmp_path, since=opens, key=key) as s:
        await s.round_only(f"{after} 10:00")
        in_time = await s.submit(f"{PREFIX[key]}-so-y-te", duty, "once", received=f"{last} 23:59")
        late = await s.submit(f"{PREFIX[key]}-so-tu-phap", duty, "once", received=f"{after} 00:00")
    assert (in_time.judged, late.judged, late.days_late) == ("on-time", "late", 1)


@every_plan
async def test_laws_11_and_12_after_an_outage_each_notice_has_one_row_and_its_reason(
    key: str, database_url: str, tmp_path: Path
) -> None:
    duty, opens, last, _, desk = SEASONS[key]
    async with story(database_url, tmp_path, since=opens, key=key) as s:
        await s.round_only(f"{opens} 08:00")
        await s.round_only(f"{last} 10:00")  # no round since the season opened: T-30, T-7 and T-1 fell due meanwhile
        await s.round_only(f"{last} 10:00")  # and one more of the same instant
        await s.forward(f"{desk} 13:30")
        await s.reconcile()
        await s.forward(f"{desk} 14:00")
        mandated, requested = (bound(key, duty, last, modality) for modality in ("mandated", "requested"))
        assert await rungs_of(s, duty) == {
            "T-30": mandated + requested, "T-7": mandated + requested, "T-1": mandated, "overdue-1": mandated
        }  # fmt: skip
        unexplained = [row for row in await s.ledger() if row[3] in ("skipped", "failed") and row[4] is None]
        assert unexplained == []
        waiting = {row.what: row.steps for row in await step_totals(s.world.database, s.now)}
        assert waiting.get("waiting", 0) == 0


@pytest.mark.parametrize("key", ["hai-duong", "kien-giang"])
async def test_law_4_a_yearly_report_without_a_date_is_silent_until_a_ruling_dates_it(
    key: str, database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2024-01-01", key=key) as s:
        await s.forward("2024-10-01 08:00")
        assert await rungs_of(s, "annual-report") == {}
        early = await s.submit(f"{PREFIX[key]}-so-y-te", "annual-report", "2024")
        assert early.judged is None
        await set_date(
            s.world, key, "annual-report", "2024", date(2024, 12, 10), officer=OFFICER, document=DOCUMENT, as_of=s.now
        )
        await s.round_only("2024-12-11 09:00")
        late = await s.submit(f"{PREFIX[key]}-so-tu-phap", "annual-report", "2024")
        in_time = await s.submit(f"{PREFIX[key]}-so-noi-vu", "annual-report", "2024", received="2024-12-10 23:59")
    assert (late.judged, in_time.judged) == ("late", "on-time")


async def test_law_4_tuyen_quangs_interim_review_waits_for_its_confirmation(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2023-01-02", key="tuyen-quang") as s:
        await s.forward("2023-12-15 08:00")
        assert await rungs_of(s, "interim-review") == {}
        await confirm(s.world, "tuyen-quang", "interim-review", "once", officer=OFFICER, document=DOCUMENT, as_of=s.now)
        await s.forward("2024-01-10 08:00")
        assert await rungs_of(s, "interim-review") == {"announced": 1, "T-7": 1}  # the province is never chased


@pytest.mark.parametrize(
    ("key", "duty", "period", "since", "bound_then"),
    [
        ("hai-duong", "annual-report", "2026", "2026-01-02", {"mandated": 20, "invited": 64}),
        ("tuyen-quang", "phase-2-final-review", "once", "2030-01-02", {"mandated": 1}),
    ],
)
async def test_law_10_phase_2_binds_nobody_before_its_decision(
    key: str, duty: str, period: str, since: str, bound_then: dict[str, int], database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since=since, key=key) as s:
        await s.forward(f"{since[:4]}-02-04 08:00")
        assert [unit for unit in await s.units(duty, period) if unit.state == "open"] == []
        await confirm(s.world, key, "phase-decision", "once", officer=OFFICER, document=DOCUMENT, as_of=s.now)
        await s.forward(f"{since[:4]}-02-05 08:00")
        open_now = Counter(unit.modality for unit in await s.units(duty, period) if unit.state == "open")
        assert open_now == bound_then

"""Coverage: who has launched, planned, registered and chosen pilots, who has not; law 9 with Hải Dương's real plan."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from config.plan import Count, Coverage, load_plan, load_plan_text, plan_path
from deadlines.comparators import Comparator
from deadlines.coverage import Standing, Tally, comparator, has_it, reached, standing
from dondoc.portal.pages import Pages
from dondoc.portal.up import web
from dondoc.registry import load_bundle
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.rulings import rulings_of
from dondoc.store.status import unit_status
from tasks.changing import By
from tasks.load_campaign import add_campaign, load_campaign
from tasks.make_ruling import undo
from tasks.open_duties import open_duties
from tasks.open_world import world_of
from tasks.receipts import Document, Receipt, RefusedReceipt
from tasks.record_submission import check_submission, record_submission
from tasks.rule_campaign import relate
from tasks.see_coverage import Covered, Stands, coverage_list, coverage_of
from tasks.world import World
from tests.databases import in_own_thread
from tests.story import KEY as STORY_KEY
from tests.story import at, story
from tests.test_cli import Desk as Terminal
from tests.test_portal import free_port

KEY = "hai-duong"
DISTRICTS = ("288", "290", "291")
DISTRICT_PILOTS, COUNCIL_PILOTS = Count(min=1, max=None), Count(min=1, max=2)


@pytest.mark.parametrize(
    ("received", "names", "count", "stands"),
    [
        (False, 0, DISTRICT_PILOTS, "has-not"),
        (True, 0, DISTRICT_PILOTS, "too-few"),  # a report without a name chooses nobody
        (True, 1, DISTRICT_PILOTS, "has"),
        (True, 3, DISTRICT_PILOTS, "has"),  # "ít nhất 01 - 02": only a minimum is said
        (True, 2, COUNCIL_PILOTS, "has"),
        (True, 3, COUNCIL_PILOTS, "too-many"),  # "01 đến 02"
        (True, 0, COUNCIL_PILOTS, "too-few"),
        (True, 50, Count(min=None, max=None), "has"),  # a silent cap is null, never flagged
        (True, 0, Count(min=None, max=2), "has"),
        (True, 0, None, "has"),  # a launch registers nobody
    ],
)
def test_law_9_a_unit_stands_by_the_names_it_registers(
    received: bool, names: int, count: Count | None, stands: Standing
) -> None:
    assert standing(received, names, count) == stands
    assert has_it(stands) == (stands in ("has", "too-many"))


@pytest.mark.parametrize(
    ("words", "percent", "how", "at_the_number"),
    [
        ("Yêu cầu 100% các sở, ban, ngành", 100, ">=", True),  # bare means at least
        (None, 80, ">=", True),
        ("tối thiểu 80% đơn vị", 80, ">=", True),
        ("trên 50% đơn vị", 50, ">", False),  # fails at 50
        ("trên 100% đơn vị", 100, ">=", True),  # nobody can pass a hundred
        ("khoảng 80% đơn vị", 80, "about", None),  # never judged
        ("trên 50% xã; phấn đấu 80% đơn vị", 80, ">=", True),  # the word before another number
    ],
)
def test_a_share_is_compared_as_the_plan_words_it(
    words: str | None, percent: int, how: Comparator, at_the_number: bool | None
) -> None:
    asked = Coverage(percent=percent, words=words)
    assert comparator(asked) == how
    just = [Tally("mandated", True, 0, percent), Tally("mandated", False, 0, 100 - percent)]
    assert reached(just, None, asked)["mandated"].met is at_the_number


def test_bound_and_invited_are_counted_apart_and_only_the_bound_are_measured() -> None:
    tallies = [
        Tally("mandated", True, 0, 9), Tally("mandated", False, 0, 1, transferred=2), Tally("invited", True, 0, 1),
        Tally("invited", False, 0, 44),
    ]  # fmt: skip
    found = reached(tallies, None, Coverage(percent=100))
    bound, invited = found["mandated"], found["invited"]
    assert (bound.has, bound.asked, bound.share, bound.met, bound.transferred) == (9, 10, Fraction(9, 10), False, 2)
    assert (invited.has, invited.asked, invited.share, invited.met) == (1, 45, Fraction(1, 45), None)
    assert invited.target is None


def test_nobody_named_is_no_share_and_nearly_all_is_not_all() -> None:
    nobody = reached([Tally("mandated", False, 0, 0)], None, Coverage(percent=100))["mandated"]
    assert (nobody.share, nobody.percent, nobody.met) == (None, None, None)
    nearly = reached([Tally("mandated", True, 0, 9_999), Tally("mandated", False, 0, 1)], None, Coverage(percent=100))
    assert (nearly["mandated"].percent, nearly["mandated"].met) == (99.9, False)


class Desk:
    """Hải Dương in the autumn of 2021; `now` is its present."""

    def __init__(self, world: World, now: str) -> None:
        self.world = world
        self.now = at(now)

    async def move(self, now: str) -> None:
        """Let time jump to `now`."""
        self.now = at(now)
        await open_duties(self.world, self.now)

    async def submit(
        self, unit: str, duty: str, *names: str, document: Document | None = None, period: str = "once"
    ) -> Receipt:
        """Record a report with the names it registers."""
        return await record_submission(
            self.world, KEY, duty, period, unit, as_of=self.now, document=document, names=names
        )

    async def list(self, duty: str, as_of: str | None = None) -> tuple[Covered, list[Stands]]:
        """Return how a duty stands and every unit of it."""
        owner = await campaign(self.world.database, KEY)
        row = await duty_period(self.world.database, owner.id, duty, "once")
        return await coverage_list(self.world, owner, row, at(as_of) if as_of else self.now)

    async def every(self, under: str | None = None) -> dict[str, Covered]:
        """Return every duty whose coverage is told."""
        owner = await campaign(self.world.database, KEY)
        return {each.row.duty: each for each in await coverage_of(self.world, owner, self.now, under)}


@asynccontextmanager
async def hai_duong(database_url: str, *, since: str = "2021-10-01", now: str = "2021-10-04") -> AsyncIterator[Desk]:
    """Open the campaign with its registry, live."""
    database = await open_database(database_url)
    await mark_simulation(database, at(now))
    try:
        world = await world_of(database, b"a key for tests", {})
        await load_campaign(
            world, load_plan(plan_path(KEY)), load_bundle(KEY), as_of=at(now), state="live",
            since=date.fromisoformat(since),
        )  # fmt: skip
        desk = Desk(world, now)
        await desk.move(now)
        yield desk
    finally:
        await database.close()


async def test_law_9_districts_and_the_council_choose_their_pilots(database_url: str) -> None:
    async with hai_duong(database_url) as desk:
        none, one, three = DISTRICTS
        assert (await desk.submit(none, "district-pilots")).standing == "too-few"
        assert (await desk.submit(one, "district-pilots", "Xã Mẫu Một")).standing == "has"
        assert (await desk.submit(three, "district-pilots", "Xã Mẫu Hai", "Xã Mẫu Ba", "Xã Mẫu Tư")).standing == "has"
        council = "30-hoi-dong-tdkt"
        assert (await desk.submit(council, "council-pilots", "Sở Mẫu", "Xã Mẫu")).standing == "has"
        await desk.move("2021-10-05")
        over = await desk.submit(council, "council-pilots", "Sở Mẫu", "Xã Mẫu", "Huyện Mẫu")
        assert (over.standing, over.names, over.judged) == ("too-many", ("Sở Mẫu", "Xã Mẫu", "Huyện Mẫu"), None)

        covered, units = await desk.list("district-pilots")
        stands = {each.unit.unit_code: (each.standing, each.unit.names) for each in units}
        assert len(stands) == 12
        assert stands[none] == ("too-few", ())
        assert stands[one] == ("has", ("Xã Mẫu Một",))
        assert stands[three] == ("has", ("Xã Mẫu Hai", "Xã Mẫu Ba", "Xã Mẫu Tư"))
        assert sorted(set(stands.values()) - {stands[each] for each in DISTRICTS}) == [("has-not", ())]
        bound = covered.reached["mandated"]
        assert (bound.has, bound.asked, bound.too_few, bound.too_many) == (2, 12, 1, 0)
        council_pilots = (await desk.list("council-pilots"))[0].reached["mandated"]
        assert (council_pilots.has, council_pilots.asked, council_pilots.too_many) == (1, 1, 1)
        before = (await desk.list("council-pilots", "2021-10-04 09:00"))[1]
        assert [(each.standing, each.unit.names) for each in before] == [("has", ("Sở Mẫu", "Xã Mẫu"))]
        at_first = (await desk.list("council-pilots", "2021-10-03"))[1]
        assert [(each.unit.unit_code, each.standing) for each in at_first] == [(council, "has-not")]


async def test_a_later_list_replaces_the_one_before_and_a_paper_without_names_leaves_it(database_url: str) -> None:
    async with hai_duong(database_url) as desk:
        unit = DISTRICTS[0]
        await desk.submit(unit, "district-pilots", "Xã Mẫu Một", "Xã Mẫu Hai")
        second = await desk.submit(unit, "district-pilots", "Xã Mẫu Ba")
        assert (second.version, second.names) == (2, ("Xã Mẫu Ba",))
        paper = await desk.submit(
            unit, "district-pilots", document=Document("5/CV-MẪU", date(2021, 10, 4), "Người ký mẫu")
        )
        assert (paper.version, paper.names, paper.standing) == (3, ("Xã Mẫu Ba",), "has")
        _covered, units = await desk.list("district-pilots")
        assert [each.unit.names for each in units if each.unit.unit_code == unit] == [("Xã Mẫu Ba",)]


@pytest.mark.parametrize(
    ("duty", "names", "words"),
    [
        ("launch", ["Xã Mẫu"], "--names: launch registers no names in this plan; leave them out"),
        ("district-pilots", ["Xã Mẫu", " XÃ  MẪU"], "--names 'XÃ MẪU': named twice; write each one once"),
        ("district-pilots", ["Xã Mâ\u0303u", "Xã Mẫu"], "--names 'Xã Mẫu': named twice; write each one once"),  # NFD
        ("district-pilots", [""], "--names: one name is empty; write them as 'A; B'"),
        ("district-pilots", ["Xã\nMẫu"], "--names: a name holds U+000A; write it on one line of plain text"),
        ("district-pilots", ["x" * 201], f"--names '{'x' * 40}…': 201 characters; at most 200"),
        ("district-pilots", [f"Xã {n}" for n in range(51)], "--names: 51 names; at most 50 in one report"),
    ],
)
async def test_names_that_cannot_be_kept_are_refused(sqlite_url: str, duty: str, names: list[str], words: str) -> None:
    async with hai_duong(sqlite_url) as desk:
        with pytest.raises(RefusedReceipt) as refused:
            await check_submission(desk.world, KEY, duty, "once", DISTRICTS[0], as_of=desk.now, names=names)
        assert str(refused.value) == words
        with pytest.raises(RefusedReceipt):
            await desk.submit(DISTRICTS[0], duty, *names)
        assert (await desk.list("district-pilots"))[0].reached["mandated"].has == 0


async def test_the_launch_is_complete_when_all_three_kinds_have_launched(database_url: str) -> None:
    async with hai_duong(database_url) as desk:
        _covered, units = await desk.list("launch")
        assert {each.unit.unit_kind for each in units} == {"department", "mass-organisation", "district"}
        assert {each.standing for each in units} == {"has-not"}
        for each in units[:-1]:
            await desk.submit(each.unit.unit_code, "launch")
        covered, _units = await desk.list("launch")
        bound, named = covered.reached["mandated"], len(units)
        assert (bound.has, bound.asked, bound.target, bound.met) == (named - 1, named, 100, False)
        await desk.submit(units[-1].unit.unit_code, "launch")
        bound = (await desk.every())["launch"].reached["mandated"]
        assert (bound.share, bound.percent, bound.met) == (Fraction(1), 100.0, True)
        under = (await desk.every("290"))["launch"].reached["mandated"]
        assert (under.has, under.asked) == (1, 1)


async def test_an_own_plan_without_a_date_names_the_units_of_the_day(database_url: str) -> None:
    async with hai_duong(database_url) as desk:
        before = (await desk.every())["own-plan"].reached
        assert before["mandated"].asked == (await desk.every())["launch"].reached["mandated"].asked
        assert list(before) == ["mandated"]  # enterprises are encouraged: never asked, so none of them is missing
        await desk.submit("30-so-noi-vu", "own-plan")
        covered, units = await desk.list("own-plan")
        assert (covered.reached["mandated"].has, covered.reached["mandated"].asked) == (1, before["mandated"].asked)
        assert covered.reached["mandated"].met is None  # the plan names no share
        assert len(units) == sum(each.asked for each in covered.reached.values())
        orders = [each.unit.unit_code for each in units]
        assert orders.index("30-so-noi-vu") < orders.index("288")  # protocol order: the province's bodies first
        await desk.move("2025-07-02")
        after = (await desk.every())["own-plan"].reached["mandated"]
        # The districts ended the day before; who follows the Sở Nội vụ that reported is not asked again.
        on_the_day = [u for u in load_bundle(KEY).units_on(date(2025, 7, 2)) if u.territory == "30"]
        assert after.asked == sum(unit.kind in ("department", "mass-organisation") for unit in on_the_day)
        assert after.has == 1


async def test_what_ended_before_the_campaign_went_live_is_unknown_not_missing(database_url: str) -> None:
    async with hai_duong(database_url, since="2023-01-01", now="2023-01-03") as desk:
        launch = (await desk.every())["launch"]
        assert (launch.unknown, dict(launch.reached)) == ("untracked", {})
        assert (await desk.list("launch"))[1] == []


async def test_one_report_serves_two_campaigns_each_by_its_own_date(database_url: str, tmp_path: Path) -> None:
    """By ruling Điện Biên's annual report also serves its launch of a second campaign on the same ground."""
    second = load_plan(plan_path(STORY_KEY)).text.replace("key: dien-bien\n", "key: dien-bien-2\n", 1)
    second = second.replace("rule: before 15/11", "rule: before 6/11", 1).replace("trước ngày 15/11", "trước ngày 6/11")
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-02") as s:
        async with s.world.database.write() as connection:
            await add_campaign(s.world, connection, load_plan_text(second, "dien-bien-2.yaml"), as_of=s.now,
                               state="live", since=date(2026, 11, 1))  # fmt: skip
        await s.forward("2026-11-09 09:00")
        ruling = By("Chuyên viên mẫu", s.now, "9/UBND-MẪU, 02/11/2026")
        await relate(s.world, STORY_KEY, "serves", "dien-bien-2", by=ruling, duty="annual-report",
                     other_duty="annual-report")  # fmt: skip
        s.new_mails()
        receipt = await s.submit("11-so-y-te", "annual-report", "2026")
        [there] = receipt.served
        assert (receipt.judged, there.judged, there.days_late) == ("on-time", "late", 4)
        assert there.code != receipt.code
        await s.forward("2026-11-09 10:00")
        assert len(s.new_mails()) == 1  # acknowledged once
        other = await campaign(s.world.database, "dien-bien-2")
        row = await duty_period(s.world.database, other.id, "annual-report", "2026")
        unit = next(u for u in await unit_status(s.world.database, row.id, s.now) if u.unit_code == "11-so-y-te")
        assert (unit.state, unit.judged) == ("submitted", "late")
        await undo(s.world, STORY_KEY, (await rulings_of(s.world.database, 1))[0].id, by=ruling)
        assert (await s.submit("11-so-tu-phap", "annual-report", "2026")).served == ()
        kept = next(u for u in await unit_status(s.world.database, row.id, s.now) if u.unit_code == "11-so-y-te")
        assert kept.judged == "late"  # what was recorded stays
        for duty, served in (("final-report", "annual-report"), ("annual-report", "consolidated-report")):
            await relate(s.world, STORY_KEY, "serves", "dien-bien-2", by=ruling, duty=duty, other_duty=served)
        [once] = (await s.submit("11-so-tai-chinh", "final-report", "once")).served
        assert (once.period, once.judged, once.reason) == ("2026", "late", None)  # the only period under way there
        [nothing] = (await s.submit("11-so-tai-chinh", "annual-report", "2026")).served
        assert (nothing.period, nothing.code, nothing.reason) == ("2026", None, "owes-nothing")


async def test_the_board_shows_coverage_and_leads_to_who_has_and_who_has_not(database_url: str, tmp_path: Path) -> None:
    async with hai_duong(database_url) as desk:
        await desk.submit(DISTRICTS[1], "district-pilots", "Xã <Mẫu>", "Xã Mẫu Hai")
        await desk.submit(DISTRICTS[0], "district-pilots")
        await desk.submit("30-so-noi-vu", "launch")
        await mark_simulation(desk.world.database, desk.now)
        port = free_port()
        async with (
            web(Pages(desk.world, spool=tmp_path, prefect_url=None, port=port), port),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            board = (await client.get(f"/board/{KEY}")).text
            assert 'aria-label="đã có 1/12; 8,3%; 1 chưa đủ số lượng"' in board
            assert "100% số đơn vị" in board
            assert "kế hoạch nêu 100%: chưa đạt" in board
            assert f'href="/coverage/{KEY}/district-pilots/once"' in board
            has = (await client.get(f"/coverage/{KEY}/district-pilots/once")).text
            assert "Xã &lt;Mẫu&gt;; Xã Mẫu Hai" in has
            assert has.count("<tr>") == 1 + 1
            has_not = (await client.get(f"/coverage/{KEY}/district-pilots/once?side=has-not")).text
            assert has_not.count("<tr>") == 1 + 11
            assert "đã báo cáo, chưa đủ số lượng (0)" in has_not
            assert has_not.index("Hải Dương</td>") < has_not.index("Nam Sách</td>")
            assert (await client.get(f"/coverage/{KEY}/nothing/once")).status_code == 404


@pytest.fixture
def terminal(tmp_path: Path, sqlite_template: Path) -> Terminal:
    """An officer's terminal in Hải Dương's autumn of 2021."""
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite")

    async def work() -> None:
        async with hai_duong(f"sqlite+aiosqlite:///{tmp_path / 'dondoc.sqlite'}"):
            pass

    in_own_thread(lambda: asyncio.run(work()))
    return Terminal(tmp_path)


def test_the_desk_records_names_and_asks_who_has_and_who_has_not(terminal: Terminal) -> None:
    pilots = (KEY, "district-pilots", "once")
    done = terminal.json("submit", *pilots, "290", "--names", "Xã Mẫu Một; Xã Mẫu Hai;", "--name", "Chợ; Bến Mẫu")
    assert (done["names"], done["standing"]) == (["Xã Mẫu Một", "Xã Mẫu Hai", "Chợ; Bến Mẫu"], "has")
    said = terminal.ok("submit", *pilots, "288")
    assert "chưa nêu tên nào (kế hoạch nêu tối thiểu 01)" in said
    every = {row["duty"]: row for row in terminal.json("coverage", KEY)}
    assert list(every) == ["issuing", "launch", "registration", "district-pilots", "council-pilots", "own-plan"]
    assert every["district-pilots"]["reached"] == [
        {"modality": "mandated", "has": 1, "asked": 12, "percent": 8.3, "comparator": None, "target": None,
         "met": None, "too_few": 1, "too_many": 0, "transferred": 0}
    ]  # fmt: skip
    assert every["launch"]["target"] == {"percent": 100, "clause": "V.1"}
    assert every["council-pilots"]["count"] == {"min": 1, "max": 2, "clause": "III.4.a"}
    listed = terminal.json("coverage", *pilots)
    assert [(row["unit"], row["names"]) for row in listed["has"]] == [("290", done["names"])]
    assert [row["unit"] for row in listed["has_not"]][:3] == ["288", "291", "292"]
    assert listed["has_not"][0]["standing"] == "too-few"
    words = terminal.ok("coverage", *pilots)
    assert "Đã có (1)" in words
    assert "Chưa ghi nhận (11)" in words
    assert "chưa ghi nhận" in words
    assert "chưa nộp" not in words
    table = terminal.ok("coverage", KEY)
    assert "1/12" in table
    assert max(map(len, table.splitlines())) <= 100
    refused = terminal.run("coverage", KEY, "launch")
    assert (refused.exit_code, refused.stderr) == (2, "coverage hai-duong launch: add the period, e.g. once\n")


def test_a_milestone_is_told_in_words_and_taken_back(terminal: Terminal) -> None:
    launch = ("launch", "once")
    said = terminal.ok("rule", "milestone", KEY, *launch, "cut-off", "2021-12-15")
    assert "launch once: mốc chốt số liệu 15/12/2021" in said
    assert "mốc chốt số liệu 15/12/2021" in terminal.ok("rulings", KEY)
    assert "mốc chốt số liệu 15/12/2021" in terminal.ok("explain", KEY, *launch)
    refused = terminal.run("rule", "milestone", KEY, *launch, "draft", "2021-12-14")
    assert refused.exit_code == 2
    assert "cut-off 15/12/2021 lies after draft 14/12/2021" in refused.stderr
    [ruling] = terminal.json("rulings", KEY)
    terminal.ok("rule", "undo", KEY, str(ruling["ruling"]), "--reason", "Nhầm ngày")
    assert terminal.run("rule", "milestone", KEY, *launch, "draft", "2021-12-14").exit_code == 0

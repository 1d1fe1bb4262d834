"""Units that open, close, change their name, merge and split: work, contacts and denominators go along."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from config.errors import Refused
from dondoc.store.campaigns import count_rows
from tasks.change_registry import close_unit, merge_units, move_unit, open_unit, rename_unit, split_unit
from tasks.changing import By
from tasks.make_ruling import For, extend
from tasks.registry_act import RegistryChange
from tasks.registry_rules import NewUnit
from tests.registry_story import ANNUAL, contact, registry, unit
from tests.story import KEY

ONE, TWO, THREE = (unit(f"11-so-{name}", name=f"Sở {name.title()}") for name in ("mot", "hai", "ba"))
NEW = NewUnit("11-so-moi", "Sở Mới")


async def test_a_unit_that_opens_is_asked_while_the_period_runs(database_url: str) -> None:
    async with registry(database_url, [ONE]) as r:
        done = await r.act(open_unit, "2026-03-01", NewUnit("11-so-moi", "Sở Mới", kind="department", parent="11-tinh"))
        assert (done.act, done.campaigns, done.followed and done.followed.joined) == ("open", ("dien-bien",), 1)
        assert await r.states() == [("11-so-moi", "open"), ("11-so-mot", "open")]
        [began] = done.began
        assert (began.territory, began.province_code, began.protocol_order) == ("11", "11", 110)
        assert done.unreachable == (began,)  # nobody to write to yet, and that is said


async def test_a_unit_that_closes_is_not_chased(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO]) as r:
        done = await r.act(close_unit, "2026-06-01", "11-so-mot")
        assert done.followed is None  # the day is still to come
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "open")]
        await r.round("2026-06-01 00:00")
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "transferred")]


async def test_a_name_changes_and_everything_else_goes_on(database_url: str) -> None:
    under = unit("11-phong", "sub-unit", "11-so-mot")
    people = [contact("11-so-mot", "mot"), contact("11-so-mot", "cu", valid_to=date(2026, 2, 1))]
    async with registry(database_url, [ONE, under], contacts=people) as r:
        done = await r.act(rename_unit, "2026-03-02", "sở mot", "Sở Một")
        assert [(life.code, life.name, life.office_name) for life in done.began] == [
            ("11-so-mot", "Sở Một", "Văn phòng Sở Một")
        ]
        assert done.successions == (("11-so-mot", "11-so-mot", "continue"),)
        assert (done.contacts, done.unreachable, done.vacant) == (1, (), ())  # whoever had left stays gone
        assert await r.states() == [("11-so-mot", "open"), ("11-so-mot", "transferred")]


async def test_a_name_that_changes_after_the_report_asks_nobody_twice(database_url: str) -> None:
    async with registry(database_url, [ONE]) as r:
        await r.submit("11-so-mot")
        await r.act(rename_unit, "2026-03-02", "11-so-mot", "Sở Một")
        await r.round("2026-03-10")
        await r.act(rename_unit, "2026-03-10", "11-so-mot", "Sở Số Một")
        assert await r.states() == [("11-so-mot", "submitted")]


async def test_merged_units_owe_once_what_any_of_them_left_open(database_url: str) -> None:
    people = [contact("11-so-hai", "hai"), contact("11-so-mot", "mot")]
    async with registry(database_url, [ONE, TWO, THREE], contacts=people) as r:
        await r.submit("11-so-mot")
        done = await r.act(merge_units, "2026-03-02", ["11-so-hai", "11-so-mot"], NEW)
        assert await r.states() == [
            ("11-so-ba", "open"), ("11-so-hai", "transferred"), ("11-so-moi", "open"), ("11-so-mot", "submitted"),
        ]  # fmt: skip
        assert done.contacts == 1  # of the first-named
        [began] = done.began
        assert (began.office_name, began.kind, began.parent_code) == ("Văn phòng Sở Mới", "department", "11-tinh")


async def test_merged_units_that_have_all_reported_are_not_asked_again(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO]) as r:
        await r.submit("11-so-mot")
        await r.submit("11-so-hai")
        await r.act(merge_units, "2026-03-02", ["11-so-hai", "11-so-mot"], NewUnit("11-so-hai"))
        assert await r.states() == [("11-so-hai", "submitted"), ("11-so-mot", "submitted")]


async def test_a_merger_into_a_unit_that_has_reported_asks_it_no_second_time(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO]) as r:
        await r.submit("11-so-mot")
        await r.act(rename_unit, "2026-03-02", "11-so-mot", "Sở Một")  # has no assignment of its own now
        await r.round("2026-03-10")
        await r.act(merge_units, "2026-03-10", ["11-so-hai"], NewUnit("11-so-mot"))
        assert await r.states() == [("11-so-hai", "transferred"), ("11-so-mot", "submitted")]


async def test_each_part_of_a_split_unit_owes_what_it_left_open(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO], contacts=[contact("11-so-mot", "mot")]) as r:
        await r.submit("11-so-hai")
        parts = [NewUnit("11-so-mot", "Sở Một"), NEW, NewUnit("11-so-hai")]
        done = await r.act(split_unit, "2026-03-02", "11-so-mot", parts)
        assert await r.states() == [
            ("11-so-hai", "submitted"), ("11-so-moi", "open"), ("11-so-mot", "open"), ("11-so-mot", "transferred"),
        ]  # fmt: skip
        assert [rule for _gone, _heir, rule in done.successions] == ["split", "split", "split-merge"]
        assert [life.code for life in done.unreachable] == ["11-so-moi"]


async def test_children_come_under_another_or_the_act_is_refused(database_url: str) -> None:
    district, other = unit("900", "district"), unit("901", "district")
    communes = [unit(f"9000{n}", "commune", "900") for n in (1, 2)]
    async with registry(database_url, [district, other, *communes], contacts=[contact("90001", "xa")]) as r:
        before = await count_rows(r.world.database)
        with pytest.raises(
            Refused, match=r"it leaves 90001 \(.*\), 90002 \(.*\) without a parent; .* --children-to CODE$"
        ):
            await r.act(close_unit, "2026-03-02", "900")
        assert await count_rows(r.world.database) == before  # whole or not at all
        done = await r.act(close_unit, "2026-03-02", "900", "901")
        assert [(life.code, life.parent_code) for life in done.began] == [("90001", "901"), ("90002", "901")]
        assert done.contacts == 1
        assert [code for code, state in await r.states() if state == "open"] == ["90001", "90002"]


async def test_a_unit_moves_and_takes_its_work_along(database_url: str) -> None:
    async with registry(database_url, [unit("900", "district"), unit("90001", "commune")]) as r:
        done = await r.act(move_unit, "2026-03-02", "90001", "900")
        assert [(life.parent_code, life.territory) for life in done.began] == [("900", "11")]
        assert await r.states() == [("90001", "open"), ("90001", "transferred")]


async def test_a_role_that_nobody_holds_any_more_is_named(database_url: str) -> None:
    home_affairs = unit("11-so-noi-vu", name="Sở Nội vụ")
    async with registry(database_url, [home_affairs, ONE]) as r:
        done = await r.act(merge_units, "2027-01-01", ["11-so-noi-vu", "11-so-mot"], NEW)
        assert [(held.campaign, held.role) for held in done.vacant] == [("dien-bien", "council-secretariat")]


async def test_a_change_known_late_ends_where_it_would_have_ended(database_url: str) -> None:
    """A unit was renamed before the duty opened; when that is recorded, the new life owes the report."""
    async with registry(database_url, [ONE, TWO], now="2026-02-02") as r:
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "open")]
        done = await r.act(rename_unit, "2025-12-15", "11-so-mot", "Sở Một")
        assert done.followed is not None
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "open"), ("11-so-mot", "transferred")]
        await r.act(close_unit, "2025-12-20", "11-so-mot")
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "transferred"), ("11-so-mot", "transferred")]


async def test_an_end_that_is_recorded_stays_when_the_name_changes_before_it(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO]) as r:
        await r.act(merge_units, "2026-07-01", ["11-so-mot"], NewUnit("11-so-hai"))
        await r.act(rename_unit, "2026-05-01", "11-so-mot", "Sở Một")
        await r.round("2026-07-02")
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "transferred"), ("11-so-mot", "transferred")]


async def test_what_becomes_known_late_is_followed_through_the_days_after_it(database_url: str) -> None:
    async with registry(database_url, [ONE, TWO], now="2026-04-02") as r:
        await r.act(merge_units, "2026-04-01", ["11-so-mot"], NewUnit("11-so-hai"))
        await r.act(rename_unit, "2026-03-15", "11-so-mot", "Sở Một")  # nobody had told
        assert await r.states() == [("11-so-hai", "open"), ("11-so-mot", "transferred"), ("11-so-mot", "transferred")]


async def test_an_extension_follows_the_work_it_was_given_for_and_no_other(database_url: str) -> None:
    later, usual = date(2026, 11, 30), date(2026, 11, 14)
    async with registry(database_url, [ONE, TWO, THREE]) as r:
        by = By("Chuyên viên mẫu", r.now, "45/UBND-MẪU, 02/03/2026")
        await extend(r.world, KEY, *ANNUAL, later, requested_on=date(2026, 3, 2), by=by, whom=For(unit="11-so-mot"))
        await r.act(merge_units, "2026-03-02", ["11-so-hai", "11-so-mot"], NEW)
        await r.round("2026-03-03")
        await r.act(rename_unit, "2026-03-03", "11-so-moi", "Sở Mới Nhất")
        assert [(u.unit_code, u.due_on) for u in await r.units() if u.state == "open"] == [
            ("11-so-ba", usual), ("11-so-moi", later),
        ]  # fmt: skip
        await r.round("2026-03-04")
        await r.act(merge_units, "2026-03-04", ["11-so-moi"], NewUnit("11-so-ba"))  # has its own date, and keeps it
        assert [(u.unit_code, u.due_on) for u in await r.units() if u.state == "open"] == [("11-so-ba", usual)]


DAY = "2026-03-02"
REFUSED: list[tuple[Callable[..., Awaitable[RegistryChange]], str, tuple[Any, ...], str]] = [
    (open_unit, DAY, (NewUnit("11-so-moi", "Sở Mới"),), "a new unit needs --name and --kind"),
    (open_unit, DAY, (NewUnit("11-so-moi", "Sở", kind="so"),), "kind 'so': write one of: department, "),
    (open_unit, DAY, (NewUnit("11-so-moi", "Sở", kind="departement", parent="11-tinh"),), "did you mean department?"),
    (open_unit, DAY, (NewUnit("11-so-moi", "Sở", kind="department"),), "in which province does it lie? add --parent"),
    (open_unit, DAY, (NewUnit("11-so-mot", "Sở", kind="department", parent="11-tinh"),),
     "code '11-so-mot': belongs to Sở Mot from 01/01/2021 until further notice; choose another"),
    (open_unit, DAY, (NewUnit("Sở mới", "Sở", kind="department", parent="11-tinh"),), "use up to 60 of a-z"),
    (open_unit, DAY, (NewUnit("11-so-moi", "Sở", kind="department", parent="11-khong", province="11"),),
     "parent '11-khong': does not exist on 02/03/2026, while '11-so-moi' would; name the parent of that time"),
    (open_unit, "2020-12-31", (NewUnit("11-so-moi", "Sở", kind="department", parent="11-tinh", province="11"),),
     "parent '11-tinh': does not exist on 31/12/2020"),
    (close_unit, DAY, ("11-so-khong",), "unit '11-so-khong': none with this code or name on 02/03/2026"),
    (close_unit, "2021-01-01", ("11-so-mot",), "begins on 01/01/2021; an act on it is possible from the next day on"),
    (close_unit, DAY, ("11-da-het",), "unit '11-da-het': ended on 01/01/2024 already; see 'dondoc units show'"),
    (close_unit, DAY, ("11-sap-het",), "its end on 01/01/2027 is recorded already; a unit ends once"),
    (close_unit, "2027-01-01", ("11-sap-het",), "unit '11-sap-het': ends on 01/01/2027 already"),
    (rename_unit, DAY, ("11-so-mot", "Sở Mot"), "unit '11-so-mot': is called 'Sở Mot' already"),
    (rename_unit, DAY, ("11-la", "Sở Lạ"), "does not show how a letter would address it; add --office-name"),
    (move_unit, DAY, ("11-so-mot", "11-tinh"), "unit '11-so-mot': stands under '11-tinh' already"),
    (move_unit, DAY, ("11-so-mot", "11-so-mot"), "parent '11-so-mot': a unit does not stand under itself"),
    (move_unit, DAY, ("11-tinh", "11-so-mot"), "parent '11-so-mot': stands below '11-tinh' itself"),
    (move_unit, DAY, ("11-so-mot", "11-sap-het"), "parent '11-sap-het': does not exist on 01/01/2027, while"),
    (merge_units, DAY, (["11-so-mot", "11-so-mot"], NEW), "unit '11-so-mot': is named twice"),
    (merge_units, DAY, (["11-so-mot"], NEW), "a merger needs a second unit; use 'dondoc units rename'"),
    (merge_units, DAY, (["11-so-mot", "11-so-hai"], NewUnit("11-so-moi")), "give it a name to let it begin then"),
    (merge_units, DAY, (["11-so-mot"], NewUnit("11-so-hai", "Sở Khác")), "exists as Sở Hai; leave its name out"),
    (split_unit, DAY, ("11-so-mot", [NEW]), "a split names two or more different parts; got 11-so-moi"),
    (split_unit, DAY, ("11-so-mot", [NEW, NEW]), "a split names two or more different parts; got 11-so-moi, 11-so-moi"),
]  # fmt: skip


async def test_what_contradicts_the_registry_is_refused_in_one_line(database_url: str) -> None:
    gone = unit("11-da-het", valid_to=date(2024, 1, 1))
    going = unit("11-sap-het", valid_to=date(2027, 1, 1))
    strange = unit("11-la", name="Sở Kỳ", office_name="Văn phòng")
    async with registry(database_url, [ONE, TWO, gone, going, strange]) as r:
        before = await count_rows(r.world.database)
        for act, day, what, words in REFUSED:
            with pytest.raises(Refused) as refused:
                await r.act(act, day, *what)
            assert words in str(refused.value)
            assert "\n" not in str(refused.value)
        assert await count_rows(r.world.database) == before

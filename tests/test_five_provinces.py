"""The units of the five provinces around the changes of 2025: right to the unit, nobody lost, nobody from nowhere."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from dondoc.registry import RegistryBundle, RegistryError, UnitRow, load_bundle, read_bundle
from scripts.extract_units import on_the_ground_of
from tests.denominators import hand_made_denominators

BEGIN, LAST_OLD_DAY, FIRST_NEW_DAY = date(2021, 1, 1), date(2025, 6, 30), date(2025, 7, 1)
CAMPAIGNS = ("dien-bien", "thai-binh", "hai-duong", "tuyen-quang", "kien-giang")
PROVINCES = {  # name and code on 30/6/2025, name and code on 1/7/2025
    "dien-bien": (("Tỉnh Điện Biên", "11"), ("Tỉnh Điện Biên", "11")),
    "thai-binh": (("Tỉnh Thái Bình", "34"), ("Tỉnh Hưng Yên", "33")),
    "hai-duong": (("Tỉnh Hải Dương", "30"), ("Thành phố Hải Phòng", "31")),
    "tuyen-quang": (("Tỉnh Tuyên Quang", "08"), ("Tỉnh Tuyên Quang", "08")),
    "kien-giang": (("Tỉnh Kiên Giang", "91"), ("Tỉnh An Giang", "91")),
}
every_campaign = pytest.mark.parametrize("campaign", CAMPAIGNS)


@pytest.fixture(scope="module")
def bundles() -> dict[str, RegistryBundle]:
    return {campaign: load_bundle(campaign) for campaign in CAMPAIGNS}


def real(bundle: RegistryBundle, day: date, kind: str) -> list[UnitRow]:
    return [unit for unit in bundle.units_on(day, kind) if not unit.sample]


@pytest.mark.parametrize(("campaign", "kind", "day", "count"), hand_made_denominators())
def test_denominators_are_right_to_the_unit(
    bundles: dict[str, RegistryBundle], campaign: str, kind: str, day: date, count: int
) -> None:
    units = bundles[campaign].units_on(day, kind)
    assert (len(units), len({unit.code for unit in units})) == (count, count)


@every_campaign
def test_the_hand_made_table_leaves_no_kind_out(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    in_table = {kind for name, kind, _, _ in hand_made_denominators() if name == campaign}
    assert {unit.kind for unit in bundles[campaign].units} == in_table


@every_campaign
def test_a_province_is_who_it_was_on_each_day(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    found = tuple(
        [(unit.name, unit.province_code) for unit in real(bundles[campaign], day, "province")]
        for day in (LAST_OLD_DAY, FIRST_NEW_DAY)
    )
    assert found == tuple([province] for province in PROVINCES[campaign])


@every_campaign
def test_a_campaign_stays_on_its_old_ground(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    assert {unit.territory for unit in bundles[campaign].units} == {PROVINCES[campaign][0][1]}


@every_campaign
def test_official_codes_are_those_of_the_day(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    (_, before), (_, after) = PROVINCES[campaign]
    for day, code in ((LAST_OLD_DAY, before), (FIRST_NEW_DAY, after)):
        assert {unit.province_code for unit in real(bundles[campaign], day, "commune")} == {code}


@every_campaign
def test_parents_are_right_on_every_day(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    for day, kinds in ((LAST_OLD_DAY, {"commune": "district", "district": "province"}),
                       (FIRST_NEW_DAY, {"commune": "province"})):  # fmt: skip
        on_the_day = {unit.code: unit for unit in bundle.units_on(day)}
        for kind, above in kinds.items():
            parents = [on_the_day[str(unit.parent_code)] for unit in bundle.units_on(day, kind)]
            assert {parent.kind for parent in parents} == {above}
    (_, before), (_, after) = PROVINCES[campaign]
    assert {unit.parent_code for unit in real(bundle, LAST_OLD_DAY, "district")} == {f"{before}-ubnd-tinh"}
    top = "31-ubnd-tp" if after == "31" else f"{after}-ubnd-tinh"
    assert {unit.parent_code for unit in real(bundle, FIRST_NEW_DAY, "commune")} == {top}


@every_campaign
def test_nobody_is_lost_and_nobody_comes_from_nowhere(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    old = {kind: {unit.key for unit in real(bundle, LAST_OLD_DAY, kind)} for kind in ("commune", "district")}
    new = {unit.key for unit in real(bundle, FIRST_NEW_DAY, "commune")}
    for gone in old.values():
        followed = [s for s in bundle.successions if s.predecessor in gone]
        assert {s.on_date for s in followed} == {FIRST_NEW_DAY}
        assert {s.predecessor for s in followed} == gone
        assert {s.successor for s in followed} == new


@every_campaign
def test_a_district_goes_where_its_communes_go(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    parents = {unit.key: unit.parent_code for unit in real(bundle, LAST_OLD_DAY, "commune")}
    districts = {unit.code for unit in real(bundle, LAST_OLD_DAY, "district")}
    by_communes, stated = defaultdict(set), defaultdict(set)
    for s in bundle.successions:
        if s.predecessor in parents:
            by_communes[parents[s.predecessor]].add(s.successor)
        elif s.predecessor_code in districts:
            stated[s.predecessor_code].add(s.successor)
    assert stated == by_communes


@every_campaign
def test_the_rule_says_how_a_unit_went_over(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    kinds = {unit.key: unit.kind for unit in bundle.units}
    for kind in ("commune", "district"):
        rows = [s for s in bundle.successions if kinds[s.predecessor] == kind]
        parts, others = Counter(s.predecessor for s in rows), Counter(s.successor for s in rows)
        words = {
            "continue": (False, False),
            "merge": (False, True),
            "split": (True, False),
            "split-merge": (True, True),
        }
        wrong = [s for s in rows if words[s.rule] != (parts[s.predecessor] > 1, others[s.successor] > 1)]
        assert wrong == []


@pytest.mark.parametrize(
    ("campaign", "divided"),
    [("dien-bien", 0), ("thai-binh", 0), ("hai-duong", 34), ("tuyen-quang", 2), ("kien-giang", 0)],
)
def test_divided_communes_are_counted(bundles: dict[str, RegistryBundle], campaign: str, divided: int) -> None:
    bundle = bundles[campaign]
    old = {unit.key for unit in real(bundle, LAST_OLD_DAY, "commune")}
    parts = Counter(s.predecessor for s in bundle.successions if s.predecessor in old)
    assert sum(count > 1 for count in parts.values()) == divided


@pytest.mark.parametrize(
    ("campaign", "code", "name", "became"),
    [
        ("hai-duong", "10798", "Xã Hòa Bình", ["Xã Hà Nam", "Xã Kim Thành"]),  # of Kim Thành, not of Vĩnh Bảo
        ("hai-duong", "10639", "Xã Cộng Hòa", ["Xã An Phú", "Xã Lai Khê", "Xã Nam An Phụ"]),
        ("tuyen-quang", "02497", "Xã Kim Phú", ["Phường Minh Xuân", "Phường Mỹ Lâm"]),
        ("tuyen-quang", "02305", "Xã Trung Hà", ["Xã Trung Hà"]),
        ("kien-giang", "31105", "Xã Thổ Châu", ["Đặc khu Thổ Châu"]),
        ("kien-giang", "912", "Huyện Kiên Hải", ["Đặc khu Kiên Hải"]),
        ("thai-binh", "34-ubnd-tinh", "Tỉnh Thái Bình", ["Tỉnh Hưng Yên"]),
        ("hai-duong", "30-ubnd-tinh", "Tỉnh Hải Dương", ["Thành phố Hải Phòng"]),
        ("kien-giang", "91-ubnd-tinh", "Tỉnh Kiên Giang", ["Tỉnh An Giang"]),
        ("tuyen-quang", "08-ubnd-tinh", "Tỉnh Tuyên Quang", []),  # same name, same code: goes on
    ],
)
def test_known_units_went_where_the_resolutions_put_them(
    bundles: dict[str, RegistryBundle], campaign: str, code: str, name: str, became: list[str]
) -> None:
    names = {unit.key: unit.name for unit in bundles[campaign].units}
    followed = [names[s.successor] for s in bundles[campaign].successions if s.predecessor == (code, BEGIN)]
    assert (names[code, BEGIN], sorted(followed)) == (name, sorted(became))


def test_code_91_is_kien_giang_before_and_an_giang_after(bundles: dict[str, RegistryBundle]) -> None:
    lives = [unit for unit in bundles["kien-giang"].units if unit.code == "91-ubnd-tinh"]
    assert [(unit.key[1], unit.valid_to, unit.office_name, unit.territory) for unit in lives] == [
        (BEGIN, FIRST_NEW_DAY, "Ủy ban nhân dân tỉnh Kiên Giang", "91"),
        (FIRST_NEW_DAY, None, "Ủy ban nhân dân tỉnh An Giang", "91"),
    ]


# ── the ground a unit lies on ───────────────────────────────────────────────────────────────────


def test_a_successor_on_foreign_ground_is_refused(tmp_path: Path) -> None:
    units, successions = tmp_path / "units.csv", tmp_path / "succession.csv"
    units.write_text(
        "code,valid_from,valid_to,kind,name,province_code,territory\n"
        "a,2021-01-01,2025-07-01,commune,A,34,\nb,2025-07-01,,commune,B,33,\nc,2025-07-01,,commune,C,33,34\n",
        encoding="utf-8",
    )
    successions.write_text(
        "predecessor_code,predecessor_from,successor_code,successor_from,on_date,rule\n"
        "a,2021-01-01,c,2025-07-01,2025-07-01,split\na,2021-01-01,b,2025-07-01,2025-07-01,split\n",
        encoding="utf-8",
    )
    with pytest.raises(RegistryError) as refused:
        read_bundle([units], [successions], [])
    assert refused.value.problems == [
        "succession.csv: line 3, column successor_code: 'b' has territory '33', those it follows have '34'; "
        "write 34 as its territory"
    ]
    corrected = units.read_text(encoding="utf-8").replace("B,33,", "B,33,34")
    units.write_text(corrected, encoding="utf-8")
    assert [unit.territory for unit in read_bundle([units], [successions], []).units] == ["34", "34", "34"]


def test_a_new_commune_belongs_where_most_of_its_old_ones_were() -> None:
    pairs = [("hd_kt_hoabinh", "n"), ("hp_vb_hoabinh", "n"), ("hp_vb_lyhoc", "n"), ("hd_kt_tamky", "k")]
    assert (on_the_ground_of("hd", pairs), on_the_ground_of("hp", pairs)) == ({"k"}, {"n"})
    with pytest.raises(SystemExit) as refused:
        on_the_ground_of("hd", pairs[:2])
    assert str(refused.value) == "n: as many old communes in hd as in hp; decide by the resolution"

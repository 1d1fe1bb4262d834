"""The samples of the five campaigns: invented and marked, of their time, reachable, and together in one database."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import config
from config.plan import load_plan, plan_path
from dondoc.registry import RegistryBundle, UnitRow, load_bundle
from dondoc.store import tables as t
from dondoc.store.duties import registry_days, units_of_kind
from dondoc.store.engine import open_database
from scripts.make_sample import write_sample
from scripts.sample_organisations import SAMPLES, Sample
from tasks.load_campaign import save_registry
from tasks.open_world import world_of
from tests.denominators import hand_made_denominators

EVE, FIRST_NEW_DAY, MERGED = date(2025, 6, 30), date(2025, 7, 1), date(2025, 3, 1)
CAMPAIGNS = ("dien-bien", "thai-binh", "hai-duong", "tuyen-quang", "kien-giang")
FILES = ("organisations.csv", "organisations-succession.csv", "contacts.csv")
every_campaign = pytest.mark.parametrize("campaign", CAMPAIGNS)
# code before 1/7/2025 and from that day on, of those that hold a plan's roles
SEATS = {
    "dien-bien": ("11", "11", "ubnd-tinh"),
    "thai-binh": ("34", "33", "ubnd-tinh"),
    "hai-duong": ("30", "31", "ubnd-tp"),
    "tuyen-quang": ("08", "08", "ubnd-tinh"),
    "kien-giang": ("91", "91", "ubnd-tinh"),
}


@pytest.fixture(scope="module")
def bundles() -> dict[str, RegistryBundle]:
    return {campaign: load_bundle(campaign) for campaign in CAMPAIGNS}


def on(bundle: RegistryBundle, day: date) -> dict[str, UnitRow]:
    return {unit.code: unit for unit in bundle.units_on(day)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.key))
def test_the_shipped_sample_is_what_its_script_makes(tmp_path: Path, sample: Sample) -> None:
    write_sample(sample, tmp_path)
    shipped = Path(config.__file__).parent / "sample" / sample.key
    assert [(tmp_path / name).read_bytes() == (shipped / name).read_bytes() for name in FILES] == [True, True, True]


@every_campaign
def test_roles_can_be_held_on_every_day(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    before, after, top = SEATS[campaign]
    seats = ("so-noi-vu", "hoi-dong-tdkt", "ban-chi-dao-cds", "so-khcn")
    for day in (date(2021, 1, 1), MERGED - timedelta(days=1), MERGED, EVE):
        there = on(bundles[campaign], day)
        assert {f"{before}-{slug}" for slug in (*seats, "ubnd-tinh")} <= set(there)
        assert (f"{before}-so-tttt" in there) == (day < MERGED)
    for day in (FIRST_NEW_DAY, date(2030, 12, 31)):
        there = on(bundles[campaign], day)
        assert {f"{after}-{slug}" for slug in (*seats, top)} <= set(there)
        assert there[f"{after}-so-khcn"].parent_code == f"{after}-{top}"


@every_campaign
def test_every_role_of_a_plan_is_held_by_a_unit_of_its_time(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    plan, bundle = load_plan(plan_path(campaign)), bundles[campaign]
    assert {unit.territory for unit in bundle.units} == {plan.province.code}
    changes = {day for unit in bundle.units for day in (unit.valid_from, unit.valid_to) if day}
    days = sorted({plan.starts_on, date(2030, 12, 31), *(day for day in changes if day > plan.starts_on)})
    vacant = [
        (role, holder.unit, day)
        for role, held in plan.roles.items()
        for holder in held.holders
        for day in days
        if (holder.from_ or day) <= day <= (holder.until or day) and holder.unit not in on(bundle, day)
    ]
    assert vacant == []


@every_campaign
def test_departments_end_and_go_over_on_the_days_of_the_reform(
    bundles: dict[str, RegistryBundle], campaign: str
) -> None:
    before, after, _ = SEATS[campaign]
    followed = {s.predecessor: (s.successor_code, s.on_date) for s in bundles[campaign].successions}
    began = date(2021, 1, 1)
    assert followed[f"{before}-so-tttt", began] == (f"{before}-so-khcn", MERGED)
    moved = followed.get((f"{before}-so-khcn", began))
    assert moved == (None if campaign in ("dien-bien", "tuyen-quang") else (f"{after}-so-khcn", FIRST_NEW_DAY))


@pytest.mark.parametrize(
    ("campaign", "code", "day", "office_name"),
    [
        ("thai-binh", "34-so-khcn", EVE, "Sở Khoa học và Công nghệ tỉnh Thái Bình"),
        ("thai-binh", "33-so-khcn", FIRST_NEW_DAY, "Sở Khoa học và Công nghệ tỉnh Hưng Yên"),
        ("thai-binh", "34-ban-tdkt", EVE, "Ban Thi đua - Khen thưởng, Sở Nội vụ tỉnh Thái Bình"),
        ("thai-binh", "34-ban-tuyen-giao", EVE, "Ban Tuyên giáo Tỉnh ủy Thái Bình"),
        ("thai-binh", "34-nhnn", EVE, "Ngân hàng Nhà nước Chi nhánh tỉnh Thái Bình"),
        ("hai-duong", "31-so-noi-vu", FIRST_NEW_DAY, "Sở Nội vụ thành phố Hải Phòng"),
        ("hai-duong", "31-ban-tuyen-giao", FIRST_NEW_DAY, "Ban Tuyên giáo và Dân vận Thành ủy Hải Phòng"),
        ("hai-duong", "31-tinh-doan", FIRST_NEW_DAY, "Thành Đoàn Hải Phòng"),
        ("kien-giang", "91-so-noi-vu", EVE, "Sở Nội vụ tỉnh Kiên Giang"),
        ("kien-giang", "91-so-noi-vu", FIRST_NEW_DAY, "Sở Nội vụ tỉnh An Giang"),
        ("tuyen-quang", "08-so-noi-vu", FIRST_NEW_DAY, "Sở Nội vụ tỉnh Tuyên Quang"),
    ],
)
def test_a_letter_addresses_an_office_by_its_name_of_that_day(
    bundles: dict[str, RegistryBundle], campaign: str, code: str, day: date, office_name: str
) -> None:
    assert on(bundles[campaign], day)[code].office_name == office_name


@every_campaign
def test_who_ends_is_followed_or_part_of_a_district(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    followed = {s.predecessor for s in bundle.successions}
    lost = [unit for unit in bundle.units if unit.valid_to and unit.key not in followed]
    districts = {unit.code for unit in bundle.units_on(EVE, "district")}
    assert [unit.code for unit in lost if unit.kind != "sub-unit" or unit.parent_code not in districts] == []


@every_campaign
def test_every_contact_belongs_to_a_unit_of_its_time(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    lives = {unit.key: (unit.valid_from, unit.valid_to) for unit in bundles[campaign].units}
    assert [c for c in bundles[campaign].contacts if lives[c.unit] != (c.valid_from, c.valid_to)] == []


@pytest.mark.parametrize(
    ("campaign", "silent_old_communes"),
    [("dien-bien", 129), ("thai-binh", 0), ("hai-duong", 207), ("tuyen-quang", 137), ("kien-giang", 0)],
)
def test_every_unit_that_is_written_to_can_be_reached(
    bundles: dict[str, RegistryBundle], campaign: str, silent_old_communes: int
) -> None:
    bundle = bundles[campaign]
    roles: dict[tuple[str, date], list[str]] = {}
    for c in bundle.contacts:
        roles.setdefault(c.unit, []).append(c.role)
    silent = [unit for unit in bundle.units if unit.key not in roles]
    assert (len(silent), {unit.kind for unit in silent}) == (
        silent_old_communes, {"commune"} if silent_old_communes else set(),
    )  # fmt: skip
    usual = [["officer", "office", "head"], ["officer", "office", "head", "leader"]]
    assert [code for (code, _), have in roles.items() if have not in usual and code != "11-dn-033"] == []


@every_campaign
def test_the_sample_can_reach_nobody_real_and_says_so(bundles: dict[str, RegistryBundle], campaign: str) -> None:
    bundle = bundles[campaign]
    assert [c.email for c in bundle.contacts if not c.email.endswith(".example")] == []
    assert [c.name for c in bundle.contacts if " mẫu " not in c.name or not c.sample] == []
    assert {str(c.phone)[4:6] for c in bundle.contacts} == {" 0"}  # no subscriber's number begins with 0
    made_up = ("enterprise", "cooperative", "school", "health-facility")
    assert [u.name for u in bundle.units if u.kind in made_up and not (u.sample and "(mẫu)" in u.name)] == []


def test_nobody_is_a_contact_in_two_campaigns(bundles: dict[str, RegistryBundle]) -> None:
    campaigns = Counter(address for b in bundles.values() for address in {c.email for c in b.contacts})
    keys = Counter(key for b in bundles.values() for key in {unit.key for unit in b.units})
    assert (max(campaigns.values()), max(keys.values())) == (1, 1)


async def test_five_campaigns_live_in_one_database(database_url: str, bundles: dict[str, RegistryBundle]) -> None:
    """Loaded together, and once more, nothing clashes, and every denominator is the hand-made one."""
    database = await open_database(database_url)
    try:
        world = await world_of(database, b"k" * 32, {})
        for bundle in (*bundles.values(), bundles["kien-giang"]):
            async with database.write() as connection:
                await save_registry(world, connection, bundle)
        async with database.read() as connection:
            stored = [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (t.unit, t.succession, t.contact)
            ]
            denominators = [
                (campaign, kind, day, (await connection.execute(
                    select(func.count()).where(units_of_kind(SEATS[campaign][0], kind, day)))).scalar_one())
                for campaign, kind, day, _ in hand_made_denominators()
            ]  # fmt: skip
            days = {campaign: await registry_days(connection, SEATS[campaign][0]) for campaign in CAMPAIGNS}
    finally:
        await database.close()
    all_rows = [sum(len(getattr(b, part)) for b in bundles.values()) for part in ("units", "successions", "contacts")]
    assert stored == all_rows
    assert denominators == hand_made_denominators()
    assert set(map(tuple, days.values())) == {(date(2021, 1, 1), MERGED, FIRST_NEW_DAY)}

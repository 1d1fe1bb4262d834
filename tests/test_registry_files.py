"""The registry's files: what ships is right on every day, and what is wrong is named by line, column and way out."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.grammar import UNIT_KINDS
from dondoc.registry import (
    Limits,
    RegistryBundle,
    RegistryError,
    UnitRow,
    default_protocol_order,
    load_bundle,
    normalise_address,
    read_bundle,
    read_contacts,
    read_successions,
    read_units,
    search_key,
)

LAST_OLD_DAY, FIRST_NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)
UNIT_HEADER = "code,valid_from,valid_to,kind,name,province_code,parent_code"
CONTACTS_HEADER = "unit_code,unit_from,role,name,position,email,phone,valid_from"
EMPTY = "units.csv: is empty; the first line names the columns: code,valid_from,kind,name,province_code"
SUCCESSION_HEADER = "predecessor_code,predecessor_from,successor_code,successor_from,on_date,rule"


@pytest.fixture(scope="module")
def shipped() -> RegistryBundle:
    return load_bundle("dien-bien")


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems_of_units(folder: Path, *lines: str, header: str = UNIT_HEADER) -> list[str]:
    with pytest.raises(RegistryError) as refused:
        read_units(write(folder, "units.csv", header, *lines))
    return refused.value.problems


def problems_of_contacts(folder: Path, *lines: str, units: list[UnitRow] | None = None) -> list[str]:
    with pytest.raises(RegistryError) as refused:
        read_contacts(write(folder, "contacts.csv", CONTACTS_HEADER, *lines), units)
    return refused.value.problems


def unit(code: str, begins: date = date(2021, 1, 1), ends: date | None = None) -> UnitRow:
    return UnitRow(code, begins, ends, "department", code, code, None, "11", 1, sample=True, territory="11")


# ── what ships ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "kind", "count"),
    [
        (date(2023, 5, 26), "district", 10),
        (date(2023, 5, 26), "commune", 129),
        (LAST_OLD_DAY, "district", 10),
        (LAST_OLD_DAY, "commune", 129),
        (FIRST_NEW_DAY, "district", 0),
        (FIRST_NEW_DAY, "commune", 45),
        (date(2030, 12, 31), "commune", 45),
        (date(2025, 2, 28), "department", 20),
        (date(2025, 3, 1), "department", 15),
        (FIRST_NEW_DAY, "front", 1),
        (FIRST_NEW_DAY, "mass-organisation", 5),
        (FIRST_NEW_DAY, "enterprise", 60),
    ],
)
def test_a_denominator_counts_the_units_of_its_day(shipped: RegistryBundle, day: date, kind: str, count: int) -> None:
    assert len(shipped.units_on(day, kind)) == count


def test_a_code_means_another_commune_after_the_change(shipped: RegistryBundle) -> None:
    names = {u.valid_from: u.name for u in shipped.units if u.code == "03172"}
    assert names == {date(2021, 1, 1): "Thị trấn Mường Chà", FIRST_NEW_DAY: "Xã Na Sang"}


def test_names_are_written_as_documents_write_them(shipped: RegistryBundle) -> None:
    lay = next(u for u in shipped.units if u.code == "095")
    assert (lay.name, lay.office_name) == ("Thị xã Mường Lay", "Ủy ban nhân dân thị xã Mường Lay")


def test_every_old_commune_has_one_successor_and_every_new_one_came_from_somewhere(shipped: RegistryBundle) -> None:
    kinds = {u.key: u.kind for u in shipped.units}
    communes, districts = (
        {u.key for u in shipped.units_on(LAST_OLD_DAY, kind)} for kind in ("commune", "district")
    )  # fmt: skip
    new = {u.key for u in shipped.units_on(FIRST_NEW_DAY, "commune")}
    on_the_day = [s for s in shipped.successions if s.on_date == FIRST_NEW_DAY]
    assert Counter(s.predecessor for s in on_the_day if kinds[s.predecessor] == "commune") == Counter(communes)
    assert {s.successor for s in on_the_day if s.predecessor in communes} == new
    assert {s.successor for s in on_the_day if s.predecessor in districts} == new
    assert {s.predecessor for s in on_the_day if kinds[s.predecessor] == "district"} == districts


def test_a_commune_formed_from_two_districts_is_marked_under_both(shipped: RegistryBundle) -> None:
    muong_lay = ("03151", FIRST_NEW_DAY)
    districts = {s.predecessor_code: s.rule for s in shipped.successions
                 if s.successor == muong_lay and len(s.predecessor_code) == 3}  # fmt: skip
    assert districts == {"095": "merge", "097": "split-merge"}


def test_a_district_follows_its_communes(shipped: RegistryBundle) -> None:
    parents = {u.key: u.parent_code for u in shipped.units_on(LAST_OLD_DAY, "commune")}
    followers: dict[str, set[str]] = {}
    for s in shipped.successions:
        if s.predecessor in parents:
            followers.setdefault(str(parents[s.predecessor]), set()).add(s.successor_code)
    districts = {u.code for u in shipped.units if u.kind == "district"}
    stated = {code: {s.successor_code for s in shipped.successions if s.predecessor_code == code} for code in districts}
    assert stated == followers


def test_departments_merge_on_the_first_of_march(shipped: RegistryBundle) -> None:
    followed = [(s.successor_code, s.on_date) for s in shipped.successions if s.predecessor_code == "11-so-tttt"]
    assert followed == [("11-so-khcn", date(2025, 3, 1))]
    on_the_eve, on_the_day = ({u.code for u in shipped.units_on(d)} for d in (date(2025, 2, 28), date(2025, 3, 1)))
    assert ("11-so-tttt" in on_the_eve, "11-so-tttt" in on_the_day, "11-so-khcn" in on_the_day) == (True, False, True)


def test_lists_are_in_protocol_order(shipped: RegistryBundle) -> None:
    kinds = [u.kind for u in shipped.units_on(LAST_OLD_DAY)]
    assert list(dict.fromkeys(kinds)) == [
        "province", "department", "front", "mass-organisation", "district", "commune", "enterprise",
    ]  # fmt: skip


def test_every_unit_that_is_written_to_can_be_reached(shipped: RegistryBundle) -> None:
    roles: dict[tuple[str, date], set[str]] = {}
    for c in shipped.contacts:
        roles.setdefault(c.unit, set()).add(c.role)
    silent = {u.key for u in shipped.units_on(LAST_OLD_DAY, "commune")}
    assert {u.key for u in shipped.units} - set(roles) == silent
    odd = {code: have for (code, _), have in roles.items() if have != {"officer", "office", "head"}}
    assert odd == {
        "11-dn-033": {"office", "head"},
        "11-so-tttt": {"officer", "office", "head", "leader"},
        "11-so-khcn": {"officer", "office", "head", "leader"},
    }


def test_the_sample_can_reach_nobody_real(shipped: RegistryBundle) -> None:
    assert [c.email for c in shipped.contacts if not c.email.endswith(".dien-bien.example")] == []
    assert [c.name for c in shipped.contacts if " mẫu " not in c.name or not c.sample] == []
    assert [u.name for u in shipped.units if u.kind == "enterprise" and not (u.sample and "(mẫu)" in u.name)] == []
    assert [c.phone for c in shipped.contacts if not str(c.phone).startswith("0215 0")] == []


def test_two_persons_serve_two_units(shipped: RegistryBundle) -> None:
    units_of = Counter(c.email for c in shipped.contacts)
    shared = {
        address: sorted(c.unit_code for c in shipped.contacts if c.email == address)
        for address, n in units_of.items()
        if n > 1
    }
    assert sorted(shared.values()) == [["11-dn-021", "11-dn-022"], ["11-hoi-ccb", "11-hoi-nong-dan"]]


def test_without_the_sample_only_real_units_are_loaded() -> None:
    real = load_bundle("dien-bien", sample=False)
    assert (len(real.units), len(real.contacts), {u.sample for u in real.units}) == (1 + 10 + 129 + 45, 0, {False})


def test_every_unit_kind_has_its_place_in_protocol() -> None:
    order = sorted(UNIT_KINDS, key=default_protocol_order)
    spoken = ["department", "front", "mass-organisation", "district", "commune", "enterprise"]
    assert [kind for kind in order if kind in spoken] == spoken


def test_an_unknown_campaign_is_one_clear_line() -> None:
    with pytest.raises(RegistryError) as refused:
        load_bundle("dienbien")
    assert refused.value.problems == [
        "no units are shipped for campaign 'dienbien'; did you mean dien-bien?"
    ]  # fmt: skip


# ── what is wrong is named ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,31/02/2025,,commune,A,11,",
         "column valid_from: '31/02/2025' is not a day; write YYYY-MM-DD or DD/MM/YYYY"),
        ("a,2025-7-1,,commune,A,11,", "column valid_from: '2025-7-1' is not a day; write YYYY-MM-DD or DD/MM/YYYY"),
        ("a,2025-07-01,1/7/2025,commune,A,11,",
         "column valid_to: 2025-07-01 is not after valid_from 2025-07-01; write the first day on which it is gone"),
        ("a,2025-07-01,,comune,A,11,", "column kind: 'comune' is no unit kind; did you mean commune?"),
        ("a,2025-07-01,,commune,,11,", "column name: is empty; a value is required here"),
        (",2025-07-01,,commune,A,11,", "column code: is empty; a value is required here"),
        ("=1+1,2025-07-01,,commune,A,11,",
         "column code: '=1+1' is no code; use a-z, A-Z, digits, '-', '_' and '.' only"),
        (f"a,2025-07-01,,commune,{'x' * 301},11,",
         "column name: has 301 characters, at most 300 are allowed; shorten it"),
        ('a,2025-07-01,,commune,"A\nBcc: x",11,',
         "column name: holds the character U+000A, which a name or an address may not; delete it"),
        ("a,2025-07-01,,commune,A\u202eB,11,",
         "column name: holds the character U+202E, which a name or an address may not; delete it"),
        ("a,2025-07-01,,commune,A,11,999",
         "column parent_code: no unit has the code '999'; add it to the units or correct the code"),
        ("a,2025-07-01,,commune,A,11,94",
         "column parent_code: no unit has the code '94'; did you mean 094? A spreadsheet drops leading zeros"),
        ("a,2025-06-01,,commune,A,11,094",
         "column parent_code: parent '094' does not exist on 2025-07-01, while 'a' does; "
         "name the parent of that time or end this row on that day"),
        ("094,2023-01-01,,district,B,11,",
         "column valid_from: '094' from 2023-01-01 overlaps line 2 (2021-01-01 until 2025-07-01); "
         "let valid_to of the earlier row be 2023-01-01 or before"),
        ("094,2021-01-01,,district,B,11,", "column code: '094' from 2021-01-01 stands already in line 2; delete one"),
        ("a,2025-07-01,,commune,A,11,a", "column parent_code: the parents of 'a' run in a circle; correct one of them"),
    ],
)  # fmt: skip
def test_a_wrong_unit_is_refused_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    district = "094,2021-01-01,2025-07-01,district,Thành phố Điện Biên Phủ,11,"
    assert problems_of_units(tmp_path, district, row) == [f"units.csv: line 3, {problem}"]


def test_an_unlike_word_is_answered_with_the_whole_list(tmp_path: Path) -> None:
    contact = problems_of_contacts(tmp_path, "a,2021-01-01,boss,N,P,a@b.example,,2021-01-01")
    assert contact == [
        "contacts.csv: line 2, column role: 'boss' is no contact role; write one of: officer, office, head, leader"
    ]


def test_optional_cells_are_checked_too(tmp_path: Path) -> None:
    header = "code,valid_from,kind,name,province_code,protocol_order,sample"
    assert problems_of_units(tmp_path, "a,2021-01-01,commune,A,11,-1,maybe", header=header) == [
        "units.csv: line 2, column protocol_order: '-1' is no whole number from 0 to 9999999; write digits only",
        "units.csv: line 2, column sample: 'maybe' is neither true nor false; write one of them",
    ]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nobody", "it needs exactly one @"),
        ("a@b@c.example", "it needs exactly one @"),
        ("Tên <a@b.example>", "' ' may not stand before the @"),
        ("a;b@c.example", "';' may not stand before the @"),
        (".a@b.example", "the part before the @ is empty or has a dot too many"),
        ("a..b@c.example", "the part before the @ is empty or has a dot too many"),
        ("@b.example", "the part before the @ is empty or has a dot too many"),
        ("a@localhost", "'localhost' is no complete domain"),
        ("a@-b.example", "'-b' is no part of a domain"),
        ("a@b..example", "'' is no part of a domain"),
        ("a@127.0.0.1", "'127.0.0.1' is no complete domain"),
        ("a@b,c.example", "'b,c' is no part of a domain"),
        (f"{'ă' * 33}@b.example", "the part before the @ is longer than 64 bytes"),
        ("a@" + "b" * 64 + ".example", f"'{'b' * 64}' is no part of a domain"),
        ("a@" + "b." * 126 + "example", "it is longer than 254 bytes"),
    ],
)
def test_a_wrong_address_is_refused_with_its_reason(tmp_path: Path, address: str, why: str) -> None:
    assert problems_of_contacts(tmp_path, f'a,2021-01-01,officer,N,P,"{address}",,2021-01-01') == [
        f"contacts.csv: line 2, column email: '{address}' is no e-mail address: {why}; correct it"
    ]


def test_an_address_cannot_bring_a_mail_header(tmp_path: Path) -> None:
    row = 'a,2021-01-01,officer,N,P,"a@b.example\r\nBcc: c@d.example",,2021-01-01'
    assert problems_of_contacts(tmp_path, row) == [
        "contacts.csv: line 2, column email: holds the character U+000D, "
        "which a name or an address may not; delete it"
    ]  # fmt: skip


def test_a_wrong_telephone_number_is_refused(tmp_path: Path) -> None:
    assert problems_of_contacts(tmp_path, "a,2021-01-01,officer,N,P,a@b.example,0215 xx,2021-01-01") == [
        "contacts.csv: line 2, column phone: '0215 xx' is no telephone number; "
        "write 8 to 15 digits, spaces and + ( ) . - only"
    ]  # fmt: skip


def test_a_contact_belongs_to_a_unit_of_its_time(tmp_path: Path) -> None:
    ended = unit("094", ends=FIRST_NEW_DAY)
    assert problems_of_contacts(
        tmp_path,
        "999,2021-01-01,officer,N,P,a@b.example,,2021-01-01",
        "94,2021-01-01,officer,N,P,a@b.example,,2021-01-01",
        "094,2022-01-01,officer,N,P,a@b.example,,2022-01-01",
        "094,2021-01-01,officer,N,P,a@b.example,,2025-07-01",
        "094,2021-01-01,officer,N,P,a@b.example,,2021-01-01",
        "094,2021-01-01,officer,N,P,A@B.example,,2021-01-01",
        units=[ended],
    ) == [
        "contacts.csv: line 2, column unit_code: no unit has the code '999'; "
        "add it to the units or correct the code",
        "contacts.csv: line 3, column unit_code: no unit has the code '94'; "
        "did you mean 094? A spreadsheet drops leading zeros",
        "contacts.csv: line 4, column unit_code: no unit '094' begins on 2022-01-01; this code begins on 2021-01-01",
        "contacts.csv: line 5, column valid_from: unit '094' exists from 2021-01-01 until 2025-07-01, "
        "not on 2025-07-01; correct one of the days",
        "contacts.csv: line 7, column email: 'a@b.example' as officer of '094' stands already in line 6; delete one",
    ]  # fmt: skip


def test_a_succession_joins_units_that_exist(tmp_path: Path) -> None:
    path = write(
        tmp_path, "succession.csv", SUCCESSION_HEADER,
        "old,2021-01-01,new,2025-07-01,2025-07-01,merge",
        "old,2021-01-01,new,2025-07-01,2025-07-01,merge",
        "old,2021-01-01,new,2025-07-01,2025-06-30,merge",
        "old,2021-01-01,none,2025-07-01,2025-07-01,merge",
        "new,2025-07-01,new,2025-07-01,2026-01-01,marge",
        "new,2025-07-01,new,2025-07-01,2026-01-01,merge",
    )  # fmt: skip
    with pytest.raises(RegistryError) as refused:
        read_successions(path, [unit("old", ends=FIRST_NEW_DAY), unit("new", begins=FIRST_NEW_DAY)])
    assert refused.value.problems == [
        "succession.csv: line 3, column successor_code: 'old' → 'new' stands already in line 2; delete one",
        "succession.csv: line 4, column successor_code: 'old' → 'new' stands already in line 2; delete one",
        "succession.csv: line 4, column on_date: successor 'new' exists from 2025-07-01 until further notice, "
        "not on 2025-06-30; correct one of the days",
        "succession.csv: line 5, column successor_code: no unit has the code 'none'; "
        "add it to the units or correct the code",
        "succession.csv: line 6, column rule: 'marge' is no rule of succession; did you mean merge?",
        "succession.csv: line 7, column successor_code: 'new' would succeed itself; name another unit",
    ]  # fmt: skip


def test_all_problems_of_all_files_come_at_once_and_none_twice(tmp_path: Path) -> None:
    units = write(tmp_path, "units.csv", UNIT_HEADER, "a,2021-01-01,,comune,A,11,", "b,2021-01-01,,commune,B,11,a")
    people = write(tmp_path, "contacts.csv", CONTACTS_HEADER, "a,2021-01-01,officer,N,P,x,,2021-01-01")
    with pytest.raises(RegistryError) as refused:
        read_bundle([units], [], [people])
    # Line 3 and the contact refer to the refused line 2: they are not blamed for it.
    assert refused.value.problems == [
        "units.csv: line 2, column kind: 'comune' is no unit kind; did you mean commune?",
        "contacts.csv: line 2, column email: 'x' is no e-mail address: it needs exactly one @; correct it",
    ]


def test_a_long_list_is_shortened_only_where_it_is_shown(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as refused:
        read_units(write(tmp_path, "units.csv", UNIT_HEADER, *[f"u{n},x,,commune,A,11," for n in range(60)]))
    assert (len(refused.value.problems), str(refused.value).splitlines()[-1]) == (60, "… and 10 more problems")


def test_what_is_known_already_is_not_repeated(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", UNIT_HEADER, "a,2021-01-01,,department,A,11,", "b,2021-01-01,,commune,B,11,p")
    with pytest.raises(RegistryError) as refused:
        read_units(path, known=[unit("a", begins=date(2022, 1, 1)), unit("p")])
    assert refused.value.problems == [
        "units.csv: line 2, column valid_from: 'a' from 2021-01-01 overlaps the registry "
        "(2022-01-01 until further notice); let valid_to of the earlier row be 2022-01-01 or before"
    ]  # fmt: skip


# ── files as offices save them ──────────────────────────────────────────────────────────────────


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    lines = ["code;valid_from;Kind;name;province_code;parent_code", "03127;1/7/2025;commune;  Xã\u00a0A  ;11;", ";;;;;"]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    (read,) = read_units(path)
    assert (read.code, read.valid_from, read.name) == ("03127", FIRST_NEW_DAY, "Xã A")


def test_a_formula_is_only_text(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", UNIT_HEADER, 'a,2021-01-01,,enterprise,"=HYPERLINK(""x"")",11,')
    assert [u.name for u in read_units(path)] == ['=HYPERLINK("x")']


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", UNIT_HEADER, "a,2021-01-01,,commune,Xa\u0303 Mu\u031bo\u031b\u0300ng,11,")
    assert [u.name for u in read_units(path)] == ["Xã Mường"]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", [EMPTY]),
        (b"# nothing\n", [EMPTY]),
        (b"code\n03\xe1\n", ["units.csv: line 2: byte 0xE1 is not UTF-8; save the file as 'CSV UTF-8'"]),
        ("code\n".encode("utf-16"), ["units.csv: line 1: is UTF-16 text; save the file as 'CSV UTF-8'"]),
        (b"code\na\0b\n", ["units.csv: line 2: holds a NUL byte, so this is no text file; save it as 'CSV UTF-8'"]),
        (b"# c\ncode,valid_from,kind,name,provincecode\n",
         ["units.csv: line 2: 'provincecode' is no column; did you mean province_code?",
          "units.csv: line 2: column province_code is missing; add it"]),
        (b"code,valid_from,kind,name,province_code,code\n",
         ["units.csv: line 1: column 'code' stands twice; delete one"]),
        (b"code,valid_from,kind,name,province_code\n\na,2021-01-01,commune,A,11,,\nb,x,commune,B,11\n",
         ["units.csv: line 3: has 7 cells, the header names 5; quote text with commas",
          "units.csv: line 4, column valid_from: 'x' is not a day; write YYYY-MM-DD or DD/MM/YYYY"]),
        (b"code,valid_from,kind,name,province_code\na,2021-01-01,commune,\"A,11\nb\n",
         ["units.csv: line 2: is no CSV row (unexpected end of data); check its quotation marks"]),
    ],
)  # fmt: skip
def test_an_unreadable_file_says_why(tmp_path: Path, content: bytes, problems: list[str]) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    with pytest.raises(RegistryError) as refused:
        read_units(path)
    assert refused.value.problems == problems


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(
        st.lists(st.sampled_from(["a", "b", "2021-01-01", "1/7/2025", "commune", "11", "", '"', "\r", "\x1f", "²", "é"])
                 | st.text(max_size=6), min_size=5, max_size=5)
        .map(",".join), max_size=6,
    )
)  # fmt: skip
def test_any_text_is_read_or_refused_with_a_line(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "units.csv"
    text = "\n".join(["code,valid_from,kind,name,province_code", *lines])
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read, problems = [], ["units.csv: "]
    try:
        read = read_units(path)
    except RegistryError as refused:
        problems = refused.problems
    assert [problem for problem in problems if not problem.startswith("units.csv: ")] == []
    assert len({u.key for u in read}) == len(read)
    assert all(u.code.isascii() and u.name and u.name.isprintable() for u in read)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as refused:
        read_units(tmp_path / "units.csv")
    assert refused.value.problems == ["units.csv: cannot be read: No such file or directory"]


def test_too_much_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", UNIT_HEADER, *[f"u{n},2021-01-01,,commune,A,11," for n in range(4)])
    for limits, problem in (
        (Limits(max_bytes=100), "units.csv: is larger than 100 bytes; split the file"),
        (Limits(max_rows=3), "units.csv: line 5: is row 4, at most 3 are read; split the file"),
    ):
        with pytest.raises(RegistryError) as refused:
            read_units(path, limits=limits)
        assert refused.value.problems == [problem]
    assert len(read_units(path, limits=Limits(max_bytes=path.stat().st_size, max_rows=4))) == 4


# ── names and addresses ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Xã Mường Phăng", "xa muong phang"),
        ("XÃ  MƯỜNG-PHĂNG", "xa muong phang"),
        ("xa muong phang", "xa muong phang"),
        ("Thành phố Điện Biên Phủ", "thanh pho dien bien phu"),
        ("Xa\u0303 A\u0306\u0309ng To\u031b\u0309", "xa ang to"),  # typed on a Mac: letters and marks apart
        ("Hội đồng Thi đua - Khen thưởng", "hoi dong thi dua khen thuong"),
        (" ( ) ", ""),
    ],
)
def test_names_are_found_without_accents(typed: str, key: str) -> None:
    assert search_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Can.Bo@So-Noi-Vu.EXAMPLE", "can.bo@so-noi-vu.example"),
        ("văn.thư@Bücher.example", "văn.thư@xn--bcher-kva.example"),
        ("a+b'c@d.example", "a+b'c@d.example"),
    ],
)
def test_one_person_has_one_address(typed: str, normal: str) -> None:
    assert normalise_address(typed) == normal

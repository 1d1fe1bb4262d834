"""Write the sample organisations and contacts of Điện Biên: `python -m scripts.make_sample`.

Every person, address, telephone number and enterprise is made up and says so. Departments and mass organisations
carry their public names so that a demonstration reads like the real thing; that this is the full list is an assumption.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dondoc.registry import CONTACT_ROLES, UnitRow, read_units, search_key
from scripts.extract_units import FROM, SUCCESSION_HEADER, UNIT_HEADER

MERGED = "2025-03-01"  # departments of the provinces were regrouped; of the rows below only TT&TT → KH&CN is decided
_CONFIG = Path(__file__).parent.parent / "config"
_TOP = "11-ubnd-tinh"
CONTACT_HEADER = (
    "unit_code", "unit_from", "role", "name", "position", "email", "phone", "valid_from", "valid_to", "sample",
)  # fmt: skip

# slug after the province's code, public name, first day, day after the last one; in protocol order
_DEPARTMENTS = (
    ("vp-ubnd", "Văn phòng Ủy ban nhân dân tỉnh", FROM, ""),
    ("so-noi-vu", "Sở Nội vụ", FROM, ""),
    ("so-tu-phap", "Sở Tư pháp", FROM, ""),
    ("so-khdt", "Sở Kế hoạch và Đầu tư", FROM, MERGED),
    ("so-tai-chinh", "Sở Tài chính", FROM, ""),
    ("so-cong-thuong", "Sở Công Thương", FROM, ""),
    ("so-nnptnt", "Sở Nông nghiệp và Phát triển nông thôn", FROM, MERGED),
    ("so-nnmt", "Sở Nông nghiệp và Môi trường", MERGED, ""),
    ("so-gtvt", "Sở Giao thông vận tải", FROM, MERGED),
    ("so-xay-dung", "Sở Xây dựng", FROM, ""),
    ("so-tnmt", "Sở Tài nguyên và Môi trường", FROM, MERGED),
    ("so-tttt", "Sở Thông tin và Truyền thông", FROM, MERGED),
    ("so-khcn", "Sở Khoa học và Công nghệ", FROM, ""),
    ("so-ldtbxh", "Sở Lao động - Thương binh và Xã hội", FROM, MERGED),
    ("so-vhttdl", "Sở Văn hóa, Thể thao và Du lịch", FROM, ""),
    ("so-gddt", "Sở Giáo dục và Đào tạo", FROM, ""),
    ("so-y-te", "Sở Y tế", FROM, ""),
    ("thanh-tra", "Thanh tra tỉnh", FROM, ""),
    ("ban-dan-toc", "Ban Dân tộc tỉnh", FROM, MERGED),
    ("so-dan-toc-ton-giao", "Sở Dân tộc và Tôn giáo", MERGED, ""),
    ("cong-an", "Công an tỉnh", FROM, ""),
    ("bo-chqs", "Bộ Chỉ huy Quân sự tỉnh", FROM, ""),
)
_OTHERS = (
    ("hoi-dong-tdkt", "province", "Hội đồng Thi đua - Khen thưởng tỉnh", 20),
    ("ban-chi-dao-cds", "province", "Ban Chỉ đạo về Chuyển đổi số tỉnh", 30),
    ("mttq", "front", "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", 200_010),
    ("ldld", "mass-organisation", "Liên đoàn Lao động tỉnh", 210_010),
    ("hoi-nong-dan", "mass-organisation", "Hội Nông dân tỉnh", 210_020),
    ("hoi-lhpn", "mass-organisation", "Hội Liên hiệp Phụ nữ tỉnh", 210_030),
    ("hoi-ccb", "mass-organisation", "Hội Cựu chiến binh tỉnh", 210_040),
    ("tinh-doan", "mass-organisation", "Tỉnh Đoàn", 210_050),
)
_MERGERS = (
    ("so-tttt", "so-khcn", FROM, "merge"),
    ("so-khdt", "so-tai-chinh", FROM, "merge"),
    ("so-gtvt", "so-xay-dung", FROM, "merge"),
    ("so-ldtbxh", "so-noi-vu", FROM, "merge"),
    ("so-nnptnt", "so-nnmt", MERGED, "merge"),
    ("so-tnmt", "so-nnmt", MERGED, "merge"),
    ("ban-dan-toc", "so-dan-toc-ton-giao", MERGED, "continue"),
)
_FORMS = ("Công ty TNHH", "Công ty Cổ phần", "Công ty TNHH MTV")
_TRADES = (
    "Thương mại", "Xây dựng", "Nông sản", "Du lịch", "Vận tải", "Phần mềm", "Chế biến cà phê", "Thủy điện",
    "Dược liệu", "In ấn",
)  # fmt: skip
_ENTERPRISES = 60
_HEADS = {
    "province": "Thủ trưởng", "department": "Thủ trưởng", "front": "Chủ tịch", "mass-organisation": "Người đứng đầu",
    "district": "Chủ tịch Ủy ban nhân dân", "commune": "Chủ tịch Ủy ban nhân dân", "enterprise": "Giám đốc",
}  # fmt: skip
_WITH_LEADER = {"11-so-tttt", "11-so-khcn"}  # the standing agency, before and after the merger
_SHARES_OFFICER_OF = {"11-hoi-ccb": "11-hoi-nong-dan", "11-dn-022": "11-dn-021"}  # one person, two units: one digest
_WITHOUT_OFFICER = {"11-dn-033"}  # its mail goes to the office mailbox


@dataclass(frozen=True, slots=True)
class Served:
    """A unit that gets contacts, and the left-most part of its mail domain."""

    unit: UnitRow
    slug: str

    @property
    def domain(self) -> str:
        """Return a domain that can never exist."""
        return f"{self.slug}.dien-bien.example"


def organisations() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the invented and assumed organisations."""
    for slug, kind, name, order in _OTHERS[:2]:
        yield _organisation(slug, FROM, "", kind, name, f"{name} Điện Biên", order)
    for n, (slug, name, begins, ends) in enumerate(_DEPARTMENTS, 1):
        office = f"{name} Điện Biên" if name.endswith(" tỉnh") else f"{name} tỉnh Điện Biên"
        yield _organisation(slug, begins, ends, "department", name, office, 100_000 + 10 * n)
    for slug, kind, name, order in _OTHERS[2:]:
        yield _organisation(slug, FROM, "", kind, name, f"{name} Điện Biên", order)
    for n in range(1, _ENTERPRISES + 1):
        name = f"{_FORMS[n % len(_FORMS)]} {_TRADES[n % len(_TRADES)]} số {n:03} (mẫu)"
        yield _organisation(f"dn-{n:03}", FROM, "", "enterprise", name, name, 600_000 + 10 * n)


def _organisation(slug: str, begins: str, ends: str, kind: str, name: str, office: str, order: int) -> tuple[str, ...]:
    parent = _TOP if kind in ("department", "province") else ""  # the others are nobody's subordinates
    return (f"11-{slug}", begins, ends, kind, name, office, parent, "11", str(order), "true")


def mergers() -> Iterator[tuple[str, ...]]:
    """Yield which department went into which on 1/3/2025."""
    for before, after, after_from, rule in _MERGERS:
        yield f"11-{before}", FROM, f"11-{after}", after_from, MERGED, rule


def contacts(units: Iterable[UnitRow]) -> Iterator[tuple[str, ...]]:
    """Yield an officer, the office mailbox and a head for every unit; the standing agency has a leader, too."""
    served = [Served(unit, _slug(unit)) for unit in units if _is_written_to(unit)]
    officers = {each.unit.code: (n, each) for n, each in enumerate(served, 1)}
    for n, each in enumerate(served, 1):
        code = each.unit.code
        if code not in _WITHOUT_OFFICER:
            number, home = officers[_SHARES_OFFICER_OF.get(code, code)]
            yield _contact(each, "officer", "Chuyên viên", number, "Chuyên viên theo dõi chuyển đổi số", home.domain)
        yield _contact(each, "office", "Văn thư", n, "Văn thư", each.domain)
        yield _contact(each, "head", "Thủ trưởng", n, _HEADS[each.unit.kind], each.domain)
        if code in _WITH_LEADER:
            yield _contact(each, "leader", "Lãnh đạo", n, "Phó Giám đốc phụ trách", each.domain)


def _is_written_to(unit: UnitRow) -> bool:
    """Return whether the unit needs contacts: communes before 1/7/2025 report through their district."""
    return unit.kind != "commune" or unit.valid_to is None


def _slug(unit: UnitRow) -> str:
    if unit.kind in ("district", "commune"):
        return search_key(unit.name).replace(" ", "-")
    return unit.code.removeprefix("11-")


def _contact(each: Served, role: str, title: str, n: int, position: str, domain: str) -> tuple[str, ...]:
    unit = each.unit
    local = f"{search_key(title).replace(' ', '-')}-mau-{n:03}"
    # No subscriber number begins with 0 after the area code, so these have the right length and ring nowhere.
    phone = f"0215 0{CONTACT_ROLES.index(role)}0 {n:04}"
    return (
        unit.code, str(unit.valid_from), role, f"{title} mẫu {n:03}", position, f"{local}@{domain}", phone,
        str(unit.valid_from), str(unit.valid_to or ""), "true",
    )  # fmt: skip


def write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write one file, with the warning on top."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("# SAMPLE, invented: persons, addresses, numbers and enterprises do not exist; see ../README.md\n")
        stream.write("# DỮ LIỆU MẪU, không phải số liệu thật; tạo bởi scripts/make_sample.py\n")
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def main() -> None:
    """Write the three files of the sample."""
    parser = argparse.ArgumentParser(description="Write the sample registry of Điện Biên.")
    parser.add_argument("--out", type=Path, default=_CONFIG / "sample" / "dien-bien")
    out = parser.parse_args().out
    write(out / "organisations.csv", UNIT_HEADER[:-1], organisations())  # one province, so `territory` says nothing new
    write(out / "organisations-succession.csv", SUCCESSION_HEADER, mergers())
    real = read_units(_CONFIG / "units" / "dien-bien.csv")
    units = sorted(
        [*real, *read_units(out / "organisations.csv", known=real)], key=lambda unit: (unit.protocol_order, unit.code)
    )
    write(out / "contacts.csv", CONTACT_HEADER, contacts(units))


if __name__ == "__main__":
    main()

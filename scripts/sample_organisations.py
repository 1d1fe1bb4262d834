"""The organisations of the sample, province by province: what `make_sample` writes out with dates and contacts.

Departments, the Front and mass organisations carry their public names so that a demonstration reads like the real
thing; that these are all of them, and what became of them in 2025, is an assumption. Enterprises, cooperatives,
schools and health facilities are invented.
"""

from dataclasses import dataclass, field

from scripts.extract_units import FROM

MERGED = "2025-03-01"  # departments were regrouped; of the mergers below only TT&TT → KH&CN is decided
Rows = tuple[tuple[str, str], ...]  # slug, public name


@dataclass(frozen=True, slots=True)
class Place:
    """A province as its authorities name it: code, form of address, name, its part of a mail domain."""

    code: str
    form: str  # "tỉnh" or "thành phố"
    name: str
    slug: str

    def named(self, name: str) -> str:
        """Return an organisation's name as this place writes it: a city has a "Thành ủy", not a "Tỉnh ủy"."""
        if self.form == "tỉnh":
            return name
        city = f"{name.removesuffix('tỉnh')}{self.form}" if name.endswith(" tỉnh") else name
        return city.replace("Tỉnh", "Thành")

    def office_name(self, name: str) -> str:
        """Return how a letter addresses an organisation of this place."""
        says_it = name.endswith((f" {self.form}", "ủy", "Đoàn"))
        return f"{name} {self.name}" if says_it else f"{name} {self.form} {self.name}"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of a province. On 1/7/2025 it goes over to the successor province unless it `stays`."""

    slug: str
    kind: str
    name: str
    order: int
    begins: str = FROM
    ends: str = ""
    under: str = ""  # slug of the organisation above it, or the code of a district; "" for nobody's subordinates
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sample of one campaign holds."""

    key: str
    area: str  # area code of its telephone numbers
    before: Place
    after: Place
    organisations: tuple[Organisation, ...]
    mergers: tuple[tuple[str, str, str, str], ...]  # before, after, first day of the one after, rule; on 1/3/2025
    leaders: tuple[str, ...]  # slugs of the departments whose leadership gets briefs
    renamed: dict[str, str] = field(default_factory=dict)  # slug → name from 1/7/2025
    old_communes: bool = False  # whether communes before 1/7/2025 are written to; else they report through districts
    shares_officer_of: dict[str, str] = field(default_factory=dict)  # one person, two units: one digest
    without_officer: tuple[str, ...] = ()  # their mail goes to the office mailbox

    @property
    def moves(self) -> bool:
        """Return whether the authorities went over to another province on 1/7/2025."""
        return self.before != self.after


_DEPARTMENTS = (  # slug, public name, first day, day after the last one; in protocol order
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
_MERGERS = (
    ("so-tttt", "so-khcn", FROM, "merge"),
    ("so-khdt", "so-tai-chinh", FROM, "merge"),
    ("so-gtvt", "so-xay-dung", FROM, "merge"),
    ("so-ldtbxh", "so-noi-vu", FROM, "merge"),
    ("so-nnptnt", "so-nnmt", MERGED, "merge"),
    ("so-tnmt", "so-nnmt", MERGED, "merge"),
)
_MINORITIES = (("ban-dan-toc", "so-dan-toc-ton-giao", MERGED, "continue"),)
_FORMS = ("Công ty TNHH", "Công ty Cổ phần", "Công ty TNHH MTV")


def _departments(own: Rows = (), *, minorities: bool = True, without: str = "") -> tuple[Organisation, ...]:
    rows = [row for row in _DEPARTMENTS if (minorities or "dan-toc" not in row[0]) and row[0] != without]
    rows += [(slug, name, FROM, "") for slug, name in own]
    return tuple(
        Organisation(slug, "department", name, 100_000 + 10 * n, begins, ends, under="ubnd")
        for n, (slug, name, begins, ends) in enumerate(rows, 1)
    )


def _heads() -> tuple[Organisation, ...]:
    return (
        Organisation("hoi-dong-tdkt", "province", "Hội đồng Thi đua - Khen thưởng tỉnh", 20, under="ubnd"),
        Organisation("ban-chi-dao-cds", "province", "Ban Chỉ đạo về Chuyển đổi số tỉnh", 30, under="ubnd"),
    )


def _movement() -> tuple[Organisation, ...]:
    return (
        Organisation("mttq", "front", "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", 200_010),
        Organisation("ldld", "mass-organisation", "Liên đoàn Lao động tỉnh", 210_010),
        Organisation("hoi-nong-dan", "mass-organisation", "Hội Nông dân tỉnh", 210_020),
        Organisation("hoi-lhpn", "mass-organisation", "Hội Liên hiệp Phụ nữ tỉnh", 210_030),
        Organisation("hoi-ccb", "mass-organisation", "Hội Cựu chiến binh tỉnh", 210_040),
        Organisation("tinh-doan", "mass-organisation", "Tỉnh Đoàn", 210_050),
    )


def _around(*associations: tuple[str, str]) -> tuple[Organisation, ...]:
    """Return what every plan but Điện Biên's names or writes to beside departments and the Front."""
    named = (("hhdn", "Hiệp hội Doanh nghiệp tỉnh"), *associations)
    return (
        Organisation("ban-tuyen-giao", "party-body", "Ban Tuyên giáo Tỉnh ủy", 50_010),
        Organisation("ban-tdkt", "sub-unit", "Ban Thi đua - Khen thưởng", 150_010, under="so-noi-vu"),
        *(
            Organisation(slug, "business-association", name, 590_000 + 10 * n)
            for n, (slug, name) in enumerate(named, 1)
        ),
    )


def _enterprises(count: int, *trades: str) -> tuple[Organisation, ...]:
    def name(n: int) -> str:
        return f"{_FORMS[n % len(_FORMS)]} {trades[n % len(trades)]} số {n:03} (mẫu)"

    return tuple(
        Organisation(f"dn-{n:03}", "enterprise", name(n), 600_000 + 10 * n, stays=True) for n in range(1, count + 1)
    )


def _numbered(count: int, slug: str, kind: str, name: str, order: int) -> tuple[Organisation, ...]:
    return tuple(
        Organisation(f"{slug}-{n:03}", kind, f"{name} số {n:03} (mẫu)", order + 10 * n, stays=True)
        for n in range(1, count + 1)
    )


_TRADES = ("Thương mại", "Xây dựng", "Nông sản", "Du lịch", "Vận tải", "Phần mềm")
_RENAMED = {"ban-tuyen-giao": "Ban Tuyên giáo và Dân vận Tỉnh ủy"}
_THAI_BINH, _HAI_DUONG = Place("34", "tỉnh", "Thái Bình", "thai-binh"), Place("30", "tỉnh", "Hải Dương", "hai-duong")
_TUYEN_QUANG = Place("08", "tỉnh", "Tuyên Quang", "tuyen-quang")
_DIEN_BIEN = Place("11", "tỉnh", "Điện Biên", "dien-bien")
_THAI_BINH_DISTRICTS = (
    ("336", "thành phố Thái Bình"), ("338", "huyện Quỳnh Phụ"), ("339", "huyện Hưng Hà"), ("340", "huyện Đông Hưng"),
    ("341", "huyện Thái Thụy"), ("342", "huyện Tiền Hải"), ("343", "huyện Kiến Xương"), ("344", "huyện Vũ Thư"),
)  # fmt: skip

SAMPLES = (
    Sample(
        key="dien-bien",
        area="0215",
        before=_DIEN_BIEN,
        after=_DIEN_BIEN,
        organisations=(
            *_heads(), *_departments(), *_movement(),
            *_enterprises(60, *_TRADES, "Chế biến cà phê", "Thủy điện", "Dược liệu", "In ấn"),
        ),
        mergers=(*_MERGERS, *_MINORITIES),
        leaders=("so-tttt", "so-khcn"),  # the standing agency, before and after the merger
        shares_officer_of={"hoi-ccb": "hoi-nong-dan", "dn-022": "dn-021"},
        without_officer=("dn-033",),
    ),
    Sample(
        key="thai-binh",
        area="0227",
        before=_THAI_BINH,
        after=Place("33", "tỉnh", "Hưng Yên", "hung-yen"),
        organisations=(
            *_heads(), *_departments((("ban-ql-kkt", "Ban Quản lý Khu kinh tế và các Khu công nghiệp tỉnh"),),
                                     minorities=False),
            *_movement(), *_around(),
            Organisation("cdc", "sub-unit", "Trung tâm Kiểm soát bệnh tật tỉnh", 150_020, under="so-y-te"),
            Organisation("bv-da-khoa", "sub-unit", "Bệnh viện Đa khoa tỉnh", 150_030, under="so-y-te"),
            # A branch of a central body is no department of the province and under nobody here.
            Organisation("nhnn", "sub-unit", "Ngân hàng Nhà nước Chi nhánh tỉnh", 150_040, stays=True),
            *(Organisation(f"vhtt-{code}", "sub-unit", f"Phòng Văn hóa và Thông tin {name}", 150_100 + 10 * n,
                           ends="2025-07-01", under=code, stays=True)
              for n, (code, name) in enumerate(_THAI_BINH_DISTRICTS)),
            *_enterprises(40, *_TRADES, "Dệt may", "Gốm sứ"),
        ),
        mergers=_MERGERS,
        leaders=("so-tttt", "so-khcn", "so-noi-vu"),
        renamed=_RENAMED,
        old_communes=True,
    ),
    Sample(
        key="hai-duong",
        area="0220",
        before=_HAI_DUONG,
        after=Place("31", "thành phố", "Hải Phòng", "hai-phong"),
        organisations=(
            *_heads(), *_departments((("ban-ql-kcn", "Ban Quản lý các Khu công nghiệp tỉnh"),), minorities=False),
            *_movement(), *_around(), *_enterprises(40, *_TRADES, "Cơ khí", "Bánh kẹo"),
        ),
        mergers=_MERGERS,
        leaders=("so-tttt", "so-khcn", "so-noi-vu"),
        renamed={**_RENAMED, "ban-ql-kcn": "Ban Quản lý Khu kinh tế tỉnh"},
    ),
    Sample(
        key="tuyen-quang",
        area="0207",
        before=_TUYEN_QUANG,
        after=_TUYEN_QUANG,  # Hà Giang and Tuyên Quang are one province with this name and code
        organisations=(
            *_heads(), *_departments(), *_movement(),
            *_around(("hoi-dn-tre", "Hội Doanh nhân trẻ tỉnh"), ("lm-htx", "Liên minh Hợp tác xã tỉnh")),
            *_enterprises(30, *_TRADES, "Chế biến gỗ", "Chế biến chè"),
            *_numbered(15, "htx", "cooperative", "Hợp tác xã", 700_000),
        ),
        mergers=(*_MERGERS, *_MINORITIES),
        leaders=("so-tttt", "so-khcn", "so-noi-vu"),
    ),
    Sample(
        key="kien-giang",
        area="0297",
        before=Place("91", "tỉnh", "Kiên Giang", "kien-giang"),
        after=Place("91", "tỉnh", "An Giang", "an-giang"),
        organisations=(
            *_heads(),
            *_departments((("so-du-lich", "Sở Du lịch"), ("so-vhtt", "Sở Văn hóa và Thể thao"),
                           ("ban-ql-kkt", "Ban Quản lý Khu kinh tế tỉnh")), without="so-vhttdl"),
            *_movement(), *_around(("lm-htx", "Liên minh Hợp tác xã tỉnh")),
            Organisation("phong-vtcntt", "sub-unit", "Phòng Viễn thông và Công nghệ thông tin", 150_020, ends=MERGED,
                         under="so-tttt"),
            Organisation("phong-cds", "sub-unit", "Phòng Chuyển đổi số", 150_030, MERGED, under="so-khcn"),
            *_enterprises(30, *_TRADES, "Thủy sản", "Nước mắm"),
            *_numbered(15, "htx", "cooperative", "Hợp tác xã", 700_000),
            *_numbered(10, "csyt", "health-facility", "Cơ sở y tế", 510_000),
            *_numbered(15, "th", "school", "Trường học", 500_000),
        ),
        mergers=(*_MERGERS, *_MINORITIES, ("phong-vtcntt", "phong-cds", MERGED, "continue")),
        leaders=("so-tttt", "so-khcn", "so-noi-vu"),
        renamed=_RENAMED,
        old_communes=True,
    ),
)  # fmt: skip

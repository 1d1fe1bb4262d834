"""Which report of which unit a line of the register is: sure, probable or unmatched, and why in words."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from deadlines.periods import span_of
from dondoc.registry.register import Entry
from dondoc.registry.text import search_key

Certainty = Literal["sure", "probable", "unmatched"]
_COUNCIL = "uy ban nhan dan "
_NOT_A_REPORT = {  # as a key and in words
    search_key(words): words
    for words in ("thu hồi", "gia hạn", "đính chính", "giấy mời", "mời họp", "đề nghị báo cáo", "yêu cầu báo cáo",
                  "đôn đốc", "hướng dẫn", "nhắc báo cáo")
}  # fmt: skip
_STAGES = (
    "so ket",
    "tong ket",
    "dot xuat",
    "dang ky",
    "khen thuong",
    "ke hoach",
)  # what tells two duties of one unit apart
_EVERYWHERE = ("phong trao thi dua", "tren dia ban tinh", "uy ban nhan dan", "giai doan", "to chuc thuc hien")
_LEAST_WORDS = 3  # that a line and a campaign's name must share in a row to speak of the same
_BY_NAME = "tên phong trào"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_QUARTER = re.compile(r"\bquy (i{1,3}|iv|[1-4])\b")
_HALF = re.compile(r"\b(?:6|sau) thang (dau|cuoi) nam\b")
_MONTH = re.compile(r"(?<!\d )\bthang (0?[1-9]|1[0-2])\b")
_YEAR = re.compile(r"\b(20\d\d)\b")
_STRETCH = re.compile(r"\b20\d\d(?: den(?: nam)?)? 20\d\d\b")


@dataclass(frozen=True, slots=True)
class Owed:
    """One report the office awaits or has: whose, of which campaign, duty and period."""

    assignment_id: int
    unit_id: int
    campaign: str
    campaign_name: str
    plan_number: str
    duty: str
    title: str
    period: str
    opens_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """A name under which a unit may stand in a register.

    `now` is its present name where this is a former one, and `until` the first day on which nobody bore that any more.
    """

    unit_id: int
    name: str
    parent: str = ""
    now: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What a line is taken for. `choices` are the reports of its unit it may be, the likeliest first."""

    certainty: Certainty
    reason: str
    assignment_id: int | None = None
    choices: tuple[int, ...] = ()
    recorded: bool = False  # this very document was recorded before


@dataclass(slots=True)
class Ledger:
    """What lines are matched against: the units' names, what each unit owes, the documents recorded before."""

    names: Sequence[Known]
    owed: Sequence[Owed]
    recorded: Mapping[tuple[int, str, date | None], str] = field(default_factory=dict)
    _by_name: dict[str, list[Known]] = field(init=False)
    _of_unit: dict[int, list[Owed]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name, self._of_unit = defaultdict(list), defaultdict(list)
        for known in self.names:
            self._by_name[unit_key(known.name)].append(known)
        for each in self.owed:
            self._of_unit[each.unit_id].append(each)

    def units(self, issuer: str, day: date | None) -> list[Known]:
        """Return the units an issuer may be; of one name, those under the organisation named beside it.

        A unit that bears the name on `day` goes before one that has borne it.
        """
        parts = [part for part in re.split(r"\s*[,;(–]\s*|\s+-\s+|\s+thuộc\s+", issuer) if part.strip()]
        if not parts:
            return []
        if unit_key(issuer) in self._by_name:
            parts = [issuer]
        key, rest = unit_key(parts[0]), search_key(" ".join(parts[1:]))
        found = self._by_name.get(key) or self._by_name.get(re.sub(r" (tinh|thanh pho) [\w ]+$", "", key), [])
        one_each = list({known.unit_id: known for known in sorted(found, key=lambda k: k.now is not None)}.values())
        bearing = [known for known in one_each if known.now is None or not (known.until and day and known.until <= day)]
        one_each = bearing or one_each
        if len(one_each) > 1 and rest:
            near = [known for known in one_each if known.parent and unit_key(known.parent) in rest]
            one_each = near or one_each
        return one_each

    def owed_by(self, unit_id: int) -> list[Owed]:
        """Return what a unit owes or has given."""
        return self._of_unit.get(unit_id, [])


def unit_key(name: str) -> str:
    """Return a unit's name as it is compared: "UBND xã A", "Ủy ban nhân dân xã A" and "Xã A" are one."""
    key = re.sub(r"^(ubnd|uy ban nd) ", _COUNCIL, search_key(name))
    return key.removeprefix(_COUNCIL)


def match_entry(entry: Entry, ledger: Ledger) -> Match:
    """Return what a line of the register is; never sure where its unit, campaign or period is not plainly said."""
    if entry.wrong is not None:
        return Match("unmatched", entry.wrong)
    units = ledger.units(entry.issuer, entry.dated)
    if not units:
        return Match("unmatched", f"không tìm thấy đơn vị “{entry.issuer}” trong danh bạ")
    if len(units) > 1:
        owed = [each for known in units for each in ledger.owed_by(known.unit_id)]
        return Match("unmatched", f"{len(units)} đơn vị cùng tên “{entry.issuer}”", choices=_ids(_near(owed, entry)))
    [unit] = units
    owed = _near(ledger.owed_by(unit.unit_id), entry)
    if not owed:
        return Match("unmatched", "đơn vị này không có nhiệm vụ báo cáo nào đang theo dõi")
    text = f" {search_key(entry.abstract)} "
    if against := _speaks_against(text, entry.number):
        return Match("unmatched", against, choices=_ids(owed))
    return _decide(entry, text, unit, owed, ledger)


def _decide(entry: Entry, text: str, unit: Known, owed: list[Owed], ledger: Ledger) -> Match:
    by_campaign, campaign = _of_campaign(text, owed)
    staged = _of_stage(text, by_campaign)
    by_period, period = _of_period(text, staged, entry)
    choices = _ids(list(dict.fromkeys([*by_period, *staged, *by_campaign, *owed])))
    if period is None:
        return Match("unmatched", "kỳ báo cáo ghi trong trích yếu không phải kỳ đang theo dõi", choices=choices)
    if not campaign and not period:
        return Match("unmatched", "trích yếu không nêu tên, số kế hoạch phong trào và kỳ báo cáo", choices=choices)
    likely = by_period[0]
    said = " · ".join(
        filter(None, [f"tên cơ quan {'cũ, nay là ' + unit.now if unit.now else 'khớp'}", campaign, period])
    )
    if len(by_period) > 1 and not campaign:
        return Match("unmatched", f"{said}; có thể là {len(by_period)} nhiệm vụ khác nhau", choices=choices)
    recorded = (likely.assignment_id, search_key(entry.number), entry.dated) in ledger.recorded
    if recorded:
        return Match("sure", "văn bản này đã được ghi nhận", likely.assignment_id, choices, recorded=True)
    doubts = [
        *(["không nêu phong trào"] if not campaign else []),
        *(["không nói là phong trào thi đua"] if campaign == _BY_NAME and " thi dua " not in text else []),
        *(["không nêu kỳ; lấy kỳ có hạn gần nhất"] if not period else []),
        *([f"{len(by_period)} nhiệm vụ cùng khớp; lấy hạn gần nhất"] if len(by_period) > 1 and period else []),
        *(["tên cũ"] if unit.now else []),
    ]
    if doubts:
        return Match("probable", f"{said}; {', '.join(doubts)}", likely.assignment_id, choices)
    return Match("sure", said, likely.assignment_id, choices)


def _speaks_against(text: str, number: str) -> str | None:
    if found := next((words for key, words in _NOT_A_REPORT.items() if f" {key} " in text), None):
        return f"trích yếu có “{found}”: không phải báo cáo, cần người xem"
    signs = f" {search_key(number)} "
    if " bao cao " in text or " bc " in signs or any(_says(text, stage) for stage in _STAGES[3:]):
        return None
    return "trích yếu, số ký hiệu không cho thấy đây là báo cáo"


def _of_campaign(text: str, owed: list[Owed]) -> tuple[list[Owed], str]:
    """Return what belongs to the campaign a line names, and how it names it; everything and "" where it names none."""
    numbered = [each for each in owed if _bears(text, each.plan_number)]
    if numbered:
        return numbered, f"số kế hoạch {numbered[0].plan_number}"
    shared = {each.campaign: _words_shared(text, each.campaign_name) for each in owed}
    most = max(shared.values())
    if most < _LEAST_WORDS:
        return owed, ""
    return [each for each in owed if shared[each.campaign] == most], _BY_NAME


def _bears(text: str, number: str) -> bool:
    key = search_key(number)
    return any(c.isdigit() for c in key) and f" {key} " in text


def _words_shared(text: str, name: str) -> int:
    """Return how many words in a row of a campaign's own name a line repeats; words every name has do not count."""
    mine, said = _own_words(name), f" {_stripped(text)} "
    longest = 0
    for first in range(len(mine)):
        while first + longest < len(mine) and f" {' '.join(mine[first : first + longest + 1])} " in said:
            longest += 1
    return longest


def _own_words(name: str) -> list[str]:
    return _stripped(search_key(name)).split()


def _stripped(key: str) -> str:
    for words in _EVERYWHERE:
        key = re.sub(rf"\b{words}\b", " ", key)
    return " ".join(_STRETCH.sub(" ", key).split())


def _of_stage(text: str, owed: list[Owed]) -> list[Owed]:
    """Return what fits the words that tell a unit's duties apart: first or last review, on demand, and so on."""
    titles = {each.assignment_id: f" {search_key(each.title)} " for each in owed}
    for stage in _STAGES:
        said = _says(text, stage)
        fitting = [each for each in owed if (f" {stage} " in titles[each.assignment_id]) == said]
        owed = fitting or owed
    return owed


def _says(text: str, stage: str) -> bool:
    if stage == "khen thuong":  # "công tác thi đua, khen thưởng" is in many a report's name
        return " de nghi khen thuong " in text or " ho so khen thuong " in text
    if stage == "ke hoach":  # reports are on the carrying out of a plan
        return " ke hoach " in text and " bao cao " not in text
    return f" {stage} " in text


def _of_period(text: str, owed: list[Owed], entry: Entry) -> tuple[list[Owed], str | None]:
    """Return what belongs to the period a line names and its words; "" where it names none, null where none fits."""
    plain = _STRETCH.sub(" ", text)
    year = int(found[1]) if (found := _YEAR.search(plain)) else None
    named = _part_of_year(plain, year or (entry.dated.year if entry.dated else 0))
    if named is None and year is None:
        return owed, ""
    wanted = named or str(year)
    exact = [each for each in owed if each.period == wanted]
    if exact:
        return exact, f"kỳ {_words_of(wanted)}"
    if named is None:  # a year alone: what happens once, or falls due in or just after that year
        once = [each for each in owed if span_of(each.period) is None and _due_about(each, year)]
        if once:
            return once, f"năm {year}"
    return owed, None


def _part_of_year(text: str, year: int) -> str | None:
    if found := _QUARTER.search(text):
        return f"{year}-Q{_ROMAN.get(found[1]) or int(found[1])}"
    if found := _HALF.search(text):
        return f"{year}-H{1 if found[1] == 'dau' else 2}"
    if found := _MONTH.search(text):
        return f"{year}-{int(found[1]):02}"
    return None


def _due_about(each: Owed, year: int | None) -> bool:
    return each.due_on is None or year is None or each.due_on.year - year in (0, 1)


def _words_of(period: str) -> str:
    year, _, part = period.partition("-")
    if part.startswith("Q"):
        return f"quý {part[1]} năm {year}"
    if part.startswith("H"):
        return f"6 tháng {'đầu' if part == 'H1' else 'cuối'} năm {year}"
    return f"tháng {part}/{year}" if part else f"năm {year}"


def _near(owed: Sequence[Owed], entry: Entry) -> list[Owed]:
    """Return reports by how near their last day lies to the day a document came; undated ones last."""
    day = entry.arrived_on or entry.dated
    if day is None:
        return list(owed)
    return sorted(owed, key=lambda each: (each.due_on is None, abs((each.due_on - day).days) if each.due_on else 0))


def _ids(owed: Sequence[Owed]) -> tuple[int, ...]:
    return tuple(each.assignment_id for each in owed[:8])

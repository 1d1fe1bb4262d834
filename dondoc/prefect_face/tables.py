"""The three things an operator wants under a run: who is missing, what went out, the campaign's calendar.

Units, counts and dates only: no person's name, address or telephone number belongs here.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dondoc.clock import LOCAL
from dondoc.prefect_face.cards import MarkdownArtifact, TableArtifact

UNDATED = "chưa ấn định thời hạn"
BOUND_MODALITY = "mandated"

KIND_WORDS = {
    "department": "sở, ban, ngành",
    "mass-organisation": "đoàn thể, tổ chức CT-XH",
    "front": "Ủy ban MTTQ",
    "district": "huyện, thị xã, thành phố",
    "commune": "xã, phường, thị trấn",
    "sub-unit": "đơn vị trực thuộc",
    "enterprise": "doanh nghiệp",
    "cooperative": "hợp tác xã",
    "health-facility": "cơ sở y tế",
    "school": "trường học",
    "business-association": "hiệp hội doanh nghiệp",
    "party-body": "cơ quan Đảng",
    "province": "UBND tỉnh",
    "person": "cá nhân",
}
MODALITY_WORDS = {
    "mandated": "được giao",
    "requested": "được đề nghị",
    "invited": "được mời, chờ hướng dẫn",
    "encouraged": "được khuyến khích",
}
OUTCOME_WORDS = {
    "queued": "đang chờ gửi",
    "claimed": "đang gửi",
    "accepted": "máy chủ thư đã nhận",
    "delivered": "đã đến nơi",
    "bounced": "bị trả lại",
    "unknown": "chưa rõ kết quả",
    "deferred": "hoãn, sẽ gửi lại",
    "withdrawn": "đã rút trước khi gửi",
    "failed": "gửi hỏng",
}


@dataclass(frozen=True, slots=True)
class MissingUnit:
    """One unit whose report has not been recorded; `last_notice` is the instant of our last word to it."""

    unit: str
    kind: str
    modality: str
    due_on: date | None
    last_notice: datetime | None


@dataclass(frozen=True, slots=True)
class SentCount:
    """How many notices of one rung and duty kind ended how: an outbox state or a reason of the closed list."""

    rung: str
    kind: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One duty and period of the campaign's calendar."""

    words: str
    period: str
    clause: str
    due_on: date | None
    target_on: date | None = None
    bound_on: date | None = None
    confirmed: bool = True
    note: str = ""


def artifact_key(*parts: str) -> str:
    """Return a key Prefect accepts: lower-case letters and digits of `parts` joined with dashes."""
    text = unicodedata.normalize("NFD", "-".join(parts).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in text if not unicodedata.combining(c))).strip("-")


def who_is_missing(
    key: str, words: str, units: Iterable[MissingUnit], counts: Mapping[str, int]
) -> tuple[TableArtifact, ...]:
    """Return who has not sent `words` yet: those bound to, and in a table of its own those merely asked.

    A requested or invited unit owes nothing, so it never stands in the list of those who do (domain, reading 5).
    `counts` says how many there are of each modality; where `units` are only the first of them, the table says so.
    The second table is left out where there is nobody to show in it.
    """
    every = list(units)
    bound = counts.get(BOUND_MODALITY, 0)
    asked = sum(counts.values()) - bound
    owed = _missing_table(
        artifact_key(key, "missing"),
        f"Chưa ghi nhận {words}: {bound} đơn vị được giao",
        [unit for unit in every if unit.modality == BOUND_MODALITY],
        bound,
    )
    if not asked:
        return (owed,)
    courtesy = _missing_table(
        artifact_key(key, "asked"),
        f"Được đề nghị hoặc được mời gửi {words}, chưa trả lời (không tính là thiếu): {asked} đơn vị",
        [unit for unit in every if unit.modality != BOUND_MODALITY],
        asked,
    )
    return (owed, courtesy)


def _missing_table(key: str, says: str, units: list[MissingUnit], count: int) -> TableArtifact:
    rest = f"; liệt kê {len(units)}, đủ cả trong dondoc status" if len(units) < count else ""
    return TableArtifact(key, f"{says}{rest}.", tuple(_missing_row(unit) for unit in units))


def what_went_out(key: str, counts: Iterable[SentCount]) -> TableArtifact:
    """Return how many notices of each rung and duty kind ended how."""
    every = list(counts)
    return TableArtifact(
        artifact_key(key, "sent"),
        f"Đã lập {sum(each.count for each in every)} thông báo, theo bậc nhắc và kết quả.",
        tuple(
            {
                "Bậc": each.rung,
                "Loại nhiệm vụ": each.kind,
                "Kết quả": OUTCOME_WORDS.get(each.outcome, each.outcome),
                "Số lượng": each.count,
            }
            for each in every
        ),
    )


def campaign_calendar(key: str, title: str, lines: Iterable[CalendarLine]) -> MarkdownArtifact:
    """Return the campaign's dates as one Markdown table, in the order given."""
    head = ["| Nhiệm vụ | Kỳ | Hạn cuối | Làm việc trước | Căn cứ | Ghi chú |", "|---|---|---|---|---|---|"]
    rows = [
        "| "
        + " | ".join(
            _cell(text)
            for text in (line.words, line.period, _due(line), _day(line.target_on), line.clause, _calendar_note(line))
        )
        + " |"
        for line in lines
    ]
    return MarkdownArtifact(
        artifact_key(key, "calendar"), f"Lịch của {title}.", "\n".join([f"# Lịch của {title}", "", *head, *rows, ""])
    )


def _missing_row(unit: MissingUnit) -> dict[str, str | int]:
    last = unit.last_notice.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y") if unit.last_notice else "chưa nhắc"
    return {
        "Đơn vị": unit.unit,
        "Loại": KIND_WORDS.get(unit.kind, unit.kind),
        "Tính chất": MODALITY_WORDS.get(unit.modality, unit.modality),
        "Hạn cuối": _day(unit.due_on) or UNDATED,
        "Nhắc gần nhất": last,
    }


def _due(line: CalendarLine) -> str:
    if line.due_on:
        return _day(line.due_on)
    return f"{UNDATED}, không quá {_day(line.bound_on)}" if line.bound_on else UNDATED


def _calendar_note(line: CalendarLine) -> str:
    return "; ".join(part for part in ("" if line.confirmed else "chưa được xác nhận", line.note) if part)


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

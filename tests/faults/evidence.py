"""What the judge is given, read from a folder: mails as the post office kept them, deeds, kills, plans, registry.

Imports nothing of the project. Instants are Vietnamese wall-clock time.
"""

import csv
import email
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from tests.faults import script
from tests.faults.almanac import Change, Days, duty_periods, read_plan

_UNIT = re.compile(r"mẫu số (\d{5})")
_LAST_DAY = re.compile(r"(?:hết|kết thúc lúc 24 giờ 00) ngày [^\d\n]*(\d\d)/(\d\d)/(\d{4})")
_ABOUT_TIME = ("- Thời hạn", "- Thời gian đề nghị", "Thời hạn ", "Thời gian đề nghị ")
_ITEM = re.compile(r"(?:\d+\. )?(.+)")


@dataclass(frozen=True, slots=True)
class Post:
    """A mail that reached the post office whole; `content` is unpacked only when it is read."""

    seq: int
    life: tuple[str, int]
    at: datetime
    recipient: str
    fault: str | None
    content: bytes

    @property
    def message_id(self) -> str:
        """Return its Message-ID."""
        found = re.search(rb"^message-id: *(?:\r\n )?(\S+)", self.content, re.IGNORECASE | re.MULTILINE)
        assert found, self.content[:500]
        return found[1].decode()


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a mail says: about which unit, which duty, by which last day, in which sense."""

    unit: str
    title: str
    last_day: date | None
    sense: str  # remind | overdue | changed | transferred | acknowledged


@dataclass(frozen=True, slots=True)
class Deed:
    """A report as it was recorded: when, and how many mails had been begun by then."""

    unit: str
    duty: str
    period: str
    at: datetime
    begun: int


@dataclass(frozen=True, slots=True)
class Contact:
    """An address of a unit, from a day to before a day."""

    unit: str
    role: str
    address: str
    begins: date
    ends: date | None

    def holds(self, day: date) -> bool:
        """Return whether it is this unit's on a day."""
        return self.begins <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything there is to judge a year by."""

    folder: Path
    span: tuple[datetime, datetime]
    kinds: dict[str, str]  # unit → kind
    contacts: dict[str, list[Contact]]
    bounces: frozenset[str]
    deeds: dict[tuple[str, str, str], Deed]
    merged: dict[str, datetime]
    events: list[script.Event]
    changes: list[Change]
    titles: dict[str, str]  # duty → title
    posts: list[Post]
    kills: list[dict[str, Any]]
    strikes: list[dict[str, Any]]
    refused: list[str]
    ledger: list[dict[str, str]]


def read(folder: Path, span: tuple[datetime, datetime], days: Days) -> Evidence:
    """Read a year's folder."""
    plan = read_plan((folder / "plan.yaml").read_text(encoding="utf-8"))
    events = [
        script.Event(line["act"], _at(line["at"]), _at(line["until"]) if line["until"] else None, line["what"])
        for line in _lines(folder / "events.jsonl")
        if line["act"] != "back"
    ]
    contacts: dict[str, list[Contact]] = {}
    for row in _rows(folder / "contacts.csv"):
        ends = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        one = Contact(row["unit_code"], row["role"], row["email"], date.fromisoformat(row["valid_from"]), ends)
        contacts.setdefault(one.unit, []).append(one)
    deeds: dict[tuple[str, str, str], Deed] = {}
    for line in _lines(folder / "deeds.jsonl"):  # after a restore the desk writes anew: the first time counts
        key = line["unit"], line["duty"], line["period"]
        deeds.setdefault(key, Deed(*key, _at(line["at"]), line["begun"]))
    kept = list(_lines(folder / "post.jsonl"))
    return Evidence(
        folder=folder,
        span=span,
        kinds={row["code"]: row["kind"] for row in _rows(folder / "units.csv") if _UNIT.search(row["name"])},
        contacts=contacts,
        bounces=frozenset(json.loads((folder / "bounces.json").read_text(encoding="utf-8"))),
        deeds=deeds,
        merged={line["unit"]: _at(line["at"]) for line in _lines(folder / "merged.jsonl")},
        events=events,
        changes=_changes(folder, span[0], plan, days, events),
        titles={each.duty: each.title for each in duty_periods(plan)},
        posts=list(_posts(folder, kept)),
        kills=[line for line in kept if line["e"] == "kill"] + list(_lines(folder / "kills.jsonl")),
        strikes=list(_lines(folder / "strikes.jsonl")),
        refused=[line["rcpt"] for line in kept if line["e"] == "refused"],
        ledger=list(_rows(folder / "ledger.csv")),
    )


def _changes(
    folder: Path, start: datetime, plan: dict[str, Any], days: Days, events: list[script.Event]
) -> list[Change]:
    changes = [Change(start, plan, days)]
    for event in events:
        last = changes[-1]
        if event.act == "holiday":
            changes.append(Change(event.at, last.plan, last.days.plus([date.fromisoformat(event.what)])))
        elif event.act == "amend":
            amended = read_plan((folder / "plan-amended.yaml").read_text(encoding="utf-8"))
            changes.append(Change(event.at, amended, last.days))
    return changes


def said_in(post: Post, titles: dict[str, str]) -> list[Said]:
    """Return what a mail says, item by item; a strict reader: what it cannot place raises."""
    message = email.message_from_bytes(post.content.removesuffix(b".\r\n"))
    [plain] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    content = plain.get_payload(decode=True)
    assert isinstance(content, bytes)
    text = content.decode(plain.get_content_charset() or "ascii").replace("\r\n", "\n")
    if str(make_header(decode_header(message["subject"]))).startswith("Xác nhận tiếp nhận"):
        return [Said("", "", None, "acknowledged")]
    head, known = text.split("\n\n", 1)[0], set(titles.values())
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        if item and item[1] in known:
            parts.append((item[1], []))
        elif parts:
            parts[-1][1].append(line)
    assert parts, text
    return [_item(title, "\n".join(lines), head) for title, lines in parts]


def _item(title: str, text: str, head: str) -> Said:
    # A mail to one unit names it at its head; where a person looks after several, each item names its own.
    lines = text.splitlines()
    named = next((line for line in lines if line.startswith("- Đơn vị:")), text if ";" in head else head)
    unit = _UNIT.search(named)
    assert unit, head + text
    dated = [line for line in lines if line.startswith(_ABOUT_TIME)]
    days = [day for line in dated for day in _LAST_DAY.finditer(line)]
    day = days[-1] if days else None
    if "chưa ghi nhận" in text:
        sense = "overdue"
    elif "điều chỉnh" in text.lower():
        sense = "changed"
    elif "chuyển tiếp" in text or "Trước khi sắp xếp" in text:
        sense = "transferred"
    else:
        sense = "remind"
    last_day = date(int(day[3]), int(day[2]), int(day[1])) if day else None
    return Said(f"00-{unit[1]}", title, last_day, sense)


def _posts(folder: Path, kept: list[dict[str, Any]]) -> Iterator[Post]:
    with (folder / "mails").open("rb") as mails:
        for line in kept:
            if line["e"] == "mail" and line["whole"]:
                mails.seek(line["offset"])
                content = mails.read(line["size"])
                life = (line["door"], line["life"])
                yield Post(line["seq"], life, _at(line["at"]), line["rcpt"], line["fault"], content)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def last_instant(day: date) -> datetime:
    """Return the first instant after a day."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time())

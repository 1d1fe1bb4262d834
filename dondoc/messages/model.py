"""What a message says, as plain values: everything the templates need, nothing they must look up.

The sender fills these from the ledger, keeps `to_json` of them beside the message, and can therefore
show a sent message again: `from_json`, render, assemble give the same bytes as long as
`Rendered.template_version` is the same.

Text is made safe on construction: NFC, one line, no control or direction characters; so a hostile
unit name can neither start a header nor a second paragraph. Instants are UTC, days are Vietnamese days.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Final, Literal, get_args

from dondoc.clock import at_local

ItemKind = Literal[
    "informs", "courteous", "brief", "overdue", "prepare", "date-changed", "extended", "late-accepted", "waived",
    "transferred", "document",
]  # fmt: skip
SenderRank = Literal["province", "council", "department", "district", "commune"]
Urging = Literal["own-name", "advising", "none"]
RANKS: Final[tuple[SenderRank, ...]] = get_args(SenderRank)
Fact = Literal["data", "document"]
Verdict = Literal["on-time", "late"]
ITEM_KINDS: Final[tuple[ItemKind, ...]] = get_args(ItemKind)

_CALLED: Final = {
    "overdue": "an overdue notice", "document": "a pointer to a document", "extended": "an extension",
    "late-accepted": "a late acceptance", "waived": "a waiver", "transferred": "a transfer",
}  # fmt: skip

# What Word and web pages leave inside words and shows nothing; as the registry does, it is taken out.
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]+")
# C0/C1 controls, line and paragraph separators, direction and all other format characters, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200e\u200f\u2028-\u202e\u2061-\u206f"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001-\U000e007f\ud800-\udfff]+"
)
_SPACES = re.compile(r"\s{2,}")


def one_line(text: str) -> str:
    """Return the text as one harmless line: NFC, nothing unseen or that turns the direction, single spaces."""
    if not (plain := text.isprintable()):  # nothing unsafe is printable, and no blank but the space
        text = _UNSAFE.sub(" ", _UNSEEN.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not plain or "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The office that writes: its name, its address, and whom to phone (a role and a landline, never a person)."""

    office_name: str  # "Sở Khoa học và Công nghệ tỉnh Điện Biên"
    short_name: str  # "Sở KH&CN"
    sender_name: str
    sender_address: str
    contact_role: str
    contact_phone: str
    rank: SenderRank = "department"
    urges: Urging = "own-name"  # may it urge: in its own name, by advising another, or not at all

    def __post_init__(self) -> None:
        _make_safe(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One reason to write: one rung of one duty of one unit.

    `days_left` counts from the day of rendering to `due_on` (0 on the last day), `working_days_left` the
    working days after that day up to and including `due_on`; both are computed when the message is claimed.
    Raises ValueError when an item lacks what its kind says: an overdue item a mandated, dated, confirmed,
    reconciled duty; an extension the new date; a late acceptance the day until which is accepted; a transfer the
    unit whose work it was; and all that rest on a document, the document.
    """

    kind: ItemKind
    rung: str
    assignment_id: int
    unit_name: str  # "Ủy ban nhân dân xã Mường Phăng"
    unit_kind: str
    modality: str  # mandated | requested | invited | encouraged
    duty_kind: str
    duty_title: str
    clause: str  # "V.8"
    words: str  # the few that decide: "trước ngày 15/11"
    plan_number: str | None = None
    plan_date: date | None = None
    campaign_name: str
    period: str
    due_on: date | None = None  # the last acceptable day
    strict: bool = False  # the plan says "trước ngày D": D is the day after `due_on`
    target_on: date | None = None  # the last working day on or before `due_on`
    confirmed: bool = True  # false: the date still waits for a decision ("prepare")
    receivers: tuple[tuple[str, str | None], ...] = ()  # ("Sở Nội vụ", "để theo dõi")
    reconciled_at: datetime | None = None
    document: str | None = None  # number and date of the document this message rests on or points to
    decided_by: str | None = None  # who decided: the change, the extension, the late acceptance, the waiver
    previous_due_on: date | None = None  # date-changed, extended: the old last day
    previous_strict: bool = False  # the old one was said as "trước ngày D"
    requested_on: date | None = None  # extended: the day of the unit's request
    accepted_until: date | None = None  # late-accepted: the receiver still accepts until this day, included
    previous_unit: str | None = None  # transferred: whose work it was
    lateness_kept: bool | None = None  # does an earlier lateness stay? None: not said
    days_left: int | None = None
    working_days_left: int | None = None
    invited_reason: str | None = None  # a sentence: why an unbound unit is written to
    link: str = ""  # a mark where the unit's own link is put in when the bytes are made
    outline: tuple[str, ...] = ()  # the office's own outline; empty: the catalogue's for report duties
    data_cutoff: date | None = None

    def __post_init__(self) -> None:
        _make_safe(self)
        lacks = [what for what, there in self._needs() if not there]
        if lacks:
            raise ValueError(f"assignment {self.assignment_id}: {_CALLED[self.kind]} needs {', '.join(lacks)}")

    def _needs(self) -> tuple[tuple[str, bool], ...]:
        """Return what an item of this kind cannot be without, and whether it is there."""
        document = ("its document, number and date", bool(self.document))
        needs: dict[str, tuple[tuple[str, bool], ...]] = {
            "overdue": (
                ("a mandated duty", self.modality == "mandated"),
                ("due_on", self.due_on is not None),
                ("a confirmed duty", self.confirmed),
                ("reconciled_at", self.reconciled_at is not None),
            ),
            "document": (document,),
            "extended": (document, ("the new due_on", self.due_on is not None)),
            "late-accepted": (("accepted_until", self.accepted_until is not None),),
            "waived": (document,),
            "transferred": (("previous_unit", bool(self.previous_unit)),),
        }
        return needs.get(self.kind, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One envelope to one person: all that one campaign owes this address in one wave."""

    sender: Sender
    to_name: str
    to_address: str
    unit_names: tuple[str, ...]
    campaign_key: str
    campaign_name: str
    items: tuple[Item, ...]
    as_of: datetime
    rehearsal: bool
    language: str = "vi"

    def __post_init__(self) -> None:
        _make_safe(self)
        if not self.items:
            raise ValueError(f"digest of {self.campaign_key} to {self.to_address}: no item left, withdraw it instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Xác nhận tiếp nhận: what was received, when by which clock, and what is still awaited."""

    sender: Sender
    to_name: str
    to_address: str
    unit_name: str
    unit_kind: str
    modality: str
    duty_kind: str
    duty_title: str
    period: str
    clause: str
    plan_number: str | None = None
    plan_date: date | None = None
    campaign_key: str
    campaign_name: str
    code: str  # look-up code
    received_at: datetime
    clock_words: str  # whose clock: "giờ văn thư ghi nhận"
    channel: str  # a code of the catalogue (desk, document-system, mail, post, paper, portal …) or words
    fact: Fact
    document_number: str | None = None
    document_date: date | None = None
    document_signer: str | None = None
    files: tuple[tuple[str, str, int], ...] = ()  # name, SHA-256 in hex, bytes
    figures: int = 0  # how many figures of the plan's targets the report gives
    due_on: date | None = None
    strict: bool = False
    verdict: Verdict | None = None  # said to mandated units only
    judged_by: Fact | None = None  # the fact by which it will be judged, while that has not come
    days_late: int = 0
    awaited: tuple[str, ...] = ()  # "data", "document" or words
    as_of: datetime
    rehearsal: bool
    language: str = "vi"

    def __post_init__(self) -> None:
        _make_safe(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLetter:
    """A code to a registered contact, by which a report on the unit's page is sent; its digits stand nowhere here."""

    sender: Sender
    to_name: str
    to_address: str
    unit_name: str
    duty_title: str
    period: str
    campaign_key: str
    campaign_name: str
    nonce: str  # what the digits are made from, with our key
    minutes: int
    expires_at: datetime
    as_of: datetime
    rehearsal: bool
    language: str = "vi"

    def __post_init__(self) -> None:
        _make_safe(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One point a report still lacks: which item, what about it, on what basis, and how to complete it."""

    item: str  # "Mục 2. Kết quả thực hiện"
    content: str  # "Chưa có số liệu của đơn vị trực thuộc"
    basis: str  # "Đề cương, mục 2"
    how: str  # "Bổ sung biểu số liệu, ký số và gửi lại"

    def __post_init__(self) -> None:
        _make_safe(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequest:
    """Đề nghị bổ sung, hoàn thiện: what a received report lacks, until when; its first arrival stays as recorded.

    Raises ValueError when no point is named, or when the day for the supplement lies before the first arrival.
    """

    sender: Sender
    to_name: str
    to_address: str
    unit_name: str
    unit_kind: str
    modality: str
    duty_kind: str
    duty_title: str
    period: str
    clause: str
    plan_number: str | None = None
    plan_date: date | None = None
    campaign_key: str
    campaign_name: str
    code: str  # the look-up code of what was received
    first_received_at: datetime
    clock_words: str
    points: tuple[Missing, ...]
    supplement_by: date  # last day, included
    side: Literal["", "before", "on", "after"] = ""  # a reminder before its last day, on it, after it; else the request
    receivers: tuple[tuple[str, str | None], ...] = ()
    link: str = ""  # a mark where the unit's own link is put in when the bytes are made
    as_of: datetime
    rehearsal: bool
    language: str = "vi"

    def __post_init__(self) -> None:
        _make_safe(self)
        if not self.points:
            raise ValueError(f"request {self.code}: names no point to complete")
        if at_local(self.supplement_by, time(23, 59)) < self.first_received_at:
            raise ValueError(f"request {self.code}: {self.supplement_by:%d/%m/%Y} lies before the first arrival")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLetter:
    """The draft công văn of a brief in the layout of NĐ 30/2020; number, date and signature stay blank.

    An office that urges in its own name drafts its own letter. One that only advises drafts a letter for
    whom it advises: then `rank` is that sender's, `speaks_as` names who speaks, `on_report_of` who reports.
    """

    parent_name: str = ""  # "Ủy ban nhân dân tỉnh Điện Biên"; empty above the province's own letters
    issuer_name: str  # "Sở Khoa học và Công nghệ"
    rank: SenderRank = "department"
    speaks_as: str = ""  # "Chủ tịch Ủy ban nhân dân tỉnh"; empty: the issuer
    on_report_of: str = ""
    number_suffix: str  # "SKHCN-CĐS"
    place: str  # "Điện Biên"
    year: int
    signer_title: str = ""  # "Phó Giám đốc"; empty: the catalogue's for this rank
    recipients: tuple[str, ...]  # Kính gửi, in protocol order
    copied: tuple[str, ...] = ()  # further lines of Nơi nhận
    filed_by: str = "VT"
    subject: str = ""  # empty: the catalogue's

    def __post_init__(self) -> None:
        _make_safe(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Phiếu trình: figures first, who is missing in protocol order, what was sent, one proposal, a draft letter.

    The counts are of mandated units; invited ones are counted apart and never added.
    Raises ValueError when the figures contradict each other.
    """

    sender: Sender
    code: str
    rung: str
    to_words: str  # "Lãnh đạo Sở Khoa học và Công nghệ"
    campaign_key: str
    campaign_name: str
    plan_number: str | None = None
    plan_date: date | None = None
    clause: str
    words: str
    duty_kind: str
    duty_title: str
    period: str
    due_on: date
    strict: bool = False
    reconciled_at: datetime
    asked: int
    on_time: int
    late: int
    not_recorded: int
    invited: int | None = None
    invited_received: int | None = None
    missing: tuple[tuple[str, str], ...]  # (unit_name, unit_kind) in protocol order
    history: tuple[str, ...] = ()  # what was sent and when, oldest first
    receivers: tuple[tuple[str, str | None], ...] = ()
    proposal: str = ""  # empty: the catalogue's for this rung
    draft: DraftLetter
    unjudged: int = 0  # one of the two facts is there, and not the one by which they are judged
    as_of: datetime
    rehearsal: bool
    language: str = "vi"

    def __post_init__(self) -> None:
        _make_safe(self)
        if self.on_time + self.late + self.unjudged + self.not_recorded != self.asked:
            raise ValueError(
                f"brief {self.code}: {self.on_time} in time + {self.late} after + {self.unjudged} not judged"
                f" + {self.not_recorded} not recorded"
                f" is not {self.asked} asked"
            )
        if len(self.missing) != self.not_recorded:
            raise ValueError(f"brief {self.code}: {len(self.missing)} units listed, {self.not_recorded} not recorded")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words: one-line subject, text and HTML, and which templates made it."""

    subject: str
    text: str
    html: str
    template_version: str
    language: str


Message = Digest | Acknowledgement | CodeLetter | SupplementRequest | Brief
_MESSAGES: Final[dict[str, type[Message]]] = {
    "digest": Digest,
    "acknowledgement": Acknowledgement,
    "code": CodeLetter,
    "supplement-request": SupplementRequest,
    "brief": Brief,
}


def to_json(message: Message) -> dict[str, Any]:
    """Return the parameters as plain JSON values, with `message` naming what they are."""
    name = next(name for name, kind in _MESSAGES.items() if type(message) is kind)
    return {"message": name, **_adapter(name).dump_python(message, mode="json")}


def from_json(stored: dict[str, Any]) -> Message:
    """Return the message that `to_json` stored; raises ValueError for anything else."""
    name = stored.get("message")
    if name not in _MESSAGES:
        raise ValueError(f"stored message is {name!r}; known are {', '.join(_MESSAGES)}")
    # What begins with "~" is the sender's own: it says nothing about the words.
    values = {key: value for key, value in stored.items() if key != "message" and not key.startswith("~")}
    message: Message = _adapter(name).validate_python(values)
    return message


@cache
def _adapter(name: str) -> Any:
    # Imported on first use: `dondoc --help` must not wait for pydantic.
    from pydantic import TypeAdapter

    return TypeAdapter(_MESSAGES[name])


def _make_safe(value: Any) -> None:
    """Make every text of a new value safe and every instant UTC; a naive instant is refused."""
    for name in value.__slots__:
        before = getattr(value, name)
        after = _safe(before)
        if after is not before:
            object.__setattr__(value, name, after)


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(_safe(part) for part in value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone; instants are aware, in UTC")
        return value.astimezone(UTC)
    return value

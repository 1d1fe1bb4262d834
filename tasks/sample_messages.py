"""One sample of every message to every kind of unit a plan binds, made of the plan's own duties, words and office."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from config.grammar import UNIT_KINDS
from config.plan import Plan
from deadlines.calendar import Calendar
from deadlines.duties import expand_duties, with_date
from deadlines.milestones import cut_off_of
from deadlines.model import DutyPeriod
from deadlines.windows import said_as_before
from dondoc.clock import at_local
from dondoc.messages.catalogue import shipped
from dondoc.messages.model import (
    Acknowledgement,
    Brief,
    Digest,
    Item,
    ItemKind,
    Message,
    Missing,
    SupplementRequest,
)
from dondoc.messages.papers import told_words
from dondoc.messages.wording import REPORTS
from tasks.compose import organisation, receiver_names, sender_of
from tasks.draft_letter import draft_letter
from tasks.sample_units import SampleUnits

_MORNING, _AFTERNOON = time(8), time(14)
_ADDRESS: Final = "vanthu@donvi.example"
_CLOCK: Final = "giờ bộ phận tiếp nhận ghi nhận"
_TO_THE_BOUND: Final[tuple[ItemKind, ...]] = ("informs", "courteous", "brief", "overdue")
_BY_RULING: Final[tuple[ItemKind, ...]] = ("date-changed", "extended", "late-accepted", "waived", "transferred")
_SENT: Final[dict[str, tuple[ItemKind, ...]]] = {
    "mandated": (*_TO_THE_BOUND, *_BY_RULING, "document"),
    "requested": ("informs", "courteous", "date-changed", "waived", "document"),
    "invited": ("informs", "courteous", "date-changed", "waived", "transferred"),
    "encouraged": ("informs",),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A message with what it shows: its type, whom it addresses, and how that unit is bound."""

    type: str  # an item's kind, several, acknowledgement-…, supplement-request, brief-1, brief-2
    unit_kind: str  # a kind of unit, `own` for the office itself, `mixed` for a brief about several kinds
    modality: str
    message: Message

    @property
    def slug(self) -> str:
        """Return the name its files bear."""
        return f"{self.type}--{self.unit_kind}--{self.modality}"


@dataclass(frozen=True, slots=True)
class _Case:
    """A duty in one period as one unit owes it."""

    plan: Plan
    units: SampleUnits
    calendar: Calendar
    row: DutyPeriod
    due_on: date
    target_on: date
    unit_kind: str
    modality: str
    own: bool

    @property
    def shown_kind(self) -> str:
        return "own" if self.own else self.unit_kind

    @property
    def office(self) -> str:
        return self.plan.office.on(self.due_on).name

    def unit(self) -> str:
        if self.own:
            return self.office
        if self.unit_kind == "province":
            return organisation(self.plan, "province", self.due_on, self.units)
        return self.units.of_kinds([self.unit_kind], without=self.office)[0][0]

    def receivers(self, day: date) -> tuple[tuple[str, str | None], ...]:
        return receiver_names(self.plan, self.row.as_json(), day, self.units)

    def at(self, days: int, hour: time = _MORNING, *, from_: date | None = None) -> datetime:
        """Return an hour of the day so many working days from the due date, or from another day."""
        return at_local(self.calendar.add_working_days(from_ or self.due_on, days), hour)

    def document(self, days: int) -> str:
        """Return a number nobody has given to a document, and a day."""
        return f"01/UBND-MẪU ngày {self.at(days):%d/%m/%Y}"


def sample_messages(plan: Plan, units: SampleUnits, calendar: Calendar, language: str = "vi") -> Iterator[Sample]:
    """Return the samples of a plan by message type, then in the order of unit kinds; the same for the same plan.

    A duty without a date is shown as it is told after a ruling has given it one.
    """
    cases = list(_cases(plan, units, calendar))
    samples = [sample for case in cases for sample in _of_case(case, language)]
    samples += _briefs(cases, language)
    return iter(sorted(samples, key=lambda sample: _TYPES.index(sample.type)))


def _cases(plan: Plan, units: SampleUnits, calendar: Calendar) -> Iterator[_Case]:
    """Return, for each kind of unit and way of binding it, the duty that shows most: a dated report if there is one."""
    best: dict[tuple[str, str, bool], tuple[tuple[Any, ...], DutyPeriod, date]] = {}
    for row in expand_duties(plan, calendar):
        for obligor in row.obligors:
            own = obligor.role == "standing-agency"
            days = (row.opens_on, row.due_on, row.bound_on, _suggested(plan, row, calendar))
            on = next((day for day in days if day and obligor.bound_on(day)), None)
            if on is None or (obligor.role and not own and obligor.kind != "province"):
                continue
            # A day off at the end shows more than a working day; then this year's rather than a past one.
            worth = (
                row.due_on is not None, row.kind in REPORTS, row.conditional_on is None, row.confirmed,
                row.period[:4] >= "2026", row.due_on != row.target_on,
            )  # fmt: skip
            key = (obligor.kind, obligor.modality, own)
            if key not in best or worth > best[key][0]:
                best[key] = (worth, row, on)
    for kind, modality, own in sorted(best, key=lambda key: (UNIT_KINDS.index(key[0]), key)):
        _, row, on = best[kind, modality, own]
        suggested = _suggested(plan, row, calendar)
        if row.due_on is None and modality != "encouraged":
            row = with_date(row, suggested, calendar)
        due_on, target_on = row.due_on or suggested, row.target_on or suggested
        yield _Case(plan, units.on(on), calendar, row, due_on, target_on, kind, modality, own)


def _suggested(plan: Plan, row: DutyPeriod, calendar: Calendar) -> date:
    """Return the day a ruling might give an undated duty: the last working day of November of its year."""
    year = int(row.period[:4]) if row.period[:4].isdigit() else (row.bound_on or date(plan.period.last_year, 1, 1)).year
    return calendar.previous_working_day(date(year, 11, 30))


def _of_case(case: _Case, language: str) -> Iterator[Sample]:
    if case.unit_kind == "province":
        yield _sample("prepare", case, _digest(case, ["prepare"], language))
        return
    kinds = _TO_THE_BOUND if case.own else _SENT[case.modality]
    for kind in kinds:
        yield _sample(kind, case, _digest(case, [kind], language))
    if case.modality == "mandated" and not case.own:
        yield _sample("several", case, _digest(case, ["courteous", "informs"], language))
        yield _sample("acknowledgement-late", case, _acknowledgement(case, language, late=True))
        yield _sample("acknowledgement-data", case, _acknowledgement(case, language, data=True))
    if case.modality != "encouraged":
        yield _sample("acknowledgement", case, _acknowledgement(case, language))
        yield _sample("supplement-request", case, _supplement(case, language))
        for side, day in (("before", 4), ("on", 7), ("after", 9)):
            if side != "after" or case.modality == "mandated":
                yield _sample(f"supplement-{side}", case, _supplement(case, language, side, day))


def _sample(kind: str, case: _Case, message: Message) -> Sample:
    return Sample(kind, case.shown_kind, case.modality, message)


def _facts(case: _Case) -> dict[str, Any]:
    """Return what every message says alike of the plan, the duty and the unit."""
    plan, row = case.plan, case.row
    return {
        "unit_name": case.unit(), "unit_kind": case.unit_kind, "modality": case.modality, "duty_kind": row.kind,
        "duty_title": row.title, "clause": row.clause, "plan_number": plan.instrument.number,
        "plan_date": plan.instrument.date, "campaign_name": plan.name, "period": row.period,
    }  # fmt: skip


def _envelope(case: _Case, language: str) -> dict[str, Any]:
    return {
        "sender": sender_of(case.plan, case.due_on), "to_name": f"Văn thư {case.unit()}", "to_address": _ADDRESS,
        "campaign_key": case.plan.key, "rehearsal": False, "language": language,
    }  # fmt: skip


def _digest(case: _Case, kinds: Iterable[ItemKind], language: str) -> Digest:
    items = tuple(_item(case, kind) for kind in kinds)
    if len(items) > 1:
        items = (items[0], replace(items[1], duty_title=f"{items[1].duty_title} (nội dung thứ hai của mẫu)"))
    return Digest(
        **_envelope(case, language), unit_names=(case.unit(),), campaign_name=case.plan.name, items=items,
        as_of=_written_at(case, items[0].kind),
    )  # fmt: skip


def _written_at(case: _Case, kind: str) -> datetime:
    """Return when such a notice leaves: reminders before the last working day, the rest around the due date."""
    before = {"informs": 30, "courteous": 7, "brief": 1, "prepare": 30}
    if kind in before:
        day = case.target_on - timedelta(days=before[kind])
        return at_local(case.calendar.previous_working_day(day), _MORNING)
    days = {"overdue": 1, "late-accepted": 2, "document": 5, "transferred": -20, "waived": -15}
    return case.at(days.get(kind, -4), _AFTERNOON if kind == "overdue" else _MORNING)


def _item(case: _Case, kind: ItemKind) -> Item:
    row, calendar, today = case.row, case.calendar, _written_at(case, kind).date()
    undated = row.due_on is None
    moved = kind in ("date-changed", "extended")
    due_on = case.at(7).date() if moved else case.due_on
    decider = organisation(case.plan, "decider", today, case.units)
    receivers = case.receivers(today)
    ruled: dict[str, dict[str, Any]] = {
        "overdue": {"reconciled_at": at_local(today, time(10, 30))},
        "date-changed": {"document": case.document(-5), "decided_by": decider, "previous_due_on": case.due_on},
        "extended": {
            "document": case.document(-5), "decided_by": decider, "previous_due_on": case.due_on,
            "requested_on": case.at(-7).date(), "lateness_kept": False,
        },
        "late-accepted": {
            "accepted_until": case.at(10).date(), "lateness_kept": True,
            "decided_by": receivers[0][0] if receivers else case.office,
        },
        "waived": {"document": case.document(-16), "decided_by": decider},
        "transferred": {"previous_unit": case.units.before(case.unit_kind)},
        "document": {"document": case.document(4)},
    }  # fmt: skip
    return Item(
        kind=kind, rung=kind, assignment_id=1, **_facts(case), words=row.words,
        due_on=None if undated else due_on,
        strict=said_as_before(row.rule, due_on), previous_strict=said_as_before(row.rule, case.due_on),
        confirmed=row.confirmed or kind != "prepare",
        target_on=None if undated else calendar.previous_working_day(due_on),
        receivers=receivers, days_left=None if undated else (due_on - today).days,
        working_days_left=None if undated else max(0, calendar.working_days_between(today, due_on)),
        data_cutoff=cut_off_of(case.plan.duty(row.duty), row, calendar), **ruled.get(kind, {}),
    )  # fmt: skip


def _acknowledgement(case: _Case, language: str, *, late: bool = False, data: bool = False) -> Acknowledgement:
    received = case.at(1 if late else -2, time(9, 5))
    bound = case.modality == "mandated"
    verdict: Any = ("late" if late else "on-time") if bound else None
    return Acknowledgement(
        **_envelope(case, language), **_facts(case), code=f"XN-MAU2-{received:%d%m}", received_at=received,
        clock_words=_CLOCK, channel="portal" if data else "document-system", fact="data" if data else "document",
        document_number=None if data else "01/BC-MẪU", document_date=None if data else case.at(-3).date(),
        document_signer=None if data else "Thủ trưởng đơn vị",
        files=() if late else (("bao-cao.pdf", "9f" * 32, 1_234_567),),
        due_on=case.row.due_on, strict=said_as_before(case.row.rule, case.due_on), verdict=verdict,
        days_late=(received.date() - case.due_on).days if late else 0, awaited=("document",) if data else (),
        as_of=received + timedelta(minutes=5),
    )  # fmt: skip


def _supplement(case: _Case, language: str, side: Any = "", day: int = 2) -> SupplementRequest:
    received = case.at(-2, time(9, 5))
    return SupplementRequest(
        **_envelope(case, language), **_facts(case), code=f"XN-MAU2-{received:%d%m}", first_received_at=received,
        clock_words=_CLOCK, supplement_by=case.at(7).date(), side=side,
        as_of=case.at(day, _AFTERNOON if side == "after" else _MORNING),
        receivers=case.receivers(case.due_on),
        points=(
            Missing(item="Mục 2. Kết quả thực hiện", content="Chưa có số liệu của các đơn vị trực thuộc",
                    basis="Đề cương gợi ý, mục 2", how="Bổ sung số liệu, nội dung chưa đủ năm ghi “tạm tính”"),
            Missing(item="Phụ lục", content="Chưa có chữ ký số của người đứng đầu",
                    basis=f"Mục {case.row.clause} của Kế hoạch", how="Ký số và gửi lại phụ lục"),
        ),
    )  # fmt: skip


def _briefs(cases: Iterable[_Case], language: str) -> Iterator[Sample]:
    """Return a brief about each kind that can be missing, one about all of them, and the second one for the leaders."""
    bound = [case for case in cases if case.modality == "mandated" and case.unit_kind != "province" and not case.own]
    if not bound:
        return
    for case in bound:
        yield Sample("brief-1", case.unit_kind, "mandated", _brief(case, [case], "brief-1", 2, language))
    widest = max(bound, key=lambda case: sum(other.row == case.row for other in bound))
    same = [case for case in bound if case.row == widest.row]
    yield Sample("brief-1", "mixed", "mandated", _brief(widest, same, "brief-1", 3, language))
    yield Sample("brief-2", "mixed", "mandated", _brief(widest, same, "brief-2", 8, language))


def _brief(case: _Case, kinds: Iterable[_Case], rung: str, each: int, language: str) -> Brief:
    plan, row, at = case.plan, case.row, case.at(7 if rung == "brief-2" else 3, _AFTERNOON)
    missing = case.units.of_kinds([one.unit_kind for one in kinds], each, without=case.office)
    sender = sender_of(plan, case.due_on)
    return Brief(
        sender=sender, code="PT-MAU2-0001", rung=rung, to_words=f"Lãnh đạo {sender.office_name}",
        campaign_key=plan.key, campaign_name=plan.name, plan_number=plan.instrument.number,
        plan_date=plan.instrument.date, clause=row.clause, words=row.words, duty_kind=row.kind, duty_title=row.title,
        period=row.period, due_on=case.due_on, strict=said_as_before(row.rule, case.due_on),
        reconciled_at=at_local(at.date(), time(10, 30)), asked=len(missing) + 40, on_time=37, late=3,
        not_recorded=len(missing), missing=missing,
        history=tuple(
            told_words(slug, _written_at(case, kind), len(missing) + count, shipped(language))
            for slug, kind, count in (
                ("T-30", "informs", 40), ("T-7", "courteous", 21), ("T-1", "brief", 9), ("overdue-1", "overdue", 0),
            )
        ),
        receivers=case.receivers(at.date()),
        draft=draft_letter(plan, tuple(name for name, _ in missing), at.date(), case.units),
        as_of=at, rehearsal=False, language=language,
    )  # fmt: skip


_TYPES: Final = (
    "informs", "courteous", "brief", "overdue", "prepare", *_BY_RULING, "document", "several", "acknowledgement",
    "acknowledgement-late", "acknowledgement-data", "supplement-request", "supplement-before", "supplement-on",
    "supplement-after", "brief-1", "brief-2",
)  # fmt: skip

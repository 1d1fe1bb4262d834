"""What the mail templates are given: every slot of an item and of an acknowledgement, already in words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dondoc.messages.catalogue import Catalogue, dmy
from dondoc.messages.model import Acknowledgement, Item, Sender, SupplementRequest
from dondoc.messages.wording import (
    REPORTS,
    STATE,
    basis_words,
    due_words,
    known_words,
    left_words,
    notice_voice,
    receiver_words,
    softness,
    spoken_to,
)

View = dict[str, Any]


def item_view(item: Item, sender: Sender, alone: bool, catalogue: Catalogue) -> View:
    """Return one item in words; `alone` when the mail speaks to a single unit, which is then not named again."""
    t = catalogue.text
    own = item.unit_name == sender.office_name
    spoken = notice_voice(item.unit_kind, item.modality, rank=sender.rank, urges=sender.urges, own=own)
    soft = softness(item.modality)
    act = t(f"act.{item.duty_kind}")
    left = left_words(item.days_left, item.working_days_left, catalogue) if item.due_on else ""
    return {
        "kind": item.kind,
        "voice": spoken,
        "soft": soft,
        "title": item.duty_title,
        "unit": item.unit_name,
        "shown_unit": "" if alone and spoken != "upward" else item.unit_name,
        "who": spoken_to(item.unit_name, item.unit_kind, spoken, alone, catalogue),
        "act": act,
        "thing": t(f"thing.{item.duty_kind}"),
        "confirmed": item.confirmed,
        "due": _due(item, bool(soft), catalogue),
        "short_due": _short_due(item, catalogue),
        "target": _target(item, catalogue),
        "left": t("left.sentence", left=left) if left else "",
        "short_left": left,
        "end": _end(item, act, soft, catalogue),
        "receivers": receiver_words(item.receivers, catalogue),
        "basis": basis_words("basis.", item, catalogue, clause=item.clause, words=item.words),
        "cutoff": _cutoff(item, catalogue),
        "outline": _outline(item, catalogue),
        "note": _note(item, t),
        "way": t("way.state") if item.unit_kind in STATE else t("way.other", address=sender.sender_address),
        "reconciled": catalogue.instant(item.reconciled_at) if item.reconciled_at else "",
        "previous": _previous(item, bool(soft), catalogue),
        "decided_by": item.decided_by,
        "requested": catalogue.day(item.requested_on) if item.requested_on else "",
        "accepted_until": t("due.until", day=catalogue.day(item.accepted_until)) if item.accepted_until else "",
        "accepts": item.decided_by or sender.office_name,
        "previous_unit": item.previous_unit,
        "period": _period(item, catalogue),
        "waived_for": "waived.silent-once" if item.period == "once" else "waived.silent",
        "document": item.document,
        "by_document": _numbered(item.document, t),
        "lateness": _lateness(item, soft, catalogue),
        "subject_key": _subject_key(item, soft),
        "link": item.link,
    }


def intro_voice(spoken: str) -> str:
    """Return the voice of the opening sentence: courtesy has one, whatever its cause.

    What concerns the province is told to the office's own staff: nothing goes to a leader by machine.
    """
    return {"invited": "respectful", "encouraged": "respectful", "informed": "plain", "upward": "own"}.get(
        spoken, spoken
    )


def acknowledgement_view(ack: Acknowledgement, catalogue: Catalogue) -> View:
    """Return an acknowledgement in words."""
    t = catalogue.text
    spoken = notice_voice(
        ack.unit_kind, ack.modality, rank=ack.sender.rank, own=ack.unit_name == ack.sender.office_name
    )
    soft = softness(ack.modality)
    return {
        "code": ack.code,
        "title": ack.duty_title,
        "unit": ack.unit_name,
        "thanks": t(
            "acknowledgement.thanks-own" if spoken == "own" else "acknowledgement.thanks",
            office=ack.sender.office_name,
            thing=t(f"thing.{ack.duty_kind}"),
            unit=ack.unit_name,
            who=spoken_to(ack.unit_name, ack.unit_kind, spoken, True, catalogue),
        ),
        "period": catalogue.period(ack.period),
        "basis": basis_words("basis.clause-", ack, catalogue, clause=ack.clause),
        "received": t("acknowledgement.clock", instant=catalogue.instant(ack.received_at), clock=ack.clock_words),
        "channel": known_words("acknowledgement.channel.", ack.channel, catalogue),
        "fact": t(f"acknowledgement.fact.{ack.fact}"),
        "document": _document(ack, catalogue),
        "signer": ack.document_signer,
        "soft": soft,
        "due": due_words(ack.due_on, ack.strict, catalogue) if ack.due_on else "",
        "verdict": _verdict(ack, catalogue),
        "files": [
            {
                "name": t("acknowledgement.file", name=name, size=catalogue.size(size)),
                "hash": t("acknowledgement.hash", sha256=sha256),
            }
            for name, sha256, size in ack.files
        ],
        "figures": t("acknowledgement.figures", count=ack.figures) if ack.figures else "",
        "awaited": "; ".join(known_words("acknowledgement.awaited.", what, catalogue) for what in ack.awaited),
        "correct": t(f"acknowledgement.correct{soft}"),
    }


def supplement_view(request: SupplementRequest, catalogue: Catalogue) -> View:
    """Return a request to complete a report in words; who may receive may ask, so authority to urge plays no part."""
    t = catalogue.text
    own = request.unit_name == request.sender.office_name
    spoken = notice_voice(request.unit_kind, request.modality, rank=request.sender.rank, own=own)
    return {
        "heading": t(f"supplement.heading{'' if spoken in ('plain', 'own') else '-respectful'}"),
        "code": request.code,
        "title": request.duty_title,
        "unit": request.unit_name,
        "period": catalogue.period(request.period),
        "basis": basis_words("basis.clause-", request, catalogue, clause=request.clause),
        "thanks": t(
            "supplement.received-own" if own else "supplement.received",
            office=request.sender.office_name, thing=t(f"thing.{request.duty_kind}"), unit=request.unit_name,
        ),
        "ask": t(
            f"supplement.{spoken}", who=spoken_to(request.unit_name, request.unit_kind, spoken, True, catalogue)
        ),
        "first": t(
            "acknowledgement.clock", instant=catalogue.instant(request.first_received_at), clock=request.clock_words
        ),
        "until": t("due.until", day=catalogue.day(request.supplement_by)),
        "points": request.points,
        "link": request.link,
        "reminds": t(
            f"supplement.reminds-{request.side}", day=catalogue.day(request.supplement_by), unit=request.unit_name,
            instant=catalogue.instant(request.as_of),
        ) if request.side else "",
        "receivers": receiver_words(request.receivers, catalogue),
    }  # fmt: skip


def _subject_key(item: Item, soft: str) -> str:
    # Nothing can be "N days left" when no day is known: such a mail only informs.
    kind = "informs" if item.kind in ("courteous", "brief") and _days_unknown(item) else str(item.kind)
    return kind if kind == "overdue" else kind + soft


def _days_unknown(item: Item) -> bool:
    return item.due_on is None or (item.kind == "courteous" and (item.days_left is None or item.days_left < 0))


def _period(item: Item, catalogue: Catalogue) -> str:
    """Return the period, unless the title names it already."""
    period = catalogue.period(item.period)
    return "" if period in item.duty_title and item.kind != "waived" else period


def _due(item: Item, courtesy: bool, catalogue: Catalogue) -> str:
    """Return the exact date; what is only encouraged and has none is not given the word."""
    if item.due_on is None and item.modality == "encouraged":
        return ""
    return due_words(item.due_on, item.strict, catalogue, courtesy=courtesy)


def _previous(item: Item, courtesy: bool, catalogue: Catalogue) -> str:
    if item.previous_due_on is None and item.kind != "date-changed":
        return ""
    return due_words(item.previous_due_on, item.previous_strict, catalogue, courtesy=courtesy)


def _numbered(document: str | None, t: Callable[..., str]) -> str:
    """Return a document as it is cited: "số 4321/UBND-KGVX ngày …" where it begins with its number."""
    return t("document.number", document=document) if document and document[0].isdigit() else document or ""


def _note(item: Item, t: Callable[..., str]) -> str:
    """Return why a unit that no document binds is written to; an invited one is never left without the reason."""
    if item.modality == "mandated":
        return ""
    return item.invited_reason or (t("note.invited") if item.modality == "invited" else "")


def _short_due(item: Item, catalogue: Catalogue) -> str:
    if item.kind == "late-accepted" and item.accepted_until is not None:
        return catalogue.text("due.short-by", date=dmy(item.accepted_until))
    if item.due_on is None:
        return catalogue.text("due.none")
    if item.kind == "brief":
        return _capital(catalogue.text("due.by", day=catalogue.day(item.due_on)))
    if item.strict:
        return catalogue.text("due.short-before", after=dmy(item.due_on + timedelta(days=1)))
    return catalogue.text("due.short-by", date=dmy(item.due_on))


def _target(item: Item, catalogue: Catalogue) -> str:
    if item.due_on is None or item.target_on is None or item.target_on == item.due_on:
        return ""
    return catalogue.text("due.target", day=catalogue.day(item.target_on), off=dmy(item.due_on))


def _end(item: Item, act: str, soft: str, catalogue: Catalogue) -> str:
    if item.due_on is None:
        return catalogue.text("brief.end-none")
    return catalogue.text(f"brief.end{soft}", act=act, day=catalogue.day(item.due_on))


def _cutoff(item: Item, catalogue: Catalogue) -> str:
    if item.duty_kind not in REPORTS:
        return ""
    if item.data_cutoff is None:
        return catalogue.text("cutoff.open")
    return catalogue.text("cutoff.day", day=catalogue.day(item.data_cutoff))


def _outline(item: Item, catalogue: Catalogue) -> list[str]:
    if item.outline or item.duty_kind not in REPORTS:
        return list(item.outline)
    return [catalogue.text(f"outline.{number}") for number in range(1, 6)]


def _lateness(item: Item, soft: str, catalogue: Catalogue) -> str:
    if item.kind == "late-accepted" and not soft:
        return catalogue.text("late-accepted.lateness")
    if item.lateness_kept is None or soft:
        return ""
    return catalogue.text(f"date-changed.lateness-{'kept' if item.lateness_kept else 'moved'}")


def _document(ack: Acknowledgement, catalogue: Catalogue) -> str:
    day = dmy(ack.document_date) if ack.document_date else ""
    if ack.document_number and day:
        return catalogue.text("acknowledgement.document.full", number=ack.document_number, date=day)
    if ack.document_number:
        return catalogue.text("acknowledgement.document.number", number=ack.document_number)
    return catalogue.text("acknowledgement.document.date", date=day) if day else ""


def _verdict(ack: Acknowledgement, catalogue: Catalogue) -> str:
    """Return "trong thời hạn" or "sau thời hạn N ngày"; units that owe nothing are not judged."""
    if ack.modality != "mandated":
        return ""
    if ack.due_on is None:
        return catalogue.text("acknowledgement.verdict.undated")
    if ack.verdict is None:
        return catalogue.text(f"acknowledgement.verdict.by-{ack.judged_by}") if ack.judged_by else ""
    return catalogue.text(f"acknowledgement.verdict.{ack.verdict}", days=ack.days_late)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""What the brief's templates are given: figures, list, history, proposal, and the draft letter's paragraphs."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from itertools import groupby
from typing import Any, Final

from dondoc.clock import local_day
from dondoc.messages.catalogue import Catalogue, dmy
from dondoc.messages.model import Brief
from dondoc.messages.wording import REPORTS, RESPECTED, basis_words, due_words, known_words, receiver_words, voice

View = dict[str, Any]
ANNEX_FROM: Final = 13  # a draft letter to more offices than twelve lists them in an annex
SENT_THINGS: Final = REPORTS | {"registration", "pilot", "award-nomination"}


def brief_view(brief: Brief, catalogue: Catalogue) -> View:
    """Return the brief itself in words: figures first."""
    t = catalogue.text
    thing = t(f"thing.{brief.duty_kind}")
    period = catalogue.period(brief.period)
    invited = ""
    if brief.invited is not None:
        key = "report.invited-unknown" if brief.invited_received is None else "report.invited"
        invited = t(key, invited=brief.invited, received=brief.invited_received)
    own = f"report.proposal.{brief.rung}"
    proposal = "report.proposal.advised" if brief.draft.on_report_of else own
    return {
        "code": brief.code,
        "to": brief.to_words,
        "title": _inside(brief.duty_title),
        "period": "" if period in brief.duty_title else period,
        "sent": brief.on_time + brief.late + brief.unjudged,
        "asked": brief.asked,
        "on_time": brief.on_time,
        "late": brief.late,
        "unjudged": brief.unjudged,
        "not_recorded": brief.not_recorded,
        "invited": invited,
        "due": due_words(brief.due_on, brief.strict, catalogue),
        "basis": basis_words("basis.", brief, catalogue, clause=brief.clause, words=brief.words),
        "reconciled": catalogue.instant(brief.reconciled_at),
        "groups": _groups(brief.missing, catalogue),
        "history": brief.history,
        "proposal": brief.proposal
        or t(
            proposal if proposal in catalogue else "report.proposal.other",
            count=brief.not_recorded, thing=thing, speaker=brief.draft.speaks_as,
        ),
        "incomplete": t("letter.incomplete") if _incomplete(brief) else "",
    }  # fmt: skip


def _incomplete(brief: Brief) -> bool:
    """Whether the letter cannot be issued yet: no document rests on a plan without number and date."""
    return brief.plan_number is None or brief.plan_date is None


def _inside(title: str) -> str:
    """Return a title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]


def told_words(rung: str, at: datetime, notices: int, catalogue: Catalogue) -> str:
    """Return what was sent as a line of the brief: "14/10/2026: thông báo thời hạn, 62 cơ quan, đơn vị"."""
    return catalogue.text(
        "report.told", what=known_words("report.rung.", rung, catalogue), date=dmy(local_day(at)), count=notices
    )


def _groups(missing: Iterable[tuple[str, str]], catalogue: Catalogue) -> list[View]:
    """Return the list cut where the kind changes, in the order given, numbered through."""
    groups: list[View] = []
    number = 1
    for kind, units in groupby(missing, key=lambda unit: unit[1]):
        named = list(enumerate((name for name, _ in units), number))
        groups.append({"name": catalogue.text(f"report.group.{kind}"), "start": number, "units": named})
        number += len(named)
    return groups


def letter_view(brief: Brief, catalogue: Catalogue) -> View:
    """Return the draft công văn in words; number, date and signature are left to the office."""
    t, draft = catalogue.text, brief.draft
    thing, act = t(f"thing.{brief.duty_kind}"), t(f"act.{brief.duty_kind}")
    receivers = receiver_words(brief.receivers, catalogue)
    title = _inside(brief.duty_title)
    period = catalogue.period(brief.period)
    if period not in title:
        title = t("letter.title-period", title=title, period=period)
    values = {
        "instant": catalogue.instant(brief.reconciled_at), "thing": thing,
        "issuer": draft.on_report_of or draft.issuer_name,
    }  # fmt: skip
    fact = "letter.fact-advised" if draft.on_report_of else "letter.fact"
    return {
        "parent": draft.parent_name,
        "issuer": draft.issuer_name,
        "suffix": draft.number_suffix,
        "subject": draft.subject
        or (t("letter.subject-send", title=title) if brief.duty_kind in SENT_THINGS else title),
        "place": draft.place,
        "year": draft.year,
        "recipients": draft.recipients,
        "annexed": len(draft.recipients) >= ANNEX_FROM,
        "body": [
            t(
                "letter.basis",
                basis=t(
                    "letter.plan",
                    number=brief.plan_number or t("letter.blank"),
                    date=dmy(brief.plan_date) if brief.plan_date else t("letter.blank-date"),
                ),
                campaign=brief.campaign_name,
                clause=brief.clause,
                act=act,
                due=due_words(brief.due_on, brief.strict, catalogue),
            ),
            t(f"{fact}-one", unit=draft.recipients[0], **values) if len(draft.recipients) == 1 else t(fact, **values),
            t(
                "letter.ask" if receivers else "letter.ask-nowhere",
                issuer=draft.speaks_as or draft.issuer_name,
                asked=_asked(brief, catalogue),
                act=act,
                receivers=receivers,
            ),
            t("letter.close-respectful" if any(kind in RESPECTED for _, kind in brief.missing) else "letter.close"),
        ],
        "signer": draft.signer_title or t(f"letter.signer.{draft.rank}"),
        "copied": draft.copied,
        "filed_by": draft.filed_by,
        "incomplete": t("letter.incomplete") if _incomplete(brief) else "",
    }


def _asked(brief: Brief, catalogue: Catalogue) -> str:
    """Return whom the letter asks in which verb: "yêu cầu các sở, ban, ngành; trân trọng đề nghị các đoàn thể".

    Where nobody is ordered there is one verb, and one respected body among the addressees raises it for all.
    """
    t = catalogue.text

    def joined(parts: Iterable[str]) -> str:
        return reduce(lambda first, then: t("letter.joined", first=first, then=then), parts)

    kinds: dict[str, list[str]] = {}
    for _, kind in brief.missing:
        group = kinds.setdefault(voice(kind, "mandated", rank=brief.draft.rank), [])
        if kind not in group:
            group.append(kind)
    if len(kinds) > 1 and "requires" in kinds:
        groups = {spoken: [t(f"letter.group.{kind}") for kind in group] for spoken, group in kinds.items()}
        return joined(t(f"letter.verb.{spoken}", whom=joined(named)) for spoken, named in groups.items())
    spoken = "respectful" if "respectful" in kinds else next(iter(kinds), "plain")
    return t(f"letter.verb.{spoken}", whom=t("letter.them" if spoken == "requires" else "letter.you"))

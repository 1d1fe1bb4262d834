"""What the brief's templates are given: figures, list, history, proposal, and the draft letter's paragraphs."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from dondoc.messages.catalogue import Catalogue
from dondoc.messages.model import Brief
from dondoc.messages.wording import REPORTS, RESPECTED, basis_words, due_words, receiver_words

View = dict[str, Any]
ANNEX_FROM: Final = 13  # a draft letter to more offices than twelve lists them in an annex
SENT_THINGS: Final = REPORTS | {"registration", "pilot", "award-nomination"}


def brief_view(brief: Brief, catalogue: Catalogue) -> View:
    """Return the brief itself in words: figures first."""
    t = catalogue.text
    thing = t(f"thing.{brief.duty_kind}")
    invited = ""
    if brief.invited is not None:
        key = "report.invited-unknown" if brief.invited_received is None else "report.invited"
        invited = t(key, invited=brief.invited, received=brief.invited_received)
    proposal = f"report.proposal.{brief.rung}"
    return {
        "code": brief.code,
        "to": brief.to_words,
        "title": brief.duty_title,
        "sent": brief.on_time + brief.late,
        "asked": brief.asked,
        "on_time": brief.on_time,
        "late": brief.late,
        "not_recorded": brief.not_recorded,
        "invited": invited,
        "due": due_words(brief.due_on, brief.strict, catalogue),
        "basis": basis_words("basis.", brief, catalogue, clause=brief.clause, words=brief.words),
        "reconciled": catalogue.instant(brief.reconciled_at),
        "groups": _groups(brief.missing, catalogue),
        "history": brief.history,
        "proposal": brief.proposal
        or t(proposal if proposal in catalogue else "report.proposal.other", count=brief.not_recorded, thing=thing),
    }


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
    # One respected body among the addressees, and the whole letter speaks to it.
    manner = "-respectful" if any(kind in RESPECTED for _, kind in brief.missing) else ""
    receivers = receiver_words(brief.receivers, catalogue)
    title = brief.duty_title[:1].lower() + brief.duty_title[1:]
    values = {"instant": catalogue.instant(brief.reconciled_at), "issuer": draft.issuer_name, "thing": thing}
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
                basis=basis_words("basis.plan-", brief, catalogue),
                campaign=brief.campaign_name,
                clause=brief.clause,
                act=act,
                due=due_words(brief.due_on, brief.strict, catalogue),
            ),
            t("letter.fact-one", unit=draft.recipients[0], **values)
            if len(draft.recipients) == 1
            else t("letter.fact", **values),
            t(
                f"letter.ask{'' if receivers else '-nowhere'}{manner}",
                issuer=draft.issuer_name,
                act=act,
                receivers=receivers,
            ),
            t("letter.close"),
        ],
        "signer": draft.signer_title,
        "copied": draft.copied,
        "filed_by": draft.filed_by,
    }

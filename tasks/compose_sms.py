"""From ledger rows to one short message: the approved text for what is asked, its slots filled."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from dondoc.messages.catalogue import dmy, shipped
from dondoc.messages.model import Digest, Item
from dondoc.sms.approved import Fitted, Template, Unfit, fit, samples
from dondoc.sms.gateway import SmsRoute
from dondoc.store.sms import TemplateRow


def templates_for(route: SmsRoute, rows: Sequence[TemplateRow]) -> dict[str, Template]:
    """Return the texts a gateway may send, by kind; the simulator has the samples where nothing else is entered."""
    known = {each.kind: each for each in samples()} if route.simulated else {}
    entered = {
        row.kind: Template(row.gateway, row.kind, row.provider_ref, row.text, row.slots, row.brandname, row.approved_on)
        for row in rows
        if row.gateway == route.gateway.gateway
    }
    return known | entered


def compose_sms(digest: Digest, templates: Mapping[str, Template], route: SmsRoute) -> tuple[Template, Fitted]:
    """Return the approved text for an envelope, filled. Errors: `Unfit`: none is approved, or it does not fit."""
    kind = kind_of(digest.items)
    template = templates.get(kind)
    if template is None:
        raise Unfit(
            f"SMS template '{kind}' of {route.gateway.gateway}: none is approved; see 'dondoc sms add-template'"
        )
    return template, fit(template, values_of(digest), route.gateway)


def kind_of(items: Sequence[Item]) -> str:
    """Return which text an envelope takes: nobody but the mandated ever reads that something is overdue."""
    if any(item.modality != "mandated" for item in items):
        return "courtesy"
    return "overdue" if all(item.kind == "overdue" for item in items) else "remind"


def values_of(digest: Digest) -> dict[str, str]:
    """Return what can stand in a slot: the office, the task, its day, a landline; no name and no figure of anybody."""
    catalogue = shipped("vi")
    first = min(digest.items, key=lambda item: item.due_on or date.max)
    tasks = dict.fromkeys((item.duty_kind, item.period) for item in digest.items)
    task = f"{catalogue.text(f'thing.{first.duty_kind}')} {catalogue.period(first.period)}"
    return {
        "office": digest.sender.short_name,
        "task": task.strip() if len(tasks) == 1 else catalogue.text("sms.several"),
        "due": _due(first),
        "phone": digest.sender.contact_phone,
    }


def _due(item: Item) -> str:
    catalogue = shipped("vi")
    if item.due_on is None:
        return catalogue.text("due.none")
    if item.strict:
        return catalogue.text("due.short-before", after=dmy(item.due_on + timedelta(days=1)))
    return catalogue.text("due.short-by", date=dmy(item.due_on))

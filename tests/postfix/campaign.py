"""A year of Điện Biên and every sample of every plan, sent as in service through the relays one is given."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from config.plan import available_plans, load_plan, plan_path
from deadlines.audit import Finding
from deadlines.calendar import vietnam
from dondoc.messages.dkim import Signer
from dondoc.messages.mime import assemble
from dondoc.messages.model import Brief, Digest
from dondoc.messages.render import render
from dondoc.messages.smtp import Connection, Route
from dondoc.store.briefs import briefs_on_desk
from dondoc.store.messages import list_messages
from tasks.changing import By
from tasks.heartbeat import send_heartbeat
from tasks.lay_briefs import release_brief
from tasks.make_ruling import For, accept_late, extend, set_date, waive
from tasks.preview import sent_again
from tasks.receipts import Document
from tasks.sample_messages import sample_messages
from tasks.sample_units import sample_units
from tests.story import KEY, Story, story

REPORT = ("annual-report", "2026")
PAGES = "https://nop.so-mau.example"
OFFICE = "van-phong@so-mau.example"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a relay has taken: each mail's bytes, and how many of each type there were."""

    mails: list[bytes]
    types: Counter[str]
    unsent: list[str]


async def play(url: str, folder: Path, relays: Sequence[Route], signer: Signer) -> Sent:
    """Live through a year's report with all that can be said in it, signed; the sender takes all relays in turn."""
    async with story(url, folder, since="2026-10-01") as s:
        s.world.routes["live"], s.world.further_routes["live"] = relays[0], tuple(relays[1:])
        s.world.dkim, s.world.portal = signer, {"live": PAGES}
        s.world.reply_domain, s.world.heartbeat_to = "tra-loi.so-mau.example", OFFICE
        await _autumn(s)
        sound = await send_heartbeat(s.world, [Finding("unreachable", "11-so-y-te")], s.now)
        return await _what_left(s, [str(each) for each in sound])


async def rehearse(url: str, folder: Path, relay: Route) -> Sent:
    """Play the first reminder in rehearsal: every subject says so."""
    async with story(url, folder, since="2026-10-01", state="rehearsal") as s:
        s.world.routes["rehearsal"] = relay
        await s.forward("2026-10-14 09:00")
        return await _what_left(s, [])


async def _autumn(s: Story) -> None:
    def by(document: str | None = "45/UBND-MẪU, 10/11/2026") -> By:
        return By("Chuyên viên mẫu", s.now, document, None, False)

    await s.forward("2026-10-14 09:00")  # T-30
    await s.submit("11-so-noi-vu", *REPORT, document=Document("12/BC-MẪU", date(2026, 10, 14), "Giám đốc"))
    await s.submit("11-so-tai-chinh", *REPORT)
    await s.forward("2026-11-10 09:00")  # T-7
    await extend(
        s.world, KEY, *REPORT, date(2026, 11, 30), requested_on=date(2026, 11, 9), by=by(), whom=For(unit="11-so-y-te")
    )
    await waive(s.world, KEY, *REPORT, by=by(), whom=For(unit="11-so-tu-phap"))
    await s.forward("2026-11-16 13:30")  # T-1; the date has passed
    await accept_late(s.world, KEY, *REPORT, date(2026, 12, 15), by=by(), whom=For(kind="enterprise"))
    await s.submit("11-so-xay-dung", *REPORT, document=Document("13/BC-MẪU", date(2026, 11, 16), "Giám đốc"))
    await s.reconcile()
    await s.forward("2026-11-18 13:30")  # overdue
    await s.reconcile()
    await s.forward("2026-11-18 14:05")
    [laid] = await briefs_on_desk(s.world.database)
    await release_brief(
        s.world, laid.code, document="12/SKHCN-MẪU; 18/11/2026; Lãnh đạo mẫu", by="Lãnh đạo mẫu", as_of=s.now
    )
    await s.forward("2026-11-18 14:10")
    await set_date(
        s.world, KEY, *REPORT, date(2026, 12, 31), officer="Chuyên viên mẫu", document="46/UBND-MẪU, 18/11/2026",
        as_of=s.now, whom=For(kind="commune"),
    )  # fmt: skip
    await s.forward("2026-11-19 10:00")


async def _what_left(s: Story, unsent: list[str]) -> Sent:
    """Return every accepted mail from the evidence kept of it, so that this is what is compared."""
    mails, types = [], Counter[str]()
    for row in await list_messages(s.world.database, limit=10_000):
        if row.state != "accepted":
            unsent.append(f"message {row.id}: {row.state}: {row.last_error}")
            continue
        kept, content = await sent_again(s.world, row.id)
        mails.append(content)
        items = (kept.form or kept.parameters or {}).get("items") or [{"kind": row.kind}]
        types["several" if len(items) > 1 else items[0]["kind"]] += 1
    return Sent(mails, types, unsent)


async def send_samples(relay: Route) -> Sent:
    """Send one of every message of every plan to every kind of unit."""
    mails, types, unsent = [], Counter[str](), []
    connection = Connection(relay)
    for key in available_plans():
        plan = load_plan(plan_path(key))
        for number, sample in enumerate(sample_messages(plan, sample_units(plan.key, plan.starts_on), vietnam())):
            message = sample.message
            if isinstance(message, Brief):
                continue  # printed, never mailed
            if isinstance(message, Digest):
                message = replace(message, unit_names=message.unit_names * (1 + number % 2))
            content = assemble(
                render(message), sender=message.sender, to_name=message.to_name, to_address=message.to_address,
                message_id=f"<{number}.{key}@so-mau.example>", date=message.as_of,
                reply_to=f"r+{number}.0a@tra-loi.so-mau.example", references=(f"<{key}@so-mau.example>",),
            )  # fmt: skip
            attempt = await connection.send(message.sender.sender_address, message.to_address, content)
            if attempt.state == "accepted":
                mails.append(content)
                types[sample.type] += 1
            else:
                unsent.append(f"{key} {sample.slug}: {attempt.error}")
    await connection.close()
    return Sent(mails, types, unsent)

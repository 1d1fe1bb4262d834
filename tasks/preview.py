"""Show a message before it leaves, made exactly as it will be and then undone, or one that has left, byte for byte."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from config.errors import Refused
from deadlines.staleness import Decision, settle
from deadlines.waves import allowed_from, wave_of
from dondoc import clock
from dondoc.messages.forms import FORM, digest_from
from dondoc.messages.marks import CODE_MARK, filled
from dondoc.messages.mime import assemble
from dondoc.messages.model import Acknowledgement, CodeLetter, Digest, Rendered, SupplementRequest, from_json
from dondoc.messages.render import Templates, render
from dondoc.registry.text import search_key
from dondoc.store.campaigns import CampaignRow, campaign
from dondoc.store.duties import duty_period
from dondoc.store.outbox import contact_names, contents
from dondoc.store.previews import Evidence, envelope_of, evidence_of, notice_of, owed_by, suppose_reconciled
from dondoc.store.registry import find_unit
from dondoc.store.steps import fire_step, queue_messages, steps_due
from tasks.compose import compose_digest
from tasks.prepare_messages import HEADERS, REDIRECTED
from tasks.redirect import redirection_header
from tasks.unit_links import LINKS, carried, link_values, links_of_claim
from tasks.world import World


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as it would leave: when, to whom, why, and in which words.

    `held_by`: what it still waits for; `skipped`: why nobody would be written to, and then there are no words.
    """

    unit: str
    rung: str
    fire_at: datetime
    leaves_at: datetime
    coming: tuple[tuple[str, datetime], ...]
    held_by: str | None = None
    skipped: str | None = None
    address: str | None = None
    to_name: str = ""
    others: int = 0  # further items in the same envelope
    rendered: Rendered | None = None
    content: bytes = b""


class _Undo(Exception):
    def __init__(self, preview: Preview) -> None:
        self.preview = preview


async def preview(
    world: World, campaign_key: str, duty: str, period: str, unit: str, rung: str | None, as_of: datetime
) -> Preview:
    """Return what `unit` would be sent next under a duty, or at `rung`; nothing is written.

    The steps that fall due by then are fired as a round would, in a transaction that is taken back. Errors:
    `Refused` when the unit owes nothing here, or nothing more is coming.
    """
    row = await campaign(world.database, campaign_key)
    owed_in = await duty_period(world.database, row.id, duty, period)
    found = await find_unit(world.database, unit, search_key(unit), clock.local_day(as_of))
    owed = await owed_by(world.database, owed_in.id, found.id)
    where = f"{campaign_key} {duty} {period}"
    if owed is None:
        raise Refused(f"{where}: {found.office_name} does not owe it, or it is not open yet; see 'dondoc status'")
    wanted = next(((slug, at) for slug, at in owed.steps if rung in (None, slug)), None)
    if wanted is None:
        there = ", ".join(slug for slug, _ in owed.steps) or "nothing more"
        raise Refused(f"{where}: no step '{rung or 'next'}' is coming for {found.office_name}; coming: {there}")
    at = max(as_of, wanted[1])
    due = [step for step in await steps_due(world.database, at) if step.campaign_id == row.id]
    decisions = settle(due, as_of=at, calendar=world.calendar_of(row))
    mine = next((d for d in decisions if d.step.cohort_id == owed.cohort_id and d.step.rung == wanted[0]), None)
    if mine is None:
        raise Refused(f"{where}: the campaign is a draft or has ended; nothing leaves")
    base = Preview(found.office_name, wanted[0], wanted[1], allowed_from(at, world.calendar), owed.steps)
    if mine.act == "skip":
        return replace(base, skipped=mine.reason)
    if mine.step.kind == "brief":
        return replace(base, skipped="brief")
    try:
        await _make_and_undo(world, row, base, decisions, mine, owed.assignment_id, at)
    except _Undo as undo:
        return undo.preview
    raise AssertionError("a preview always ends its transaction")


async def _make_and_undo(
    world: World, row: CampaignRow, base: Preview, decisions: list[Decision], mine: Decision, assignment: int,
    at: datetime,
) -> None:  # fmt: skip
    database, leaves = world.database, base.leaves_at
    async with database.write() as connection:
        if mine.act == "wait":
            base = replace(base, held_by=mine.reason)
            await suppose_reconciled(connection, row.office_id, at)
        firing = [d.step for d in decisions if (d.act == "fire" or d is mine) and d.step.kind != "brief"]
        firing = [step for step in firing if step.channel == "email"]
        for step in firing:
            await fire_step(database, connection, step, clock.local_day(at), at, most=world.most_per_duty)
        await queue_messages(
            database, connection, campaign_id=row.id, step_ids=[step.id for step in firing], mode=row.state,
            kind="digest", local_day=clock.local_day(leaves), wave=wave_of(leaves), not_before=leaves, at=at,
        )  # fmt: skip
        _state, reason, message_id = await notice_of(connection, assignment, base.rung)
        if message_id is None:
            raise _Undo(replace(base, skipped=reason))
        envelope = await envelope_of(connection, message_id)
        items = (await contents(database, connection, [message_id], at))[message_id]
        names = await contact_names(database, connection, {envelope.person_id}, {each.unit_id for each in items})
        given = await links_of_claim(world, connection, [envelope], {message_id: items}, leaves)
        digest = compose_digest(world, row, envelope, items, names, leaves)
        links = carried(world, envelope, [(each.link, each.assignment_id) for each in digest.items], given)
        rendered = filled(render(digest), link_values(world, envelope.person_id, links))
        header_id = world.header_id(
            envelope.campaign_id, envelope.person_id, envelope.channel, envelope.local_day, envelope.wave,
            envelope.part, envelope.mode,
        )  # fmt: skip
        content = assemble(
            rendered, reply_to=world.reply_to(header_id), references=(world.thread_of(row.id, envelope.person_id),),
            sender=digest.sender, to_name=digest.to_name, to_address=envelope.address, message_id=header_id,
            date=leaves,
        )  # fmt: skip
        raise _Undo(
            replace(
                base, address=envelope.address, to_name=digest.to_name, others=len(items) - 1, rendered=rendered,
                content=content,
            )
        )  # fmt: skip


async def sent_again(world: World, message_id: int) -> tuple[Evidence, bytes]:
    """Return a message that was written, byte for byte, from the evidence kept of it.

    Errors: `Refused` when there is no such message, it was not written yet, or the bytes are not those sent.
    """
    kept = await evidence_of(world.database, message_id)
    if kept is None:
        raise Refused(f"message {message_id}: there is none; 'dondoc messages' lists them")
    if kept.sha256 is None or kept.parameters is None or kept.header_id is None:
        raise Refused(
            f"message {message_id}: is {kept.state} and was never written; 'dondoc preview' shows what would go"
        )
    if kept.sources is None:
        raise Refused(f"message {message_id}: was written with templates {kept.template_version}, which are not kept")
    said: Digest | Acknowledgement | CodeLetter | SupplementRequest
    if kept.parameters["message"] == FORM:
        said = digest_from(kept.form or {}, kept.parameters, kept.address)
    else:
        read = from_json(kept.parameters)
        assert isinstance(read, Digest | Acknowledgement | CodeLetter | SupplementRequest)
        said = read
    pilot = kept.parameters.get(REDIRECTED)
    units = said.unit_names if isinstance(said, Digest) else (said.unit_name,)
    headers = kept.parameters.get(HEADERS, {})
    marks = link_values(world, kept.person_id, kept.parameters.get(LINKS))
    if isinstance(said, CodeLetter):
        marks = {CODE_MARK: world.submit_digits(said.nonce)}
    content = assemble(
        filled(render(said, Templates(kept.sources)), marks),
        reply_to=headers.get("reply_to"),
        references=(headers["thread"],) if headers else (),
        sender=said.sender,
        to_name="" if pilot else said.to_name,
        to_address=pilot or kept.address,
        message_id=kept.header_id,
        date=said.as_of if isinstance(said, Digest) else kept.accepted_at or said.as_of,
        headers=redirection_header(kept.address, units) if pilot else None,
    )
    content = headers.get("dkim", "").encode("ascii") + content
    if hashlib.sha256(content).hexdigest() != kept.sha256:
        raise Refused(f"message {message_id}: what is kept gives other bytes than were sent (SHA-256 {kept.sha256})")
    return kept, content

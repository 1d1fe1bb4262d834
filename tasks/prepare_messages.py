"""From claimed envelopes to the bytes that leave: what many say alike is written once, names are put in."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from dondoc import clock
from dondoc.messages.forms import Form, filled_parameters, form_of, mark, may_stand_in_a_form
from dondoc.messages.marks import CODE_MARK, filled, link_mark
from dondoc.messages.mime import assemble
from dondoc.messages.model import Acknowledgement, CodeLetter, Rendered, Sender, SupplementRequest, from_json, to_json
from dondoc.messages.render import render_acknowledgement, render_code, render_digest, render_supplement, shipped
from dondoc.store.campaigns import CampaignRow
from dondoc.store.outbox import Content, Envelope, keep_forms
from dondoc.store.sent_before import NoticeKey
from tasks.compose import compose_digest, sender_of
from tasks.redirect import redirection, redirection_header
from tasks.unit_links import LINKS, carried, link_values
from tasks.world import World

_FORMS_HELD = 512
HEADERS: Final = "~headers"  # among a message's parameters: its address for answers, its thread, its signature
REDIRECTED: Final = "~redirected_to"  # among a message's parameters: the pilot's mailbox that got it


@dataclass(frozen=True, slots=True)
class Prepared:
    """An envelope with its bytes, and what is kept as evidence of them."""

    envelope: Envelope
    mail_from: str
    content: bytes
    header_id: str
    template_version: str
    parameters: dict[str, Any]
    notices: tuple[NoticeKey, ...] = ()  # by what its items are known again in any database
    redirected_to: str | None = None  # a pilot's mailbox gets it instead of its person

    @property
    def to_address(self) -> str:
        """Return the mailbox it goes to."""
        return self.redirected_to or self.envelope.address

    @property
    def sha256(self) -> str:
        """Return the fingerprint of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim has read: envelopes, their items, and what letters outside the digests were queued with."""

    envelopes: Sequence[Envelope]
    items: dict[int, list[Content]]
    names: dict[tuple[int, int], str]
    letters: dict[int, dict[str, Any]]
    campaigns: dict[int, CampaignRow]
    links: dict[tuple[int, int], int] = field(default_factory=dict)  # (assignment, person) → its link's generation


@dataclass(slots=True)
class Writer:
    """Writes the mails of one dispatch. Forms are made as they are needed and kept for what follows."""

    world: World
    as_of: datetime
    _forms: dict[tuple[Any, ...], Form] = field(default_factory=dict)
    _kept: set[str] = field(default_factory=set)
    _own: dict[int, str] = field(default_factory=dict)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def prepare(self, claimed: Claimed, envelope: Envelope) -> Prepared:
        """Return an envelope ready to leave.

        Errors: `AddressError`, `TooLong`; whatever one that cannot be written raises.
        """
        campaign = claimed.campaigns[envelope.campaign_id]
        letter = claimed.letters.get(envelope.id, {})
        if envelope.kind == "acknowledgement":
            stored = from_json(letter)
            assert isinstance(stored, Acknowledgement)
            await self._keep({}, stored.language)
            return self._assembled(
                claimed, envelope, render_acknowledgement(stored), stored.sender, stored.to_name, to_json(stored)
            )
        if envelope.kind == "supplement":
            return await self._supplement(claimed, envelope, letter)
        if envelope.kind == "code":
            code = from_json(letter)
            assert isinstance(code, CodeLetter)
            await self._keep({}, code.language)
            digits = {CODE_MARK: self.world.submit_digits(code.nonce)}
            return self._assembled(
                claimed, envelope, filled(render_code(code), digits), code.sender, code.to_name, to_json(code)
            )
        items, document = claimed.items.get(envelope.id, []), document_of(letter)
        to_name = next(
            (claimed.names[key] for each in items if (key := (envelope.person_id, each.unit_id)) in claimed.names), ""
        )
        units = list(dict.fromkeys(each.unit_name for each in items))
        own = self._own_name(campaign)
        if not all(may_stand_in_a_form(each.unit_name, each.unit_kind, own) for each in items):
            return await self._alone(claimed, campaign, envelope, items, document)
        form = await self._form(campaign, envelope, items, units, document)
        parameters = filled_parameters(form, units, to_name)
        if document is not None:
            parameters["document"] = document
        marks = [each.link for each in form.digest.items]
        return self._assembled(claimed, envelope, form.fill(units), form.digest.sender, to_name, parameters, marks)

    async def _supplement(self, claimed: Claimed, envelope: Envelope, letter: dict[str, Any]) -> Prepared:
        """Return a letter that asks to complete a report, with the link to the page on which that is done."""
        request = from_json(letter)
        assert isinstance(request, SupplementRequest)
        items = claimed.items.get(envelope.id, [])
        given = any((each.assignment_id, envelope.person_id) in claimed.links for each in items)
        request = replace(request, link=link_mark(0) if given else "")
        await self._keep({}, request.language)
        return self._assembled(
            claimed, envelope, render_supplement(request), request.sender, request.to_name, to_json(request),
            [request.link],
        )  # fmt: skip

    async def _alone(
        self, claimed: Claimed, campaign: CampaignRow, envelope: Envelope, items: list[Content], document: str | None
    ) -> Prepared:
        """Return a digest that is like no other, rendered by itself."""
        digest = compose_digest(self.world, campaign, envelope, items, claimed.names, self.as_of, document=document)
        await self._keep({}, digest.language)
        rendered = render_digest(digest)
        return self._assembled(
            claimed, envelope, rendered, digest.sender, digest.to_name, to_json(digest),
            [each.link for each in digest.items],
        )  # fmt: skip

    async def _form(
        self, campaign: CampaignRow, envelope: Envelope, items: list[Content], units: list[str], document: str | None
    ) -> Form:
        places = tuple(units.index(each.unit_name) for each in items) if len(units) > 1 else (0,) * len(items)
        key = (campaign.id, envelope.mode, document, places, *((each.alike, each.recipient) for each in items))
        if (form := self._forms.get(key)) is not None:
            return form
        async with self._making:  # one is made once, and kept before anything leaves that is written with it
            if key not in self._forms:
                self._forms[key] = await self._make(campaign, envelope, items, places, document)
            return self._forms[key]

    async def _make(
        self,
        campaign: CampaignRow,
        envelope: Envelope,
        items: list[Content],
        places: tuple[int, ...],
        document: str | None,
    ) -> Form:
        if len(self._forms) >= _FORMS_HELD:
            self._forms.clear()
        marked = [as_marked(each, place) for each, place in zip(items, places, strict=True)]
        nobody = replace(envelope, address="")
        digest = compose_digest(self.world, campaign, nobody, marked, {}, self.as_of, document=document)
        form = form_of(digest)
        await self._keep({form.key: to_json(digest)}, digest.language)
        return form

    def _own_name(self, campaign: CampaignRow) -> str:
        """Return the name of the office that writes for a campaign."""
        if campaign.id not in self._own:
            self._own[campaign.id] = sender_of(self.world.plan_of(campaign), clock.local_day(self.as_of)).office_name
        return self._own[campaign.id]

    async def _keep(self, forms: dict[str, dict[str, Any]], language: str) -> None:
        version = shipped().version("mail", language)
        sources = {} if version in self._kept else {version: shipped().family("mail", language)}
        new = {key: each for key, each in forms.items() if key not in self._kept}
        if new or sources:
            await keep_forms(self.world.database, new, sources)
            self._kept.update(new, sources)

    def _assembled(
        self,
        claimed: Claimed,
        envelope: Envelope,
        rendered: Rendered,
        sender: Sender,
        to_name: str,
        parameters: dict[str, Any],
        marks: Sequence[str] = (),
    ) -> Prepared:
        e, items = envelope, claimed.items.get(envelope.id, [])
        header_id = self.world.header_id(e.campaign_id, e.person_id, e.channel, e.local_day, e.wave, e.part, e.mode)
        pilot = redirection(self.world, envelope)
        reply_to, thread = self.world.reply_to(header_id), self.world.thread_of(e.campaign_id, e.person_id)
        parameters = parameters | {HEADERS: {"reply_to": reply_to, "thread": thread}}
        links = carried(
            self.world, e, [(mark, each.assignment_id) for mark, each in zip(marks, items, strict=False)], claimed.links
        )
        if links:
            parameters = parameters | {LINKS: links}
        content = assemble(
            filled(rendered, link_values(self.world, e.person_id, links)),
            reply_to=reply_to,
            references=(thread,),
            sender=sender,
            to_name="" if pilot else to_name,
            to_address=pilot or e.address,
            message_id=header_id,
            date=self.as_of,
            headers=redirection_header(e.address, [each.unit_name for each in items]) if pilot else None,
        )
        if self.world.dkim is not None:
            signature = self.world.dkim.signature(content, sender.sender_address.rpartition("@")[2], self.as_of)
            content = signature + content
            # Kept as it is: what was sent can be shown again when the key is long gone.
            parameters[HEADERS]["dkim"] = signature.decode("ascii")
        if pilot:
            parameters = parameters | {REDIRECTED: pilot}
        notices = notice_keys(claimed.campaigns[e.campaign_id].key, items, e.mode)
        return Prepared(
            e, sender.sender_address, content, header_id, rendered.template_version, parameters, notices, pilot
        )


def notice_keys(campaign: str, items: Sequence[Content], mode: str) -> tuple[NoticeKey, ...]:
    """Return by what the ledger rows an envelope carries are known again in any database."""
    return tuple(
        NoticeKey(campaign, i.duty, i.period, i.unit_code, i.rung, i.due_key, i.recipient, mode) for i in items
    )


def as_marked(content: Content, place: int) -> Content:
    """Return an item whose unit is named by a mark, and which is of no assignment in particular."""
    values = {name: getattr(content, name) for name in Content.__slots__}
    return Content(**values | {"unit_name": mark(place), "assignment_id": 0})


def lapsed(letter: dict[str, Any], as_of: datetime) -> bool:
    """Return whether the code in a letter holds no longer: nobody is sent one that cannot be used."""
    code = from_json(letter)
    return isinstance(code, CodeLetter) and code.expires_at <= as_of


def document_of(letter: dict[str, Any]) -> str | None:
    """Return the document a letter points at: as queued, or as an earlier attempt rendered it."""
    items = letter.get("items") or [{}]
    document: str | None = letter.get("document") or items[0].get("document")
    return document

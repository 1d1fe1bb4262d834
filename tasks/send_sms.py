"""Send the SMS the outbox holds: claim, fill the approved text, ask the gateway, write down what became of it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from deadlines.quiet import sms_allowed_from
from deadlines.waves import NEVER
from dondoc import clock
from dondoc.sms.approved import Fitted, Template, Unfit
from dondoc.sms.gateway import Answer, Client, Sms, SmsRoute
from dondoc.store import sms as store
from dondoc.store.campaigns import CampaignRow, campaigns
from dondoc.store.outbox import Content, Envelope, Outcome, claim, commit_outcomes, contents, modes_ready
from tasks.ask_delivery import first_asked_at
from tasks.compose import compose_digest
from tasks.compose_sms import compose_sms, templates_for
from tasks.retries import retry_at
from tasks.world import World

log = logging.getLogger(__name__)
_GIVE_UP_AFTER = 12
_MOST_CLAIMED = 200


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one claim took: when its lease began (monotonic), how many, and what each envelope holds."""

    began: float
    taken: int
    envelopes: list[Envelope]
    items: dict[int, list[Content]]


async def send_sms(world: World, as_of: datetime) -> Counter[str]:
    """Send every SMS that may leave by `as_of`; returns outcomes by state. At night and on days off none leaves."""
    outcomes: Counter[str] = Counter()
    if not world.sms:
        return outcomes
    ready = await modes_ready(world.database, as_of, "sms")
    for mode, route in world.sms.items():
        if mode in ready and sms_allowed_from(as_of, world.calendar) == as_of:
            await _send_mode(world, mode, route, as_of, outcomes)
    return outcomes


async def _send_mode(world: World, mode: str, route: SmsRoute, as_of: datetime, outcomes: Counter[str]) -> None:
    gateway = route.gateway
    if not gateway.deduplicates:
        stranded = await store.strand(world.database, (mode,), NEVER)
        await store.name_requests(world.database, {each.id: _request_id(world, each) for each in stranded})
    rows = await store.list_templates(world.database, gateway.gateway)
    templates, known = templates_for(route, rows), {row.id: row for row in await campaigns(world.database)}
    # One that is claimed and not begun when a sender dies is only asked for again where that does no harm.
    in_time = int(gateway.rate * world.lease_seconds / 6)
    limit = max(gateway.connections, min(in_time, _MOST_CLAIMED)) if gateway.deduplicates else gateway.connections
    async with Client(route, world.lease_seconds / 2) as client:
        more = True
        while more and not world.stopping:
            batch = await _claim(world, mode, limit, as_of)
            down = await _Batchwork(world, route, client, templates, known, as_of, outcomes).run(batch)
            more = batch.taken == limit and not down


async def _claim(world: World, mode: str, limit: int, as_of: datetime) -> _Batch:
    database = world.database
    async with database.write() as connection:
        began = clock.monotonic()
        taken, envelopes = await claim(
            database, connection, as_of=as_of, modes=(mode,), limit=limit, sender=world.sender,
            lease=timedelta(seconds=world.lease_seconds), channel="sms",
        )  # fmt: skip
        items = await contents(database, connection, [each.id for each in envelopes], as_of) if envelopes else {}
    return _Batch(began, taken, envelopes, items)


@dataclass(slots=True)
class _Batchwork:
    """A claim being worked off over a gateway's connections; each outcome is written down as it comes."""

    world: World
    route: SmsRoute
    client: Client
    templates: Mapping[str, Template]
    campaigns: Mapping[int, CampaignRow]
    as_of: datetime
    outcomes: Counter[str]
    down: bool = False

    async def run(self, batch: _Batch) -> bool:
        """Work a claim off; returns whether the gateway took nothing any more. What was not begun is given back."""
        left = list(reversed(batch.envelopes))
        last_begin = batch.began + self.world.lease_seconds / 3

        async def work() -> None:
            while left and not self.down and clock.monotonic() < last_begin:
                envelope = left.pop()
                await self._one(envelope, batch.items.get(envelope.id, []))

        await asyncio.gather(*(work() for _ in range(self.route.gateway.connections)))
        # One tried before takes no further items: a copy under the same request id must say the same.
        given_back = [
            Outcome(e.id, e.fence, "deferred" if e.attempts > 1 else "queued", self.as_of, counted=False) for e in left
        ]
        await commit_outcomes(self.world.database, given_back)
        return self.down

    async def _one(self, envelope: Envelope, items: list[Content]) -> None:
        try:
            digest = compose_digest(self.world, self.campaigns[envelope.campaign_id], envelope, items, {}, self.as_of)
            template, fitted = compose_sms(digest, self.templates, self.route)
        except Unfit as error:
            await self._refuse(envelope, str(error))
            return
        except Exception as error:  # one that cannot be written must not hold up the others
            log.exception("SMS could not be written", extra={"message_row": envelope.id})
            answer = Answer("deferred", f"{type(error).__name__}: could not be written")
            await self._record(envelope, _request_id(self.world, envelope), None, answer)
            return
        request_id = _request_id(self.world, envelope)
        message = Sms(envelope.address, fitted.text, template.brandname, request_id)
        answer = await self.client.send(message, self.as_of)
        self.down = self.down or answer.gateway_down
        await self._record(envelope, request_id, fitted, answer)

    async def _refuse(self, envelope: Envelope, why: str) -> None:
        self.outcomes["failed"] += 1
        log.warning("SMS refused before sending", extra={"message_row": envelope.id, "why": why})
        await store.refuse(
            self.world.database, envelope.id, envelope.fence, reason="no-template", error=why, at=self.as_of
        )

    async def _record(self, envelope: Envelope, request_id: str, fitted: Fitted | None, answer: Answer) -> None:
        database, gateway = self.world.database, self.route.gateway
        outcome = judged(envelope, answer, request_id, self.as_of, repeatable=gateway.deduplicates)
        if fitted is not None:
            await store.record_taken(
                database, envelope.id, envelope.fence, gateway=gateway.gateway, provider_id=answer.provider_id,
                segments=fitted.segments, cost=fitted.cost, ask_at=first_asked_at(self.route, answer, self.as_of),
            )  # fmt: skip
        await commit_outcomes(database, [outcome])
        self.outcomes[outcome.state] += 1
        if outcome.state in ("accepted", "unknown"):
            await store.apply_reports(database, gateway.gateway, answer.provider_id, request_id, self.as_of)


def judged(envelope: Envelope, answer: Answer, request_id: str, as_of: datetime, *, repeatable: bool) -> Outcome:
    """Return what an answer means for its message.

    Unknown is asked again under the same request id where the gateway recognises it; elsewhere it stays unknown until a
    report comes in or an officer decides. What failed for now comes back; the gateway's own faults are not counted.
    """
    state, again = answer.state, None
    counted = not answer.gateway_down
    if state == "unknown" and not repeatable:
        again = NEVER
    elif state in ("deferred", "unknown"):
        again = retry_at(envelope.attempts, as_of, counted=counted, give_up_after=_GIVE_UP_AFTER)
        state = "failed" if again is None else state
    return Outcome(
        envelope.id, envelope.fence, state, as_of, error=answer.error, retry_at=again, header_id=request_id,
        counted=counted,
    )  # fmt: skip


def _request_id(world: World, message: Envelope | store.Stranded) -> str:
    return world.request_id(
        message.campaign_id, message.person_id, message.channel, message.local_day, message.wave, message.part,
        message.mode,
    )  # fmt: skip

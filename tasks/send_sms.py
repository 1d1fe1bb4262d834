"""Send the SMS the outbox holds: claim, fill the approved text, ask the gateway, write down what became of it."""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from deadlines.quiet import sms_allowed_from
from deadlines.waves import NEVER
from dondoc import clock
from dondoc.messages.journal import JournalLine, JournalUnusable
from dondoc.sms.approved import Fitted, Template, Unfit
from dondoc.sms.gateway import Answer, Client, Sms, SmsRoute
from dondoc.store import sms as store
from dondoc.store.campaigns import CampaignRow, campaigns
from dondoc.store.outbox import Content, Envelope, Outcome, claim, commit_outcomes, contents, modes_ready
from dondoc.store.relays import tripped_relays
from dondoc.store.sent_before import NoticeKey
from tasks.ask_delivery import first_asked_at
from tasks.compose import compose_digest
from tasks.compose_sms import compose_sms, templates_for
from tasks.prepare_messages import notice_keys
from tasks.replay_journal import write_down
from tasks.retries import retry_at
from tasks.watch_brakes import BrakeWatch, RelayWatch
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
    """Send every SMS that may leave by `as_of`, at night and on days off urgent ones only; return outcomes by state."""
    outcomes: Counter[str] = Counter()
    if not world.sms:
        return outcomes
    quiet = sms_allowed_from(as_of, world.calendar) != as_of
    ready = await modes_ready(world.database, as_of, "sms", urgent_only=quiet)
    if ready and world.journal is not None:
        world.journal.check()
    async with world.database.read() as connection:
        tripped = await tripped_relays(connection)
    for mode, route in world.sms.items():
        if mode in ready and route.gateway.gateway not in tripped:
            await _send_mode(world, mode, route, as_of, outcomes, urgent_only=quiet)
    return outcomes


async def _send_mode(
    world: World, mode: str, route: SmsRoute, as_of: datetime, outcomes: Counter[str], *, urgent_only: bool
) -> None:
    gateway = route.gateway
    if not gateway.deduplicates:
        stranded = await store.strand(world.database, (mode,), NEVER)
        await store.name_requests(world.database, {each.id: _request_id(world, each) for each in stranded})
    rows = await store.list_templates(world.database, gateway.gateway)
    templates, known = templates_for(route, rows), {row.id: row for row in await campaigns(world.database)}
    async with Client(route, world.lease_seconds / 2) as client:
        await _Dispatch(world, mode, route, client, templates, known, as_of, outcomes, urgent_only).run()


class _Dispatch:
    """One sender at work in one mode over a gateway's connections; each outcome is written down as it comes."""

    def __init__(
        self,
        world: World,
        mode: str,
        route: SmsRoute,
        client: Client,
        templates: Mapping[str, Template],
        known: Mapping[int, CampaignRow],
        as_of: datetime,
        outcomes: Counter[str],
        urgent_only: bool,
    ) -> None:
        self._world = world
        self._mode = mode
        self._route = route
        self._client = client
        self._templates = templates
        self._campaigns = known
        self._as_of = as_of
        self._outcomes = outcomes
        self._urgent_only = urgent_only
        self._brakes = BrakeWatch(world.database)
        self._relay = RelayWatch(world.database, route.gateway.gateway)
        self._over = False  # the gateway takes nothing any more, or must not
        self._failure: JournalUnusable | None = None

    async def run(self) -> None:
        """Claim and send until nothing is left that may leave, or nothing must. Errors: `JournalUnusable`."""
        gateway = self._route.gateway
        # One that is claimed and not begun when a sender dies is only asked for again where that does no harm.
        in_time = int(gateway.rate * self._world.lease_seconds / 6)
        limit = max(gateway.connections, min(in_time, _MOST_CLAIMED)) if gateway.deduplicates else gateway.connections
        await self._brakes.pressed()  # what is pressed already, the claim knows of
        more = True
        while more and not self._over and not self._world.stopping:
            batch = await self._claim(limit)
            await self._work_off(batch)
            more = batch.taken == limit
        if self._failure is not None:
            raise self._failure

    async def _claim(self, limit: int) -> _Batch:
        world, database = self._world, self._world.database
        async with database.write() as connection:
            began = clock.monotonic()
            taken, envelopes = await claim(
                database, connection, as_of=self._as_of, modes=(self._mode,), limit=limit, sender=world.sender,
                lease=timedelta(seconds=world.lease_seconds), channel="sms", urgent_only=self._urgent_only,
            )  # fmt: skip
            ids = [each.id for each in envelopes]
            items = await contents(database, connection, ids, self._as_of) if ids else {}
        return _Batch(began, taken, envelopes, items)

    async def _work_off(self, batch: _Batch) -> None:
        """Send what a claim took; what was not begun in its third of the lease, or before a stop, is given back."""
        left = list(reversed(batch.envelopes))
        last_begin = batch.began + self._world.lease_seconds / 3

        async def work() -> None:
            while left and not self._over and clock.monotonic() < last_begin:
                if await self._brakes.pressed():
                    self._over = True
                elif left:
                    envelope = left.pop()
                    await self._one(envelope, batch.items.get(envelope.id, []))

        await asyncio.gather(*(work() for _ in range(self._route.gateway.connections)))
        # One tried before takes no further items: a copy under the same request id must say the same.
        given_back = [
            Outcome(e.id, e.fence, "deferred" if e.attempts > 1 else "queued", self._as_of, counted=False) for e in left
        ]
        await commit_outcomes(self._world.database, given_back)

    async def _one(self, envelope: Envelope, items: list[Content]) -> None:
        campaign = self._campaigns[envelope.campaign_id]
        try:
            digest = compose_digest(self._world, campaign, envelope, items, {}, self._as_of)
            template, fitted = compose_sms(digest, self._templates, self._route)
        except Unfit as error:
            await self._refuse(envelope, str(error))
            return
        except Exception as error:  # one that cannot be written must not hold up the others
            log.exception("SMS could not be written", extra={"message_row": envelope.id})
            answer = Answer("deferred", f"{type(error).__name__}: could not be written")
            outcome = judged(envelope, answer, _request_id(self._world, envelope), self._as_of, repeatable=True)
            await commit_outcomes(self._world.database, [outcome])
            self._outcomes[outcome.state] += 1
            return
        request_id = _request_id(self._world, envelope)
        message = Sms(envelope.address, fitted.text, template.brandname, request_id)
        answer = await self._client.send(message, self._as_of)
        self._over = self._over or answer.gateway_down
        await self._record(envelope, fitted, answer, notice_keys(campaign.key, items, envelope.mode))

    async def _refuse(self, envelope: Envelope, why: str) -> None:
        self._outcomes["failed"] += 1
        log.warning("SMS refused before sending", extra={"message_row": envelope.id, "why": why})
        await store.refuse(
            self._world.database, envelope.id, envelope.fence, reason="no-template", error=why, at=self._as_of
        )

    async def _record(
        self, envelope: Envelope, fitted: Fitted, answer: Answer, notices: tuple[NoticeKey, ...]
    ) -> None:  # fmt: skip
        """Write down what became of an SMS: in the journal, then in the database; then look at the gateway."""
        database, gateway, request_id = self._world.database, self._route.gateway, _request_id(self._world, envelope)
        outcome = replace(
            judged(envelope, answer, request_id, self._as_of, repeatable=gateway.deduplicates),
            relay=gateway.gateway,
            sha256=hashlib.sha256(fitted.text.encode()).hexdigest(),
        )
        if outcome.state == "accepted":
            await self._write_down(envelope, outcome, notices)
        await store.record_taken(
            database, envelope.id, envelope.fence, gateway=gateway.gateway, provider_id=answer.provider_id,
            segments=fitted.segments, cost=fitted.cost, ask_at=first_asked_at(self._route, answer, self._as_of),
        )  # fmt: skip
        await commit_outcomes(database, [outcome])
        self._outcomes[outcome.state] += 1
        if outcome.state in ("accepted", "unknown"):
            await store.apply_reports(database, gateway.gateway, answer.provider_id, request_id, self._as_of)
        if await self._relay.note([outcome]):
            self._over = True

    async def _write_down(self, envelope: Envelope, outcome: Outcome, notices: tuple[NoticeKey, ...]) -> None:
        line = JournalLine(
            outcome.header_id or "", envelope.id, envelope.fence, notices, self._as_of, outcome.sha256 or ""
        )
        try:
            await write_down(self._world, [line])
        except JournalUnusable as error:  # what is sent is sent: nothing more is begun, and the database is told
            self._failure, self._over = error, True


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
        suppress=answer.number_refused, counted=counted,
    )  # fmt: skip


def _request_id(world: World, message: Envelope | store.Stranded) -> str:
    return world.request_id(
        message.campaign_id, message.person_id, message.channel, message.local_day, message.wave, message.part,
        message.mode,
    )  # fmt: skip

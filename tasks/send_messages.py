"""Send what the outbox holds: claim, render, send, commit the outcome; never more than two open per connection."""

import asyncio
import hashlib
import logging
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from dondoc import clock
from dondoc.messages.journal import JournalLine
from dondoc.messages.mime import AddressError, assemble
from dondoc.messages.model import Acknowledgement, Digest, from_json, to_json
from dondoc.messages.render import render_acknowledgement, render_digest
from dondoc.messages.smtp import Attempt, Connection, Route
from dondoc.store.campaigns import CampaignRow, campaigns
from dondoc.store.letters import letter_parameters
from dondoc.store.outbox import (
    Content,
    Envelope,
    Outcome,
    claim,
    commit_outcomes,
    contact_names,
    contents,
    modes_ready,
    release_claims,
)
from dondoc.store.relays import tripped_relays
from dondoc.store.sent_before import NoticeKey, notice_keys
from tasks.compose import compose_digest
from tasks.redirect import as_redirected, held_by_pilot, held_outcome, redirection, redirection_header
from tasks.replay_journal import write_down
from tasks.watch_brakes import RelayWatch
from tasks.world import World

log = logging.getLogger(__name__)
_RETRY_MINUTES = (2, 5, 15, 60, 240)
_GIVE_UP_AFTER = 30  # four to five days of refusals for now (RFC 5321 section 4.5.4.1)


@dataclass(slots=True)
class Sent:
    """What a dispatch did: outcomes by state, and mail that has no route to leave by."""

    outcomes: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An envelope with its bytes."""

    envelope: Envelope
    mail_from: str
    content: bytes
    header_id: str
    template_version: str
    parameters: dict[str, object]
    notices: tuple[NoticeKey, ...] = ()
    redirected_to: str | None = None  # a pilot's mailbox gets it instead of its person


async def send_messages(world: World, as_of: datetime) -> Sent:
    """Send everything that may leave by `as_of`, in batches, until nothing more does.

    A batch is twice the connections: each may have one message in DATA and one whose outcome is not yet
    committed, so a kill leaves at most that many messages to be sent again, with the same Message-ID.
    """
    sent = Sent()
    ready = await modes_ready(world.database, as_of)
    if ready and world.journal is not None:
        world.journal.check()
    async with world.database.read() as connection:
        tripped = await tripped_relays(connection)
    for mode, route in world.routes.items():
        if mode not in ready or relay_name(route) in tripped:
            continue
        # A message begun in the first third of the lease has ended before the lease has.
        patient = replace(route, timeout=min(route.timeout, world.lease_seconds / 2))
        connections = [Connection(patient) for _ in range(route.connections)]
        try:
            watch = RelayWatch(world.database, relay_name(route))
            while not world.stopping and await _send_batch(world, mode, route, connections, watch, as_of, sent):
                pass
        finally:
            await asyncio.gather(*(connection.close() for connection in connections))
    return sent


def relay_name(route: Route) -> str:
    """Return by what name a relay is known in the ledger and to `dondoc relays`."""
    return f"{route.host}:{route.port}"[:34]


async def _send_batch(
    world: World, mode: str, route: Route, connections: list[Connection], watch: RelayWatch, as_of: datetime, sent: Sent
) -> bool:
    limit = 2 * route.connections
    began, claimed, prepared = await _claim_and_prepare(world, mode, limit, as_of)
    if not prepared:
        return claimed == limit
    queue: asyncio.Queue[Prepared] = asyncio.Queue()
    for message in prepared:
        queue.put_nowait(message)
    attempts: list[tuple[Prepared, Attempt]] = []
    last_begin = began + world.lease_seconds / 3

    async def work(connection: Connection) -> None:
        # Past a third of the lease, or over a relay that does not answer, nothing more is begun.
        while not queue.empty() and clock.monotonic() < last_begin:
            message = queue.get_nowait()
            to = message.redirected_to or message.envelope.address
            attempt = await connection.send(message.mail_from, to, message.content)
            attempts.append((message, attempt))
            if attempt.relay_down:
                break

    await asyncio.gather(*(work(connection) for connection in connections))
    outcomes = [_outcome(message, attempt, as_of) for message, attempt in attempts]
    left = [queue.get_nowait().envelope for _ in range(queue.qsize())]
    # One that has been tried before takes no further items: a copy must say what its Message-ID said.
    given_back = [
        Outcome(each.id, each.fence, "deferred" if each.attempts > 1 else "queued", as_of, counted=False)
        for each in left
    ]
    outcomes = [replace(outcome, relay=relay_name(route)) for outcome in outcomes]
    try:
        accepted = [message for message, attempt in attempts if attempt.state == "accepted"]
        await write_down(world, [_line(message, as_of) for message in accepted])
    finally:  # also where the journal fails: what is sent is sent, and must not be sent again by the next round
        await commit_outcomes(world.database, outcomes + given_back)
    tripped = await watch.note(outcomes)
    for (message, _attempt), outcome in zip(attempts, outcomes, strict=True):
        sent.outcomes[outcome.state] += 1
        if outcome.state == "accepted":
            sent.by_kind[message.envelope.kind] += 1
    # A relay that limits connections refuses some and takes others; one that took none is left for this round.
    return claimed == limit and not tripped and not all(attempt.relay_down for _message, attempt in attempts)


async def _claim_and_prepare(world: World, mode: str, limit: int, as_of: datetime) -> tuple[float, int, list[Prepared]]:
    """Return when the lease began (monotonic), how many envelopes were claimed, and those that are ready to go."""
    database = world.database
    async with database.write() as connection:
        began = clock.monotonic()  # inside: waiting for other writers does not use up the lease
        taken, envelopes = await claim(
            database,
            connection,
            as_of=as_of,
            modes=(mode,),
            limit=limit,
            sender=world.sender,
            lease=timedelta(seconds=world.lease_seconds),
        )
        if not envelopes:
            return began, taken, []
        items = await contents(database, connection, [envelope.id for envelope in envelopes], as_of)
        names = await contact_names(
            connection, {envelope.person_id for envelope in envelopes}, {item.unit_id for item in items}
        )
        keys = await notice_keys(connection, [e.id for e in envelopes]) if world.journal else {}
        letters = await letter_parameters(connection, [e.id for e in envelopes if e.kind != "digest"])
    known = {row.id: row for row in await campaigns(database)}
    prepared: list[Prepared] = []
    broken: list[Outcome] = []
    for envelope in envelopes:
        mine = [item for item in items if item.message_id == envelope.id]
        campaign = known[envelope.campaign_id]
        if held_by_pilot(world, envelope):
            broken.append(held_outcome(envelope, as_of))
            continue
        try:
            ready = _prepare(world, campaign, envelope, mine, names, letters, as_of)
            prepared.append(replace(ready, notices=keys.get(envelope.id, ())))
        except AddressError as error:
            broken.append(Outcome(envelope.id, envelope.fence, "failed", as_of, error=str(error), suppress=True))
        except Exception as error:  # one message that cannot be written must not hold up the others
            log.exception("message could not be written", extra={"message_row": envelope.id})
            attempt = Attempt("deferred", f"{type(error).__name__}: {error}"[:400])
            broken.append(_judged(envelope, attempt, as_of))
    if broken:
        await commit_outcomes(database, broken)
    return began, taken, prepared


def _prepare(
    world: World,
    campaign: CampaignRow,
    envelope: Envelope,
    items: list[Content],
    names: dict[tuple[int, int], str],
    letters: dict[int, dict[str, Any]],
    as_of: datetime,
) -> Prepared:
    message: Digest | Acknowledgement
    if envelope.kind == "acknowledgement":
        stored = from_json(letters[envelope.id])
        assert isinstance(stored, Acknowledgement)
        message = stored
        rendered = render_acknowledgement(message)
    else:
        document = document_of(letters.get(envelope.id, {}))
        message = compose_digest(world, campaign, envelope, items, names, as_of, document=document)
        rendered = render_digest(message)
    header_id = world.header_id(
        envelope.campaign_id, envelope.person_id, envelope.channel, envelope.local_day, envelope.wave, envelope.part,
        envelope.mode,
    )  # fmt: skip
    redirected_to = redirection(world, envelope)
    content = assemble(
        rendered,
        sender=message.sender,
        to_name=message.to_name if redirected_to is None else "",
        to_address=redirected_to or envelope.address,
        message_id=header_id,
        date=as_of,
        headers=redirection_header(envelope, message) if redirected_to else None,
    )
    return Prepared(
        envelope, message.sender.sender_address, content, header_id, rendered.template_version, to_json(message),
        redirected_to=redirected_to,
    )  # fmt: skip


def document_of(letter: dict[str, Any]) -> str | None:
    """Return the document a letter points at: as queued, or as an earlier attempt rendered it."""
    items = letter.get("items") or [{}]
    document: str | None = letter.get("document") or items[0].get("document")
    return document


def _line(message: Prepared, as_of: datetime) -> JournalLine:
    """Return what the journal keeps of an accepted message."""
    envelope, sha256 = message.envelope, hashlib.sha256(message.content).hexdigest()
    return JournalLine(message.header_id, envelope.id, envelope.fence, message.notices, as_of, sha256)


def _outcome(message: Prepared, attempt: Attempt, as_of: datetime) -> Outcome:
    if message.redirected_to is not None:
        attempt = as_redirected(attempt, message.redirected_to)
    return replace(
        _judged(message.envelope, attempt, as_of),
        header_id=message.header_id,
        sha256=hashlib.sha256(message.content).hexdigest(),
        template_version=message.template_version,
        parameters=message.parameters,
    )


def _judged(envelope: Envelope, attempt: Attempt, as_of: datetime) -> Outcome:
    """Return an attempt's outcome: what failed for now comes back later, at most a dozen times."""
    state = attempt.state
    # A relay that is down for a weekend must not make every message fail on Monday.
    counted = not (attempt.relay_down and state == "deferred")
    retry_at = None
    if state in ("deferred", "unknown"):
        if counted and envelope.attempts >= _GIVE_UP_AFTER:
            state = "failed"
        else:
            minutes = _RETRY_MINUTES[min(envelope.attempts, len(_RETRY_MINUTES)) - 1 if counted else 0]
            # Jitter keeps a thousand deferred messages from coming back in the same second.
            retry_at = as_of + timedelta(minutes=minutes * random.uniform(0.9, 1.1))
    return Outcome(
        envelope.id,
        envelope.fence,
        state,
        as_of,
        error=attempt.error,
        retry_at=retry_at,
        suppress=attempt.address_refused,
        counted=counted,
    )


async def give_back(world: World, as_of: datetime) -> None:
    """Give back what this process holds when it stops in good order."""
    await release_claims(world.database, world.sender, as_of)

"""Send what the outbox holds: claim, write, send and commit at the same time, never more open than promised."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from dondoc import clock
from dondoc.messages.journal import JournalLine, JournalUnusable
from dondoc.messages.mime import AddressError
from dondoc.messages.smtp import Attempt, Connection, Route
from dondoc.store.accepted import AcceptedWriter, accepted_writer
from dondoc.store.campaigns import campaigns
from dondoc.store.engine import DatabaseUnreachable
from dondoc.store.letters import letter_parameters
from dondoc.store.outbox import (
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
from tasks.compose import TooLong
from tasks.pace import Pace
from tasks.prepare_messages import Claimed, Prepared, Writer, lapsed
from tasks.redirect import as_redirected, held_by_pilot, held_outcome
from tasks.replay_journal import write_down
from tasks.retries import retry_at
from tasks.unit_links import links_of_claim
from tasks.watch_brakes import BrakeWatch, RelayWatch
from tasks.world import World

log = logging.getLogger(__name__)
_GIVE_UP_AFTER = 30  # four to five days of refusals for now (RFC 5321 section 4.5.4.1)
_LEAST_CLAIM, _MOST_CLAIM = 4, 1_000  # messages: per connection to begin with; at once at the most


@dataclass(slots=True)
class Sent:
    """What a dispatch did: outcomes by state, and mail that has no route to leave by."""

    outcomes: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)


async def send_messages(world: World, as_of: datetime, kinds: tuple[str, ...] = ()) -> Sent:
    """Send everything that may leave by `as_of`, or only messages of some kinds, until nothing more does."""
    sent = Sent()
    ready = await modes_ready(world.database, as_of, kinds=kinds)
    if ready and world.journal is not None:
        world.journal.check()
    async with world.database.read() as connection:
        tripped = await tripped_relays(connection)
    for mode in world.routes:
        sound = [route for route in world.routes_of(mode) if route.called not in tripped]
        if mode in ready and sound:
            await _Dispatch(world, mode, sound, as_of, sent, kinds).run()
    return sent


@dataclass(slots=True)
class _Begun:
    """An envelope in hand with the claim it came by."""

    envelope: Envelope
    claimed: Claimed
    last_begin: float  # monotonic: past a third of its lease it is not begun any more


class _Dispatch:
    """One sender at work in one mode: workers send, one committer writes down what became of it.

    The window lets each connection have one message in DATA and one whose outcome is not committed, so that a kill
    leaves at most twice as many messages as connections to be sent again, with the same Message-ID. Claims may be
    larger: what was claimed and not begun is nobody's copy.
    """

    def __init__(
        self, world: World, mode: str, routes: Sequence[Route], as_of: datetime, sent: Sent, kinds: tuple[str, ...]
    ) -> None:
        self._kinds = kinds
        self._world = world
        self._mode = mode
        self._as_of = as_of
        self._sent = sent
        self._writer = Writer(world, as_of)
        # A message begun in the first third of the lease has ended before the lease has.
        patient = [replace(route, timeout=min(route.timeout, world.lease_seconds / 2)) for route in routes]
        self._routes = patient
        self._connections = [Connection(route) for route in patient for _ in range(route.connections)]
        self._window = asyncio.Semaphore(2 * len(self._connections))
        self._relays = {route.called: RelayWatch(world.database, route.called) for route in routes}
        self._paces = {route.called: Pace(route.per_minute) for route in routes}
        self._left: set[str] = set()  # relays tripped meanwhile
        self._down: set[str] = set()  # relays that could not be reached or refused us
        self._brakes = BrakeWatch(world.database)
        self._hand: deque[_Begun] = deque()
        self._more = True  # another claim may find something
        self._over = False  # nobody is left to send
        self._dealt = asyncio.Event()  # a claim has ended
        self._low = asyncio.Event()  # the hand is nearly empty
        self._ahead = 0  # messages that connections have taken up besides the one they send
        self._returned = asyncio.Event()  # one of those has been begun or handed back
        self._limit = _LEAST_CLAIM * len(self._connections)
        self._done: list[tuple[Outcome, Prepared]] = []
        self._failure: Exception | None = None  # the journal's: what is sent is still written down
        self._given_back: list[Outcome] = []
        self._finished = asyncio.Event()
        self._something_done = asyncio.Event()

    async def run(self) -> None:
        """Send until nothing is left that may leave, or no connection takes anything."""
        try:
            await self._brakes.pressed()  # what is pressed already, the claim knows of
            async with accepted_writer(self._world.database) as writer, asyncio.TaskGroup() as group:
                committing = group.create_task(self._commit_all(writer))
                claiming = group.create_task(self._claim_ahead())
                workers = [group.create_task(self._work(each)) for each in self._connections]
                await asyncio.wait(workers)
                self._over = True
                self._low.set()
                await claiming
                self._give_back()
                self._finished.set()
                self._something_done.set()
                await committing
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # one thing went wrong; the others were broken off because of it
        finally:
            await asyncio.gather(*(connection.close() for connection in self._connections))
        if self._failure is not None:
            raise self._failure

    async def _work(self, connection: Connection) -> None:
        relay = connection.route.called
        ready: tuple[_Begun, Prepared] | None = None
        while not self._world.stopping and relay not in self._left and await self._paces[relay].turn():
            await self._window.acquire()
            begun, message = ready or await self._next_prepared() or (None, None)
            if ready is not None:
                ready = None
                self._take_from_ahead()
            if begun is None or message is None:
                self._window.release()
                return
            if not await self._may_begin(begun, relay):  # it has waited: for the window, or for the one before it
                self._back(begun.envelope)
                self._window.release()
                continue
            if self._looks_ahead(connection) and (ready := await self._next_prepared(wait=False)) is not None:
                self._ahead += 1
            attempt, route = await connection.send(
                message.mail_from, message.to_address, message.content,
                None if ready is None else (ready[1].mail_from, ready[1].to_address),
            ), connection.route  # fmt: skip
            if attempt.too_large:
                attempt, route = await self._elsewhere(begun, message, attempt, route)
            mine = route is connection.route
            if attempt.relay_down and attempt.state == "deferred":
                self._down.add(route.called)
                if mine and len(self._down) < len(self._paces):  # another relay can take it: nothing of it has left
                    self._hand.appendleft(begun)
                    self._window.release()
                    break
            self._note(_outcome(message, attempt, self._as_of, route), message)
            if attempt.relay_down and mine:
                break  # a relay that limits connections refuses some and takes others: they go on
        if ready is not None:
            self._hand.appendleft(ready[0])
            self._take_from_ahead()

    def _take_from_ahead(self) -> None:
        self._ahead -= 1
        self._returned.set()

    def _looks_ahead(self, connection: Connection) -> bool:
        """Return whether a connection takes its next message while it sends one: not the last ones, they are shared."""
        return len(self._hand) >= len(self._connections) and connection.route.per_minute is None

    async def _next_prepared(self, *, wait: bool = True) -> tuple[_Begun, Prepared] | None:
        """Return the next envelope that may be begun, with its bytes; null when there is nothing more to begin."""
        while (begun := await self._next(wait=wait)) is not None:
            if (message := await self._prepared(begun)) is not None:
                return begun, message
        return None

    async def _may_begin(self, begun: _Begun, relay: str) -> bool:
        if self._over or relay in self._left or clock.monotonic() >= begun.last_begin:
            return False
        return not await self._brakes.pressed()

    async def _elsewhere(
        self, begun: _Begun, message: Prepared, attempt: Attempt, route: Route
    ) -> tuple[Attempt, Route]:
        """Try the other relays in turn with what this one finds too large; returns what came of it, and where."""
        for other in self._routes:
            if other is route or other.called in self._left | self._down or not attempt.too_large:
                continue
            if clock.monotonic() >= begun.last_begin:
                return replace(attempt, state="deferred"), route  # the lease leaves no time; another round has it
            connection = Connection(other)
            attempt, route = await connection.send(message.mail_from, message.to_address, message.content), other
            await connection.close()
        return attempt, route

    async def _next(self, *, wait: bool) -> _Begun | None:
        """Return the next envelope that may still be begun; null when there is nothing more to begin, or not yet."""
        while not self._over and not self._world.stopping:
            if await self._brakes.pressed():
                self._over = True
                break
            if not self._hand:
                if not wait or not (self._more or self._given_back or self._ahead):
                    return None
                if not self._more and not self._given_back:  # a connection that hangs hands its next message back
                    self._returned.clear()
                    await self._returned.wait()
                    continue
                self._dealt.clear()
                self._low.set()
                await self._dealt.wait()
                continue
            begun = self._hand.popleft()
            if 2 * len(self._hand) <= self._limit:
                self._low.set()
            if clock.monotonic() < begun.last_begin:
                return begun
            self._back(begun.envelope)
        return None

    async def _claim_ahead(self) -> None:
        """Claim while the last claim is being sent, so that nobody waits for the database."""
        try:
            while not self._over and not self._world.stopping:
                if self._given_back and not self._hand:  # claimed more than the lease allowed: begin small again
                    returned, self._given_back = self._given_back, []
                    await commit_outcomes(self._world.database, returned)
                    self._more, self._limit = True, _LEAST_CLAIM * len(self._connections)
                if self._more:
                    await self._claim()
                self._dealt.set()
                await self._low.wait()
                self._low.clear()
        finally:
            self._more = False
            self._dealt.set()

    async def _claim(self) -> None:
        world, database = self._world, self._world.database
        async with database.write() as connection:
            began = clock.monotonic()  # inside: waiting for other writers does not use up the lease
            taken, envelopes = await claim(
                database, connection, as_of=self._as_of, modes=(self._mode,), limit=self._limit,
                sender=world.sender, lease=timedelta(seconds=world.lease_seconds), kinds=self._kinds,
            )  # fmt: skip
            more = taken == self._limit
            if not envelopes:
                self._more = more
                return
            items = await contents(database, connection, [envelope.id for envelope in envelopes], self._as_of)
            names = await contact_names(
                database,
                connection,
                {envelope.person_id for envelope in envelopes},
                {item.unit_id for each in items.values() for item in each},
            )
            letters = await letter_parameters(connection, [e.id for e in envelopes if e.kind != "digest"])
            links = await links_of_claim(world, connection, envelopes, items, self._as_of)
        known = {row.id: row for row in await campaigns(database)}
        claimed = Claimed(envelopes, items, names, letters, known, links)
        last_begin = began + world.lease_seconds / 3
        self._hand.extend(_Begun(envelope, claimed, last_begin) for envelope in envelopes)
        self._more = more  # only now: a worker that finds neither hand nor hope goes home
        # The next claim may be larger: one that is sent in a fraction of its lease is soon followed by another.
        self._limit = min(2 * self._limit, _MOST_CLAIM)

    async def _prepared(self, begun: _Begun) -> Prepared | None:
        """Return an envelope with its bytes; what cannot be written is noted and must not hold up the others."""
        envelope = begun.envelope
        if held_by_pilot(self._world, envelope):
            await commit_outcomes(self._world.database, [held_outcome(envelope, self._as_of)])
            return None
        if envelope.kind == "code" and lapsed(begun.claimed.letters[envelope.id], self._as_of):
            outcome = Outcome(envelope.id, envelope.fence, "failed", self._as_of, error="the code's time is over")
            await commit_outcomes(self._world.database, [outcome])
            return None
        try:
            return await self._writer.prepare(begun.claimed, envelope)
        except AddressError as error:
            outcome = Outcome(envelope.id, envelope.fence, "failed", self._as_of, error=str(error), suppress=True)
        except TooLong as error:  # the auditor tells of it until somebody has looked
            outcome = Outcome(envelope.id, envelope.fence, "failed", self._as_of, error=str(error))
        except DatabaseUnreachable:
            raise  # nothing is wrong with the message; and where the driver says it in place of a cancellation, we end
        except Exception as error:
            log.exception("message could not be written", extra={"message_row": envelope.id})
            outcome = _judged(envelope, Attempt("deferred", f"{type(error).__name__}: {error}"[:400]), self._as_of)
        await commit_outcomes(self._world.database, [outcome])
        return None

    def _note(self, outcome: Outcome, message: Prepared) -> None:
        self._sent.outcomes[outcome.state] += 1
        if outcome.state == "accepted":
            self._sent.by_kind[message.envelope.kind] += 1
        self._done.append((outcome, message))
        self._something_done.set()

    def _back(self, envelope: Envelope) -> None:
        """Give back what was claimed and not begun."""
        # One that has been tried before takes no further items: a copy must say what its Message-ID said.
        state = "deferred" if envelope.attempts > 1 else "queued"
        self._given_back.append(Outcome(envelope.id, envelope.fence, state, self._as_of, counted=False))

    def _give_back(self) -> None:
        while self._hand:
            self._back(self._hand.popleft().envelope)

    async def _commit_all(self, writer: AcceptedWriter) -> None:
        """Write down outcomes as they come, all that are there at a time, each group in one transaction."""
        while True:
            await self._something_done.wait()
            self._something_done.clear()
            done, self._done = self._done, []
            if done:
                await self._commit(writer, done)
                for _ in done:
                    self._window.release()
            elif self._finished.is_set():
                await commit_outcomes(self._world.database, self._given_back)
                return
            if self._finished.is_set():
                self._something_done.set()

    async def _commit(self, writer: AcceptedWriter, done: list[tuple[Outcome, Prepared]]) -> None:
        """Write down a group: in the journal, then in the database; then look whether the relay is still sound."""
        accepted = [(outcome, message) for outcome, message in done if outcome.state == "accepted"]
        if accepted and self._failure is None:
            try:
                await write_down(self._world, [_line(message, self._as_of) for _, message in accepted])
            except JournalUnusable as error:  # what is sent is sent: nothing more is begun, and the database is told
                self._failure, self._over = error, True
        if accepted:
            await writer.commit([outcome for outcome, _ in accepted])
        if others := [outcome for outcome, _ in done if outcome.state != "accepted"]:
            await commit_outcomes(self._world.database, others)
        for relay, watch in self._relays.items():
            if await watch.note([outcome for outcome, _ in done if outcome.relay == relay]):
                self._left.add(relay)  # the others go on


def _line(message: Prepared, as_of: datetime) -> JournalLine:
    """Return what the journal keeps of an accepted message."""
    envelope = message.envelope
    return JournalLine(message.header_id, envelope.id, envelope.fence, message.notices, as_of, message.sha256)


def _outcome(message: Prepared, attempt: Attempt, as_of: datetime, route: Route) -> Outcome:
    if message.redirected_to is not None:
        attempt = as_redirected(attempt, message.redirected_to)
    return _judged(
        message.envelope,
        attempt,
        as_of,
        header_id=message.header_id,
        sha256=message.sha256,
        template_version=message.template_version,
        parameters=message.parameters,
        relay=route.called,
    )


def _judged(envelope: Envelope, attempt: Attempt, as_of: datetime, **evidence: Any) -> Outcome:
    """Return an attempt's outcome, with what is kept of the bytes; what failed for now comes back, at most 30 times."""
    state = attempt.state
    # A relay that is down for a weekend must not make every message fail on Monday.
    counted = not (attempt.relay_down and state == "deferred")
    again = None
    if state in ("deferred", "unknown"):
        again = retry_at(envelope.attempts, as_of, counted=counted, give_up_after=_GIVE_UP_AFTER)
        state = "failed" if again is None else state
    return Outcome(
        envelope.id,
        envelope.fence,
        state,
        as_of,
        error=attempt.error,
        retry_at=again,
        suppress=attempt.address_refused,
        counted=counted,
        **evidence,
    )


async def give_back(world: World, as_of: datetime) -> None:
    """Give back what this process holds when it stops in good order."""
    await release_claims(world.database, world.sender, as_of)

"""During a pilot: which live mail is held, which goes to the pilot's mailbox, and what the ledger says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dondoc.messages.pilot import REDIRECTED_FOR, Destination, redirected_for
from dondoc.messages.smtp import Attempt
from dondoc.store.outbox import Envelope, Outcome
from tasks.world import World

_LOOK_AGAIN = timedelta(days=1)


def held_by_pilot(world: World, envelope: Envelope) -> bool:
    """Return whether a message stays here because it is to nobody the pilot writes to."""
    return _destination(world, envelope).act == "held"


def held_outcome(envelope: Envelope, as_of: datetime) -> Outcome:
    """Return the outcome of a message that is held: it waits, and its line in the ledger says why."""
    why = "held: the pilot writes to DONDOC_ONLY_TO alone, and DONDOC_REDIRECT_TO names no mailbox"
    return Outcome(
        envelope.id, envelope.fence, "deferred", as_of, error=why, retry_at=as_of + _LOOK_AGAIN, counted=False
    )


def redirection(world: World, envelope: Envelope) -> str | None:
    """Return the pilot's mailbox if this message goes there, null if it goes to its person."""
    destination = _destination(world, envelope)
    return destination.address if destination.act == "redirected" else None


def redirection_header(address: str, units: Sequence[str]) -> dict[str, str]:
    """Return the header that says for whom a redirected message was: units and a domain, no person."""
    return {REDIRECTED_FOR: redirected_for(address, tuple(dict.fromkeys(units)))}


def as_redirected(attempt: Attempt, to: str) -> Attempt:
    """Return what an attempt means when the pilot's mailbox answered: nothing about the person's own address."""
    if attempt.state == "accepted":
        return replace(attempt, error=f"redirected to {to}")
    state = "deferred" if attempt.state == "failed" else attempt.state
    return replace(attempt, state=state, error=f"redirected to {to}: {attempt.error}"[:400], address_refused=False)


def _destination(world: World, envelope: Envelope) -> Destination:
    if world.pilot is None or envelope.mode != "live" or envelope.channel != "email":
        return Destination("as-addressed", envelope.address)
    return world.pilot.destination(envelope.address)

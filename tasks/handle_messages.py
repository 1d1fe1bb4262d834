"""What an operator does with single envelopes: try again what failed, take back what has not left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.errors import Refused
from dondoc.store.messages import (
    MessageRow,
    hurry_messages,
    list_messages,
    recall_messages,
    retry_messages,
    suppressed_of,
)
from tasks.trail import note
from tasks.world import World

_RETRIED, _RECALLED = ("failed", "deferred", "unknown"), ("queued", "deferred", "unknown")
_HURRIED = ("queued", "deferred")


@dataclass(frozen=True, slots=True)
class Handled:
    """Which envelopes an act changed."""

    ids: tuple[int, ...]


async def retry(world: World, ids: Sequence[int], as_of: datetime, *, by: str = "desk") -> Handled:
    """Let envelopes be tried again with the next round; all of them or none.

    Errors: `Refused` for a number that is not there, for one in a state that knows no retry (accepted: a second
    copy is none), and for an address that has refused for good.
    """
    await _checked(world, ids, _RETRIED, "tried again")
    async with world.database.write() as connection:
        if shut := await suppressed_of(connection, ids):
            raise Refused(
                f"message {min(shut)}: its address has refused for good; correct the contact, or lift the suppression"
            )
        note(connection, world, by, "messages-retried", {"messages": sorted(set(ids))}, at=as_of)
        return _all(ids, await retry_messages(connection, ids, as_of))


async def hurry(world: World, ids: Sequence[int], by: str, as_of: datetime) -> Handled:
    """Let envelopes that wait leave with the next round, at night and beyond the day's most, too. Errors: `Refused`."""
    await _checked(world, ids, _HURRIED, "hurried")
    async with world.database.write() as connection:
        note(connection, world, by, "messages-hurried", {"messages": sorted(set(ids))}, at=as_of)
        return _all(ids, await hurry_messages(connection, ids, by, as_of))


async def recall(world: World, ids: Sequence[int], why: str, as_of: datetime, *, by: str = "desk") -> Handled:
    """Take back envelopes that have not left; their notices end `withdrawn`. Errors: `Refused`, as for `retry`."""
    await _checked(world, ids, _RECALLED, "recalled")
    async with world.database.write() as connection:
        note(connection, world, by, "messages-recalled", {"messages": sorted(set(ids)), "reason": why}, at=as_of)
        return _all(ids, await recall_messages(connection, ids, why, as_of))


def _all(ids: Sequence[int], changed: set[int]) -> Handled:
    """Return what was changed; if a sender was quicker with one of them, nothing is (the transaction ends here)."""
    if left := sorted(set(ids) - changed):
        raise Refused(
            f"message {left[0]}: has gone on meanwhile; nothing was changed, look again with 'dondoc messages'"
        )
    return Handled(tuple(sorted(changed)))


async def _checked(world: World, ids: Sequence[int], states: tuple[str, ...], act: str) -> list[MessageRow]:
    found = {row.id: row for row in await list_messages(world.database, ids=ids, limit=len(ids))}
    for number in ids:
        row = found.get(number)
        if row is None:
            raise Refused(f"message {number}: there is none; 'dondoc messages' lists them")
        if row.state == "claimed":
            raise Refused(f"message {number}: is being sent at this moment; look again in a minute")
        if row.state not in states:
            raise Refused(f"message {number}: is {row.state} and cannot be {act}; only {', '.join(states)} can")
    return list(found.values())

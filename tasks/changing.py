"""Change something and say what that changed; or only say it, and leave everything as it was."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from deadlines.difference import Difference, difference
from dondoc.store.campaigns import campaigns_in, lock_campaign
from dondoc.store.engine import Connection
from dondoc.store.snapshots import snapshot
from tasks.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class By:
    """Who rules, on which document, why, at which instant; `only_show` takes everything back again."""

    officer: str
    as_of: datetime
    document: str | None = None
    reason: str | None = None
    only_show: bool = False


class _OnlyAsked(Exception):
    """Nothing was to be kept."""


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """What a change returned, and what it did to what lies ahead."""

    result: T
    difference: Difference


async def change(
    world: World,
    work: Callable[[Connection], Awaitable[T]],
    *,
    campaign_ids: Sequence[int] | None = None,
    only_show: bool = False,
) -> Changed[T]:
    """Do `work` in one transaction and return what it changed; `only_show` takes it back again.

    Both do the same work, so what is shown is what happens. The campaigns concerned (all, where none are named)
    are locked from the first look to the last: a fan-out lands on one side.
    """
    try:
        async with world.database.write() as connection:
            ids = list(campaign_ids) if campaign_ids is not None else await campaigns_in(connection)
            for campaign_id in sorted(ids):  # in one order, so that two changes never wait for each other
                await lock_campaign(world.database, connection, campaign_id)
            before = await snapshot(connection, ids)
            result = await work(connection)
            done = Changed(result, difference(before, await snapshot(connection, ids)))
            if only_show:
                raise _OnlyAsked
    except _OnlyAsked:
        pass
    return done

"""Ask a gateway what became of SMS it has not reported on: a few at a time, ever more rarely, for three days."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from dondoc.sms.gateway import Answer, Client, SmsRoute
from dondoc.store import sms as store
from dondoc.store.sms import Unreported
from tasks.world import World

_SOON = timedelta(minutes=2)
_IF_NO_REPORT = timedelta(hours=1)  # a gateway that reports by itself is left the time to do so
_AT_LAST = timedelta(days=3)  # what a network has not delivered by then it never does


async def ask_delivery(world: World, as_of: datetime) -> Counter[str]:
    """Ask every gateway that can be asked about the SMS that are due for it; returns what it says, by state."""
    told: Counter[str] = Counter()
    for route in {each.gateway.gateway: each for each in world.sms.values()}.values():
        gateway = route.gateway
        if gateway.status is None or world.stopping:
            continue
        waiting = await store.take_to_ask(
            world.database, gateway.gateway, as_of, gateway.status.per_round, lambda taken: asked_again_at(taken, as_of)
        )
        if waiting:
            await _ask(world, route, waiting, as_of, told)
    return told


async def _ask(
    world: World, route: SmsRoute, waiting: Sequence[Unreported], as_of: datetime, told: Counter[str]
) -> None:  # fmt: skip
    left, down = list(reversed(waiting)), False
    async with Client(route, world.lease_seconds / 2) as client:

        async def work() -> None:
            nonlocal down
            while left and not down and not world.stopping:
                each = left.pop()
                answer = await client.ask(each.provider_id, each.request_id, as_of)
                down = down or answer.gateway_down
                told[answer.state or "nothing"] += 1
                if answer.state is not None:
                    await store.add_report(
                        world.database, gateway=route.gateway.gateway, provider_id=each.provider_id, state=answer.state,
                        request_id=None, at=as_of,
                    )  # fmt: skip

        await asyncio.gather(*(work() for _ in range(route.gateway.connections)))


def first_asked_at(route: SmsRoute, answer: Answer, as_of: datetime) -> datetime | None:
    """Return when a gateway is first asked about what it has just answered; null: not at all."""
    if route.gateway.status is None or answer.state != "accepted" or answer.provider_id is None:
        return None
    reports = route.gateway.callback is not None and route.callback_url is not None
    return as_of + (_IF_NO_REPORT if reports else _SOON)


def asked_again_at(taken: datetime, as_of: datetime) -> datetime | None:
    """Return when a question is repeated: at three times the message's age, at last after three days; null: no more.

    2, 6, 18, 54 minutes and so on: eight questions.
    """
    age = max(as_of - taken, _SOON)
    return None if age >= _AT_LAST else taken + min(3 * age, _AT_LAST)

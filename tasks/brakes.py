"""The stop button and the guard: what keeps mail from leaving, and what happens to it when it may leave again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from os import uname
from pathlib import Path

from config.errors import Refused
from deadlines.guard import AT_LEAST, clock_leapt, too_many
from deadlines.staleness import reconciled_for
from dondoc import clock
from dondoc.store import brakes, held, relays, volume
from dondoc.store.brakes import Heartbeat, Pause, Stop
from dondoc.store.campaigns import campaign
from dondoc.store.engine import Connection
from dondoc.store.held import LooseStep
from tasks.into_envelopes import into_envelopes
from tasks.replay_journal import stand_still_if_restored
from tasks.trail import note
from tasks.world import World

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class RefusedBrake(Refused):
    """Nothing to pause, resume or release that way: says why, and what there is."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What happened when mail was let go: reminders told by a later one, past their time, put into new envelopes,
    and those that wait for a reconciliation first."""

    folded: int = 0
    lapsed: int = 0
    queued: int = 0
    aside: int = 0


async def stops_before_round(world: World, as_of: datetime) -> list[Stop]:
    """Return why this round does nothing at all: the clock leapt, or the database was restored from a backup.

    Then no step is settled either: what a wrong clock calls stale would be lost for good.
    """
    await _watch_clock(world, as_of)
    await stand_still_if_restored(world, as_of)
    async with world.database.read() as connection:
        return [stop for stop in await brakes.open_stops(connection) if stop.kind != "volume"]


async def guard_volume(world: World, as_of: datetime) -> None:
    """Stop everything if far more would leave now than the plans had us expect: it asks, an officer answers."""
    database = world.database
    async with database.read() as connection:
        since = await brakes.last_release(connection, "volume")
        found = await volume.about_to_leave(connection, as_of, since, more_than=AT_LEAST)
        if found is None:
            return
        expected = await volume.expected(connection, as_of, since)
    if not too_many(found, expected):
        return
    detail = f"{found} messages would leave, {expected} were to be expected"
    async with database.write() as connection:
        await brakes.add_stop(database, connection, "volume", detail, as_of, forecast=expected, found=found)


async def standing_still(world: World) -> tuple[list[Stop], list[Pause]]:
    """Return what keeps mail from leaving at this moment."""
    async with world.database.read() as connection:
        return await brakes.open_stops(connection), await brakes.open_pauses(connection)


async def pause(
    world: World, key: str | None, channel: str | None, *, officer: str, reason: str, as_of: datetime
) -> None:
    """Press the stop button; from the next claim on nothing leaves. Errors: `RefusedBrake`, `UnknownCampaign`."""
    owner = await campaign(world.database, key) if key else None
    async with world.database.write() as connection:
        same = [
            each for each in await brakes.open_pauses(connection) if (each.campaign, each.channel) == (key, channel)
        ]
        if same:
            raise RefusedBrake(
                f"pause{_scope(key, channel)}: {same[0].officer} has pressed it already, {same[0].paused_at:%d/%m/%Y}: "
                f"{same[0].reason}"
            )
        owner_id = owner.id if owner else None
        await brakes.press(connection, owner_id, channel, officer=officer, reason=reason, at=as_of)
        note(connection, world, officer, "pause", {"campaign": key, "channel": channel, "reason": reason}, at=as_of)


async def resume(world: World, key: str | None, channel: str | None, *, officer: str, as_of: datetime) -> Resumed:
    """End a pause; what was held is looked at anew before it leaves. Errors: `RefusedBrake`, `UnknownCampaign`."""
    owner = await campaign(world.database, key) if key else None
    async with world.database.write() as connection:
        every = await brakes.open_pauses(connection)
        mine = [each.id for each in every if (each.campaign, each.channel) == (key, channel)]
        if not mine:
            known = "; ".join(f"dondoc resume{_scope(p.campaign, p.channel)}" for p in every) or "nothing is paused"
            raise RefusedBrake(f"resume{_scope(key, channel)}: is not paused; {known}")
        await brakes.let_go(connection, mine, officer, as_of)
        note(connection, world, officer, "resume", {"campaign": key, "channel": channel}, at=as_of)
        return await _let_leave(world, connection, owner.id if owner else None, channel, as_of, "paused")


async def release_guard(world: World, kind: str, *, officer: str, as_of: datetime) -> Resumed:
    """Let leave what the guard held, because an officer has looked at it. Errors: `RefusedBrake`."""
    if kind == "restored":
        raise RefusedBrake("guard restored: compare the journal first: dondoc reconcile-journal")
    async with world.database.write() as connection:
        if not await brakes.release_stop(connection, kind, officer, as_of):
            known = ", ".join(stop.kind for stop in await brakes.open_stops(connection)) or "nothing"
            raise RefusedBrake(f"guard {kind}: holds nothing; it holds {known}")
        note(connection, world, officer, "guard-released", {"guard": kind}, at=as_of)
        return await _let_leave(world, connection, None, None, as_of, "stale")


async def reset_relay(world: World, relay: str, *, officer: str, as_of: datetime) -> None:
    """Let a relay send again. Errors: `RefusedBrake`."""
    async with world.database.write() as connection:
        if not await relays.reset_relay(connection, relay, officer, as_of):
            known = ", ".join(sorted(await relays.tripped_relays(connection))) or "none"
            raise RefusedBrake(f"relay '{relay}': is not tripped; tripped: {known}")
        note(connection, world, officer, "relay-reset", {"relay": relay}, at=as_of)


async def lift_suppression(world: World, address: str, *, officer: str, as_of: datetime) -> None:
    """Let an address be written to again. Errors: `RefusedBrake`."""
    async with world.database.write() as connection:
        if not await relays.lift(connection, address, officer, as_of):
            raise RefusedBrake(f"address '{address}': is not suppressed; see 'dondoc suppressions'")
        note(connection, world, officer, "suppression-lifted", {"address": world.code("DC", address)}, at=as_of)


async def let_step_in(world: World, as_of: datetime) -> int:
    """Put into envelopes what waited for the desk to compare its registers once more; return how many notices."""
    async with world.database.read() as connection:
        waiting = await held.waiting_aside(connection, as_of)
    ready = [step for step in waiting if _may_speak(world, step, as_of)]
    if not ready:
        return 0
    async with world.database.write() as connection:
        await held.step_in(connection, [step.id for step in ready])
        return await _queue_loose(world, connection, ready, as_of)


async def queue_or_wait(
    world: World, connection: Connection, steps: Sequence[LooseStep], as_of: datetime
) -> tuple[int, int]:
    """Put loose notices into envelopes, or let them wait for a reconciliation; return how many of each."""
    ready = [step for step in steps if _may_speak(world, step, as_of)]
    aside = [step.id for step in steps if step not in ready]
    waiting = await held.stand_aside(connection, aside) if aside else 0
    return await _queue_loose(world, connection, ready, as_of), waiting


async def _queue_loose(world: World, connection: Connection, steps: list[LooseStep], as_of: datetime) -> int:
    """Put the loose notices of steps into the envelopes of the day they leave; return how many."""
    queued = 0
    for campaign_id, mode in sorted({(step.campaign_id, step.mode) for step in steps}):
        ids = [step.id for step in steps if (step.campaign_id, step.mode) == (campaign_id, mode)]
        queued += await into_envelopes(world, connection, campaign_id, ids, mode, as_of)
    return queued


async def _let_leave(
    world: World, connection: Connection, campaign_id: int | None, channel: str | None, as_of: datetime, reason: str
) -> Resumed:
    taken = await held.take_out_held(
        connection, campaign_id=campaign_id, channel=channel, today=clock.local_day(as_of), as_of=as_of, reason=reason
    )
    queued, waiting = await queue_or_wait(world, connection, taken.steps, as_of)
    return Resumed(taken.folded, taken.lapsed, queued, waiting)


def _may_speak(world: World, step: LooseStep, as_of: datetime) -> bool:
    return not step.reconciled or reconciled_for(step.due_on, step.reconciled_at, as_of=as_of, calendar=world.calendar)


async def _watch_clock(world: World, as_of: datetime) -> None:
    """Stop everything if this host's wall clock has leapt ahead since it was last looked at.

    A simulation's clock is an offset and may stand anywhere; it is not watched.
    """
    database = world.database
    if database.simulated:
        return
    process = f"round@{uname().nodename}"[:80]
    now = Heartbeat(clock.now(), clock.since_boot(), _BOOT.read_text().strip())  # noqa: ASYNC240 (memory, no disk)
    async with database.write() as connection:
        before = await brakes.heartbeat_of(connection, process)
        await brakes.beat(database, connection, process, "round", now)
        if before is None or before.boot != now.boot:
            return
        leap = (now.wall_at - before.wall_at).total_seconds() - (now.monotonic - before.monotonic)
        if clock_leapt(leap):
            detail = f"the clock of {uname().nodename} has leapt by {leap / 3600:.1f} hours"
            await brakes.add_stop(database, connection, "clock", detail, as_of)


def _scope(key: str | None, channel: str | None) -> str:
    return "".join((f" {key}" if key else "", f" --channel {channel}" if channel else ""))

"""The year itself: officers act, units report, two clocks and two senders work, and the script's faults befall them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from config.errors import Refused
from config.plan import load_plan_text
from dondoc import clock
from dondoc.registry import read_bundle
from dondoc.store import tables as t
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.migrate import migrate_async
from dondoc.store.status import waiting_steps
from dondoc.store.steps import next_instant
from tasks.calendars import enter_days
from tasks.change_registry import merge_units
from tasks.changing import By
from tasks.load_campaign import amend_plan, load_campaign
from tasks.make_ruling import confirm_reconciliation
from tasks.open_world import refresh_names, world_of
from tasks.record_submission import record_submission
from tasks.registry_act import Order
from tasks.registry_rules import NewUnit
from tasks.replay_journal import journal_of, take_over_journal
from tasks.world import World
from tests.faults import almanac, made, script
from tests.faults.almanac import NEVER
from tests.faults.child import KEY
from tests.faults.databases import Stricken
from tests.faults.hunt import Hunt, Kill
from tests.faults.ledger import write_ledger
from tests.faults.post import POINTS
from tests.faults.processes import Child, dying_server, nobody

PLAN = Path(__file__).with_name("plan.yaml")
WHO, DOCUMENT = "Chuyên viên mẫu", "1/QĐ-MẪU"
_WAVES = (time(8), time(14), time(17))
_RETRY = timedelta(minutes=10)
_DESK_TAKES = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked for: how many units, which days, from which seed, how many kills, and whether faults strike."""

    units: int
    span: tuple[datetime, datetime]
    seed: int
    kills: int
    faults: bool = True


def instant(at: datetime) -> datetime:
    """Return a Vietnamese wall-clock instant as the project takes it."""
    return clock.at_local(at.date(), at.time())


def local(at: datetime) -> datetime:
    """Return an instant of the project as Vietnamese wall-clock time."""
    return at.astimezone(clock.LOCAL).replace(tzinfo=None)


@dataclass(slots=True)
class Year:
    """A year under way. What happens is written to `folder`, which is all the judge is given."""

    setting: Setting
    folder: Path
    database: Stricken
    progress: Callable[[datetime, int], None]
    world: World = field(init=False)
    post: Child = field(init=False)
    clocks: list[Child] = field(default_factory=list)
    senders: dict[str, Child] = field(default_factory=dict)
    spares: dict[str, asyncio.Task[Child]] = field(default_factory=dict)
    lives: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    deeds: list[made.Deed] = field(default_factory=list)
    between: dict[datetime, list[made.Deed]] = field(default_factory=dict)
    desk_at: datetime | None = None
    merged: tuple[str, str] = ("", "")
    hunt: Hunt = field(init=False)
    since_backup: list[made.Deed] = field(default_factory=list)
    again_at: datetime | None = None
    at: datetime = NEVER

    # ── before and after ────────────────────────────────────────────────────────────────────────
    async def play(self) -> None:
        """Play the year from its first to its last instant and leave everything in the folder."""
        await self._prepare()
        try:
            await self._pass()
            await self.post.ask(do="flush")
            await write_ledger(self.world.database, self.folder / "ledger.csv")
        finally:
            await self._end()

    async def _prepare(self) -> None:
        start, _ = self.setting.span
        self.hunt = Hunt(self.setting.kills, self.setting.seed, self.setting.units)
        text = PLAN.read_text(encoding="utf-8")
        plan = almanac.read_plan(text)
        events = script.within(script.EVENTS, self.setting.span) if self.setting.faults else []
        many = made.units(self.setting.units)
        bounces = made.write_registry(self.folder, many, self.setting.seed)
        self._write("plan.yaml", text)
        self._write("plan-amended.yaml", script.amended(text, events))
        self._write("bounces.json", json.dumps(bounces if self.setting.faults else []))
        self._plan_deeds(many, plan)
        await migrate_async(self.database.url)
        await self._open(start)
        await load_campaign(
            self.world, load_plan_text(text, "plan.yaml"),
            read_bundle([self.folder / "units.csv"], [self.folder / "successions.csv"], [self.folder / "contacts.csv"]),
            as_of=instant(start), state="live", since=start.date(),
        )  # fmt: skip
        await refresh_names(self.world)
        self.post = await Child.start("tests.faults.post", self.folder, log=self._log)
        await self.post.ask(do="bounces", addresses=bounces if self.setting.faults else [])
        await self._raise_children()

    def _plan_deeds(self, many: list[made.Unit], plan: dict[str, Any]) -> None:
        periods = almanac.duty_periods(plan)
        every = made.deeds(many, periods, almanac.days_2026(), self.setting.seed)
        communes = [unit for unit in many if unit.kind == "commune"]
        self.merged = (communes[-1].code, communes[0].code)
        start, end = self.setting.span
        for deed in every:
            if deed.between:
                self.between.setdefault(deed.at, []).append(deed)
            elif start <= deed.at < end:
                self.deeds.append(deed)

    async def _open(self, at: datetime) -> None:
        database = await open_database(self.database.url)
        await mark_simulation(database, instant(at))
        self.world = await world_of(database, KEY, {})
        self.world.journal = await journal_of(database, self.folder / "journal")

    async def _raise_children(self) -> None:
        roles = ("clock", "clock", *("sender" for _ in self.lives))
        children = await asyncio.gather(*(self._grow(role) for role in roles))
        self.clocks = list(children[:2])
        for door, sender in zip(self.lives, children[2:], strict=True):
            await self._take_up(door, sender)
        if self.setting.kills:
            self.spares = {role: self._grow(role) for role in ("clock", "sender")}

    async def _child(self, role: str) -> Child:
        """Return a fresh child, and have the next one grow up meanwhile."""
        spare = self.spares.pop(role, None) or self._grow(role)
        self.spares[role] = self._grow(role)
        return await spare

    def _grow(self, role: str) -> asyncio.Task[Child]:
        start = Child.start("tests.faults.child", role, self.database.url, self.folder / "journal", log=self._log)
        return asyncio.create_task(start)

    async def _new_sender(self, door: str) -> None:
        await self._take_up(door, await self._child("sender"))

    async def _take_up(self, door: str, sender: Child) -> None:
        self.senders[door] = sender
        self.lives[door] += 1
        await self.post.ask(do="life", door=door, life=self.lives[door])

    async def _lay_down(self) -> None:
        for child in (*self.clocks, *self.senders.values(), *[await spare for spare in self.spares.values()]):
            await child.end()
        self.clocks, self.senders, self.spares = [], {}, {}

    async def _end(self) -> None:
        await self._lay_down()
        await self.post.end()
        await self.world.database.close()

    @property
    def _log(self) -> Path:
        return self.folder / "children.log"

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def _note(self, name: str, **line: Any) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, default=str) + "\n")

    # ── time ────────────────────────────────────────────────────────────────────────────────────
    async def _pass(self) -> None:
        """Let time pass: from wave to wave, to each act of the script, and to what the database says comes next."""
        at, end = self.setting.span
        events = script.within(script.EVENTS, self.setting.span) if self.setting.faults else []
        for event in events:
            self._note("events.jsonl", act=event.act, at=event.at, until=event.until, what=event.what)
        pending = list(events)
        await self._round(at)
        while (at := await self._next(at, pending)) < end:
            self.progress(at, self.hunt.killed)
            while pending and pending[0].at <= at:
                await self._befall(pending.pop(0))
            if (until := script.down(events, at)) is not None:
                at = until
                self._note("events.jsonl", act="back", at=until)
            await self._deeds(at)
            if self.desk_at is not None and self.desk_at <= at:
                self.desk_at = None
                await confirm_reconciliation(self.world, officer=WHO, as_of=instant(at))
            await self._round(at, events)

    async def _next(self, at: datetime, pending: list[script.Event]) -> datetime:
        """Return when something is to be done next; quiet waves are not played."""
        following = await next_instant(self.world.database)
        wanted = [event.at for event in pending[:1]]
        if self.desk_at is not None:
            wanted.append(self.desk_at)
        if self.again_at is not None:
            wanted.append(self.again_at)
        if following is not None:
            soon = local(following)
            wanted.append(soon if soon > at + _RETRY else at + _RETRY)
        if self.deeds:
            wanted.append(_wave_after(self.deeds[0].at))
        if self.between:
            wanted.append(min((each for each in self.between if each > at), default=NEVER))
        return max(min(wanted, default=NEVER), at + timedelta(minutes=1))

    async def _deeds(self, at: datetime) -> None:
        while self.deeds and self.deeds[0].at <= at:
            await self._record(self.deeds.pop(0), at)

    async def _record(self, deed: made.Deed, at: datetime) -> None:
        received = max(deed.at, at - timedelta(days=2))
        try:
            await record_submission(
                self.world, "nam-mau", deed.duty, deed.period, deed.unit, as_of=instant(at),
                received_at=instant(min(received, at)),
            )  # fmt: skip
        except Refused as refused:
            self._note("refused.jsonl", unit=deed.unit, duty=deed.duty, at=at, why=str(refused))
            return
        self.since_backup.append(deed)
        begun = await self._tell(do="stat")
        self._note("deeds.jsonl", unit=deed.unit, duty=deed.duty, period=deed.period, at=at, begun=begun["begun"])

    async def _tell(self, **order: Any) -> dict[str, Any]:
        answer = await self.post.ask(**order)
        assert answer is not None, "the post office died"
        return answer

    # ── what befalls ────────────────────────────────────────────────────────────────────────────
    async def _befall(self, event: script.Event) -> None:
        """Let one act of the script happen; what lasts (outage, storm, Prefect) is looked up where it matters."""
        by = By(WHO, instant(event.at), DOCUMENT)
        match event.act:
            case "holiday":
                off = {datetime.fromisoformat(event.what).date(): "off"}
                await enter_days(self.world, "vn", off, name="Nghỉ mẫu", source="mẫu", status="official", by=by)
            case "amend":
                plan = load_plan_text((self.folder / "plan-amended.yaml").read_text(encoding="utf-8"), "plan.yaml")
                order = {"as_of": instant(event.at).isoformat(), "face": None}
                await asyncio.gather(  # in flight: while both clocks are at work
                    amend_plan(self.world, plan, officer=WHO, document=DOCUMENT, as_of=by.as_of),
                    *(clock.ask(**order) for clock in self.clocks),
                )
            case "merge":
                await self._merge(event)
            case "jump":
                await self._jump(event)
            case "backup":
                await self._asleep(self.database.back_up, event.at)
                self.since_backup = []
            case "restore":
                await self._restore(event)

    async def _merge(self, event: script.Event) -> None:
        gone, heir = self.merged
        order = Order(event.at.date(), WHO, DOCUMENT, instant(event.at))
        async with self.world.database.write() as connection:
            await merge_units(self.world, connection, order, [gone], NewUnit(heir))
        self._note("merged.jsonl", unit=gone, into=heir, at=event.at)

    async def _asleep(self, work: Callable[[], Awaitable[None]], at: datetime) -> None:
        """Do something to the database while nobody is connected to it."""
        await self._lay_down()
        await self.world.database.close()
        await work()
        await self._open(at)
        await self._raise_children()

    async def _restore(self, event: script.Event) -> None:
        """Go back to the backup: a round must stand still; then the journal is taken over and the desk writes anew."""
        await self._asleep(self.database.restore, event.at)
        before = await self._tell(do="stat")
        await self._round(event.at)
        after = await self._tell(do="stat")
        self._note("restored.jsonl", at=event.at, sent_before_reconciling=after["begun"] - before["begun"])
        await take_over_journal(self.world, officer=WHO, as_of=instant(event.at))
        lost, self.since_backup = self.since_backup, []
        for deed in lost:
            await self._record(deed, event.at)

    async def _jump(self, event: script.Event) -> None:
        """Let a third clock do a round whose own clock is wrong, beside two that are right."""
        await mark_simulation(self.world.database, instant(event.at))
        mad = await Child.start(
            "tests.faults.child", "clock", self.database.url, self.folder / "journal", log=self._log, clock=event.what
        )
        answer = await mad.ask(as_of=None)
        self._note("jumps.jsonl", at=event.at, told=event.what, answer=answer)
        await mad.end()

    # ── a round ─────────────────────────────────────────────────────────────────────────────────
    async def _round(self, at: datetime, events: list[script.Event] | None = None) -> None:
        """Let both clocks decide, then both senders send, through whatever befalls them."""
        self.again_at, self.at = None, at
        await self._tell(do="now", at=at.isoformat())
        storm = next((e for e in events or () if e.act == "storm" and e.until and e.at <= at < e.until), None)
        weather = dict(part.split("=") for part in storm.what.split()) if storm else {}
        await self._tell(do="weather", weather={k: float(v) for k, v in weather.items()}, seed=at.timetuple().tm_yday)
        await self._decide(at, events or [])
        for deed in self.between.pop(at, ()):
            await self._record(deed, at)
        await self._send(at, events or [])
        if await waiting_steps(self.world.database) and self.desk_at is None and time(7) < at.time() < time(16):
            self.desk_at = at + _DESK_TAKES

    async def _decide(self, at: datetime, events: list[script.Event]) -> None:
        due = await self._due(at)
        if any(e.act == "prefect" and e.until and e.at <= at < e.until for e in events):
            async with dying_server() if due else nobody() as url:
                await self._decide_shown(at, due, f"{url}/api")
        else:
            await self._decide_shown(at, due, None)

    async def _decide_shown(self, at: datetime, due: int, face: str | None) -> None:
        order = {"as_of": instant(at).isoformat(), "face": face}
        while True:
            kill = self.hunt.next_clock() if due else None
            jobs = [clock.ask(**order) for clock in self.clocks]
            hunts = [self._hunt_clock(kill)] if kill else []
            answers, _ = await asyncio.gather(asyncio.gather(*jobs), asyncio.gather(*hunts))
            for number, answer in enumerate(answers):
                if answer is None:
                    self.clocks[number] = await self._child("clock")
                elif answer.get("failed") or answer.get("broke") or answer.get("stops"):
                    self._note("broke.jsonl", role="clock", at=at, answer=answer)
            if not kill:
                return

    async def _hunt_clock(self, kill: Kill) -> None:
        if kill.point == "told":
            await asyncio.sleep(kill.after)
        else:
            await self._until(select(func.count()).where(t.step.c.fired_at.is_not(None)), 1)
        for victim in self.clocks if kill.both else self.clocks[:1]:
            victim.kill()
            self.hunt.killed += 1
            self._note("kills.jsonl", role="clock", point=kill.point, at=self.at)

    async def _hunt_sender(self, kill: Kill) -> None:
        victim = self.senders[kill.door]
        if kill.point in POINTS:
            await self._tell(do="kill", door=kill.door, pid=victim.pid, point=kill.point, nth=kill.nth)
            return
        m = t.message.c
        held = [m.state == "claimed", m.claimed_by == victim.hello["name"]]
        seen = select(func.count()).where(*(held if kill.point == "claimed" else [m.state == "accepted"]))
        await self._until(seen, 1 if kill.point == "claimed" else kill.nth)
        victim.kill()
        self._note("kills.jsonl", role="sender", point=kill.point, at=self.at, door=kill.door,
                   life=self.lives[kill.door])  # fmt: skip

    async def _bury(self, answers: dict[str, dict[str, Any] | None], at: datetime) -> bool:
        """Put a new sender in the place of each that died; let leases of those that hold any lapse. All well?"""
        well = True
        await self._tell(do="flush")
        for door, answer in answers.items():
            name = self.senders[door].hello["name"]
            if answer is None:
                self.hunt.killed += 1
                await self._new_sender(door)
            elif answer.get("outcomes", {}).get("failed"):
                self.again_at = at + _RETRY  # the next round looks for another way to whoever cannot be reached
                continue
            elif "broke" in answer:
                self._note("broke.jsonl", role="sender", door=door, life=self.lives[door], at=at, answer=answer)
            else:
                continue
            well = False
            await self._lapse(name)
        return well

    async def _lapse(self, name: str) -> None:
        """Let the time of a sender's leases run out: what the next alarms would find, without the waiting."""
        m = t.message.c
        async with self.world.database.write() as connection:
            await connection.execute(
                update(t.message)
                .where(m.state == "claimed", m.claimed_by == name)
                .values(lease_until=self.world.database.time(-1))
            )

    async def _strike(self, at: datetime) -> None:
        await asyncio.sleep(0.03)
        self._note("strikes.jsonl", at=at, lives=self.lives)
        await self.database.strike()

    async def _until(self, count: Any, more: int) -> None:
        """Wait until a number in the database has risen by so many, a second at most."""
        first = await self._number(count)
        for _ in range(150):
            if await self._number(count) >= first + more:
                return
            await asyncio.sleep(0.003)

    async def _number(self, count: Any) -> int:
        async with self.world.database.read() as connection:
            return int((await connection.execute(count)).scalar_one())

    async def _due(self, at: datetime) -> int:
        s = t.step.c
        return await self._number(
            select(func.count()).where(s.fired_at.is_(None), s.reason.is_(None), s.fire_at <= instant(at))
        )

    async def _ready(self, at: datetime) -> int:
        m = t.message.c
        return await self._number(
            select(func.count()).where(t.message_is_open, m.state != "claimed", m.not_before <= instant(at))
        )

    async def _send(self, at: datetime, events: list[script.Event]) -> None:
        """Let both senders send until none of them has been killed over it."""
        strikes = 3 if any(e.act == "strike" and e.at == at for e in events) else 0
        for again in range(60):
            ready = await self._ready(at)
            kill = None if strikes else self.hunt.next_sender(ready)
            hunts = [self._hunt_sender(kill)] if kill else [self._strike(at)] if strikes else []
            order = {"as_of": (instant(at) + timedelta(minutes=again)).isoformat()}
            jobs = [child.ask(**order, port=self.post.hello[door]) for door, child in self.senders.items()]
            answers, _ = await asyncio.gather(asyncio.gather(*jobs), asyncio.gather(*hunts))
            if kill and all(answer is not None for answer in answers):
                self.hunt.missed()
            well = await self._bury(dict(zip(self.senders, answers, strict=True)), at)
            strikes = max(0, strikes - 1)
            if well and not kill and not strikes:
                return
        raise RuntimeError(f"{at}: the senders never came to an end")


def _wave_after(at: datetime) -> datetime:
    """Return the first wave at or after an instant."""
    day = at.date()
    return next(
        (datetime.combine(day, wave) for wave in _WAVES if at.time() <= wave),
        datetime.combine(day + timedelta(days=1), _WAVES[0]),
    )

"""Who plays in a simulation: units that report in their manner, a desk that compares registers and releases briefs."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from deadlines.waves import allowed_from
from dondoc import clock
from dondoc.simulation.behaviour import Conduct, Profile, conduct_of, is_released
from dondoc.store.accounts import OpenedAssignment, assignments_after, is_open, queued_for
from dondoc.store.briefs import briefs_on_desk
from dondoc.store.status import waiting_steps
from tasks.lay_briefs import RefusedRelease, release_brief
from tasks.make_ruling import confirm_reconciliation
from tasks.receipts import Document
from tasks.record_submission import record_submission
from tasks.world import World

_DESK_TAKES = timedelta(minutes=45)
_RELEASE_TAKES = timedelta(hours=20)

CastAct = Literal["submit", "reconcile", "release"]


class Cast:
    """Decides what units and the desk do and does it; `plan` is told when: (instant, act, what)."""

    def __init__(
        self, world: World, profile: Profile, seed: int, plan: Callable[[datetime, CastAct, object], None]
    ) -> None:  # fmt: skip
        self._world = world
        self._profile = profile
        self._seed = seed
        self._plan = plan
        self._seen = 0
        self._pending: dict[int, tuple[OpenedAssignment, Conduct]] = {}
        self._in_between: set[int] = set()
        self._desk_waits = False
        self._briefs_seen: set[str] = set()

    async def meet_new_units(self, at: datetime) -> None:
        """Settle what the units of newly opened assignments will do."""
        for assignment in await assignments_after(self._world.database, self._seen):
            self._seen = assignment.id
            self._expect(at, assignment)

    async def hear_of_dates(self, at: datetime) -> None:
        """Settle anew what is done about duties that had no date until now: nobody does anything before."""
        for assignment in await assignments_after(self._world.database, 0):
            known = self._pending.get(assignment.id)
            if known and known[0].due_on is None and assignment.due_on:
                self._expect(at, assignment)

    async def reporting_just_now(self) -> list[int]:
        """Return the assignments whose units report between the moment they are to be written to and the mail."""
        told = await queued_for(self._world.database, self._in_between)
        self._in_between.difference_update(told)
        return told

    async def reports(self, assignment_id: int) -> bool:
        """Return whether a planned report still comes: the unit exists, and nobody has reported for it."""
        if await is_open(self._world.database, assignment_id):
            return True
        del self._pending[assignment_id]
        return False

    async def submit(self, at: datetime, assignment_id: int) -> None:
        """Report, with or without the official document."""
        assignment, conduct = self._pending.pop(assignment_id)
        document = None
        if conduct.with_document:
            document = Document(f"{assignment_id}/BC-MẪU", clock.local_day(at), "Người ký mẫu")
        await record_submission(
            self._world, assignment.campaign, assignment.duty, assignment.period, assignment.unit_code, as_of=at,
            document=document, by="mô phỏng",
        )  # fmt: skip

    async def look_at_desk(self, at: datetime) -> None:
        """Let the desk notice what waits for it: steps without a reconciliation, briefs to release."""
        database, calendar = self._world.database, self._world.calendar
        if not self._desk_waits and await waiting_steps(database):
            self._desk_waits = True
            self._plan(allowed_from(at + _DESK_TAKES, calendar), "reconcile", None)
        for brief in await briefs_on_desk(database):
            if brief.code not in self._briefs_seen:
                self._briefs_seen.add(brief.code)
                if is_released(brief.code, self._profile, self._seed):
                    self._plan(allowed_from(at + _RELEASE_TAKES, calendar), "release", brief.code)

    async def reconcile(self, at: datetime) -> None:
        """Confirm that the registers were compared."""
        self._desk_waits = False
        await confirm_reconciliation(self._world, officer="Chuyên viên mẫu", as_of=at)

    async def release(self, at: datetime, code: str) -> str | None:
        """Release a brief on fresh figures; returns the document it goes by, null where it is refused."""
        await confirm_reconciliation(self._world, officer="Chuyên viên mẫu", as_of=at)
        document = f"{code}/CV-MẪU"
        try:
            await release_brief(self._world, code, document=document, by="Lãnh đạo mẫu", as_of=at)
        except RefusedRelease:
            return None
        return document

    def _expect(self, at: datetime, assignment: OpenedAssignment) -> None:
        conduct = conduct_of(assignment, self._profile, self._seed)
        self._pending[assignment.id] = assignment, conduct
        if conduct.manner == "in-between":
            self._in_between.add(assignment.id)
        elif conduct.at is not None:
            self._plan(max(conduct.at, at + timedelta(minutes=1)), "submit", assignment.id)


class Company:
    """A cast that keeps its own agenda, for a film: nobody else knows what comes next.

    Whoever reports in the very moment of being written to is silent here: a film's round is one piece.
    """

    def __init__(self, world: World, profile: Profile, seed: int) -> None:
        self._agenda: list[tuple[datetime, int, CastAct, object]] = []
        self._planned = 0
        self._cast = Cast(world, profile, seed, self._note)

    @property
    def next_at(self) -> datetime | None:
        """Return when somebody does something next."""
        return self._agenda[0][0] if self._agenda else None

    async def act(self, at: datetime) -> None:
        """Let everybody do what they have planned until now."""
        while self._agenda and self._agenda[0][0] <= at:
            _at, _order, act, what = heapq.heappop(self._agenda)
            if act == "reconcile":
                await self._cast.reconcile(at)
            elif act == "release":
                await self._cast.release(at, str(what))
            elif isinstance(what, int) and await self._cast.reports(what):
                await self._cast.submit(at, what)

    async def look(self, at: datetime) -> None:
        """Let units and desk see what a round has brought, and plan."""
        await self._cast.meet_new_units(at)
        await self._cast.hear_of_dates(at)
        await self._cast.look_at_desk(at)

    def _note(self, at: datetime, act: CastAct, what: object) -> None:
        heapq.heappush(self._agenda, (at, self._planned, act, what))
        self._planned += 1

"""Law: whatever happens to units, and whenever it is followed, open work is neither lost, doubled nor chased."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import Connection
from dondoc.store.registry_changes import lives_of
from dondoc.store.submissions import assignment_of, note_receipt
from dondoc.store.units import owed_by
from tasks.change_registry import close_unit, merge_units, open_unit, rename_unit, split_unit
from tasks.open_duties import open_duties_in
from tasks.registry_act import Order
from tasks.registry_rules import NewUnit
from tests.registry_story import ANNUAL, Registry, registry, unit
from tests.story import KEY, at

UNITS = [unit(f"u{number}") for number in range(1, 6)]
DUE = date(2026, 11, 14)
# What happens: an act, which units (by their place among those that live then), days until it, and whether a
# round sees it on its day.
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "merge", "merge-into", "split", "split-merge", "close", "open"]),
        st.integers(0, 9), st.integers(1, 9), st.integers(1, 4), st.booleans(),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One act on a day: how to do it, and whether a round comes by on that day."""

    on: date
    act: Any
    what: tuple[Any, ...]
    seen: bool


@dataclass(slots=True)
class Model:
    """Who owes the report, thought through by hand: `open`, `answered`, or `none` for whoever was never asked."""

    owes: dict[str, str]
    happenings: list[Happening] = field(default_factory=list)
    born: int = 0

    def new(self) -> NewUnit:
        self.born += 1
        return NewUnit(f"n{self.born}", f"Đơn vị mới {self.born}")

    def passes_on(self, gone: Sequence[str], day: date) -> str:
        """Return what a unit formed of others owes."""
        left = [self.owes[code] for code in gone]
        fresh = "none" if day > DUE else "open"
        return "open" if "open" in left else "answered" if "answered" in left else fresh

    def happen(self, kind: str, first: int, step: int, day: date, seen: bool) -> None:
        """Choose units by number, note the act, and think through who owes the report afterwards."""
        living = sorted(self.owes)
        one = living[first % len(living)]
        other = living[(first + step) % len(living)]
        done: Any = None
        if kind == "open":
            new = self.new()
            done = (open_unit, (NewUnit(new.code, new.name, kind="department", parent="11-tinh"),))
            self.owes[new.code] = "none" if day > DUE else "open"
        elif kind == "rename":
            done = (rename_unit, (one, f"Tên mới {day}"))
            self.owes[one] = self.passes_on([one], day)
        elif kind == "close" and len(living) > 2:
            done = (close_unit, (one,))
            del self.owes[one]
        elif kind == "split":
            parts = [self.new(), self.new()]
            done = (split_unit, (one, parts))
            owed = self.passes_on([one], day)
            del self.owes[one]
            self.owes |= {part.code: owed for part in parts}
        elif one == other:
            return
        elif kind == "merge":
            new = self.new()
            done = (merge_units, ([one, other], new))
            owed = self.passes_on([one, other], day)
            del self.owes[one], self.owes[other]
            self.owes[new.code] = owed
        elif kind == "merge-into":
            done = (merge_units, ([one], NewUnit(other)))
            self._joins(one, other)
            del self.owes[one]
        elif kind == "split-merge":
            new = self.new()
            done = (split_unit, (one, [new, NewUnit(other)]))
            self._joins(one, other)
            self.owes[new.code] = self.passes_on([one], day)
            del self.owes[one]
        if done:
            self.happenings.append(Happening(day, done[0], done[1], seen))

    @property
    def owing(self) -> set[str]:
        """Return who still owes the report."""
        return {code for code, owed in self.owes.items() if owed == "open"}

    def _joins(self, gone: str, standing: str) -> None:
        if self.owes[standing] == "none" and self.owes[gone] == "open":
            self.owes[standing] = "open"


class _TakenBack(Exception):
    """The example is over; nothing of it stays."""


Stand = tuple[str, date, str]  # a unit's code and first day, and the state of its assignment


async def _played(
    r: Registry, start: date, reported: set[str], model: Model, end: date, how: str
) -> tuple[list[Stand], list[str]]:
    """Return how every unit stands at the end, and which units live then.

    `how`: a round on every day of a change (`punctual`), on some (`as-seen`), only at the end (`late`); or the
    changes become known only at the end (`known-late`).
    """
    found: tuple[list[Stand], list[str]] | None = None
    owner = await campaign(r.world.database, KEY)
    row = await duty_period(r.world.database, owner.id, *ANNUAL)
    known = at((end if how == "known-late" else start).isoformat())
    try:
        async with r.world.database.write() as connection:
            await _report(r, connection, row.id, reported, start)
            for each in model.happenings:
                await each.act(r.world, connection, Order(each.on, "Chuyên viên mẫu", None, known), *each.what)
            for each in model.happenings:
                if how == "punctual" or (how == "as-seen" and each.seen):
                    await open_duties_in(r.world, connection, at(each.on.isoformat()))
            await open_duties_in(r.world, connection, at(end.isoformat()))
            found = await _standing(connection, model, end)
            raise _TakenBack
    except _TakenBack:
        assert found is not None
    return found


async def _report(r: Registry, connection: Connection, row_id: int, reported: set[str], day: date) -> None:
    for lives in (await lives_of(connection, sorted(reported))).values():
        assignment = await assignment_of(r.world.database, connection, row_id, lives[0].id)
        assert assignment is not None
        now = at(day.isoformat())
        values = {"state": "submitted", "closed_at": now, "first_received_at": now, "judged": "on-time"}
        await note_receipt(connection, assignment.id, values)


async def _standing(connection: Connection, model: Model, end: date) -> tuple[list[Stand], list[str]]:
    codes = sorted({each.code for each in UNITS} | {f"n{number + 1}" for number in range(model.born)})
    stands = [
        (code, owed.unit_from, owed.state)
        for code in codes
        for owed in await owed_by(connection, code)
        if (owed.duty, owed.period) == ANNUAL
    ]
    alive = [
        (code, life.valid_from)
        for code, lives in (await lives_of(connection, codes)).items()
        for life in lives
        if life.exists_on(end)
    ]
    assert len(set(stands)) == len({stand[:2] for stand in stands})  # one assignment for each life of a unit
    assert {stand[:2] for stand in stands if stand[2] == "open"} <= set(alive)  # nobody is chased who has ended
    return sorted(stands), [code for code, _valid_from in alive]


def test_open_work_is_neither_lost_nor_doubled_nor_chased(database_url: str) -> None:
    with asyncio.Runner() as runner:
        world = registry(database_url, UNITS, now="2026-03-02")
        r = runner.run(world.__aenter__())

        @settings(max_examples=12, deadline=None)
        @given(
            start=st.sampled_from([date(2026, 3, 2), date(2026, 11, 9)]),  # long before the day, and across it
            reported=st.sets(st.sampled_from([each.code for each in UNITS])),
            acts=ACTS,
        )
        def law(start: date, reported: set[str], acts: list[tuple[str, int, int, int, bool]]) -> None:
            model = Model({each.code: "answered" if each.code in reported else "open" for each in UNITS})
            day = start
            for kind, first, step, days, seen in acts:
                day += timedelta(days=days)
                model.happen(kind, first, step, day, seen)
            end = day + timedelta(days=1)
            punctual, living = runner.run(_played(r, start, reported, model, end, "punctual"))
            assert sorted(living) == sorted(model.owes)
            assert {code for code, _from, state in punctual if state == "open"} == model.owing
            for how in ("as-seen", "late", "known-late"):
                assert runner.run(_played(r, start, reported, model, end, how)) == (punctual, living), how

        try:
            law()
        finally:
            runner.run(world.__aexit__(None, None, None))

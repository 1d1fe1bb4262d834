"""A small province whose units an officer opens, merges, splits and closes; its campaign is Điện Biên's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from config.plan import load_plan, plan_path
from dondoc.registry.bundle import RegistryBundle
from dondoc.registry.rows import ContactRow, SuccessionRow, UnitRow
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.status import UnitStatus, unit_status
from tasks.load_campaign import load_campaign
from tasks.open_duties import open_duties
from tasks.open_world import world_of
from tasks.record_submission import record_submission
from tasks.registry_act import Order, RegistryChange
from tasks.world import World
from tests.story import KEY, at

BEGAN = date(2021, 1, 1)
ANNUAL = ("annual-report", "2026")


def unit(code: str, kind: str = "department", parent: str | None = "11-tinh", **changes: Any) -> UnitRow:
    """Return an invented unit that has existed since 2021."""
    name = changes.pop("name", f"Đơn vị mẫu {code}")
    values: dict[str, Any] = {"code": code, "valid_from": BEGAN, "valid_to": None, "kind": kind, "name": name,
              "office_name": f"Văn phòng {name}", "parent_code": parent, "province_code": "11", "protocol_order": 100,
              "sample": True, "territory": "11"}  # fmt: skip
    return UnitRow(**values | changes)


def contact(code: str, who: str, role: str = "officer", **changes: Any) -> ContactRow:
    """Return an invented contact of a unit."""
    values: dict[str, Any] = {"unit_code": code, "unit_from": BEGAN, "role": role, "name": f"Mẫu {who}",
              "position": "Mẫu",
              "email": f"{who}@don-vi-mau.example", "phone": "0215 000 0000", "valid_from": BEGAN, "valid_to": None,
              "sample": True}  # fmt: skip
    return ContactRow(**values | changes)


PROVINCE = unit("11-tinh", "province", None, protocol_order=10)


class Registry:
    """A campaign over a registry that changes; `now` is its present."""

    def __init__(self, world: World, now: str) -> None:
        self.world = world
        self.now = at(now)

    async def round(self, now: str) -> None:
        """Let time jump to `now` and follow what has happened since."""
        self.now = at(now)
        await open_duties(self.world, self.now)

    async def act(
        self, act: Callable[..., Awaitable[RegistryChange]], on: str, *what: Any, **more: Any
    ) -> RegistryChange:
        """Let an officer change the registry on a day."""
        order = Order(date.fromisoformat(on), "Chuyên viên mẫu", "1/QĐ-MẪU", self.now)
        async with self.world.database.write() as connection:
            return await act(self.world, connection, order, *what, **more)

    async def submit(self, unit_code: str, duty: str = "annual-report", period: str = "2026") -> None:
        """Record a unit's report."""
        await record_submission(self.world, KEY, duty, period, unit_code, as_of=self.now)

    async def units(self, duty: str = "annual-report", period: str = "2026") -> list[UnitStatus]:
        """Return how every unit stands with a duty."""
        owner = await campaign(self.world.database, KEY)
        row = await duty_period(self.world.database, owner.id, duty, period)
        return await unit_status(self.world.database, row.id, self.now)

    async def states(self, duty: str = "annual-report", period: str = "2026") -> list[tuple[str, str]]:
        """Return (unit, state) of every assignment, sorted; a code with two lives stands twice."""
        return sorted((each.unit_code, each.state) for each in await self.units(duty, period))


@asynccontextmanager
async def registry(
    database_url: str, units: Sequence[UnitRow], *, now: str = "2026-03-02", contacts: Sequence[ContactRow] = (),
    successions: Sequence[SuccessionRow] = (), state: str = "live",
) -> AsyncIterator[Registry]:  # fmt: skip
    """Open the campaign over these units, live since 1/1/2026."""
    database = await open_database(database_url)
    await mark_simulation(database, at(now))
    try:
        world = await world_of(database, b"a key for tests", {})
        bundle = RegistryBundle((PROVINCE, *units), tuple(successions), tuple(contacts))
        await load_campaign(
            world, load_plan(plan_path(KEY)), bundle, as_of=at(now), state=state, since=date(2026, 1, 1)
        )
        opened = Registry(world, now)
        await opened.round(now)
        yield opened
    finally:
        await database.close()

"""An act upon the registry under way: what it ends and begins, whom it provides for, and what it leaves to follow."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from dondoc import clock
from dondoc.registry.rows import default_protocol_order
from dondoc.registry.text import search_key
from dondoc.store import registry_changes as store
from dondoc.store.campaigns import CampaignRow, campaign_rows_in
from dondoc.store.engine import Connection
from dondoc.store.following import follow_again
from dondoc.store.registry_changes import HeldRole, Life
from tasks.open_duties import Opened, follow_day, open_duties_in
from tasks.registry_rules import (
    NewUnit,
    RefusedChange,
    checked_kind,
    checked_parent,
    existing_unit,
    listed,
    office_name_like,
    refuse_taken_code,
)
from tasks.trail import note
from tasks.world import World

_KEPT = ("code", "kind", "name", "office_name", "parent_code", "province_code", "territory", "protocol_order", "sample")


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders an act, by which document, and the first day on which it holds.

    `ahead` lets open work follow although that day is still to come: for showing what it would do.
    """

    on_date: date
    officer: str
    document: str | None
    at: datetime
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """What an act did: its number, the lives it ended and began, who follows whom, and what went along.

    `vacant` are roles that nobody holds any more from that day; `unreachable` new units without a contact.
    `followed` is null when the day is still to come: open work follows then.
    """

    change_id: int
    act: str
    on_date: date
    ended: tuple[Life, ...]
    began: tuple[Life, ...]
    successions: tuple[tuple[str, str, str], ...]
    contacts: int
    vacant: tuple[HeldRole, ...]
    unreachable: tuple[Life, ...]
    campaigns: tuple[str, ...]
    followed: Opened | None


@dataclass(slots=True)
class Act:
    """The transaction, the order, and what has been done so far."""

    world: World
    connection: Connection
    order: Order
    ended: list[Life] = field(default_factory=list)
    began: list[Life] = field(default_factory=list)
    successions: list[tuple[str, str, str]] = field(default_factory=list)
    territories: set[str] = field(default_factory=set)
    contacts: int = 0

    @property
    def day(self) -> date:
        """Return the first day on which the act holds."""
        return self.order.on_date

    async def begin(self, values: dict[str, Any]) -> Life:
        """Let a new life begin. Errors: `RefusedChange` for a code in use or a parent that is not there."""
        await refuse_taken_code(self.connection, values["code"], self.day)
        if values["parent_code"] is not None:
            await checked_parent(self.connection, values["code"], values["parent_code"], self.day, None)
        life = await store.begin_life(self.connection, {"valid_from": self.day, "valid_to": None, **values})
        self.began.append(life)
        self.territories.add(life.territory)
        return life

    async def end(self, life: Life) -> None:
        """End a life on the day; its contacts end with it when the act is recorded."""
        await store.end_life(self.connection, life.id, self.day)
        self.ended.append(replace(life, valid_to=self.day))
        self.territories.add(life.territory)

    async def go_on(self, life: Life, **changes: Any) -> Life:
        """End a life and let another with the same code go on from it, with all that is recorded for later."""
        await self.end(life)
        values = {name: getattr(life, name) for name in _KEPT} | changes
        heir = await store.begin_life(
            self.connection,
            {**values, "search_key": search_key(values["name"]), "valid_from": self.day, "valid_to": life.valid_to},
        )
        self.began.append(heir)
        self.territories.add(heir.territory)
        await self.succeed([life], heir, "continue")
        await store.pass_on_later_successions(self.connection, life.id, heir.id, self.day)
        await self.carry_contacts(life, heir)
        return heir

    async def succeed(self, gone: Sequence[Life], heir: Life, rule: str) -> None:
        """Record that a unit takes over from others."""
        await store.add_successions(self.connection, [(life.id, heir.id) for life in gone], self.day, rule)
        self.successions += [(life.code, heir.code, rule) for life in gone]

    async def carry_contacts(self, from_: Life, to: Life) -> None:
        """Let the people of one unit answer for another from the day on."""
        self.contacts += await store.carry_contacts(self.world.database, self.connection, from_.id, to.id, self.day)

    async def values_of(self, new: NewUnit, like: Life | None) -> dict[str, Any]:
        """Return a new unit's row: as told, else as the unit it is formed of, else as its parent.

        Errors: `RefusedChange`.
        """
        name = new.name or (like.name if like and like.code == new.code else None)
        if name is None:
            raise RefusedChange(
                f"unit '{new.code}': does not exist on {self.day:%d/%m/%Y}; "
                "give it a name to let it begin then, or correct the code"
            )
        kind = checked_kind(new.kind or (like.kind if like else ""))
        parent = new.parent or (like.parent_code if like else None)
        province, territory = await self._ground(new, parent, like)
        order = like.protocol_order if like else await self._next_in_protocol(territory, kind)
        return {
            "code": new.code, "kind": kind, "name": name, "search_key": search_key(name), "parent_code": parent,
            "office_name": new.office_name or (office_name_like(like, name) if like else name),
            "province_code": province, "territory": territory, "protocol_order": order,
            "sample": like.sample if like else False,
        }  # fmt: skip

    async def _ground(self, new: NewUnit, parent: str | None, like: Life | None) -> tuple[str, str]:
        above = await existing_unit(self.connection, parent, self.day) if parent else None
        nearest = above if new.parent or like is None else like
        province = new.province or (nearest.province_code if nearest else None)
        if province is None:
            raise RefusedChange(f"unit '{new.code}': in which province does it lie? add --parent or --province")
        if new.territory:
            return province, new.territory
        if nearest and province == nearest.province_code:
            return province, nearest.territory
        return province, await store.territory_of_province(self.connection, province, self.day) or province

    async def _next_in_protocol(self, territory: str, kind: str) -> int:
        last = await store.last_in_protocol(self.connection, territory, kind)
        return default_protocol_order(kind) if last is None else last + 10

    async def provide_for_children(self, children_to: str | None) -> None:
        """Put what stood under an ended code under another. Errors: `RefusedChange` naming who is left alone."""
        gone, kept = {life.id for life in self.ended}, {life.code for life in self.began}
        for ended in [life for life in self.ended if life.code not in kept]:
            below = await store.children_from(self.connection, ended.code, self.day)
            children = [child for child in below if child.id not in gone]
            if children and children_to is None:
                raise RefusedChange(
                    f"unit '{ended.code}': on {self.day:%d/%m/%Y} it leaves {listed(children)} without a parent; "
                    "say whom they come under: --children-to CODE"
                )
            for child in children:
                above = await checked_parent(self.connection, child.code, str(children_to), self.day, child.valid_to)
                if child.valid_from >= self.day:  # nobody has seen it under the old one yet
                    await store.set_parent(self.connection, child.id, above.code)
                else:
                    await self.go_on(child, parent_code=above.code)

    async def recorded(self, name: str, value: dict[str, Any]) -> RegistryChange:
        """Record the act, and let every campaign on its ground follow: at once when its day has come."""
        order, connection = self.order, self.connection
        await store.end_contacts(connection, [life.id for life in self.ended], self.day)
        change_id = await store.record_change(
            connection,
            {"act": name, "on_date": self.day, "value": value, "officer": order.officer, "document": order.document,
             "made_at": order.at},
        )  # fmt: skip
        what = {"change": change_id, "act": name, "on": self.day, "value": value, "document": order.document}
        note(connection, self.world, order.officer, "registry", what, at=order.at)
        every = await campaign_rows_in(connection)
        touched = [row for row in every if self.world.plan_of(row).province.code in self.territories]
        await follow_again(self.world.database, connection, [row.id for row in touched], self.day)
        return RegistryChange(
            change_id, name, self.day, tuple(self.ended), tuple(self.began), tuple(self.successions), self.contacts,
            await self._vacant(), await self._unreachable(), tuple(row.key for row in touched),
            await self._followed(touched),
        )  # fmt: skip

    async def _followed(self, touched: Sequence[CampaignRow]) -> Opened | None:
        if self.day <= clock.local_day(self.order.at):
            return await open_duties_in(self.world, self.connection, self.order.at)
        if not self.order.ahead:
            return None
        done = Opened()
        for row in touched:
            transferred, joined = await follow_day(self.world, self.connection, row, self.day, self.order.at)
            done += Opened(transferred=transferred, joined=joined)
        return done

    async def _vacant(self) -> tuple[HeldRole, ...]:
        kept = {life.code for life in self.began}
        gone = [life.code for life in self.ended if life.code not in kept]
        return tuple(await store.roles_held_from(self.connection, gone, self.day)) if gone else ()

    async def _unreachable(self) -> tuple[Life, ...]:
        reached = await store.with_contact(self.connection, [life.id for life in self.began], self.day)
        return tuple(life for life in self.began if life.id not in reached)

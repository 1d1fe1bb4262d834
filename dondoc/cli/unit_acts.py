"""Commands that change the registry of units, each an act of a named officer from a day on."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from config.grammar import UNIT_KINDS
from dondoc.cli.difference import ONLY_SHOW, difference_json, print_difference
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DAY, DOCUMENT_WORDS, NAME, UNIT
from dondoc.cli.output import print_json
from dondoc.cli.unit_words import change_json, print_change

if TYPE_CHECKING:
    from dondoc.store.engine import Connection
    from tasks.registry_act import Order, RegistryChange
    from tasks.registry_rules import NewUnit
    from tasks.world import World

_KIND = click.option("--kind", type=click.Choice(UNIT_KINDS), default=None, metavar="KIND",
                     help="The kind of unit, e.g. commune.")  # fmt: skip
_NAMED = click.option("--name", type=UNIT, default=None, help="Its name from that day on.")
_OFFICE_NAME = click.option("--office-name", type=UNIT, default=None, help="How a letter addresses it.")
_PARENT = click.option("--parent", type=NAME, default=None, metavar="CODE", help="The unit above it.")
_PROVINCE = click.option("--province", type=NAME, default=None, metavar="CODE", help="The province it lies in.")
_TERRITORY = click.option("--territory", type=NAME, default=None, metavar="CODE",
                          help="The province whose campaign runs on its ground; default: as its parent.")  # fmt: skip
_CHILDREN = click.option("--children-to", type=NAME, default=None, metavar="CODE",
                         help="Whom the units below an ended one come under.")  # fmt: skip


def acts(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what every act has: its day, who orders it, and by which document."""
    day = click.option("--on", "on", type=DAY, required=True, help="The first day on which it holds.")
    document = click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY"',
                            help="The document it rests on.")  # fmt: skip
    return day(document(OFFICER(FORMAT(answers(function)))))


@click.command("open")
@click.argument("code", type=NAME)
@click.option("--kind", type=click.Choice(UNIT_KINDS), required=True, metavar="KIND", help="E.g. commune.")
@click.option("--name", type=UNIT, required=True, help="Its name.")
@_OFFICE_NAME
@_PARENT
@_PROVINCE
@_TERRITORY
@acts
def open_(
    code: str, kind: str, name: str, office_name: str | None, parent: str | None, province: str | None,
    territory: str | None, on: date, document: str | None, officer: str | None, form: str,
) -> None:  # fmt: skip
    """Let a wholly new unit CODE begin."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import open_unit
        from tasks.registry_rules import NewUnit

        new = NewUnit(code, name, office_name, kind, parent, province, territory)
        return await open_unit(world, connection, order, new)

    _act(work, on, officer, document, form)


@click.command()
@click.argument("unit", type=UNIT)
@_CHILDREN
@acts
def close(unit: str, children_to: str | None, on: date, document: str | None, officer: str | None, form: str) -> None:
    """Let UNIT end without successor."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import close_unit

        return await close_unit(world, connection, order, unit, children_to)

    _act(work, on, officer, document, form)


@click.command()
@click.argument("unit", type=UNIT)
@click.option("--name", type=UNIT, required=True, help="Its name from that day on.")
@_OFFICE_NAME
@acts
def rename(
    unit: str, name: str, office_name: str | None, on: date, document: str | None, officer: str | None, form: str
) -> None:
    """Give UNIT another name; its code, work, contacts and what stands below it stay."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import rename_unit

        return await rename_unit(world, connection, order, unit, name, office_name)

    _act(work, on, officer, document, form)


@click.command()
@click.argument("unit", type=UNIT)
@click.option("--parent", type=NAME, required=True, metavar="CODE", help="The unit above it from that day on.")
@_PROVINCE
@_TERRITORY
@acts
def move(
    unit: str, parent: str, province: str | None, territory: str | None, on: date, document: str | None,
    officer: str | None, form: str,
) -> None:  # fmt: skip
    """Put UNIT under another one."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import move_unit

        return await move_unit(world, connection, order, unit, parent, province=province, territory=territory)

    _act(work, on, officer, document, form)


@click.command()
@click.argument("unit", nargs=-1, required=True, type=UNIT)
@click.option("--into", type=NAME, required=True, metavar="CODE",
              help="The unit they end in: an existing one, a new one, or one of them.")  # fmt: skip
@_NAMED
@_OFFICE_NAME
@_KIND
@_PARENT
@_PROVINCE
@_TERRITORY
@_CHILDREN
@acts
def merge(
    unit: tuple[str, ...], into: str, name: str | None, office_name: str | None, kind: str | None, parent: str | None,
    province: str | None, territory: str | None, children_to: str | None, on: date, document: str | None,
    officer: str | None, form: str,
) -> None:  # fmt: skip
    """Let UNITs end in one; their open work and, from the first, the contacts go along."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import merge_units
        from tasks.registry_rules import NewUnit

        heir = NewUnit(into, name, office_name, kind, parent, province, territory)
        return await merge_units(world, connection, order, unit, heir, children_to)

    _act(work, on, officer, document, form)


@click.command()
@click.argument("unit", type=UNIT)
@click.option("--into", multiple=True, required=True, type=UNIT, metavar="CODE[=NAME]",
              help="A part: an existing unit's code, or a new code with its name; give it once for each.")  # fmt: skip
@_KIND
@_PARENT
@_PROVINCE
@_TERRITORY
@_CHILDREN
@acts
def split(
    unit: str, into: tuple[str, ...], kind: str | None, parent: str | None, province: str | None,
    territory: str | None, children_to: str | None, on: date, document: str | None, officer: str | None, form: str,
) -> None:  # fmt: skip
    """Let UNIT end in several; each owes what it left open."""

    async def work(world: "World", connection: "Connection", order: "Order") -> "RegistryChange":
        from tasks.change_registry import split_unit
        from tasks.registry_rules import NewUnit

        def part(text: str) -> "NewUnit":
            code, _, name = text.partition("=")
            return NewUnit(code.strip(), name.strip() or None, None, kind, parent, province, territory)

        return await split_unit(world, connection, order, unit, [part(each) for each in into], children_to)

    _act(work, on, officer, document, form)


Work = Callable[["World", "Connection", "Order"], Awaitable["RegistryChange"]]


def _act(work: Work, on: date, officer: str | None, document: str | None, form: str) -> None:
    """Do one act in one transaction, or only show it, and say what it did."""
    who = officer_or_login(officer)

    async def run(world: "World") -> None:
        from tasks.changing import change
        from tasks.open_world import refresh_names
        from tasks.registry_act import Order

        order = Order(on, who, document, world.database.now(), ahead=ONLY_SHOW.get())
        done = await change(world, lambda connection: work(world, connection, order), only_show=ONLY_SHOW.get())
        await refresh_names(world)
        if form == "json":
            print_json({**change_json(done.result), "difference": difference_json(done.difference)})
            return
        print_change(done.result, who, document, only_shown=ONLY_SHOW.get())
        print_difference(done.difference)

    in_world(run)


commands = (open_, close, rename, move, merge, split)

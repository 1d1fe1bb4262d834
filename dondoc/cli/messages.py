"""Commands of the outbox: what there is, what failed, try again, take back."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DOCUMENT_WORDS, KEY, NAME
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from dondoc.store.messages import MessageRow
    from tasks.handle_messages import Handled
    from tasks.world import World

_STATE_WORDS = {
    "queued": "chờ gửi", "claimed": "đang gửi", "deferred": "hoãn, sẽ gửi lại", "unknown": "chưa rõ, sẽ gửi lại",
    "accepted": "đã gửi", "delivered": "đã tới máy người nhận", "bounced": "bị trả lại", "withdrawn": "không gửi nữa",
    "failed": "không gửi được",
}  # fmt: skip
_STATES = tuple(_STATE_WORDS)
_IDS = click.argument("ids", type=click.IntRange(min=1), nargs=-1, required=True, metavar="NUMBER…")


@click.group(invoke_without_command=True)
@click.option("--campaign", type=KEY, default=None, help="Only this campaign's.")
@click.option("--state", "states", type=click.Choice([*_STATES, "open"]), multiple=True,
              help="Only in this state; may be repeated. open: whatever may still leave.")  # fmt: skip
@click.option("--to", "address", type=NAME, default=None, metavar="ADDRESS", help="Only to this address.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@FORMAT
@click.pass_context
@answers
def messages(
    ctx: click.Context, campaign: str | None, states: tuple[str, ...], address: str | None, limit: int, form: str
) -> None:
    """List what is or was in the outbox, the youngest first; `retry` and `recall` act on single ones."""
    if ctx.invoked_subcommand is not None:
        return

    async def work(world: "World") -> tuple[list["MessageRow"], dict[str, int]]:
        from dondoc.store.campaigns import campaign as find
        from dondoc.store.messages import OPEN, count_messages, list_messages

        if campaign is not None:
            await find(world.database, campaign)  # one that is not there is told, not shown as empty
        wanted = [*(state for state in states if state != "open"), *(OPEN if "open" in states else ())]
        rows = await list_messages(world.database, campaign=campaign, states=wanted, address=address, limit=limit)
        return rows, await count_messages(world.database, campaign)

    rows, counts = in_world(work)
    if form == "json":
        print_json({"counts": counts, "messages": [asdict(row) for row in rows]})
        return
    said = ", ".join(f"{_STATE_WORDS[state]} {counts[state]}" for state in _STATES if counts.get(state))
    print_table(
        f"Thư và tin nhắn: {said or 'chưa có'}; liệt kê {len(rows)}",
        ["số", "tới", "đơn vị", "tình trạng", "ghi chú"],
        (_cells(row) for row in rows),
    )


def _cells(row: "MessageRow") -> list[Any]:
    more = f" và {row.units - 1} đơn vị khác" if row.units > 1 else ""
    notes = (
        row.campaign,
        "chạy thử" if row.mode != "live" else None,
        f"lần thử {row.attempts}" if row.attempts > 1 else None,
        f"qua {row.relay}" if row.relay else None,
        row.last_error,
    )
    at = shown(row.accepted_at or row.not_before)
    return [
        row.id, row.address, f"{row.first_unit or '–'}{more}", f"{_STATE_WORDS[row.state]} {at}",
        "; ".join(note for note in notes if note),
    ]  # fmt: skip


@messages.command("retry")
@_IDS
@OFFICER
@FORMAT
@answers
def retry_(ids: tuple[int, ...], officer: str | None, form: str) -> None:
    """Try failed, deferred or unknown messages again with the next round; never one that was accepted."""
    by = officer_or_login(officer)

    async def work(world: "World") -> "Handled":
        from tasks.handle_messages import retry

        return await retry(world, ids, world.database.now(), by=by)

    _said(in_world(work), form, "sẽ được gửi lại ở lượt quét kế tiếp")


@messages.command("urgent")
@_IDS
@OFFICER
@FORMAT
@answers
def urgent_(ids: tuple[int, ...], officer: str | None, form: str) -> None:
    """Let waiting messages leave with the next round, at night or beyond the day's most, too; a pause still holds."""
    by = officer_or_login(officer)

    async def work(world: "World") -> "Handled":
        from tasks.handle_messages import hurry

        return await hurry(world, ids, by, world.database.now())

    _said(in_world(work), form, "được gửi ngay ở lượt quét kế tiếp")


@messages.command("recall")
@_IDS
@click.option("--reason", type=DOCUMENT_WORDS, required=True, help="Why it does not go out; kept with the message.")
@OFFICER
@FORMAT
@answers
def recall_(ids: tuple[int, ...], reason: str, officer: str | None, form: str) -> None:
    """Take back messages that have not left; what has left cannot be taken back."""
    by = officer_or_login(officer)

    async def work(world: "World") -> "Handled":
        from tasks.handle_messages import recall

        return await recall(world, ids, f"{reason} ({by})", world.database.now(), by=by)

    _said(in_world(work), form, "được rút lại, không gửi nữa")


def _said(handled: "Handled", form: str, what: str) -> None:
    if form == "json":
        print_json({"changed": list(handled.ids)})
        return
    click.echo(f"{len(handled.ids)} thư {what}: {', '.join(map(str, handled.ids))}.")


commands = (messages,)

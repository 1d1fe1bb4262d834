"""What a change does to what lies ahead, as an officer reads it before and after: dates, steps, units."""

from collections.abc import Iterator
from contextvars import ContextVar
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.output import print_json, shown
from dondoc.cli.standing import BOUND

if TYPE_CHECKING:
    from deadlines.difference import Difference, StepLine

ONLY_SHOW: ContextVar[bool] = ContextVar("only_show", default=False)  # set by `dondoc diff`
_MOST = 12  # lines of one kind; the rest is counted
_FIELDS = {
    "opens_on": "mở", "due_on": "hạn cuối", "target_on": "ngày làm việc cuối", "bound_on": "giới hạn ngoài",
    "confirmed": "đã xác nhận", "binding": "ràng buộc", "tracked": "theo dõi",
}  # fmt: skip
_RULED = {
    "extend": "được gia hạn", "accept-late": "được tiếp nhận bổ sung", "waive": "được miễn", "set-date": "có hạn riêng",
    "undo": "trở về hạn cũ",
}  # fmt: skip
_STATES = {
    "open": "đang mở", "submitted": "đã nộp", "transferred": "chuyển tiếp", "withdrawn": "rút", "waived": "miễn",
}  # fmt: skip


def print_difference(difference: "Difference", form: str = "table") -> None:
    """Print what changes: dates, then steps that come, go and move, then how many units stand differently."""
    if form == "json":
        print_json(difference_json(difference))
        return
    head = "Sẽ thay đổi (chưa ghi gì):" if ONLY_SHOW.get() else "Đã thay đổi:"
    if difference.nothing:
        click.echo("Không thay đổi thời hạn, bước nhắc hay nhiệm vụ nào.")
        return
    click.echo(head)
    for title, lines in _parts(difference):
        _print_part(title, lines)


def difference_json(difference: "Difference") -> dict[str, Any]:
    """Return a difference as plain values, in the order it is printed."""
    return {
        "periods": [
            {"campaign": key.campaign, "duty": key.duty, "period": key.period, "field": name, "before": old,
             "after": new}
            for key, name, old, new in difference.periods
        ],
        "steps_added": [_step_json(line) for line in difference.added],
        "steps_born_closed": [{**_step_json(line), "reason": why} for line, why in difference.stillborn],
        "steps_ended": [{**_step_json(line), "reason": why} for line, why in difference.ended],
        "steps_moved": [{**_step_json(line), "to": at} for line, at in difference.moved],
        "assignments": [
            {**dict(zip(("campaign", "duty", "period", "modality", "due_on", "ruling", "state"), key, strict=True)),
             "before": old, "after": new}
            for key, old, new in difference.assignments
        ],
    }  # fmt: skip


def _parts(difference: "Difference") -> Iterator[tuple[str, list[str]]]:
    yield (
        "Thời hạn",
        [
            f"{key.duty} {key.period}: {_FIELDS.get(name, name)} {_value(old)} → {_value(new)}"
            for key, name, old, new in difference.periods
            if name != "tracked" or old is not None
        ],
    )
    yield "Bước nhắc thêm mới", list(_grouped((line, "") for line in difference.added))
    yield "Bước nhắc kết thúc", list(_grouped(difference.ended))
    yield (
        "Bước nhắc dời ngày",
        [f"{_whose(line)}: {line.rung} {shown(line.fire_at)} → {shown(at)}" for line, at in difference.moved],
    )
    yield (
        "Đơn vị",
        [
            f"{key[1]} {key[2]}, {BOUND.get(key[3], key[3])}, {_STATES.get(key[6], key[6])}"
            f"{f', {_RULED.get(key[5], key[5])}' if key[5] else ''}"
            f"{f', hạn {shown(date.fromisoformat(key[4]))}' if key[4] else ''}: {old} → {new}"
            for key, old, new in difference.assignments
        ],
    )


def _print_part(title: str, lines: list[str]) -> None:
    if not lines:
        return
    click.echo(f"  {title} ({len(lines)})")
    for line in lines[:_MOST]:
        click.echo(f"    {line}")
    if len(lines) > _MOST:
        click.echo(f"    … và {len(lines) - _MOST} dòng nữa; --format json cho toàn bộ")


def _grouped(steps: Any) -> Iterator[str]:
    """Put the rungs of one duty, period and group of units on one line."""
    for (whose, why), members in groupby(sorted(steps), key=lambda pair: (_whose(pair[0]), pair[1])):
        rungs = ", ".join(f"{line.rung} {shown(line.fire_at)}" for line, _why in members)
        yield f"{whose}: {rungs}{f' ({why})' if why else ''}"


def _whose(line: "StepLine") -> str:
    apart = ""
    if line.apart:
        kind, _, who = line.apart.partition(":")
        apart = f", {_RULED.get(kind, kind)}{'' if who == 'all' else f' {who}'}"
    return f"{line.duty} {line.period} ({BOUND.get(line.modality, line.modality)}{apart}, hạn {shown(line.due_on)})"


def _step_json(line: "StepLine") -> dict[str, Any]:
    return {
        "campaign": line.campaign, "duty": line.duty, "period": line.period, "apart": line.apart or None,
        "modality": line.modality, "due_on": line.due_on, "rung": line.rung, "fire_at": line.fire_at,
    }  # fmt: skip


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    return shown(value) if isinstance(value, date | datetime) or value is None else str(value)

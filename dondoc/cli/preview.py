"""The command that shows a message: before it leaves, or again after it has left."""

from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import answers, in_world
from dondoc.cli.inputs import KEY, PERIOD, UNIT
from dondoc.cli.output import shown

if TYPE_CHECKING:
    from dondoc.store.previews import Evidence
    from tasks.preview import Preview
    from tasks.world import World


@click.command()
@click.argument("campaign", type=KEY, required=False)
@click.argument("duty", type=KEY, required=False)
@click.argument("period", type=PERIOD, required=False)
@click.option("--unit", type=UNIT, default=None, help="For which unit: its code or name.")
@click.option("--rung", type=KEY, default=None, help="At which step of the ladder; default: the next.")
@click.option("--sent", type=click.IntRange(min=1), default=None, metavar="NUMBER",
              help="A message that has left, byte for byte; 'dondoc messages' has the numbers.")  # fmt: skip
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Write the mail itself to this file (.eml).")  # fmt: skip
@answers
def preview(
    campaign: str | None, duty: str | None, period: str | None, unit: str | None, rung: str | None, sent: int | None,
    save: Path | None,
) -> None:  # fmt: skip
    """Show exactly what would go to a unit next: to whom, when, why, in which words. Nothing is written or sent."""
    if sent is not None:
        number = sent

        async def again(world: "World") -> "tuple[Evidence, bytes]":
            from tasks.preview import sent_again

            return await sent_again(world, number)

        kept, content = in_world(again)
        click.echo(f"Thư số {kept.id} tới {kept.address}; SHA-256 {kept.sha256} khớp với thư đã gửi.")
    else:
        if not (campaign and duty and period and unit):
            raise Refused("preview: write CAMPAIGN DUTY PERIOD --unit UNIT, or --sent NUMBER")
        wanted = (campaign, duty, period, unit, rung)

        async def ahead(world: "World") -> "Preview":
            from tasks.preview import preview as look

            return await look(world, *wanted, world.database.now())

        found = in_world(ahead)
        click.echo("\n".join(_said(found)))
        content = found.content
    if save is not None and content:
        save.write_bytes(content)
        click.echo(f"Đã ghi {save}.")
    elif content:
        click.echo("")
        click.echo(_readable(content))


def _said(found: "Preview") -> list[str]:
    """Return when, to whom and why, as lines."""
    from dondoc.portal import words

    lines = [f"{found.unit}: {words.rung(found.rung)}, đến lượt {words.instant(found.fire_at)}."]
    if found.skipped == "brief":
        return [*lines, "Bước này trình phiếu lên lãnh đạo, không gửi thư cho đơn vị."]
    if found.skipped is not None:
        return [*lines, f"Không gửi: {found.skipped}."]
    if found.held_by is not None:
        lines.append(f"Còn {words.WAITS.get(found.held_by, found.held_by)}; thư dưới đây là khi đã xác nhận.")
    lines.append(f"Gửi lúc {words.instant(found.leaves_at)} tới {found.address} ({found.to_name or 'chưa rõ tên'}).")
    if found.others:
        lines.append(f"Cùng thư này còn {found.others} nội dung khác của cùng người nhận.")
    later = [f"{words.rung(slug)} {shown(at)}" for slug, at in found.coming if slug != found.rung]
    if later:
        lines.append(f"Các bước khác đang chờ: {'; '.join(later)}.")
    return lines


def _readable(content: bytes) -> str:
    mail = BytesParser(policy=policy.default).parsebytes(content)
    body = mail.get_body(("plain",))
    headers = [f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID")]
    return "\n".join([*headers, "", body.get_content() if body is not None else ""])


commands = (preview,)

"""Commands for the administrator: what is set, from where, and whether it leads anywhere."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, answers, in_world, settings
from dondoc.cli.output import print_json, print_table

if TYPE_CHECKING:
    from dondoc.messages.dkim import Signer
    from dondoc.messages.sender_dns import SenderDns
    from dondoc.messages.smtp import Probe
    from tasks.world import World

_SOURCES = {"environment": "biến môi trường", "default": "mặc định"}


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command()
@FORMAT
@answers
def check(form: str) -> None:
    """Show every setting with its source, call the relays of live mail, and explain what DNS says of the sender.

    Secrets are masked; no message is sent. Ends with 1 when a relay does not let us in.
    """

    async def look(world: "World") -> "tuple[list[Probe], list[SenderDns], Signer | None]":
        from dondoc.store.campaigns import sender_addresses
        from tasks.check_config import ask_dns, probe_relays

        probes = await probe_relays(world.routes_of("live"))
        signer = world.dkim
        domains = await ask_dns(await sender_addresses(world.database), signer.selector if signer else None)
        return probes, domains, signer

    from dondoc.messages.sender_dns import dkim_words
    from tasks.check_config import settings_shown

    shown = list(settings_shown(settings()))
    probes, domains, signer = in_world(look)
    if form == "json":
        print_json({
            "settings": [asdict(each) for each in shown],
            "relays": [asdict(each) for each in probes],
            "domains": [asdict(each) | {"dkim_said": dkim_words(each, signer)} for each in domains],
        })  # fmt: skip
    else:
        print_table(
            "Cấu hình", ["thiết lập", "giá trị", "từ", "dùng để"],
            ([each.name, each.value, _SOURCES[each.source], each.description] for each in shown),
        )  # fmt: skip
        click.echo("")
        _print_relays(probes)
        _print_domains(domains, signer)
    if any(each.error for each in probes):
        sys.exit(1)


def _print_relays(probes: "list[Probe]") -> None:
    if not probes:
        click.echo("Chưa có máy chủ thư cho phong trào chính thức: đặt DONDOC_RELAY_HOST.")
    for each in probes:
        if each.error:
            click.echo(f"Máy chủ thư {each.relay}: không vào được: {each.error}")
            continue
        safe = "có mã hóa" if each.encrypted else "không mã hóa"
        click.echo(
            f"Máy chủ thư {each.relay}: vào được, {safe}; hỗ trợ {', '.join(each.extensions) or 'không gì thêm'}"
        )


def _print_domains(domains: "list[SenderDns]", signer: "Signer | None") -> None:
    from dondoc.messages.sender_dns import dkim_words, dmarc_words, spf_words

    for each in domains:
        click.echo(f"Tên miền gửi {each.domain}:")
        click.echo(f"  SPF: {spf_words(each)}.")
        click.echo(f"  DMARC: {dmarc_words(each)}.")
        click.echo(f"  DKIM: {dkim_words(each, signer)}.")


commands = (config,)

"""Look at every setting and what it leads to: the relays, and what DNS says of the sender's domain."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import SecretStr

from config.settings import Settings
from dondoc.messages.sender_dns import SenderDns, sender_dns
from dondoc.messages.smtp import Probe, Route, probe
from dondoc.store.engine import masked_url

_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting: what it is, where it comes from (environment or default), what it is for; no secret."""

    name: str
    value: str
    source: str
    description: str


def settings_shown(settings: Settings) -> Iterator[ShownSetting]:
    """Yield every setting in the order of the table, secrets masked."""
    for name, field in Settings.model_fields.items():
        variable = f"DONDOC_{name.upper()}"
        source = "environment" if os.environ.get(variable) else "default"
        yield ShownSetting(variable, _masked(name, getattr(settings, name)), source, field.description or "")


def _masked(name: str, value: Any) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, SecretStr):
        return "••••"
    if name == "database_url":
        return masked_url(value)
    if name == "relays":
        return ", ".join(f"{relay.name} {relay.host}:{relay.port}" for relay in value)
    return str(value)


async def probe_relays(routes: tuple[Route, ...]) -> list[Probe]:
    """Call every relay at the same time; none waits longer than ten seconds."""
    return list(await asyncio.gather(*(probe(replace(route, timeout=_PATIENCE)) for route in routes)))


async def ask_dns(addresses: list[str], selector: str | None = None) -> list[SenderDns]:
    """Ask DNS about the domains of the offices' sender addresses, each once."""
    domains = dict.fromkeys(address.rpartition("@")[2].lower() for address in addresses)
    return list(await asyncio.gather(*(sender_dns(domain, selector=selector) for domain in domains)))

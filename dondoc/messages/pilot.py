"""A pilot: live mail goes to a few chosen addresses only; all other is turned to one mailbox, or held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from config.errors import Refused

REDIRECTED_FOR = "X-Dondoc-Redirected-For"


class BadPilot(Refused):
    """The pilot's settings cannot be read: says which one and what to write."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: to its own address, to the pilot's mailbox (`redirected`), or nowhere yet (`held`)."""

    act: Literal["as-addressed", "redirected", "held"]
    address: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """Who is written to during a pilot: addresses and whole domains; `redirect_to` gets all other mail."""

    addresses: frozenset[str]
    domains: frozenset[str]
    redirect_to: str | None = None

    def destination(self, address: str) -> Destination:
        """Return where a message to `address` goes."""
        plain = address.lower()
        if plain in self.addresses or plain.rpartition("@")[2] in self.domains:
            return Destination("as-addressed", address)
        if self.redirect_to is None:
            return Destination("held", address)
        return Destination("redirected", self.redirect_to)


def pilot_of(only_to: str | None, redirect_to: str | None) -> Pilot | None:
    """Return the pilot that the settings describe, null when there is none. Errors: `BadPilot`.

    `only_to` lists addresses and domains: "a@so-mau.example, so-mau.example".
    """
    if only_to is None:
        if redirect_to is not None:
            raise BadPilot("DONDOC_REDIRECT_TO: says where, but not whom to spare; set DONDOC_ONLY_TO as well")
        return None
    named = [part.lower().removeprefix("@") for part in only_to.replace(",", " ").split()]
    if not named:
        raise BadPilot("DONDOC_ONLY_TO: names nobody; write addresses or domains, separated by commas")
    return Pilot(
        frozenset(part for part in named if "@" in part),
        frozenset(part for part in named if "@" not in part),
        _mailbox(redirect_to),
    )


def redirected_for(address: str, units: Sequence[str]) -> str:
    """Return for whom a redirected message was: its units and where their mailbox is, without the person's name."""
    return f"{'; '.join(units[:3])}{' …' if len(units) > 3 else ''} (…@{address.rpartition('@')[2]})"


def _mailbox(address: str | None) -> str | None:
    if address is not None and (address.count("@") != 1 or address.startswith("@") or address.endswith("@")):
        raise BadPilot(f"DONDOC_REDIRECT_TO '{address}': is no address; write name@domain")
    return address

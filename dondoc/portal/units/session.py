"""The cookie into which a link is exchanged: which links this browser has opened, sealed with our key."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tasks.world import World

COOKIE: Final = "dondoc_unit"
_LASTS: Final = timedelta(hours=12)
_MOST_LINKS: Final = 8
_SHAPE: Final = re.compile(r"([\w-]{16})\.(\d{1,18}(?:-\d{1,18}){0,7})\.(\d{1,12})\.([\w-]{43})")


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has opened links: `secret` ties forms to it, `links` are their numbers, the latest first."""

    secret: str
    links: tuple[int, ...]
    opened_at: int  # seconds since 1970

    def with_link(self, link_id: int, as_of: datetime) -> "Session":
        """Return the session after another link was opened."""
        others = [each for each in self.links if each != link_id]
        return Session(self.secret, (link_id, *others)[:_MOST_LINKS], int(as_of.timestamp()))

    def cookie(self, world: World) -> str:
        """Return the cookie's value."""
        said = f"{self.secret}.{'-'.join(map(str, self.links))}.{self.opened_at}"
        return f"{said}.{world.seal('unit-session', said)}"

    def form_token(self, world: World, link_id: int) -> str:
        """Return what a form of this browser's page must carry: another site does not know it."""
        return world.seal("unit-form", self.secret, link_id)


def fresh() -> Session:
    """Return the session of a browser that has opened nothing yet."""
    return Session(secrets.token_urlsafe(12), (), 0)


def read(world: World, value: str | None, as_of: datetime) -> Session | None:
    """Return the session a cookie holds; null when there is none, it was tampered with, or twelve hours are over."""
    match = _SHAPE.fullmatch(value or "")
    if match is None:
        return None
    secret, links, opened_at, seal = match.groups()
    if not hmac.compare_digest(seal, world.seal("unit-session", f"{secret}.{links}.{opened_at}")):
        return None
    if as_of >= datetime.fromtimestamp(int(opened_at), UTC) + _LASTS:
        return None
    return Session(secret, tuple(map(int, links.split("-"))), int(opened_at))

"""The database of a measurement in Django's words."""

from typing import Any
from urllib.parse import parse_qs, urlsplit


def database(url: str) -> dict[str, Any]:
    """Return Django's words for a database URL of ours."""
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        journal = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path[1:], "OPTIONS": journal}
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    named = {"NAME": parts.path[1:], "USER": parts.username or "", "PASSWORD": parts.password or "", "HOST": host or ""}
    return {"ENGINE": "django.db.backends.postgresql", **named, "PORT": str(parts.port or "")}

"""Measure dispatch, queueing, the quiet round and the sender's memory: `make bench`, or `python -m scripts.bench`.

Ratios of one run, medians of several, on SQLite and on a private PostgreSQL, both as durable as in service, all mail
into the same sink on this machine. Progress goes to stderr; a table and one JSON line per figure to stdout. Exit code 1
if a figure misses its target. `--profile short` is a quick look at a fraction of the size and half of the targets.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dondoc import clock
from scripts.bench.contest import Contest
from scripts.bench.figures import FULL, SHORT, Figure, Seen, table
from scripts.bench.fill import small_campaign
from scripts.bench.growth import Growth
from scripts.bench.peer import install
from scripts.bench.places import Places
from scripts.bench.sink import cache, fetch
from tests.databases import postgresql_server

_BEGAN = clock.monotonic()
KINDS, PARTS = ("sqlite", "postgresql"), ("dispatch", "growth")


def say(words: str) -> None:
    """Show progress, with the seconds since the start."""
    print(f"{clock.monotonic() - _BEGAN:7.1f} s  {words}", file=sys.stderr, flush=True)


def dispatch_of(contest: Contest, small: str) -> tuple[list[Seen], list[Figure]]:
    """Measure the dispatch on one kind of database."""
    places, profile = contest.places, contest.profile
    say(f"{places.kind}: queue {profile.messages:,} messages")
    contest.prepare(small)
    for number in range(profile.rounds):
        for name, rate in contest.turn():
            say(f"{places.kind}: {name}, {number + 1} of {profile.rounds}: {rate:,.0f} mails/s")
    return contest.seen(), contest.figures()


def growth_of(growth: Growth, small: str) -> tuple[list[Seen], list[Figure]]:
    """Measure what must not grow, on one kind of database."""
    for what in growth.measure(small):
        say(f"{growth.places.kind}: {what}")
    return growth.seen(), growth.figures()


@contextmanager
def tools() -> Iterator[tuple[Path, Path, str, Path]]:
    """Lend the sink's programme, django-post_office's packages, a durable PostgreSQL server, and a folder."""
    say("smtp-sink and django-post_office")
    smtp_sink, peer = fetch(cache()), install(cache())
    with postgresql_server(durable=True) as server, tempfile.TemporaryDirectory(prefix="dondoc-bench-") as folder:
        yield smtp_sink, peer, server, Path(folder)


def main() -> None:
    """Measure, print, and end with 1 if a figure misses its target."""
    parser = argparse.ArgumentParser(description="Measure dispatch, queueing, quiet rounds and memory.")
    parser.add_argument("--profile", choices=("full", "short"), default="full")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="which databases")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="which measurements")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers, sinks and folders are cleared away then too
    profile = SHORT if asked.profile == "short" else FULL
    seen: list[Seen] = []
    figures: list[Figure] = []
    with tools() as (smtp_sink, peer, server, folder):
        for kind in asked.kinds:
            places = Places(kind, folder, server)
            say(f"{kind}: a small campaign")
            small = places.migrated("small")
            asyncio.run(small_campaign(small))
            for part in asked.parts:
                more, found = (
                    dispatch_of(Contest(places, profile, smtp_sink, peer), small)
                    if part == "dispatch"
                    else growth_of(Growth(places, profile, smtp_sink), small)
                )
                seen += more
                figures += found
    print(table(seen, figures))
    for figure in figures:
        print(figure.line())
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


if __name__ == "__main__":
    main()

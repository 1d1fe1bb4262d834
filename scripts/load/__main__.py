"""The last ten minutes before midnight on 14/11, played: `make load`, or `python -m scripts.load`.

Officers come, each by an own link, look at pages, save drafts, bring a file, ask for a code, read it in their mail and
send the report, over HTTP to the pages as a process of their own, while a sender sends a full outbox. Everything runs
on this machine, the load generator too. A table goes to stdout; exit code 1 if a figure misses its target.
"""

import argparse
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from dondoc import clock
from scripts.bench.places import Places
from scripts.bench.sink import cache, fetch
from scripts.load.evening import dispatch_alone, play, prepared
from scripts.load.judge import judge
from scripts.load.report import figures, lines
from scripts.load.shape import FULL, SHORT, Shape
from tests.databases import postgresql_server

_BEGAN = clock.monotonic()
KINDS = ("postgresql", "sqlite")


def say(words: str) -> None:
    """Show progress, with the seconds since the start."""
    print(f"{clock.monotonic() - _BEGAN:7.1f} s  {words}", file=sys.stderr, flush=True)


def asked() -> tuple[Shape, list[str], bool]:
    """Return what the command line asks for: the shape, which databases, whether to send alone first."""
    parser = argparse.ArgumentParser(description="Play the last minutes before the due date ends.")
    parser.add_argument("--profile", choices=("full", "short"), default="full")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="which databases; short: PostgreSQL")
    parser.add_argument("--officers", type=int)
    parser.add_argument("--minutes", type=float, help="within which they come")
    parser.add_argument("--file-bytes", type=int)
    parser.add_argument("--messages", type=int, help="0: nothing is sent meanwhile")
    parser.add_argument("--pause", type=float, help="seconds an officer looks at a page")
    parser.add_argument("--without-alone", action="store_true", help="do not measure the dispatch alone first")
    given = parser.parse_args()
    shape = SHORT if given.profile == "short" else FULL
    wanted = {name: value for name, value in vars(given).items() if name in Shape.__slots__ and value is not None}
    kinds = given.kinds or (list(KINDS) if given.profile == "full" else ["postgresql"])
    return replace(shape, **wanted), kinds, not given.without_alone


def main() -> None:
    """Play, judge, print."""
    shape, kinds, alone = asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers, sinks and folders are cleared away then too
    smtp_sink, found = fetch(cache()), []
    with postgresql_server(durable=True) as server, tempfile.TemporaryDirectory(prefix="dondoc-load-") as folder:
        for kind in kinds:
            places = Places(kind, Path(folder), server)
            say(f"{kind}: {shape.officers:,} officers and {shape.messages:,} messages are laid down")
            url, invited = prepared(places, shape)
            before = {}
            if alone and shape.messages:
                say(f"{kind}: the dispatch alone")
                before = dispatch_alone(places, url, shape, smtp_sink)
            say(f"{kind}: the officers come")
            played = play(places, url, invited, shape, smtp_sink, Path(folder) / kind)
            played.alone = before
            say(f"{kind}: judged")
            verdict = judge(played)
            print("\n".join(lines(played, verdict)), flush=True)
            found += figures(played, verdict)
            places.drop(url)
    for figure in found:
        print(figure.line())
    sys.exit(0 if all(figure.holds for figure in found) else 1)


if __name__ == "__main__":
    main()

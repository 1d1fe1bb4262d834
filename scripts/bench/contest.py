"""How fast mail leaves: our sender, two of them, the bare loop and django-post_office, in turns into the same sink."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.bench.capture import as_template, capture, write_mails
from scripts.bench.children import ROOT, Result, run_together
from scripts.bench.figures import (
    DISPATCH_OF_BARE,
    DISPATCH_OF_POST_OFFICE,
    Figure,
    Profile,
    Seen,
    at_least,
)
from scripts.bench.fill import add_units, fire_now
from scripts.bench.places import Places
from scripts.bench.sink import sink

_SAMPLE = 500  # mails taken down for the bare loop, which sends them over and over
_SINK_SECONDS = 300
OURS, TWO, BARE, POST_OFFICE = "ours", "ours, two senders", "bare aiosmtplib loop", "django-post_office"


@dataclass(slots=True)
class Contest:
    """The contenders on one kind of database."""

    places: Places
    profile: Profile
    smtp_sink: Path
    peer: Path  # django-post_office's packages
    rates: dict[str, list[float]] = field(default_factory=dict)
    _full: str = ""  # the database with everything queued; every run gets a copy

    def prepare(self, small: str) -> None:
        """Queue the mails of a small campaign grown large, and take down some for those who send the same bytes."""
        sample, self._full = self.places.copy(small), self.places.copy(small)
        for url, units in ((sample, _SAMPLE), (self._full, self.profile.messages)):
            asyncio.run(add_units(url, units))
            asyncio.run(fire_now(url))
            self.places.settle(url)
        mails = capture(sample)
        self.places.drop(sample)
        write_mails(mails, self._mails)
        (like,) = [mail for mail in mails if mail.recipient == f"vanthu@dn{_SAMPLE}.mau.example"]
        template = as_template(like, f"Doanh nghiệp mẫu số {_SAMPLE}")
        self._template.write_text(json.dumps(template, ensure_ascii=False), encoding="utf-8")

    @property
    def _mails(self) -> Path:
        return self.places.folder / f"{self.places.kind}-mails.json"

    @property
    def _template(self) -> Path:
        return self.places.folder / f"{self.places.kind}-template.json"

    def turn(self) -> Iterator[tuple[str, float]]:
        """Let each contender send once; yield who, and mails per second."""
        for name in (BARE, OURS, TWO, POST_OFFICE):
            bound = self.profile.messages + 10_000  # the small campaign's own enterprises are among them
            with sink(self.smtp_sink, messages=bound, seconds=_SINK_SECONDS) as port:
                result = self._run(name, port)
            rate = result.total("accepted") / result.seconds
            self.rates.setdefault(name, []).append(rate)
            yield name, rate

    def _run(self, name: str, port: int) -> Result:
        if name == BARE:
            command = _module("bare", str(self._mails), port, self.profile.connections, self.profile.messages)
            return run_together([command])
        if name == POST_OFFICE:
            return self._post_office(port)
        return self._ours(port, senders=2 if name == TWO else 1)

    def _ours(self, port: int, senders: int) -> Result:
        url = self.places.copy(self._full)
        try:
            command = _module("sender", url, self.places.journal(url), port, self.profile.connections // senders)
            result = run_together([command] * senders)
        finally:
            self.places.drop(url)
        if result.total("others") or result.total("accepted") < self.profile.messages:
            raise RuntimeError(f"not every mail was accepted: {result.said}")
        return result

    def _post_office(self, port: int) -> Result:
        url = self.places.empty("peer")
        count = self.profile.post_office_messages
        try:
            driver = str(ROOT / "scripts/bench/post_office_driver.py")
            command = [driver, url, str(port), str(self.profile.connections), str(count), str(self._template)]
            result = run_together([command], {"PYTHONPATH": f"{self.peer}:{ROOT}"})
        finally:
            self.places.drop(url)
        if result.total("accepted") != count:
            raise RuntimeError(f"django-post_office did not send all of {count}: {result.said}")
        return result

    def seen(self) -> list[Seen]:
        """Return every contender's rates."""
        return [Seen(f"{self.places.kind}: {name}", tuple(rates), "mails/s") for name, rates in self.rates.items()]

    def figures(self) -> list[Figure]:
        """Return how we stand against the others."""
        kind, rate = self.places.kind, {each.what.partition(": ")[2]: each.median for each in self.seen()}
        return [
            at_least(f"{kind}: dispatch, {ours} / {theirs}", rate[ours] / rate[theirs], target, self.profile)
            for ours in (OURS, TWO)
            for theirs, target in ((BARE, DISPATCH_OF_BARE), (POST_OFFICE, DISPATCH_OF_POST_OFFICE))
        ]


def _module(name: str, *words: object) -> Sequence[str]:
    return ["-m", f"scripts.bench.{name}", *map(str, words)]

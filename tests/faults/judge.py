"""The judge of the year of faults: works out by itself who should have heard what when, and counts what went wrong.

Imports nothing of the project. What a unit is owed are rungs (`almanac.rungs_of`); a rung is heard if a mail about
that unit, duty and last day reached the post office whole between its instant and the next one's, at an address of the
unit on that day. Several rungs missed in an outage fold into the latest.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from tests.faults import script
from tests.faults.almanac import NEVER, Days, Rung, duty_periods, rungs_of
from tests.faults.evidence import Evidence, Post, Said, said_in

WAVE = timedelta(hours=2)  # so long a rung may wait while everything runs
CALM = timedelta(hours=4)  # after a storm, until the last of what it refused has been tried again


@dataclass(slots=True)
class Verdict:
    """What the judge counted, and up to a few examples of each."""

    owed: int = 0
    heard: int = 0
    folded: int = 0
    overtaken: int = 0
    unreachable: int = 0
    lost: int = 0
    stale: int = 0
    twice: int = 0
    misaddressed: int = 0
    nagged: int = 0
    announced: int = 0
    not_announced: int = 0
    caught_up: int = 0
    not_caught_up: int = 0
    mails: int = 0
    copies: int = 0
    copies_by_kill: Counter[tuple[str, int]] = field(default_factory=Counter)
    copies_of_weather: int = 0
    copies_of_strikes: int = 0
    copies_unexplained: int = 0
    copies_of_other_words: int = 0
    tried_again_at_dead: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    most_a_day: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_day: Counter[datetime] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def wrong(self, what: str, example: str) -> None:
        """Count something that went wrong and keep its first examples."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.examples[what]) < 5:
            self.examples[what].append(example)


@dataclass(slots=True)
class Judge:
    """One year's evidence and what is made of it."""

    evidence: Evidence
    days: Days
    verdict: Verdict = field(default_factory=Verdict)
    rungs: dict[tuple[str, str, str], list[Rung]] = field(default_factory=dict)
    periods: dict[tuple[str, datetime], tuple[str, str]] = field(default_factory=dict)
    told: dict[tuple[str, str, str], list[tuple[datetime, Said]]] = field(default_factory=lambda: defaultdict(list))

    changed: dict[tuple[str, str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def judge(self) -> Verdict:
        """Return the verdict."""
        self._learn()
        self._read_mails()
        self._copies()
        for (duty, period, modality), rungs in self.rungs.items():
            for unit in self._bound(duty, modality):
                self._owed(unit, duty, period, rungs)
        self._announcements()
        self._count()
        return self.verdict

    def every_rung(self) -> list[tuple[str, Rung, datetime]]:
        """Return every rung owed to somebody who can be reached, and from when on nothing is owed any more."""
        found = []
        for (duty, period, modality), rungs in self.rungs.items():
            for unit in self._bound(duty, modality):
                over = self._over(unit, duty, period)
                for rung in rungs:
                    if self._counts(rung, over) and not self._dead(unit, rung.at):
                        found.append((unit, rung, over))
        return found

    def _over(self, unit: str, duty: str, period: str) -> datetime:
        deed = self.evidence.deeds.get((unit, duty, period))
        return min(deed.at if deed else NEVER, self.evidence.merged.get(unit, NEVER))

    def _counts(self, rung: Rung, over: datetime) -> bool:
        return self.evidence.span[0] <= rung.at < min(over, self.evidence.span[1])

    def _learn(self) -> None:
        for rung in rungs_of(self.evidence.changes):
            self.rungs.setdefault((rung.duty, rung.period, rung.modality), []).append(rung)
        for change in self.evidence.changes:
            for each in duty_periods(change.plan):
                self.periods[each.title, datetime.combine(each.due_on, datetime.min.time())] = each.duty, each.period

    def _bound(self, duty: str, modality: str) -> list[str]:
        first = next(each for each in duty_periods(self.evidence.changes[0].plan) if each.duty == duty)
        return [unit for unit, kind in self.evidence.kinds.items() if first.modalities.get(kind) == modality]

    # ── mails ───────────────────────────────────────────────────────────────────────────────────
    def _read_mails(self) -> None:
        seen: set[str] = set()
        per_day: Counter[tuple[str, object]] = Counter()
        for post in self.evidence.posts:
            copy = post.message_id in seen
            seen.add(post.message_id)
            self.verdict.mails += 1
            for said in said_in(post, self.evidence.titles):
                if said.sense != "acknowledged":
                    self._weigh(post, said, copy)
            if not copy:
                per_day[post.recipient, post.at.date()] += 1
                self.verdict.by_day[datetime.combine(post.at.date(), datetime.min.time())] += 1
        self.verdict.most_a_day = max(per_day.values(), default=0)

    def _weigh(self, post: Post, said: Said, copy: bool) -> None:
        """Look at one thing a mail says: is it for this person, about something open, and of this day?"""
        shown = f"{post.at} {post.recipient} {said.unit} {said.title} {said.last_day} {said.sense} (mail {post.seq})"
        held = [c for c in self.evidence.contacts[said.unit] if c.holds(post.at.date())]
        if post.recipient not in {contact.address for contact in held}:
            self.verdict.wrong("misaddressed", shown)
        day = datetime.combine(said.last_day, datetime.min.time()) if said.last_day else None
        known = self.periods.get((said.title, day)) if day else None
        if known is None:
            self.verdict.wrong("stale", "names no date of the plan: " + shown)
            return
        duty, period = known
        deed = self.evidence.deeds.get((said.unit, duty, period))
        if deed and deed.begun < post.seq and said.sense in ("remind", "overdue"):
            self.verdict.wrong("nagged", shown + f", reported {deed.at}")
        gone = self.evidence.merged.get(said.unit)
        if gone and gone <= post.at:
            self.verdict.wrong("stale", "the unit is no more: " + shown)
        if said.sense in ("changed", "transferred"):
            if said.sense == "changed" and not copy:
                self.changed[said.unit, duty, period].append(post.at)
            return
        self._timely(post, said, duty, period, copy, shown)

    def _timely(self, post: Post, said: Said, duty: str, period: str, copy: bool, shown: str) -> None:
        rungs = self._rungs_for(said.unit, duty, period)
        now = [r for r in rungs if r.due_on == said.last_day and r.at <= post.at < r.ends]
        if not any((rung.kind == "overdue") == (said.sense == "overdue") for rung in now):
            self.verdict.wrong("stale", shown)
        if not copy:
            self.told[said.unit, duty, period].append((post.at, said))

    def _rungs_for(self, unit: str, duty: str, period: str) -> list[Rung]:
        first = next(each for each in duty_periods(self.evidence.changes[0].plan) if each.duty == duty)
        return self.rungs[duty, period, first.modalities[self.evidence.kinds[unit]]]

    # ── copies ──────────────────────────────────────────────────────────────────────────────────
    def _copies(self) -> None:
        dead = {(kill["door"], kill["life"]) for kill in self.evidence.kills if "door" in kill}
        struck = {
            (door, life) for strike in self.evidence.strikes for door, life in strike["lives"].items()
        }  # fmt: skip
        before: dict[str, Post] = {}
        words: dict[str, set[bytes]] = defaultdict(set)
        for post in self.evidence.posts:
            name = post.message_id
            words[name].add(_words(post.content))
            last = before.get(name)
            before[name] = post
            if last is None:
                continue
            self.verdict.copies += 1
            if last.fault in ("hang", "hush"):
                self.verdict.copies_of_weather += 1
            elif last.life in dead and post.life != last.life:
                self.verdict.copies_by_kill[last.life] += 1
            elif last.life in struck:
                self.verdict.copies_of_strikes += 1
            else:
                self.verdict.wrong("copies_unexplained", f"{post.at} {post.recipient} {name} {last.life}→{post.life}")
        self.verdict.copies_of_other_words = sum(len(each) > 1 for each in words.values())
        for kill in self.evidence.kills:
            self.verdict.kills[kill.get("role", "sender") + ": " + kill["point"]] += 1

    def _announcements(self) -> None:
        """Whoever owes what a change has given another date hears of that once, within a day; nobody else does."""
        due: set[tuple[str, str, str]] = set()
        for before, after in pairwise(self.evidence.changes):
            old = {(each.duty, each.period): each.due_on for each in duty_periods(before.plan)}
            for each in duty_periods(after.plan):
                if old[each.duty, each.period] == each.due_on:
                    continue
                for unit in [u for m in sorted(set(each.modalities.values())) for u in self._bound(each.duty, m)]:
                    over = self._over(unit, each.duty, each.period)
                    if over <= after.at or self._dead(unit, after.at):
                        continue
                    key = unit, each.duty, each.period
                    due.add(key)
                    heard = [at for at in self.changed[key] if after.at <= at <= after.at + timedelta(days=1)]
                    if len(heard) == 1:
                        self.verdict.announced += 1
                    elif heard or over > after.at + WAVE:
                        self.verdict.wrong("not_announced", f"{key} by {after.at}: {len(heard)} mails")
        for key, times in self.changed.items():
            if times and key not in due:
                self.verdict.wrong("stale", f"{key}: told of a change of date that was none")

    # ── what was owed ───────────────────────────────────────────────────────────────────────────
    def _owed(self, unit: str, duty: str, period: str, rungs: list[Rung]) -> None:
        """Judge every rung of one unit's duty: heard, folded, overtaken by the report, unreachable, or lost."""
        told = [at for at, _said in self.told[unit, duty, period]]
        over = self._over(unit, duty, period)
        for rung in rungs:
            if not self._counts(rung, over):
                continue
            end = min(rung.ends, over, self.evidence.span[1])
            self.verdict.owed += 1
            low = bisect_left(told, rung.at)
            heard = bisect_left(told, min(rung.ends, self.evidence.span[1])) - low
            if heard:
                self.verdict.heard += 1
                if heard > 1:
                    self.verdict.wrong("twice", f"{unit} {duty} {period} {rung.slug} {rung.due_on}: {heard} mails")
            elif running(self.evidence.events, rung.at, end) < WAVE:
                self.verdict.folded += end == rung.ends
                self.verdict.overtaken += end != rung.ends
            elif self._dead(unit, rung.at):
                self.verdict.unreachable += 1
            else:
                self.verdict.wrong("lost", f"{unit} {duty} {period} {rung.slug} {rung.due_on}, at {rung.at}")
            self._catch_up(unit, rung, end, told)

    def _catch_up(self, unit: str, rung: Rung, end: datetime, told: list[datetime]) -> None:
        """After an outage, the latest rung of what is still open goes out with the next wave."""
        for event in self.evidence.events:
            if event.act != "outage" or event.until is None or not event.at <= rung.at < event.until < end:
                continue
            if self._dead(unit, rung.at):
                continue
            wave = datetime.combine(event.until.date(), datetime.min.time().replace(hour=14))
            reached = any(event.until <= at <= wave for at in told)
            if reached:
                self.verdict.caught_up += 1
            else:
                self.verdict.wrong("not_caught_up", f"{unit} {rung.duty} {rung.period} {rung.slug} after {event.until}")

    def _dead(self, unit: str, start: datetime) -> bool:
        """Return whether nobody of a unit could be reached: its officers' and its office's addresses refuse."""
        held = [c for c in self.evidence.contacts[unit] if c.holds(start.date()) and c.role in ("officer", "office")]
        return all(contact.address in self.evidence.bounces for contact in held)

    def _count(self) -> None:
        refusals = Counter(self.evidence.refused)
        self.verdict.tried_again_at_dead = sum(count - 1 for count in refusals.values())
        for row in self.evidence.ledger:
            if row["state"] != "accepted":
                self.verdict.reasons[row["state"], row["reason"]] += 1


def _words(content: bytes) -> bytes:
    """Return what a copy must have in common with the mail it is a copy of: whom it is to, and about what."""
    head = content.partition(b"\r\n\r\n")[0]
    return re.sub(rb"\r\ndate:[^\r]*", b"", head, flags=re.IGNORECASE)


def running(events: list[script.Event], start: datetime, end: datetime) -> timedelta:
    """Return for how long everything ran within a span."""
    total = max(end - start, timedelta())
    for event in events:
        if event.act in ("outage", "storm") and event.until:
            until = event.until + (CALM if event.act == "storm" else timedelta())
            total -= max(min(end, until) - max(start, event.at), timedelta())
    return total

"""What well-known systems' rules would have done in the same year: the same rungs, reports, outages and kills.

Each strategy is its rule and nothing else, in a model that favours it: it knows every change of plan and calendar at
once, its relay always answers, its mail never bounces, and it looks twice a day, at 08:00 and 14:00, and again as soon
as it runs after an outage or a kill. A kill strikes between two steps of its own work: before a message leaves, or
after it has left and before that is written down. Imports nothing of the project.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from tests.faults import script
from tests.faults.almanac import Rung
from tests.faults.hunt import Hunt
from tests.faults.judge import WAVE, running

_BEFORE = ("connect", "mail", "rcpt", "data", "part", "claimed")  # points of a kill at which nothing has left yet
_BATCH = 100
_LOOKED_BACK = timedelta(days=15)  # what has not left by then never does, by any of the rules


@dataclass(slots=True)
class Owed:
    """One rung of one unit, and what became of it: when messages about it left."""

    unit: str
    rung: Rung
    over: datetime  # when the unit reported, or ceased to be
    sent: list[datetime] = field(default_factory=list)
    copies: int = 0
    mark: bool = False  # what the strategy has written down about it


class Killed(Exception):
    """The process is no more."""


@dataclass(slots=True)
class Post:
    """Where a strategy's mail goes; the next kill strikes at a message of this run."""

    at: datetime
    hunt: Hunt
    nth: int = 0
    before: bool = False

    def expect(self, many: int) -> None:
        """Be told how much is about to leave, so that a kill may be aimed."""
        kill = self.hunt.next_sender(many)
        self.nth, self.before = (kill.nth, kill.point in _BEFORE) if kill else (0, False)

    def send(self, owed: Owed) -> None:
        """Let a message leave. Errors: `Killed`, before or after it has."""
        self.nth -= 1
        if self.nth == 0 and self.before:
            raise Killed
        owed.copies += any(at >= owed.rung.at for at in owed.sent)
        owed.sent.append(self.at)
        if self.nth == 0:
            raise Killed


Strategy = Callable[[list[Owed], datetime, Post, bool], None]


def dhis2(every: list[Owed], at: datetime, post: Post, again: bool) -> None:
    """DHIS2: a job compares for equality on the day, `today == due ± N`, and writes nothing down.

    To its favour: its message reaches the pending unit only, and it can tell before from after.
    """
    if again:  # the job has had its run today; the scheduler waits for tomorrow
        return
    now = [owed for owed in every if owed.rung.at == at and owed.over > at]
    post.expect(len(now))
    for owed in now:
        post.send(owed)


def ojs(every: list[Owed], at: datetime, post: Post, again: bool) -> None:
    """OJS: within the window and not yet flagged; the flag is set when the message has left."""
    now = [owed for owed in every if not owed.mark and owed.rung.at <= at < _due(owed.rung) and owed.over > at]
    post.expect(len(now))
    for owed in now:
        post.send(owed)
        owed.mark = True


def rapidpro(every: list[Owed], at: datetime, post: Post, again: bool) -> None:
    """RapidPro: `fired IS NULL AND scheduled <= NOW()`, marked when handed on; nothing is too old for it.

    Whoever has reported has left the group, so that nothing of theirs fires.
    """
    now = [owed for owed in every if not owed.mark and owed.rung.at <= at and owed.over > at]
    post.expect(len(now))
    for owed in now:
        post.send(owed)
        owed.mark = True


def cursor_mailer(every: list[Owed], at: datetime, post: Post, again: bool) -> None:
    """A mass mailer with a cursor: the next batch is fetched, the cursor moves, then the batch leaves: listmonk#3022.

    The list is drawn up in the morning, a quarter of an hour before; who reports in between stays on it.
    """
    listed = [owed for owed in every if not owed.mark and owed.rung.at <= at < owed.rung.ends]
    now = [owed for owed in listed if owed.over > at - timedelta(minutes=15)]
    post.expect(len(now))
    for first in range(0, len(now), _BATCH):
        batch = now[first : first + _BATCH]
        for owed in batch:
            owed.mark = True
        for owed in batch:
            post.send(owed)


STRATEGIES: dict[str, Strategy] = {
    "DHIS2": dhis2, "OJS": ojs, "RapidPro": rapidpro, "cursor mailer": cursor_mailer,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """What a strategy's rule came to."""

    owed: int
    heard: int
    lost: int
    stale: int
    nagged: int
    twice: int
    copies: int


def score(
    strategy: Strategy, every: list[Owed], events: list[script.Event], span: tuple[datetime, datetime], hunt: Hunt
) -> Score:
    """Play a strategy through a year and count, by the same measure as for us."""
    coming = deque(sorted(every, key=lambda owed: (owed.rung.at, owed.unit)))
    near: list[Owed] = []
    for at, ahead in _looks(events, span, {owed.rung.at for owed in every}):
        while coming and coming[0].rung.at <= at:
            near.append(coming.popleft())
        for again in range(30):
            try:
                strategy(near, at, Post(at, hunt), ahead or again > 0)
                break
            except Killed:
                continue
        near = [owed for owed in near if owed.rung.at > at - _LOOKED_BACK]
    return _counted(every, events, span)


def _looks(
    events: list[script.Event], span: tuple[datetime, datetime], instants: set[datetime]
) -> Iterator[tuple[datetime, bool]]:
    """Yield when a strategy looks, and whether that is out of its turn because it was down."""
    day = span[0].date()
    turns = set(instants)
    while day <= span[1].date():
        turns |= {datetime.combine(day, time(8)), datetime.combine(day, time(14))}
        day += timedelta(days=1)
    backs = {event.until for event in events if event.act == "outage" and event.until}
    for at in sorted(turns | backs):
        if span[0] <= at < span[1] and script.down(events, at) is None:
            yield at, at in backs and at not in turns


def _counted(every: list[Owed], events: list[script.Event], span: tuple[datetime, datetime]) -> Score:
    heard = lost = stale = nagged = twice = copies = 0
    at_once: dict[tuple[str, str, str, datetime], int] = {}
    for owed in every:
        rung, copies = owed.rung, copies + owed.copies
        end = min(rung.ends, owed.over, span[1])
        timely = any(rung.at <= at < rung.ends for at in owed.sent)
        heard += timely
        lost += not timely and running(events, rung.at, end) >= WAVE
        nagged += any(at >= owed.over for at in owed.sent)
        stale += any(at >= rung.ends for at in owed.sent)
        for at in set(owed.sent):
            at_once[owed.unit, rung.duty, rung.period, at] = at_once.get((owed.unit, rung.duty, rung.period, at), 0) + 1
    twice = sum(count - 1 for count in at_once.values())
    return Score(len(every), heard, lost, stale, nagged, twice, copies)


def _due(rung: Rung) -> datetime:
    """Return the end of the window: the due date for a reminder, none for what comes after it."""
    over = datetime.combine(rung.due_on + timedelta(days=1), time())
    return over if rung.kind == "remind" else rung.ends

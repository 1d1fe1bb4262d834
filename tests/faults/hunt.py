"""Who is killed when: SIGKILL at named points, in turn, as many as were asked for.

A sender dies at a turn of its conversation with the post office (`post.POINTS`), when its claim is seen in the
database (`claimed`), or when outcomes are (`recorded`). A clock dies some milliseconds into its round (`told`) or when
a step is seen fired (`step fired`); every third time both clocks do. Imports nothing of the project.
"""

from dataclasses import dataclass

from tests.faults.made import draw
from tests.faults.post import POINTS

SENDER_POINTS = (*POINTS, "claimed", "recorded")
CLOCK_POINTS = ("told", "step fired")
ENOUGH = 12  # messages that wait, at least: with fewer a sender is done before it can be killed


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill to be made: where, at the how-manieth turn, or how many seconds after the order."""

    point: str
    door: str = ""
    nth: int = 1
    after: float = 0.0
    both: bool = False


class Hunt:
    """Deals out kills: a quarter to clocks, the rest to senders."""

    def __init__(self, kills: int, seed: int, units: int) -> None:
        self._seed = seed
        self._enough = max(ENOUGH, units // 20)
        self._clocks_left = kills // 4
        self._senders_left = kills - kills // 4
        self._in_a_row = {"clock": 0, "sender": 0}
        self._most_in_a_row = max(4, kills // 11)
        self._dealt = 0
        self._narrower = 3
        self.killed = 0

    def next_clock(self) -> Kill | None:
        """Return the next kill of a clock, if any are left and not all were spent on one round."""
        if self._clocks_left <= 0 or self._rests("clock"):
            return None
        self._clocks_left -= 1
        chance = draw(self._seed, "clock", self._clocks_left)
        point = CLOCK_POINTS[self._clocks_left % len(CLOCK_POINTS)]
        return Kill(point, after=chance.random() * 0.15, both=self._clocks_left % 3 == 0)

    def next_sender(self, ready: int) -> Kill | None:
        """Return the next kill of a sender, if so many messages wait that it will come to that."""
        if self._senders_left <= 0 or ready < self._enough or self._rests("sender"):
            return None
        self._senders_left -= 1
        chance = draw(self._seed, "sender", self._senders_left)
        point = SENDER_POINTS[self._senders_left % len(SENDER_POINTS)]
        nth = chance.randint(1, 4 if point == "connect" else max(1, ready // self._narrower))
        return Kill(point, "AB"[self._dealt % 2], nth=nth)

    def missed(self) -> None:
        """Take a sender's kill back that never came to pass: it was done before that turn; the next aims earlier."""
        self._senders_left += 1
        self._narrower = min(self._narrower + 1, 8)

    def _rests(self, role: str) -> bool:
        """Count a kill; every so many, let a round end undisturbed."""
        self._in_a_row[role] += 1
        if self._in_a_row[role] > self._most_in_a_row:
            self._in_a_row[role] = 0
            return True
        self._dealt += 1
        return False

"""What a measurement found, what it should be, and how both are shown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Bound = Literal["at least", "at most"]
DISPATCH_OF_BARE, DISPATCH_OF_POST_OFFICE = 0.7, 3.0
QUEUEING_OF_RAW, QUIET_ROUND, PEAK_MEMORY = 1.5, 1.5, 1.2


@dataclass(frozen=True, slots=True)
class Profile:
    """How much is measured. `ease`: 2 lets a figure reach half of its target, for a quick look."""

    messages: int
    connections: int
    post_office_messages: int
    rounds: int  # of the dispatch; medians are taken over them
    queued: tuple[int, ...]  # units that a fired step reaches
    queueing_rounds: dict[int, int]
    few: int  # units of the small quiet round
    memory_few: int  # messages in the small outbox
    sending_seconds: float  # of a large outbox a part is sent, no less than all of the small one
    ease: float


FULL = Profile(20_000, 10, 4_000, 5, (100_000, 1_000_000), {100_000: 3, 1_000_000: 1}, 1_000, 10_000, 25, 1)
SHORT = Profile(8_000, 10, 1_000, 3, (20_000,), {20_000: 3}, 1_000, 2_000, 8, 2)


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio with its target; whether it holds decides how the run ends."""

    metric: str
    value: float
    target: float
    bound: Bound

    @property
    def holds(self) -> bool:
        """Return whether the value is on the right side of its target."""
        return self.value >= self.target if self.bound == "at least" else self.value <= self.target

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps(
            {"metric": self.metric, "value": round(self.value, 3), "target": self.target, "holds": self.holds},
            ensure_ascii=False,
        )


def at_least(metric: str, value: float, target: float, profile: Profile) -> Figure:
    """Return a figure that should be large."""
    return Figure(metric, value, target / profile.ease, "at least")


def at_most(metric: str, value: float, target: float, profile: Profile) -> Figure:
    """Return a figure that should be small."""
    return Figure(metric, value, target * profile.ease, "at most")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured several times, in its own unit; figures are made of medians of these."""

    what: str
    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        """Return the middle one."""
        return median(self.values)


def table(seen: Sequence[Seen], figures: Iterable[Figure]) -> str:
    """Return everything that was measured, then the figures beside their targets."""
    lines = [f"{'measured':64}{'median':>12}{'least':>12}{'most':>12}  unit"]
    for each in seen:
        numbers = (each.median, min(each.values), max(each.values))
        lines.append(f"{each.what:64}" + "".join(f"{_number(value):>12}" for value in numbers) + f"  {each.unit}")
    lines += ["", f"{'figure':64}{'value':>12}{'target':>16}  holds"]
    for figure in figures:
        target = f"{'≥' if figure.bound == 'at least' else '≤'} {figure.target:g}"
        lines.append(f"{figure.metric:64}{figure.value:>12.3f}{target:>16}  {'yes' if figure.holds else 'NO'}")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

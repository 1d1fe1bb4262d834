"""The table on the terminal and the JSON lines at the end: what the judge found, against what was promised."""

import json
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.child import CONNECTIONS
from tests.faults.judge import Verdict
from tests.faults.leap import Leapt
from tests.faults.references import Score


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its target; `most` or `least` says which side of it holds."""

    metric: str
    value: float
    target: float
    most: bool = True

    @property
    def holds(self) -> bool:
        """Return whether the target is met."""
        return self.value <= self.target if self.most else self.value >= self.target

    def line(self) -> str:
        """Return the JSON line."""
        sign = "<=" if self.most else ">="
        return json.dumps(
            {"metric": self.metric, "value": self.value, "target": f"{sign} {self.target:g}", "holds": self.holds}
        )


def figures(name: str, verdict: Verdict, kills: int, at_least: int) -> list[Figure]:
    """Return the figures of a year of faults."""
    copies = max(verdict.copies_by_kill.values(), default=0)
    zero = ("lost", "stale", "misaddressed", "nagged", "twice", "not_announced", "not_caught_up", "copies_unexplained",
            "copies_of_other_words")  # fmt: skip
    return [
        *(Figure(f"faults {name} {what.replace('_', ' ')}", getattr(verdict, what), 0) for what in zero),
        Figure(f"faults {name} most copies per kill of a sender", copies, 2 * CONNECTIONS),
        Figure(f"faults {name} kills", kills, at_least, most=False),
        Figure(f"faults {name} most messages per person and day", verdict.most_a_day, MOST_A_DAY),
    ]


MOST_A_DAY = 6  # two waves, acknowledgements of two units' reports, and a change of date


def leap_figures(name: str, leapt: Leapt) -> list[Figure]:
    """Return the figures of a clock that leaps on a live database."""
    return [
        Figure(f"leap {name} messages sent too early", leapt.too_early, 0),
        Figure(f"leap {name} the round stood still", leapt.stops.count("clock"), 1, most=False),
        Figure(f"leap {name} messages that would have left", leapt.when_let_go, 1, most=False),
    ]


def calm_figures(name: str, verdict: Verdict) -> list[Figure]:
    """Return the figures of a year without faults."""
    share = round(verdict.heard / max(verdict.owed - verdict.overtaken, 1), 5)
    return [
        Figure(f"calm {name} share of rungs sent", share, 0.999, most=False),
        *(Figure(f"calm {name} {what}", getattr(verdict, what), 0)
          for what in ("lost", "stale", "misaddressed", "nagged", "twice", "copies")),
    ]  # fmt: skip


_ROWS = (
    ("rungs owed", "owed"), ("heard", "heard"), ("folded, or past by the end of an outage", "folded"),
    ("overtaken by the report", "overtaken"), ("nobody reachable (550)", "unreachable"), ("LOST", "lost"),
    ("STALE", "stale"), ("MISADDRESSED", "misaddressed"), ("NAGGED", "nagged"), ("told twice at once", "twice"),
    ("told of a changed date: once", "announced"), ("… never, or more than once", "not_announced"),
    ("latest rung after an outage: sent", "caught_up"), ("… not sent within a wave", "not_caught_up"),
    ("mails taken, copies among them", "mails"), ("copies (same Message-ID)", "copies"),
    ("… after kills of a sender", "by_kill"), ("… most per kill", "most_per_kill"),
    ("… server took it and never said so", "copies_of_weather"), ("… the database was gone", "copies_of_strikes"),
    ("… unexplained", "copies_unexplained"), ("most messages per person and day", "most_a_day"),
    ("dead addresses tried again", "tried_again_at_dead"),
)  # fmt: skip


def show(console: Console, columns: dict[str, Verdict], scores: dict[str, dict[str, Score]]) -> None:
    """Print the table: our runs, then the references with the same faults (without any, in brackets)."""
    table = Table(title="A year of faults", title_justify="left")
    table.add_column("")
    for name in (*columns, *scores):
        table.add_column(name, justify="right")
    for label, what in _ROWS:
        ours = [_value(verdict, what) for verdict in columns.values()]
        theirs = []
        for by in scores.values():
            found = [getattr(by[key], what, None) for key in ("faults", "calm")]
            theirs.append("" if found[0] is None else f"{found[0]} ({found[1]})")
        table.add_row(label, *map(str, ours), *theirs)
    console.print(table)
    for name, verdict in columns.items():
        if verdict.kills:
            console.print(f"[bold]{name}[/] kills: " + ", ".join(f"{p} {n}" for p, n in sorted(verdict.kills.items())))
        reasons = ", ".join(f"{state} {why or '-'} {n}" for (state, why), n in sorted(verdict.reasons.items()))
        console.print(f"[bold]{name}[/] ledger, not accepted: {reasons}")
        for what, examples in verdict.examples.items():
            console.print(f"[red]{name} {what}[/]: " + "; ".join(examples), soft_wrap=True)


def _value(verdict: Verdict, what: str) -> Any:
    match what:
        case "by_kill":
            return sum(verdict.copies_by_kill.values())
        case "most_per_kill":
            return max(verdict.copies_by_kill.values(), default=0)
    return getattr(verdict, what)

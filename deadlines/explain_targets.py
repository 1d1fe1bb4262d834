"""Which figures a report asks for, as lines of `dondoc explain`."""

from collections.abc import Iterator

from config.plan import Duty, Indicator, Plan
from deadlines.indicators import asked_of
from deadlines.model import DutyPeriod
from deadlines.unit_kinds import UNIT_KINDS

_SHOWN = 5  # of many; `dondoc indicators` lists all


def target_lines(plan: Plan, duty: Duty, row: DutyPeriod) -> Iterator[str]:
    """Yield, for each group of units that are asked for the same targets, how many and which."""
    groups: dict[tuple[Indicator, ...], list[str]] = {}
    for kind in dict.fromkeys(obligor.kind for obligor in row.obligors):
        groups.setdefault(asked_of(plan, duty, kind, row.period), []).append(UNIT_KINDS[kind])
    for targets, kinds in groups.items():
        if targets:
            named = ", ".join(target.slug for target in targets[:_SHOWN])
            more = f" và {len(targets) - _SHOWN} chỉ tiêu khác" if targets[_SHOWN:] else ""
            yield f"Hỏi số liệu của {'; '.join(kinds)}: {len(targets)} chỉ tiêu ({named}{more})."

"""A year of faults: `python -m tests.faults`, or `make faults`; a short one: `make faults-short`.

Plays the year once without faults and once with all of them, on each database, judges both from the outside, and plays
the reference strategies with the same faults. Exit code 1 if a figure does not hold.
"""

import argparse
import asyncio
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults import script
from tests.faults.almanac import days_2026
from tests.faults.databases import stricken
from tests.faults.evidence import read
from tests.faults.figures import Figure, calm_figures, figures, leap_figures, show
from tests.faults.hunt import Hunt
from tests.faults.judge import Judge, Verdict
from tests.faults.leap import leap
from tests.faults.picture import draw
from tests.faults.references import STRATEGIES, Owed, Score, score
from tests.faults.year import Setting, Year

PROFILES = {"year": (2000, script.YEAR, 66), "short": (60, script.SHORT, 12)}


def main() -> int:
    """Run what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--profile", choices=PROFILES, default="year", help="year: as promised; short: for every change"
    )
    parser.add_argument("--units", type=int, help="how many units")
    parser.add_argument("--days", type=int, help="only so many days from the first")
    parser.add_argument("--kills", type=int, help="how many processes to kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    parser.add_argument("--keep", type=Path, help="folder in which evidence and pictures stay")
    asked = parser.parse_args()
    units, span, kills = PROFILES[asked.profile]
    if asked.days:
        span = span[0], min(span[1], span[0] + timedelta(days=asked.days))
    setting = Setting(asked.units or units, span, asked.seed, kills if asked.kills is None else asked.kills)
    kinds = ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)
    with tempfile.TemporaryDirectory(prefix="dondoc-year-") as temporary:
        folder = asked.keep or Path(temporary)
        return asyncio.run(run(setting, kinds, folder, Console(stderr=True)))


async def run(setting: Setting, kinds: tuple[str, ...], folder: Path, console: Console) -> int:
    """Play, judge and tell."""
    columns: dict[str, Verdict] = {}
    found: list[Figure] = []
    scores: dict[str, dict[str, Score]] = {}
    for kind in kinds:
        for faults in (False, True):
            here = folder / f"{kind}-{'faults' if faults else 'calm'}"
            here.mkdir(parents=True)
            chosen = Setting(setting.units, setting.span, setting.seed, setting.kills if faults else 0, faults)
            name = f"{kind}, {'faults' if faults else 'calm'}"
            killed = await _play(chosen, kind, here, console, name)
            evidence = read(here, setting.span, days_2026())
            judge = Judge(evidence, days_2026())
            columns[name] = verdict = judge.judge()
            if faults:
                draw(evidence, verdict, kind, here / "year.png")
            found += figures(kind, verdict, killed, setting.kills * 4 // 5) if faults else calm_figures(kind, verdict)
            if kind == kinds[0]:
                for other, strategy in STRATEGIES.items():
                    every = [Owed(unit, rung, over) for unit, rung, over in judge.every_rung()]
                    hunt = Hunt(chosen.kills, chosen.seed, chosen.units)
                    scores.setdefault(other, {})["faults" if faults else "calm"] = score(
                        strategy, every, evidence.events, setting.span, hunt
                    )
        console.print(f"{kind}: a clock leaps on a live database")
        here = folder / f"{kind}-leap"
        here.mkdir()
        async with stricken(kind, here) as database:
            found += leap_figures(kind, await leap(database, here))
    show(Console(width=220), columns, scores)
    for figure in found:
        print(figure.line())
    return 0 if all(figure.holds for figure in found) else 1


async def _play(setting: Setting, kind: str, folder: Path, console: Console, name: str) -> int:
    """Play one year under a progress bar; return how many processes were killed."""
    start, end = setting.span
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=(end - start).days, at="")

        def progress(at: datetime, killed: int) -> None:
            bar.update(task, completed=(at - start).days, at=f"{at:%d/%m %H:%M}, {killed} killed")

        async with stricken(kind, folder) as database:
            year = Year(setting, folder, database, progress)
            await year.play()
        bar.update(task, completed=(end - start).days)
    return year.hunt.killed


if __name__ == "__main__":
    sys.exit(main())

"""The hand-made table of denominators, read for the tests that hold the program against it."""

import csv
from datetime import date
from pathlib import Path


def hand_made_denominators() -> list[tuple[str, str, date, int]]:
    """Return (campaign, kind of unit, day, count) for every cell of `denominators.csv`."""
    with (Path(__file__).parent / "denominators.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    return [
        (row["campaign"], row["kind"], date.fromisoformat(day), int(count))
        for row in rows
        for day, count in row.items()
        if day[0].isdigit()
    ]

"""Progress bars, on standard error, so that standard output stays the result's."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar

from dondoc import clock

T = TypeVar("T")


@contextmanager
def days_bar(first: date, until: date) -> Iterator[Callable[[datetime], None]]:
    """Show how far a simulation has come; call what it yields with the simulated instant."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    # In a log or a pipe a bar is noise, and an error must stay alone on its line.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(f"{first:%d/%m/%Y}", total=(until - first).days)

        def come_to(at: datetime) -> None:
            day = clock.local_day(at)
            progress.update(bar, completed=(day - first).days, description=f"{day:%d/%m/%Y}")

        yield come_to


def counted(items: Sequence[T], what: str) -> Iterator[T]:
    """Yield each item and show how many are done."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, what, console=console, transient=True, disable=not console.is_terminal)

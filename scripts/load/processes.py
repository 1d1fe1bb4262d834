"""How much processor time and memory processes of this machine have used, by the kernel's own account."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes a process has started and that still live."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(each) for each in found.split()]


def with_children(pid: int) -> float:
    """Return the processor seconds of a process, its living children and those that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        own = sum(map(int, fields[11:15])) / _TICKS  # utime, stime, cutime, cstime
        return own + sum(with_children(each) for each in children_of(pid))
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return 0.0


def own_seconds(pid: int) -> float:
    """Return the processor seconds of a process alone."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / _TICKS


def peak_megabytes(pid: int) -> float:
    """Return the most memory a process has held at once (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def named(pid: int, name: str) -> list[int]:
    """Return the children of a process that run a programme of this name."""
    return [each for each in children_of(pid) if Path(f"/proc/{each}/comm").read_text(encoding="ascii").strip() == name]


class Clocks:
    """Reads what processes have used since it was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = {name: self._seconds(name) for name in pids}

    def _seconds(self, name: str) -> float:
        pid = self._pids[name]
        return own_seconds(pid) if pid == os.getpid() else with_children(pid)

    def used(self) -> dict[str, float]:
        """Return processor seconds by name."""
        return {name: self._seconds(name) - self._before[name] for name in self._pids}

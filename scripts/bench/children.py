"""Child processes that get ready, begin at one word, and say at the end what they did."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dondoc import clock

ROOT = Path(__file__).parents[2]
READY, GO = "ready", "go"


@dataclass(frozen=True, slots=True)
class Result:
    """How long children took from the word to the last one's end, and what each said."""

    seconds: float
    said: tuple[dict[str, Any], ...]

    def total(self, name: str) -> int:
        """Return the sum of what all said under a name."""
        return sum(int(each[name]) for each in self.said)


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a child: this tree's packages, none of the settings of a Dondoc at work."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    return kept | {"PYTHONPATH": str(ROOT)} | dict(changes or {})


def run_together(commands: Sequence[Sequence[str]], changes: Mapping[str, str] | None = None) -> Result:
    """Start one child per command, let all begin at once, wait for all. Errors: `RuntimeError` for one that broke."""
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, *command], env=environment(changes), stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, text=True,
                )
            )
            for command in commands
        ]  # fmt: skip
        try:
            for child in children:
                _expect(child, READY)
            began = clock.monotonic()
            for child in children:
                assert child.stdin is not None
                with suppress(BrokenPipeError):  # one that has ended meanwhile says nothing, which is told below
                    child.stdin.write(f"{GO}\n")
                    child.stdin.flush()
            said = tuple(json.loads(_line(child)) for child in children)
            return Result(clock.monotonic() - began, said)
        finally:
            for child in children:
                if child.stdin is not None:
                    with suppress(BrokenPipeError):
                        child.stdin.close()
                child.kill()  # what has said its last word has nothing left to do


def _expect(child: subprocess.Popen[str], word: str) -> None:
    if (line := _line(child).strip()) != word:
        raise RuntimeError(f"{child.args!r}: said {line!r} instead of {word!r}")


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"{child.args!r}: ended without a word; its complaint stands above")
    return line


def await_the_word() -> None:
    """Say in a child that everything is ready, and wait until it may begin."""
    print(READY, flush=True)
    if sys.stdin.readline().strip() != GO:
        raise SystemExit("the run was broken off")


def peak_kilobytes() -> int:
    """Return the most memory this process has held at once, by the kernel's own account (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))

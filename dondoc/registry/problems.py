"""Everything wrong with the registry's files, told at once, each with its place and a way out."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache

from config.errors import Refused

_SHOWN = 50


class RegistryError(Refused):
    """The registry's files cannot be taken over; `problems` lists every reason, in the order of the files."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        shown = self.problems[:_SHOWN]
        if len(self.problems) > _SHOWN:
            shown.append(f"… and {len(self.problems) - _SHOWN} more problems")
        super().__init__("\n".join(shown))


class Sheet(str):
    """The name of a workbook's sheet as a place: what a text file calls lines are rows here."""

    __slots__ = ()

    def __new__(cls, workbook: str, title: str) -> "Sheet":
        """Return the place of a sheet in a workbook."""
        return super().__new__(cls, f"{workbook}, sheet {title}")


def place(file: str, line: int) -> str:
    """Return the words for a line of a file or a row of a sheet; line 0 is the file as a whole."""
    word = "row" if isinstance(file, Sheet) else "line"
    return f"{file}: {word} {line}" if line else file


class Problems:
    """Collects problems while files are read and checked."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int, str]] = []
        self._files: dict[str, int] = {}

    def add(self, file: str, line: int, column: str | None, text: str) -> None:
        """Note one problem; line 0 means the file as a whole."""
        self._files.setdefault(file, len(self._files))
        where = f"{place(file, line)}, column {column}" if column else place(file, line)
        self._found.append((file, line, f"{where}: {text}"))

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Errors: `RegistryError` with all problems, by file and line, if there is one."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: (self._files[found[0]], found[1]))
            raise RegistryError([text for _, _, text in ordered])


@lru_cache(maxsize=1024)  # a mistake made once in a column is often made in every row
def way_out(value: str, allowed: tuple[str, ...]) -> str:
    """Return what to write instead of `value`: the nearest allowed word, or all of them."""
    near = get_close_matches(value.lower(), allowed, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"write one of: {', '.join(allowed)}"

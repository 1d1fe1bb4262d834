"""The words a plan file quotes, and whether the document has them literally; if not, the passage that comes nearest.

Line breaks, spaces, capitals and marks of emphasis do not count; `…` joins pieces that stand apart.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from config.plan_model import Plan
from config.yaml_lines import Path

CLOSE = 0.85  # a scan spoils a letter here and there; words of another sentence are far below
_FIGURES = re.compile(r"\d+|quý [ivx]+")
_JOINT = re.compile(r"…|\.\.\.")
_LIKELY = 12  # passages with most words in common, compared letter by letter


@dataclass(frozen=True, slots=True)
class Quotation:
    """One piece of quoted words: where it stands in the plan file, and the clause of its entry or the one around."""

    path: Path
    clause: str
    own: bool  # whether the entry itself names the clause
    words: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that the document does not have literally, and the passage that comes nearest (0 to 1), and its place."""

    clause: str
    words: str
    nearest: str
    likeness: float
    at: int

    @property
    def close(self) -> bool:
        """Whether a human may find it to be the same passage: nearly the same letters, and the same figures."""
        return self.likeness >= CLOSE and _FIGURES.findall(plain(self.words)) == _FIGURES.findall(self.nearest)


def plain(text: str) -> str:
    """Return a text as it is compared: NFC, one space between words, no capitals, no asterisks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).replace("*", "")).strip().lower()


def quotations(part: object, path: Path = (), clause: str = "") -> Iterator[Quotation]:
    """Yield every quotation of a plan's values, in their order; joined pieces apart."""
    if isinstance(part, Mapping):
        own, words = isinstance(part.get("clause"), str) and bool(part["clause"]), part.get("words")
        clause = part["clause"] if own else clause
        for piece in _JOINT.split(words) if isinstance(words, str) else ():
            if piece.strip():
                yield Quotation((*path, "words"), clause, own, piece.strip())
        for key, value in part.items():
            yield from quotations(value, (*path, key), clause)
    elif isinstance(part, list | tuple):
        for n, value in enumerate(part):
            yield from quotations(value, (*path, n), clause)


def functions(part: object, path: Path = (), clause: str = "") -> Iterator[Quotation]:
    """Yield what receivers are said to do with a report (`để theo dõi`): quoted, too, but it makes no clause seen."""
    if isinstance(part, Mapping):
        clause = part["clause"] if isinstance(part.get("clause"), str) and part["clause"] else clause
        if part.get("reading"):
            clause = ""  # it says where the receivers are taken from
        if isinstance(part.get("function"), str) and part["function"].strip():
            yield Quotation((*path, "function"), clause, False, part["function"].strip())
        for key, value in part.items():
            yield from functions(value, (*path, key), clause)
    elif isinstance(part, list | tuple):
        for n, value in enumerate(part):
            yield from functions(value, (*path, n), clause)


def quoted(plan: Plan) -> list[tuple[str, str]]:
    """Return every (clause, words) of a plan, each once, in the plan's order; joined pieces apart."""
    return list(dict.fromkeys((each.clause, each.words) for each in quotations(plan.model_dump())))


def doubts(plan: Plan, document: str) -> list[Doubt]:
    """Return the words of a plan that do not stand in the document as they are written."""
    text = plain(document)
    return [doubt(clause, words, text) for clause, words in quoted(plan) if plain(words) not in text]


def doubt(clause: str, words: str, text: str) -> Doubt:
    """Return the passage of a text, already `plain`, that comes nearest to words that do not stand in it."""
    sought, starts = plain(words), [0, *(match.end() for match in re.finditer(" ", text))]
    compared = SequenceMatcher(None, "", sought, autojunk=False)
    best = (0.0, 0, "")
    for n in _likely(sought.split(" "), text.split(" ")):
        start = starts[n]
        end = text.find(" ", start + len(sought) - 1)
        passage = text[start : end if end >= 0 else None]
        compared.set_seq1(passage)
        best = max(best, (compared.ratio(), -start, passage))
    return Doubt(clause, words, best[2], best[0], -best[1])


def _likely(sought: Sequence[str], words: Sequence[str]) -> list[int]:
    """The places (numbers of words) where most of the words sought stand together, and those beside them."""
    wanted = Counter(sought)
    window = Counter(words[: len(sought)])
    common = sum((wanted & window).values())
    found = [(common, 0)]
    for n in range(1, max(1, len(words) - len(sought) + 1)):
        left, right = words[n - 1], words[n + len(sought) - 1]
        common -= window[left] <= wanted[left]
        window[left] -= 1
        window[right] += 1
        common += window[right] <= wanted[right]
        found.append((common, n))
    first = sorted(found, key=lambda each: (-each[0], each[1]))[:_LIKELY]
    near = {n + step for _, n in first for step in (-2, -1, 0, 1)}
    return sorted(n for n in near if 0 <= n < len(words))

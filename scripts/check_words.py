"""Compare the deciding words of a plan file with the document itself: `python -m scripts.check_words PLAN TEXT`.

The document is not in this repository, so whoever has its text runs this once after writing or changing a plan
file. Line breaks, spaces, capitals and marks of emphasis do not count; `…` joins pieces that stand apart. Words that
are not there literally are shown with the passage nearest to them: close ones (a scan that misspells) are for a human
to compare, words that stand nowhere, or only with other figures, are refused.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from config.plan import Plan, PlanError, load_plan

CLOSE = 0.85  # a scan spoils a letter here and there; words of another sentence are far below
_FIGURES = re.compile(r"\d+|quý [ivx]+")
_STEP = 3  # a passage is looked for at every third letter: near enough to show it


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that the document does not have literally, and the passage that comes nearest (0 to 1)."""

    clause: str
    words: str
    nearest: str
    likeness: float

    @property
    def close(self) -> bool:
        """Whether a human may find it to be the same passage: nearly the same letters, and the same figures."""
        return self.likeness >= CLOSE and _FIGURES.findall(plain(self.words)) == _FIGURES.findall(self.nearest)


def plain(text: str) -> str:
    """Return a text as it is compared: NFC, one space between words, no capitals, no asterisks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).replace("*", "")).strip().lower()


def quoted(plan: Plan) -> list[tuple[str, str]]:
    """Return every (clause, words) of a plan, each once, in the plan's order; joined pieces apart."""
    found = _quotes(plan.model_dump(), "")
    return list(
        dict.fromkeys((clause, piece.strip()) for clause, words in found for piece in words.split("…") if piece.strip())
    )


def doubts(plan: Plan, document: str) -> list[Doubt]:
    """Return the words of a plan that do not stand in the document as they are written."""
    text = plain(document)
    return [_doubt(clause, words, text) for clause, words in quoted(plan) if plain(words) not in text]


def _quotes(part: object, clause: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        here = part.get("clause") or clause
        if part.get("words"):
            yield here, part["words"]
        for value in part.values():
            yield from _quotes(value, here)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _quotes(value, clause)


def _doubt(clause: str, words: str, text: str) -> Doubt:
    sought = plain(words)
    passages = (text[at : at + len(sought)] for at in range(0, max(1, len(text) - len(sought)), _STEP))
    likeness, nearest = max(
        (SequenceMatcher(None, sought, passage, autojunk=False).ratio(), passage) for passage in passages
    )
    return Doubt(clause, words, nearest, likeness)


def main(arguments: list[str]) -> int:
    """Print every doubt and return 0 when all words stand in the document or close to it, 1 otherwise, 2 for misuse."""
    if len(arguments) != 2:
        print("usage: python -m scripts.check_words PLAN.yaml DOCUMENT.txt", file=sys.stderr)
        return 2
    path, document = Path(arguments[0]), Path(arguments[1])
    try:
        plan, text = load_plan(path), document.read_text(encoding="utf-8")
    except (PlanError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    found = doubts(plan, text)
    for doubt in found:
        verdict = "compare" if doubt.close else "NOT FOUND"
        print(f"{path.name}: {doubt.clause}: {verdict}: “{doubt.words}”")
        print(f"  nearest ({doubt.likeness:.2f}): “{doubt.nearest}”")
    every, far = len(quoted(plan)), sum(not doubt.close for doubt in found)
    print(f"{path.name}: {every} quotations, {every - len(found)} literal, {len(found) - far} close, {far} not found")
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

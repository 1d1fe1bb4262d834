"""Compare the deciding words of a plan file with the document itself: `python -m scripts.check_words PLAN TEXT`.

The document is not in this repository, so whoever has its text runs this once after writing or changing a plan
file; `dondoc check --text` tells the same and more. Words that are not there literally are shown with the passage
nearest to them: close ones (a scan that misspells) are for a human to compare, words that stand nowhere, or only with
other figures, are refused.
"""

import sys
from pathlib import Path

from config.plan import PlanError, load_plan
from config.quotations import doubts, quoted


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

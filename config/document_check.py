"""A plan file beside its document: words that are not there or in another clause, clauses and shares it has or not."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from config.clause_style import LABEL
from config.clauses import Clause, clauses, ends_on
from config.head_check import head_beside
from config.quotations import Quotation, doubt, functions, plain, quotations
from config.yaml_lines import Path, Problem, Tree

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_FAR = 0.5  # below that, no passage is worth showing
_MANY = 5  # with so many words missing, and more than half, it is another document
_LONGEST = 110
_WORD = re.compile(r"\w+")
_SHARE = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,]\d+)? ?%(?:/năm)?(?: [\w/]+){0,6}")

Found = Iterator[tuple[Path, str, bool]]


def against_document(tree: Tree, document: str) -> list[Problem]:
    """Return what a plan file quotes or names that its document does not have, or has elsewhere."""
    if not isinstance(tree.value, dict):
        return []  # nothing could be read
    beside = _Beside(document)
    found = [
        *_missing(tree, beside),
        *_labels(tree.value, (), beside),
        *head_beside(tree.value, document),
        *_turned(tree, beside),
        *_shares(tree, beside),
    ]
    return [Problem(tree.line_of(path), text, note) for path, text, note in found]


class _Beside:
    """The document as it is compared: its text, and which clause each place of it belongs to."""

    def __init__(self, document: str) -> None:
        lines = [plain(line) for line in document.splitlines()]
        self.text = " ".join(filter(None, lines))
        self.clauses = clauses(document)
        starts, at = {}, 0
        for n, line in enumerate(lines, 1):
            starts[n] = at
            at += len(line) + 1 if line else 0
        self._places = [(starts[clause.line], clause) for clause in self.clauses]
        end = ends_on(document)
        self._end = starts[end] if end else len(self.text)
        self._children: dict[str, list[str]] = {}
        for clause in self.clauses:
            above, _, last = clause.label.rpartition(".")
            self._children.setdefault(above, []).append(last)

    def clause_at(self, place: int) -> Clause | None:
        """The clause of a place; null before the first and from the receivers on."""
        found = [clause for start, clause in self._places if start <= place]
        return found[-1] if found and place < self._end else None

    def places(self, words: str) -> list[Clause | None]:
        """Every clause in which words stand literally, once for each place."""
        return [self.clause_at(match.start()) for match in re.finditer(re.escape(plain(words)), self.text)]

    def parts(self, label: str) -> list[str]:
        """The last pieces of the clauses directly inside one: `['1', '2']`; of the whole document for `''`."""
        return self._children.get(label, [])

    def sound(self, label: str) -> bool:
        """Whether the clauses directly inside one, and all around it, follow each other without a gap."""
        around = ["", *(label[: match.start()] for match in re.finditer(r"\.|$", label))] if label else [""]
        return all(_in_order(self.parts(each)) for each in around)

    def has(self, label: str) -> bool:
        """Whether the document has a clause of that label."""
        above, _, last = label.rpartition(".")
        return last in self.parts(above)

    def once(self, label: str) -> bool:
        """Whether it has just one."""
        above, _, last = label.rpartition(".")
        return self.parts(above).count(last) == 1


def _in_order(parts: list[str]) -> bool:
    """`I, II, III`, `1, 2, 3`, `a, b, c`; a scan that lost one or read one twice is not to be relied on."""
    if all(part in _ROMAN for part in parts):
        return parts == list(_ROMAN[: len(parts)])
    if all(part.isdecimal() for part in parts):
        return parts == [str(n) for n in range(1, len(parts) + 1)]
    return parts[0] == "a" and len(set(parts)) == len(parts)


def _missing(tree: Tree, beside: _Beside) -> Found:
    found = [each for each in quotations(tree.value) if not each.words.startswith("ĐIỀN")]
    lost = [each for each in found if plain(each.words) not in beside.text]
    doubted = [(each, doubt(each.clause, each.words, beside.text)) for each in lost]
    far = {(each.words, each.path) for each, told in doubted if not told.close}
    if len(far) >= _MANY and 2 * len(far) > len(found):
        text = f"{len(far)} of {len(found)} quotations do not stand in the document; is it the one of this plan?"
        yield ("instrument",), f"{text} name another with --text", False
        return
    read = set(_WORD.findall(" ".join(plain(each.words) for each in found if each not in lost)))
    for each, told in doubted:
        clause = beside.clause_at(told.at)
        place = f" (clause {clause.label})" if clause else ""
        if told.close and not _another_word(plain(each.words), told.nearest, read):
            text = f"the document reads '{_short(told.nearest)}'{place}"
            yield each.path, f"words '{_short(each.words)}': {text}; compare, a scan may be spoiled", True
        else:
            way_out = f"nearest there: '{_short(told.nearest)}'{place}; quote the words as printed"
            if told.likeness < _FAR:
                way_out = "nothing there comes near; quote the words as printed"
            yield each.path, f"words '{_short(each.words)}' do not stand in the document; {way_out}", False
    for each in (*found, *functions(tree.value)):
        if each not in lost and plain(each.words) in beside.text:
            yield from _elsewhere(each, beside)


def _another_word(words: str, printed: str, read: set[str]) -> bool:
    """Whether the document has another word there, or one more or less, and not the same one spoiled by a scan.

    `read`: words that both the plan file and the document have elsewhere, so that no scan spoiled them. At the ends the
    passage may hold more than the words.
    """
    ours, theirs = _WORD.findall(words), _WORD.findall(printed)
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for n, (kind, a, b, c, d) in enumerate(steps):
        inside = 0 < n < len(steps) - 1
        if kind == "replace" and any(word in read for word in theirs[c:d]) and _bare(ours[a:b]) != _bare(theirs[c:d]):
            return True
        if kind in ("insert", "delete") and inside and any(word in read for word in (*ours[a:b], *theirs[c:d])):
            return True
    return False


def _bare(words: list[str]) -> str:
    """Words without the marks on their letters, which a scan loses first."""
    text = unicodedata.normalize("NFD", " ".join(words)).replace("đ", "d")
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _elsewhere(each: Quotation, beside: _Beside) -> Found:
    """Words that stand in the document, but in no clause the entry names."""
    named, places = _named(each.clause), beside.places(each.words)
    if not named or None in places or not all(beside.has(label) for label in named):
        return
    labels = list(dict.fromkeys(clause.label for clause in places if clause))
    of_duty = each.own and each.path[0] == "duties" and len(each.path) == 3
    if of_duty and len(labels) == len(named) == 1 and labels[0].startswith(f"{named[0]}.") and beside.once(labels[0]):
        text = f"words '{_short(each.words)}' stand in clause {labels[0]}, a part of {each.clause}"
        yield (*each.path[:-1], "clause"), f"{text}; write 'clause: {labels[0]}'", True
        return
    if any(_fits(label, one) for label in labels for one in named):
        return
    function = each.path[-1] == "function"
    if function and {label.partition(".")[0] for label in labels} & {one.partition(".")[0] for one in named}:
        return  # one clause of a section often says for all of it who receives
    if not all(beside.once(label) for label in (*labels, *named)):
        return  # read twice: the scan lost what stands between
    certain = all(beside.sound(label.rpartition(".")[0]) for label in (*labels, *named))
    path = (*each.path[:-1], "clause") if each.own else each.path
    where = " and ".join(labels[:3])
    way_out = "correct 'clause'" if each.own else f"write 'clause: {labels[0]}' beside them"
    if function:
        way_out = "leave 'function' out, or write what this clause says"
    text = f"words '{_short(each.words)}' stand in clause {where} of the document, not in {each.clause}; {way_out}"
    yield path, text, not (certain and each.own)


def _fits(label: str, named: str) -> bool:
    return f"{label}.".startswith(f"{named}.") or f"{named}.".startswith(f"{label}.")


def _named(clause: str) -> list[str]:
    """The clauses an entry names; none where one of them is no number (`Đoạn kết`)."""
    parts = [part.strip() for part in re.split(r"[,;]", clause)]
    return parts if all(LABEL.fullmatch(part) for part in parts) else []


def _labels(part: object, path: Path, beside: _Beside) -> Found:
    """Every clause named that the document does not have."""
    if isinstance(part, dict):
        clause = part.get("clause")
        for label in _named(clause) if isinstance(clause, str) else ():
            if not beside.has(label):
                yield from _not_there(label, part.get("words"), (*path, "clause"), beside)
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield from _labels(value, (*path, key), beside)


def _not_there(label: str, words: object, path: Path, beside: _Beside) -> Found:
    above = label.rpartition(".")[0]
    while above and not beside.has(above):
        above = above.rpartition(".")[0]
    if not beside.parts("") or not beside.sound(above if beside.parts(above) else above.rpartition(".")[0]):
        return  # the document's own numbers are not to be relied on
    parts = beside.parts(above)
    has = f"{above or 'it'} has {parts[0]} to {parts[-1]}" if parts else f"{above} has no parts with a number or letter"
    found = [place.label for place in beside.places(words) if place] if isinstance(words, str) and words else []
    way_out = f"these words stand in clause {found[0]}" if found else "correct 'clause'"
    yield path, f"the document has no clause {label} ({has}); {way_out}", not parts


def _turned(tree: Tree, beside: _Beside) -> Found:
    """Pieces joined by `…` that all stand in the document, and in another order."""
    pieces: dict[Path, list[str]] = {}
    for each in quotations(tree.value):
        pieces.setdefault(each.path, []).append(plain(each.words))
    for path, parts in pieces.items():
        at = 0
        for part in parts if len(parts) > 1 and all(part in beside.text for part in parts) else ():
            at = beside.text.find(part, at)
            if at < 0:
                text = f"words '{_short(' … '.join(parts))}' stand in the document in another order"
                yield path, f"{text}; quote them in its own", True
                break
            at += len(part)


def _shares(tree: Tree, beside: _Beside) -> Found:
    """Clauses with a percentage that no entry of theirs quotes: a target may have been overlooked."""
    quoted = [(_named(each.clause), plain(each.words)) for each in quotations(tree.value)]
    for clause in beside.clauses:
        text = plain(clause.text)
        here = {words for labels, words in quoted if any(_fits(clause.label, label) for label in labels)}
        spans = [match.span() for words in here for match in re.finditer(re.escape(words), text)]
        left = [m[0] for m in _SHARE.finditer(text) if not any(a <= m.start() < b for a, b in spans)]
        if left:
            place = f"clause {clause.label} (line {clause.line} of the document)"
            more = f" and {len(left) - 1} more such" if left[1:] else ""
            way_out = "write an entry of 'indicators', or one of 'readings' that says why it is none"
            yield ("indicators",), f"{place} says '{left[0]}'{more}, and no entry here quotes it; {way_out}", True


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rpartition(' ')[0]} …"

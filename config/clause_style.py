"""How a clause is written: section, number and letter with dots, as the document is compared by; never another way."""

import re
from collections.abc import Iterator

from config.yaml_lines import Path

LABEL = re.compile(r"[IVX]{1,5}(?:\.(?:\d{1,2}|[a-zđ]))*")
_NUMBERED = re.compile(r"\d|(?<!\w)[ivx]+(?!\w)|(?<!\w)(?:mục|điểm|khoản|phần|điều|tiểu mục)(?!\w)", re.IGNORECASE)
_OTHER_TEXT = re.compile(r"phụ lục|biểu|mẫu|ĐIỀN|.*/", re.IGNORECASE)  # an annex, a form, another document's number
_NAMED = re.compile(r"(?P<what>mục|phần|khoản|điểm)\s+(?P<which>[ivx]+|\d{1,2}|[a-zđ])(?!\w)")
_ORDER = ("phần", "mục", "khoản", "điểm")
_PIECE = re.compile(r"[ivx]{1,5}(?![a-zđ])|\d{1,2}|[a-zđ](?![a-zđ])")
_STYLE = "write section, number and letter with dots, such as V.3 or III.1.a"


def misstyled_clauses(part: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield (path, text) for every clause of a plan file that is numbered in another way than `III.1.a`."""
    if isinstance(part, dict):
        clause = part.get("clause")
        if isinstance(clause, str) and (wrong := _misstyled(clause)):
            meant = clause_meant(wrong)
            way_out = f"write '{meant}'" if meant else _STYLE
            yield (*path, "clause"), f"clause '{wrong}' is not written as clauses are compared; {way_out}"
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield from misstyled_clauses(value, (*path, key))


def clause_meant(text: str) -> str | None:
    """Return a clause as plan files write it (`điểm a khoản 3 mục III`: `III.3.a`); null without a section."""
    small = text.lower()
    named = sorted(
        ((_ORDER.index(match["what"]), match["which"]) for match in _NAMED.finditer(small)), key=lambda e: e[0]
    )
    pieces = (
        [which for _, which in named]
        if len(named) > 1
        else _PIECE.findall(re.sub(r"\b(?:tiểu )?(?:mục|điểm|khoản|phần)\b", " ", small))
    )
    if pieces and not _is_section(pieces[0]) and _is_section(pieces[-1]):
        pieces.reverse()
    if not pieces or not _is_section(pieces[0]):
        return None
    label = ".".join((pieces[0].upper(), *pieces[1:]))
    return label if LABEL.fullmatch(label) else None


def _is_section(piece: str) -> bool:
    return bool(re.fullmatch("[ivx]+", piece))


def _misstyled(clause: str) -> str | None:
    """What of a clause is numbered in another way; null where nothing is, or where it is a text such as `Đoạn kết`."""
    parts = [part.strip() for part in re.split(r"[,;]", clause)]
    wrong = [
        part for part in parts if _NUMBERED.search(part) and not LABEL.fullmatch(part) and not _OTHER_TEXT.match(part)
    ]
    wrong += [part for part in parts if re.fullmatch(r"[A-Za-zđ]", part) and not LABEL.fullmatch(part)]
    return (clause if len(wrong) > 1 else wrong[0]) if wrong else None

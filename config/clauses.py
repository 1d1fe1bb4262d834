"""The clauses of a plan as a document, and those whose time words no entry of the plan file speaks of."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from config.words_said import shown, small
from config.yaml_lines import Path, Problem, Tree

_SECTION = re.compile(r"([IVX]{1,5})\s*[.,]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\s*\.\s*(?=\S|$)")
_LETTER = re.compile(r"([a-zđ])\)\s*")
_MARKS = " \t*_#>"
_END = re.compile(r"nơi nhận\s*:?")
_LABEL = re.compile(r"(?<![\w/])[IVX]{1,5}(?:\.(?:\d{1,2}|[a-zđ])(?!\w))+")
# What is to be reached, not done by a day; a heading may name both (`Chỉ tiêu và nội dung thi đua`).
_BOTH = re.compile(r".{0,60}(?:và|,) (?:nội dung|nhiệm vụ|giải pháp|biện pháp|tổ chức)")
_OBLIGES = re.compile(
    r"(?:(?<!\w)sở|ubnd|ủy ban nhân dân|cơ quan|đơn vị|địa phương|doanh nghiệp|hiệp hội)(?!\w)[^.;%]{0,120}"
    r"(?:báo cáo|gửi|ban hành|tổ chức|đăng ký|xây dựng kế hoạch|phát động|trình) "
)
_REACHED = re.compile(r"%|phấn đấu|(?<!\w)đạt(?!\w)")
_TARGETS = re.compile(r"(?:mục tiêu|tiêu chuẩn|tiêu chí|chỉ tiêu|mục đích)(?!,? (?:và )?yêu cầu)")
_QUARTER = r"quý (?:iv|iii|ii|i|[1-4])(?!\w)"
_WEAK = re.compile(r"báo cáo (?:0?6 )?tháng|trong giai đoạn")  # not a time of its own where the clause has an entry
_FIGURES = "(?:một|hai|ba|bốn|năm|sáu|chín|mười)"
_TIME = re.compile(
    r"(?:trước|chậm nhất|muộn nhất|hết|xong|vào)(?: là| trước)*(?: ngày)? \d{1,2}(?:/| tháng )\d{1,2}(?! ?%)|"
    r"ngày \d{1,2} (?:hằng|hàng|của) (?:tháng|quý)|(?:trong|vào|chậm nhất|hết|cuối|đầu|giữa|trước)(?: hết)? "
    rf"(?:{_QUARTER}|tháng \d{{1,2}})|(?:hằng|hàng|mỗi|từng) (?:năm|quý|tháng)(?!\w)|định kỳ|0?6 tháng một lần|"
    r"(?<!\d)\d{1,3} ngày (?:làm việc )?(?:kể từ|sau|trước|đầu)|trước hội nghị[^.;]{0,30} \d{1,2} ngày|"
    r"(?<!\d)0?6 tháng (?:đầu|cuối) (?:của )?năm|trong (?:thời hạn |vòng )?\d{1,3} ngày(?: làm việc)?|"
    r"(?:vào|trong|hết|cuối|giữa|đầu) năm 20\d\d|(?<!tháng )(?:cuối|giữa|đầu) (?:năm|quý|tháng)(?!\w)|"
    r"(?:hằng|hàng|mỗi) tuần|báo cáo[^.;:]{0,40}(?:đột xuất|theo yêu cầu)|khi có yêu cầu|"
    r"(?:theo|đúng) thời hạn|"
    r"ngay sau (?:khi kết thúc|hội nghị)|(?:vào|nhân) dịp|trước khi kết thúc (?:năm|quý|giai đoạn)|"
    rf"(?:sau|vòng|thời hạn|trong) (?:\d{{1,2}}|{_FIGURES}) (?:tuần|tháng)(?! (?:đầu|cuối))|"
    rf"{_FIGURES} tháng (?:một|1|01) lần|\d{{1,2}} (?:lần|cuộc|đợt|kỳ)/(?:năm|quý|tháng)|"
    r"trong giai đoạn (?:\d|[ivx]+)(?!\w)|báo cáo (?:tháng|quý|0?6 tháng)(?!\w| \d| [ivx]+(?!\w))"
)
_BEFORE = re.compile(r"(?:(?:chậm nhất|muộn nhất|trước|đến|hết|trong|vào|là|của|thời hạn|ngày) )+$")
_AFTER = re.compile(
    r"(?: làm việc)?(?: (?:đầu|cuối)(?: tiên)?(?: của)? (?:tháng|quý|kỳ|năm)(?: sau)?)?(?:(?:/+| năm | )20\d\d)?"
)
_TO_REACH = re.compile(r"(?:mục tiêu|chỉ tiêu)[^.;]{0,100}$")
_WORDS_ENOUGH = 8  # letters; fewer stand in too many places


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a document: its label as plan files write it (`V.3`), the line it begins on, its text."""

    label: str
    line: int
    text: str
    heading: tuple[str, ...]  # how each clause around it begins, in small letters, itself last


def clauses(document: str) -> list[Clause]:
    """Return the clauses of a document in its order (`I.`, `1.`, `1.1.`, `a)`); what stands before is left out."""
    found: list[Clause] = []
    section, number, headings = "", "", {1: "", 2: "", 3: ""}
    for n, line in enumerate(unicodedata.normalize("NFC", document).splitlines(), 1):
        text = line.strip(_MARKS)
        if section and _END.match(text.lower()):
            break
        rest, level, part = text, 0, ""
        if match := _SECTION.match(text):
            section, number, level = match[1], "", 1
        elif section and (match := _NUMBER.match(text)):
            number, level = match[1], 2
        elif section and number and (match := _LETTER.match(text)):
            part, level = match[1], 3
        if level:
            assert match is not None
            rest = text[match.end() :]
            headings = {each: said if each < level else "" for each, said in headings.items()}
            headings[level] = small(rest)
            label = ".".join(filter(None, (section, number, part)))
            found.append(Clause(label, n, rest, tuple(headings.values())))
        elif found:
            last = found[-1]
            found[-1] = Clause(last.label, last.line, f"{last.text} {rest}", last.heading)
    return found


def ends_on(document: str) -> int | None:
    """Return the line on which the receivers (`Nơi nhận`) begin, after the first clause; null if there is none."""
    begun = False
    for n, line in enumerate(unicodedata.normalize("NFC", document).splitlines(), 1):
        text = line.strip(_MARKS)
        if begun and _END.match(text.lower()):
            return n
        begun = begun or bool(_SECTION.match(text))
    return None


def clauses_without_entry(tree: Tree, document: str) -> list[Problem]:
    """Return a note for every clause that names a time of which the plan file says nothing."""
    plan = tree.value
    if not isinstance(plan, dict):
        return []  # nothing could be read
    labels, entries = set(_labels(plan)), list(_entries(plan, ""))
    mentioned = {
        label for key, text in _texts(plan, ()) if key in ("reading", "notes") for label in _LABEL.findall(text)
    }
    line, found = tree.line_of(("duties",)), []
    for clause in clauses(document):
        if times := _times_left_out(clause, labels, mentioned, entries):
            told = shown("', '".join(times[:3]))
            place = f"clause {clause.label} (line {clause.line} of the document)"
            way_out = f"write a duty, or an entry of 'readings' with 'clause: {clause.label}' that says why it is none"
            text = f"{place} says '{told}', and no entry here quotes it; {way_out}"
            found.append(Problem(line, text, note=True))
    return found


def _times_left_out(clause: Clause, labels: set[str], mentioned: set[str], entries: list[tuple[str, str]]) -> list[str]:
    """The time words of a clause that no quotation covers; a clause that is named at all covers its `hằng năm`."""
    text = _plain(clause.text)
    pieces = {piece.strip() for _, words in entries for piece in words.split("…")}
    quoted = [
        (match.start(), match.end())
        for piece in pieces
        if len(piece) >= _WORDS_ENOUGH
        for match in re.finditer(re.escape(piece), text)
    ]
    here = [words for label, words in entries if _named(clause.label, {label})]
    named, told, target = _named(clause.label, labels), _named(clause.label, mentioned), _is_target(clause)
    left = [
        match
        for match in _TIME.finditer(text)
        if not (
            (told or (named and _quoted_beside(text, match, quoted)))
            and (_WEAK.match(match[0]) or not re.search(r"\d|quý [ivx]", match[0]))
        )
        and not any(first <= match.start() and match.end() <= last for first, last in quoted)
        and not any(match[0] in words for words in here)
        and not _TO_REACH.search(text[: match.start()])
        and (not target or _obliges(text, match))
    ]
    plain = [match for match in left if not _WEAK.match(match[0])]
    return list(dict.fromkeys(_whole(text, match) for match in plain or left))


def _quoted_beside(text: str, match: re.Match[str], quoted: list[tuple[int, int]]) -> bool:
    """Whether an entry quotes something of the sentence around time words."""
    first, end = _sentence(text, match)
    return any(begins < end and ends > first for begins, ends in quoted)


def _sentence(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Where the sentence around a match begins and ends."""
    first = max(text.rfind(mark, 0, match.start()) for mark in ".;") + 1
    ends = [place for mark in ".;" if (place := text.find(mark, match.end())) >= 0]
    return first, min(ends, default=len(text))


def _whole(text: str, match: re.Match[str]) -> str:
    """Time words as they are shown: not cut in the middle of `trong 6 tháng cuối năm 2026`."""
    before, after = _BEFORE.search(text[: match.start()]), _AFTER.match(text, match.end())
    return f"{before[0] if before else ''}{match[0]}{after[0] if after else ''}"


def _is_target(clause: Clause) -> bool:
    """Whether a clause stands under a heading of targets; one that names nothing else besides."""
    return any(_TARGETS.match(said) and not _BOTH.match(said) for said in clause.heading)


def _obliges(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence around time words says that somebody does something, and names nothing to be reached."""
    first, end = _sentence(text, match)
    sentence = text[first:end]
    return bool(_OBLIGES.search(sentence)) and not _REACHED.search(sentence)


def _named(label: str, labels: set[str]) -> bool:
    """Whether the file names a clause, one inside it, or one around it that is more than a whole section."""
    return any(
        each == label or each.startswith(f"{label}.") or ("." in each and label.startswith(f"{each}."))
        for each in labels
    )


def _labels(part: object) -> Iterator[str]:
    """Every clause that a plan file names: as `clause`, and in what is said in readings and notes."""
    for key, text in _texts(part, ()):
        if key == "clause":
            yield from (each.strip() for each in re.split(r"[,;]", text))
        if key in ("clause", "reading", "notes"):
            yield from _LABEL.findall(text)


def _entries(part: object, clause: str) -> Iterator[tuple[str, str]]:
    """Every quotation and reading of a plan file with its clause, as compared."""
    if isinstance(part, dict):
        clause = str(part.get("clause") or clause)
        yield from ((clause, _plain(part[key])) for key in ("words", "reading") if isinstance(part.get(key), str))
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _entries(value, clause)


def _texts(part: object, path: Path) -> Iterator[tuple[str, str]]:
    """Every text of a plan file, with the nearest key that holds it."""
    if isinstance(part, str):
        yield next((str(key) for key in reversed(path) if isinstance(key, str)), ""), part
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield from _texts(value, (*path, key))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", small(text)).replace("*", "")).strip()

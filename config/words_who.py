"""Who does something and who receives it, as a sentence of a plan says: kinds of unit, and organisations by code."""

import re
import unicodedata
from collections.abc import Iterable

KINDS = {
    "department": r"(?:các |mỗi )?sở,? (?:ban, ngành|ban|ngành)(?!\w)|các sở(?!\w)|mỗi sở(?!\w)",
    "district": r"cấp huyện(?!\w)|các huyện(?!\w)",
    "commune": r"cấp xã(?!\w)|(?:các |mỗi )xã(?!\w)|xã, phường|(?:ubnd|ủy ban nhân dân) xã(?!\w)",
    "front": r"mặt trận tổ quốc|mttq",
    "mass-organisation": r"đoàn thể|các tổ chức chính trị",
    "business-association": r"hiệp hội (?:các )?doanh nghiệp",
    "enterprise": r"(?<!hiệp hội )(?<!hiệp hội các )doanh nghiệp",
    "cooperative": r"hợp tác xã",
    "school": r"trường học|nhà trường|cơ sở giáo dục",
    "health-facility": r"cơ sở y tế|bệnh viện",
    "province": r"(?:ubnd|ủy ban nhân dân) tỉnh|hội đồng thi đua",
}
ONE_DEPARTMENT = re.compile(r"sở [^,;.:]{3,60}")  # a heading that is the name of one
_DOES = re.compile(
    r"(?<!\w)(?:gửi|báo cáo|ban hành|tổ chức(?! chính trị| đảng| hội| kinh tế| đoàn)|xây dựng|đăng ký|"
    r"phát động|lập|trình|nộp|tổng hợp|đánh giá|tham gia|chọn|quyết định|sơ kết|tổng kết|hoàn thành|"
    r"phối hợp|tiến hành|chủ động)(?!\w)"
)
_LABEL = re.compile(r"^[^:,.;]{0,60}:\s*")
_BY_ORDER = re.compile(r"(?:theo|căn cứ|được|do|của|với|cho|tại)\s[^,;:]*$")
_SO = re.compile(r"(?<!\w)sở(?= \w)", re.IGNORECASE)
_HANDS_IN = re.compile(r"(?<!\w)(?:gửi|nộp|trình|về|đến|tới)(?!\w)")
_RECEIVES = re.compile(r"(?:gửi|nộp|về|đến|tới|cho|qua|(?:về|gửi)[^.;]{0,60} và(?: gửi)?)\s*(?:cho |về |đến )?\(?$")
_PROVINCE = re.compile(
    r"(?:gửi|nộp|về|đến|trình|báo cáo)(?: về| cho| đến)? (?:chủ tịch )?(?:ubnd|ủy ban nhân dân) tỉnh"
    r"(?! (?:ban hành|yêu cầu))"
)


def small(text: str) -> str:
    """Return a text in small letters, one spelling of `Ủy ban`, one space between words."""
    text = unicodedata.normalize("NFC", text).lower().replace("uỷ ban", "ủy ban").replace("*", "")
    return re.sub(r"\s+", " ", text).strip()


def does(sentence: str, without_verb: bool = False) -> dict[str, str]:
    """Return the kinds of unit that a sentence names before its first verb, each with its words; none where unsure.

    `without_verb`: whether words without one (`Đề nghị Ủy ban MTTQ`) count too.
    """
    text = _LABEL.sub("", small(sentence))
    verb = _DOES.search(text)
    before = text[: verb.start()] if verb else text if without_verb else ""
    found = {}
    for kind, pattern in KINDS.items():
        match = re.search(pattern, before)
        if match and not _BY_ORDER.search(before[: match.start()]):
            found[kind] = match[0]
    return found


def kind_of(code: str) -> str | None:
    """Return the kind of unit that a code of the registry shows: a department, or the province's own bodies."""
    if organisation(code):
        return "department"
    return "province" if re.fullmatch(r"\d\d-(?:ubnd-(?:tinh|tp)|hoi-dong.*)", code) else None


def organisation(code: str) -> str | None:
    """Return what a unit's code says of the department it is: `00-so-khcn` is `khcn`, `00-so-noi-vu` `noi-vu`."""
    match = re.fullmatch(r"\d\d-so-(.+)", code)
    return match[1] if match else None


def departments(text: str, known: Iterable[str]) -> list[tuple[int, str, str]]:
    """Return (place, words, which) for each department in a text that is one of `known` (`khcn`, `noi-vu`)."""
    found = []
    for match in _SO.finditer(text):
        words = re.findall(r"[\w&]+", text[match.end() : match.end() + 60])
        for n in range(min(6, len(words)), 0, -1):
            which = next((each for each in known if is_department(words[:n], each)), None)
            if which:
                found.append((match.start(), " ".join(("Sở", *words[:n])), which))
                break
    return found


def receiving(sentence: str, known: Iterable[str]) -> dict[str, str]:
    """Return the departments of `known` to which a sentence hands something in, each with its words."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", sentence))
    return {
        which: words
        for place, words, which in departments(text, known)
        if _RECEIVES.search(text[:place].lower()) and _HANDS_IN.search(text[:place].lower())
    }


def to_the_province(sentence: str) -> str | None:
    """Return the words by which a sentence hands something in at the province's People's Committee, if it does."""
    match = _PROVINCE.search(small(sentence))
    return match[0] if match else None


def is_department(words: list[str], which: str) -> bool:
    """Return whether the words after `Sở` are the name, or the initials, of a department's code (`khcn`, `noi-vu`)."""
    bare = [_bare(word) for word in words]
    full, short = [word for word in bare if word not in ("va", "&")], which.replace("-", "")
    if not full or bare[-1] in ("va", "&"):
        return False
    spelled = {"".join(bare).replace("&", ""), "".join(full)}
    return short in spelled or (len(full) > 1 and short == "".join(word[0] for word in full))


def _bare(word: str) -> str:
    text = unicodedata.normalize("NFD", word.lower()).replace("đ", "d")
    return "".join(letter for letter in text if not unicodedata.combining(letter))

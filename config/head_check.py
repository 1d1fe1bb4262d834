"""Head and names of a plan file beside its document, and beside one another: copied from another plan or not."""

import re
import unicodedata
from collections.abc import Iterator

from config.yaml_lines import Path

_HEAD = 600  # letters; number and date of a document stand before its title
_PRINTED = re.compile(r"số\s*:?\s*((\d+)\s*/\s*[\w-]*)")
_DATE = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_QUOTED = re.compile(r"[“\"]([^“”\"]{5,})[”\"]")
_YEARS = re.compile(r"(20\d\d)\s*[-–]\s*(20\d\d)")
_DEPUTY, _SAMPLE = re.compile(r"(?:^|\W)(?:kt\.|phó chủ tịch)"), re.compile(r"\s*\(mẫu\)")
_OF_A_PROVINCE = re.compile(r"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?) +[A-ZĐÀ-Ỹ]")
_CLOSE = 1500  # letters; who signs stands at the end, beside the receivers

Found = Iterator[tuple[Path, str, bool]]


def head_problems(plan: dict[str, object]) -> Found:
    """Yield (path, text, whether it is only a note) for names in a plan file that do not go together. Raw values."""
    province, number, office = _text(plan, "province", "name"), _text(plan, "instrument", "number"), "office"
    if number and "/" not in number:
        text = f"number '{number}': write it whole, as the document prints it, such as '{number}/KH-UBND'"
        yield ("instrument", "number"), text, True
    issuer = _text(plan, "instrument", "issuer")
    if province and _OF_A_PROVINCE.search(issuer) and _letters(province) not in _letters(issuer):
        text = f"issuer '{issuer}' is not of province '{province}'; correct one of them"
        yield ("instrument", "issuer"), text, True
    key = _text(plan, "key")
    if province and key and (slug := _slug(province)) and slug not in f"-{key}-":
        yield ("key",), f"key '{key}' does not name the province; write '{slug.strip('-')}' in it", True
    name, sender = _text(plan, office, "name"), _text(plan, office, "sender_name")
    if name and sender and not {_letters(name), _letters(_text(plan, office, "short_name"))} & _within(sender, name):
        text = f"sender_name '{sender}' is not the office '{name}'; a mail would come from another, correct one"
        yield (office, "sender_name"), text, True
    phone = _text(plan, office, "contact_phone")
    if phone and not phone.startswith("ĐIỀN") and len(re.findall(r"\d", phone)) < 3:
        yield (office, "contact_phone"), f"telephone '{phone}' has no number; write one that can be rung", False


def head_beside(plan: dict[str, object], document: str) -> Found:
    """Yield the same for what the document does not print so; all notes: a copy may be spoiled, or lack its head."""
    printed, text = _letters(document), _small(document)
    yield from _numbered(plan, re.sub(r"\s+", " ", text)[:_HEAD].partition("kế hoạch ")[0])
    yield from _names(plan, printed, text)
    yield from _signed(plan, text)
    addresses = dict.fromkeys(_ADDRESS.findall(text))
    sender = _text(plan, "office", "sender_address")
    if addresses and sender and not sender.startswith("ĐIỀN") and sender.lower() not in addresses:
        told = (
            f"the document names the address {next(iter(addresses))}, here it is {sender}; correct one if it is a slip"
        )
        yield ("office", "sender_address"), told, True


def _numbered(plan: dict[str, object], head: str) -> Found:
    """Number and date as the head of the document prints them, where it does."""
    given, date = _text(plan, "instrument", "number"), _text(plan, "instrument", "date")
    if given and (printed := _PRINTED.search(head)) and _joined(printed[1]) != _joined(given):
        other = re.match(rf"0*{int(printed[2])}(?!\d)", given) is None
        has = f"has the number {printed[2]}" if other else f"prints '{_joined(printed[1]).upper()}'"
        yield ("instrument", "number"), f"the document's head {has}, here it is '{given}'; correct 'number'", True
    days = [f"{int(match[3]):04}-{int(match[2]):02}-{int(match[1]):02}" for match in _DATE.finditer(head)]
    if date and days and date not in days:
        text = f"the document's head has the date {days[0]}, here it is '{date}'; correct 'date'"
        yield ("instrument", "date"), text, True


def _names(plan: dict[str, object], printed: str, text: str) -> Found:
    province, name = _text(plan, "province", "name"), _text(plan, "name")
    if province and _letters(province) not in printed:
        told = f"the document does not name '{province}'; is it the document of this plan? correct 'name'"
        yield ("province", "name"), told, True
    for piece in _QUOTED.findall(name):
        if _letters(piece) not in printed:
            yield ("name",), f"the document does not print the name '{piece}'; write it as printed", True
    spans = {match.groups() for match in _YEARS.finditer(text)}
    for match in _YEARS.finditer(name):
        if spans and match.groups() not in spans:
            yield ("name",), f"the document never says '{match[0]}'; write the years as printed", True


def _signed(plan: dict[str, object], text: str) -> Found:
    """A deputy signs `KT. CHỦ TỊCH, PHÓ CHỦ TỊCH` below the text, a chairman `CHỦ TỊCH` alone."""
    receivers, signatory = text.rfind("nơi nhận"), _small(_text(plan, "instrument", "signatory"))
    end = text[max(receivers, len(text) - _CLOSE) :]
    if "chủ tịch" not in signatory or not re.search(r"^\W*(?:kt\.\s*)?(?:phó )?chủ tịch\W*$", end, re.MULTILINE):
        return
    deputy = bool(re.search(r"^\W*(?:kt\.\s*chủ tịch|phó chủ tịch)\W*$", end, re.MULTILINE))
    if deputy != bool(_DEPUTY.search(signatory)):
        told = "a deputy signs the document" if deputy else "the chairman signs the document"
        text = f"{told}, 'signatory' is '{_text(plan, 'instrument', 'signatory')}'; write who signs"
        yield ("instrument", "signatory"), text, True


def _within(sender: str, name: str) -> set[str]:
    """The sender's name, and the office's where one holds the other."""
    one, other = _letters(sender), _letters(name)
    return {one, other} if one in other or other in one else {one}


def _text(part: object, *keys: str) -> str:
    for key in keys:
        part = part.get(key) if isinstance(part, dict) else None
    return _SAMPLE.sub("", part).strip() if isinstance(part, str) else ""


def _small(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower().replace("*", "")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", _small(text)).replace("uỷ", "ủy")


def _joined(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _slug(name: str) -> str:
    bare = unicodedata.normalize("NFD", _small(name)).replace("đ", "d")
    return f"-{'-'.join(re.findall('[a-z0-9]+', bare.encode('ascii', 'ignore').decode()))}-"

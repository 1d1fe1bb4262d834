"""What a duty's words say besides its day: how strongly, whether at all, of how many, and that no day is named."""

import re
from collections.abc import Iterator

from config.grammar import TimeRule
from config.plan_model import Duty
from config.words_reading import BINDS, FREES, HOW_MANY, TIME, WHETHER, Explained
from config.words_rule import COUNTED, times_named
from config.words_said import plain, shown, small
from config.yaml_lines import Path

Sense = Iterator[tuple[Path, str, bool]]

# A request to a unit, not the proposal of an award: `đề nghị Ủy ban MTTQ …`, but `đề nghị cấp trên khen thưởng`.
_REQUEST = re.compile(
    r"(?:trân trọng|kính) đề nghị"
    r"|(?:^|[.;:,…] ?)đề nghị(?! (?:chủ tịch|cấp|khen|tặng|xét|công nhận|thủ tướng|chính phủ|nhà nước|hình thức))"
)
_ENCOURAGE = re.compile(r"khuyến khích|vận động|chủ động")
_INVITE = re.compile(r"(?:^|[.;:,…] ?|kính |trân trọng )mời (?!thầu|gọi)")
_ORDER = re.compile(r"(?<!theo )yêu cầu|(?<!được )(?<!\w)giao (?!lưu|ban |dịch|thông|tiếp)|có trách nhiệm")
_IF_NEEDED = re.compile(r"căn cứ tình hình thực (?:tế|tiễn)|(?:nếu|khi)(?: thấy| xét thấy)? cần(?: thiết)?(?!\w)")
_MAYBE = re.compile(
    r"căn cứ (?:vào )?(?:tình hình|điều kiện)|tùy (?:theo |vào )?(?:tình hình|điều kiện|thực tế)|"
    r"(?:xem xét|quyết định) việc|"
    r"trường hợp (?:cần|xét|thấy)|xét thấy|nếu (?:có|đủ|được)|khi (?:có|đủ) điều kiện|(?<!không )(?<!\w)có thể(?!\w)"
)
_TAILORED = ("own-plan", "launch", "registration", "pilot", "guidance")  # made to fit the unit, yet owed
_YEARLY = re.compile(r"(?:hằng|hàng) năm")
_OFTEN = re.compile(r"(?:hằng|hàng|mỗi|từng) (?:năm|quý|tháng)|định kỳ|thường xuyên")
_REQUESTED = re.compile(r"theo yêu cầu|đột xuất|khi có yêu cầu")
_OCCASION = re.compile(r"vào dịp|nhân dịp|khi (?:sơ kết|tổng kết)")
_OCCASIONS = re.compile(r"dịp|sơ kết|tổng kết|giai đoạn")
TIME_NAMED = re.compile(r"\d|quý (?:iv|iii|ii|i)(?!\w)|(?:đầu|giữa|cuối|trong|hết) (?:tháng|quý|năm|kỳ)")
_COUNTED = re.compile(
    r"từ \d{1,2} (?:đến|-|–) \d{1,2}(?![\d/])(?! (?:ngày|tháng|năm))|(?:ít nhất|tối thiểu) \d{1,3}(?!\d)(?! ?%| ngày)"
)
_SHARE = re.compile(r"100 ?%|\d{1,2} ?% (?=(?:các|số|cơ quan|đơn vị|sở|ubnd|xã)(?!\w))")


def senses(duty: Duty, explained: Explained, event: str | None = None) -> Sense:
    """Yield (path in the duty, what its words say that its keys do not and a way out, whether it is only a note).

    Where a reading speaks of how words and key differ, there is no problem, at most a note. `event`: that of the plan
    which the words name, if any.
    """
    words = small(duty.words)
    found = [*strength(duty, explained)]
    if TIME not in explained:
        found += [
            *_undated(duty.time_rule, duty.every, words, explained),
            *_counted_from(duty.time_rule, words, explained, event or "some-event"),
        ]
    if HOW_MANY not in explained:
        found += _counts(duty, words)
    yield from ((path, shown(text), note) for path, text, note in found)


def strength(duty: Duty, explained: Explained) -> Sense:
    """Yield what the words say of how strongly a duty binds and whether it comes about; no date is needed for that."""
    yield from _modalities(duty, explained)
    yield from _discretion(duty, small(duty.words), explained)


def _modalities(duty: Duty, explained: Explained) -> Sense:
    """An obligor's own words count; the duty's words count for those who have none."""
    bound = {obligor.modality for obligor in duty.obligors}
    for m, obligor in enumerate(duty.obligors):
        if not obligor.words and duty.kind.startswith("award"):
            continue  # a proposal (đề nghị) is the matter of an award
        words = small(obligor.words or duty.words)
        otherwise = BINDS if obligor.modality == "mandated" else FREES
        for said, meant, note in _meant(words, obligor.modality):
            if not obligor.words and meant in bound:
                if meant == "encouraged" and otherwise not in explained:
                    text = (
                        f"words say '{said}', '{obligor.kind}' is '{obligor.modality}' beside units that are encouraged"
                    )
                    way_out = "quote what binds it in its own 'words', or write 'encouraged' for it too"
                    yield ("obligors", m, "modality"), f"{text}; {way_out}", True
                continue  # the duty's words speak of the others
            text = f"words say '{said}', modality is '{obligor.modality}'; write '{meant}'"
            note_only = note or otherwise in explained
            reason = "" if note_only else explained.unless(otherwise)
            yield ("obligors", m, "modality"), f"{text}{reason}", note_only


def _meant(words: str, modality: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (what is said, the modality it means, whether it may be meant otherwise)."""
    request, encourage, order = _REQUEST.search(words), _ENCOURAGE.search(words), _ORDER.search(words)
    invite = _INVITE.search(words)
    if modality == "mandated" and request:
        yield request[0].strip(" .;:,…"), "requested", False
    elif modality == "mandated" and invite:
        yield invite[0].strip(" .;:,…"), "invited", False
    elif modality == "mandated" and encourage and (not order or "khuyến khích" in words):
        yield "khuyến khích" if order else encourage[0], "encouraged", True
    elif modality != "mandated" and order and not request and not encourage and not invite:
        yield order[0].strip(), "mandated", True
    elif modality in ("invited", "encouraged") and request:
        yield request[0].strip(" .;:,…"), "requested", True
    elif modality == "requested" and invite and not request:
        yield invite[0].strip(" .;:,…"), "invited", True
    elif modality in ("invited", "requested") and not request and not invite and "khuyến khích" in words:
        yield "khuyến khích", "encouraged", True


def _discretion(duty: Duty, words: str, explained: Explained) -> Sense:
    needed, maybe = _IF_NEEDED.search(words), _MAYBE.search(words)
    read = WHETHER in explained
    if duty.discretionary:
        if not (needed or maybe or read or _leaves_open(small(duty.title))):
            text = "'discretionary: true', but no words leave it open; quote them (căn cứ tình hình thực tế, nếu cần), "
            yield ("discretionary",), f"{text}say in 'reading' why it is open, or remove the key", True
        return
    undated, way_out = not duty.time_rule.dated, "write 'discretionary: true', so that nobody is late before an officer"
    if needed:
        note = read or undated or duty.kind in _TAILORED
        text = f"words say '{needed[0]}'; {way_out} confirms it"
        yield ("words",), text if note else f"{text}{explained.unless(WHETHER)}", note
    elif maybe and not undated and not read and duty.kind not in (*_TAILORED, "phase-decision"):
        yield ("words",), f"words say '{maybe[0]}'; {way_out} confirms it, if that leaves it open", True


def _leaves_open(text: str) -> bool:
    return bool(_IF_NEEDED.search(text) or _MAYBE.search(text))


def _undated(rule: TimeRule, every: str | None, words: str, explained: Explained) -> Sense:
    """A day nobody named, a named day without a date, and rules without a date taken for each other."""
    often, asked, occasion = _OFTEN.search(words), _REQUESTED.search(words), _OCCASION.search(words)
    yearly, day = _YEARLY.search(words), next(times_named(plain(words)), None)
    right = "no date" if every else "annual, no date" if yearly else "on request" if asked else "on occasion"
    if rule.dated:
        vague = asked or often or occasion
        if not TIME_NAMED.search(words):
            said = f"words '{vague[0]}' name no day" if vague else "words name no time"
            way_out = f"write '{right}' (a ruling dates it later), or quote the words that name the day"
            yield ("words",), f"{said}, rule is '{rule.text}'; {way_out}", True
    elif rule.kind != "event" and day:
        right = f"write '{day[1]}'" if day[1] else "write the date"
        text = f"words say '{day[0]}', rule '{rule.text}' has no date; {right}{explained.unless(TIME)}"
        yield ("words",), text, False
    elif rule.kind == "annual" and not every and not often and (asked or occasion):
        named = asked or occasion
        assert named is not None
        yield ("words",), f"words say '{named[0]}', rule is '{rule.text}'; write '{right}'", True
    elif rule.kind == "request" and not asked and often:
        yield ("words",), f"words say '{often[0]}', rule is '{rule.text}'; write '{right}'", True
    elif rule.kind == "occasion" and not _OCCASIONS.search(words) and (asked or yearly):
        named = asked or yearly
        assert named is not None
        right = "on request" if asked else "annual, no date"
        yield ("words",), f"words say '{named[0]}', rule is '{rule.text}'; write '{right}'", True


def _counted_from(rule: TimeRule, words: str, explained: Explained, event: str) -> Sense:
    """Days counted from an event are counted by the program, not by whoever writes the file."""
    match = COUNTED.search(words)
    if match is None or rule.kind == "event" or rule.in_period or next(times_named(plain(words)), None):
        return
    days, working = int(match["days"]), " working" if match["working"] else ""
    side = "before" if match["before"] or match["to"] else "after"
    text = f"words count {days}{working} days {side} an event, rule is '{rule.text}'"
    yield ("words",), f"{text}; write '{days}{working} days {side} {event}'{explained.unless(TIME)}", False


def _counts(duty: Duty, words: str) -> Sense:
    counted, share = _COUNTED.search(words), _SHARE.search(words)
    if counted and duty.count is None:
        least, *most = re.findall(r"\d+", counted[0])
        shown = f"{{min: {int(least)}, max: {int(most[0]) if most else 'null'}}}"
        yield ("words",), f"words say '{counted[0]}'; write 'count: {shown}', or it is not looked at", True
    if share and duty.coverage is None:
        percent = re.findall(r"\d+", share[0])[0]
        text = f"words say '{share[0].strip()}'; write 'coverage: {{percent: {percent}}}', or it is not looked at"
        yield ("words",), text, True

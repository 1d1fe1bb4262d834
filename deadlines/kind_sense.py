"""What a duty is called beside what it is: its kind and its title, its milestones, the numbers of its cap and count."""

import re
from collections.abc import Sequence

from config.clauses import Clause, clauses
from config.plan import Duty, Plan
from config.words_said import small
from config.yaml_lines import Path
from deadlines.rung_sense import Found

_REVIEWED = r"sơ kết|rút kinh nghiệm|đánh giá|giữa kỳ"
_TITLES = {
    "own-plan": "kế hoạch",
    "launch": "phát động",
    "registration": "đăng ký",
    "pilot": "điểm",
    "annual-report": r"báo cáo|số liệu",
    "ad-hoc-report": r"báo cáo|số liệu|ý kiến|thông tin",
    "consolidated-report": r"tổng hợp|báo cáo",
    "interim-review": _REVIEWED,
    "interim-report": _REVIEWED,
    "final-review": "tổng kết",
    "final-report": "tổng kết",
    "inspection": r"kiểm tra|giám sát",
    "ranking": r"xếp hạng|chấm điểm|đánh giá",
    "award-nomination": "khen",
    "award-appraisal": "khen",
    "award-round": "khen",
    "phase-decision": r"quyết định|tiếp tục",
    "guidance": r"hướng dẫn|nhiệm vụ|giải pháp",
}
_STEPS = {
    "cut-off": r"chốt|số liệu|tính đến|hết ngày",
    "draft": r"dự thảo",
    "comment": r"ý kiến|góp ý",
    "signature": r"ký|ban hành|trình",
}
_CAPPED = re.compile(r"(?:không quá|tối đa)[^.;]{0,20}?(\d+) (?:tập thể|cá nhân)")
_COUNTED = re.compile(r"(?:từ )?(\d+) (?:đến|-) (\d+) (?:đơn vị|sáng kiến|mô hình|địa phương|cơ quan)")
_REGISTERED = ("registration", "pilot")
_OPEN = re.compile(r"(?:căn cứ|tùy|tuỳ)[^.;,]{0,12} (?:tình hình|điều kiện)|nếu cần|khi cần thiết")


def kind_problems(plan: Plan, document: str | None = None, capped: Sequence[str] = ()) -> Found:
    """Yield (path, text, whether it is only a note) for duties that are called one thing and are another.

    `capped`: the clauses of duties with a cap that are not in the plan, since something else in them is wrong.
    """
    beside = clauses(document) if document else []
    for n, duty in enumerate(plan.duties):
        path: Path = ("duties", n)
        yield from _called(duty, path)
        yield from _steps(duty, path)
        yield from _numbers(duty, path)
        yield from _left_open(duty, beside, path)
    yield from _uncounted(plan, beside, capped)
    yield from _comparators(plan)


def _called(duty: Duty, path: Path) -> Found:
    title = small(duty.title)
    if not re.search(_TITLES[duty.kind], title):
        fits = [kind for kind, pattern in _TITLES.items() if re.search(pattern, title)]
        way_out = f"write '{fits[0]}'" if len(fits) == 1 else "correct the title or the kind"
        yield (*path, "kind"), f"title '{duty.title}' does not say that it is '{duty.kind}'; {way_out}", True
    elif duty.kind.startswith("interim-") and "tổng kết" in title and "sơ kết" not in title:
        yield (*path, "title"), f"title says 'tổng kết', kind is '{duty.kind}'; correct one of them", True


def _steps(duty: Duty, path: Path) -> Found:
    for m, milestone in enumerate(duty.milestones):
        words = small(milestone.words or "")
        if words and not milestone.reading and not re.search(_STEPS[milestone.kind], words):
            fits = [kind for kind, pattern in _STEPS.items() if re.search(pattern, words)]
            way_out = f"write 'milestone: {fits[0]}'" if fits else "correct it, or quote what says so"
            text = f"words '{milestone.words}' do not speak of '{milestone.kind}'; {way_out}"
            yield (*path, "milestones", m), text, True


def _numbers(duty: Duty, path: Path) -> Found:
    """The numbers of a cap and of a count stand in their words, each with what it counts."""
    if duty.cap:
        words = small(duty.cap.words or duty.words)
        both = re.search(r"(?:không quá|tối đa) (\d+) tập thể, cá nhân", words)
        if both and duty.cap.together != int(both[1]):
            text = f"words say '{both[0]}', one number for both; write 'together: {int(both[1])}'"
            yield (*path, "cap"), text, True
            words = ""
        for key, noun in (("collectives", "tập thể"), ("persons", "cá nhân")):
            said, given = re.search(rf"(\d+) {noun}", words), getattr(duty.cap, key)
            if said and duty.cap.together is None and int(said[1]) != given:
                text = f"words say '{said[0]}', '{key}' is {'left out' if given is None else given}"
                yield (*path, "cap"), f"{text}; write '{key}: {int(said[1])}'", False
    count = duty.count
    if count and count.words and not count.reading and small(count.words) not in small(duty.words):
        noun = re.sub(r".*\d", "", small(count.words)).strip()
        said = re.search(rf"\d+(?: đến \d+)? {re.escape(noun)}", small(duty.words)) if noun else None
        if said and re.findall(r"\d+", said[0]) != re.findall(r"\d+", count.words):
            text = f"the duty's words say '{said[0]}', 'count' quotes '{count.words}'; quote this duty's own words"
            yield (*path, "count"), text, True
    named = [int(number) for number in re.findall(r"\d+", count.words or "")] if count and not count.reading else []
    for key, meant in zip(("min", "max"), named, strict=False) if len(named) > 1 else ():
        given = getattr(count, key)
        if meant != given:
            text = f"words say '{count.words if count else ''}', '{key}' is {'left out' if given is None else given}"
            yield (*path, "count"), f"{text}; write '{key}: {meant}'", True


def _left_open(duty: Duty, beside: list[Clause], path: Path) -> Found:
    """The sentence around the words leaves open whether it takes place at all."""
    piece = small(re.split(r"…|\.\.\.", duty.words)[0])
    if duty.discretionary or duty.reading or not piece or duty.kind not in ("interim-review", "inspection"):
        return
    for clause in beside:
        before = small(clause.text).partition(piece)
        opening = re.split(r"[.;]", before[0])[-1] if before[1] else ""
        if fits(clause.label, duty.clause) and (said := _OPEN.search(opening)):
            text = f"clause {clause.label} begins it with '{said[0]}'; write 'discretionary: true' and quote that too"
            yield (*path, "words"), f"{text}, or say in 'reading' why it takes place all the same", True
            return


def _uncounted(plan: Plan, beside: list[Clause], also: Sequence[str]) -> Found:
    """A clause that limits or counts, and no duty of that clause that does."""
    for clause in beside:
        text = small(clause.text)
        here = [duty for duty in plan.duties if duty.kind in _REGISTERED and fits(clause.label, duty.clause)]
        capped, counted = _CAPPED.search(text), _COUNTED.search(text)
        caps = [part.clause or duty.clause for duty in plan.duties for part in (duty.cap, duty.partition) if part]
        caps += also
        if capped and not any(fits(clause.label, label) for label in caps):
            told = (
                f"clause {clause.label} (line {clause.line} of the document) says '{capped[0]}', and no duty has that"
            )
            yield ("duties",), f"{told} 'cap'; write it at the award duty, or the limit is not looked at", True
        if counted and here and not any(duty.count for duty in here):
            told = f"clause {clause.label} says '{counted[0]}', and duty '{here[0].slug}' counts nothing"
            way_out = f"write 'count: {{min: {int(counted[1])}, max: {int(counted[2])}, words: {counted[0]}}}'"
            yield ("duties", plan.duties.index(here[0])), f"{told}; {way_out}", True


def _comparators(plan: Plan) -> Found:
    """`Trên` leaves its number out, `tối thiểu` counts it; a reading of its own may say otherwise."""
    for n, each in enumerate(plan.comparators):
        word = small(each.word)
        meant = ">" if word in ("trên", "hơn", "vượt") else ">=" if word in ("tối thiểu", "ít nhất") else each.how
        if {meant, each.how} == {">", ">="}:
            text = f"'{each.word}' is read as '{each.how}', it means '{meant}'; correct 'is' if no document says so"
            yield ("comparators", n), text, True


def fits(label: str, named: str) -> bool:
    """Return whether a clause of the document is one that an entry names, or lies in it."""
    return any(f"{label}.".startswith(f"{part.strip()}.") for part in re.split(r"[,;]", named))

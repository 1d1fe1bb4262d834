"""What a plan says of awards and targets, in Vietnamese lines, each worked through by the decision itself."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from config.plan import Cap, Duty, Limit, LimitByLaw, Margin, Partition, Plan, RankedIn
from deadlines.caps import Nominee, laws_by, limits_between, listed
from deadlines.comparators import WHOLE, bars, judged
from deadlines.model import DutyPeriod
from deadlines.periods import span_of
from deadlines.unit_kinds import UNIT_KINDS

_JUDGED = {"met": "đạt", "not-met": "chưa đạt", "by-a-person": "người thẩm định xem xét, không tự kết luận"}
_AWARDED = {"refused": "không nhận", "told": "báo người thẩm định biết, không loại"}
_OVER = {"together": "tập thể, cá nhân tính chung", "collectives": "tập thể", "persons": "cá nhân"}
_INSIDE = {"province": "toàn tỉnh", "district": "từng huyện, thành phố"}


def award_lines(plan: Plan, duty: Duty, row: DutyPeriod) -> Iterator[str]:
    """Yield the cap, margin, partition, comparators and laws that concern a duty, with the readings they rest on."""
    first, last = _days(row)
    if duty.cap:
        yield from _cap(plan, duty, duty.cap, first, last)
    if duty.margin:
        yield _margin(plan, duty, duty.margin)
    if duty.partition:
        yield _partition(plan, duty, duty.partition)
    seen = {reading.slug for reading in plan.readings if duty.slug in reading.duties}
    yield from _comparators(plan, seen)
    yield from _laws(plan, seen, last)


def _days(row: DutyPeriod) -> tuple[date | None, date | None]:
    span = span_of(row.period)
    return (span.first, span.last) if span else (None, row.due_on or row.bound_on)


def _cap(plan: Plan, duty: Duty, cap: Cap, first: date | None, last: date | None) -> Iterator[str]:
    for limit in limits_between(cap, first, last):
        by_law = f"Từ {limit.from_:%d/%m/%Y} theo {limit.law}, s" if isinstance(limit, LimitByLaw) else "S"
        source = f"{_said(duty, cap)}{_rests(plan, cap.rests_on)}" if limit is cap else ""
        yield f"{by_law}ố lượng khen thưởng: không quá {_limit(limit)}; ví dụ {_too_many(cap, limit)}{source}."
    if cap.outsiders:
        apart = "lập danh sách riêng, không tính vào số tối đa" if cap.outsiders == "outside" else "tính vào số tối đa"
        yield f"Tập thể, cá nhân ngoài tỉnh: {apart}."
    if cap.awarded_before:
        outsiders, others = _AWARDED[cap.awarded_before.outsiders], _AWARDED[cap.awarded_before.others]
        yield f"Đã được khen trong năm: đối tượng ngoài tỉnh – {outsiders}; đối tượng khác – {others}."


def _limit(limit: Limit) -> str:
    if limit.together is not None:
        return f"{limit.together:02} {_OVER['together']}"
    apart = {"collectives": limit.collectives, "persons": limit.persons}
    return " và ".join(f"{most:02} {_OVER[what]}" for what, most in apart.items() if most is not None)


def _too_many(cap: Cap, limit: Limit) -> str:
    """The smallest list that the limit refuses, judged like any other: one more than is allowed."""
    if limit.together is not None:
        persons = limit.together // 2 + 1
        collectives = limit.together + 1 - persons
    else:
        collectives, persons = (most + 1 if most is not None else 0 for most in (limit.collectives, limit.persons))
    nominees = [Nominee()] * collectives + [Nominee(person=True)] * persons
    found = listed(nominees, cap, limit)
    over = ", ".join(f"{each.named} {_OVER[each.what]} là quá {each.named - each.most}" for each in found.over)
    return f"{collectives} tập thể và {persons} cá nhân: {over}"


def _margin(plan: Plan, duty: Duty, margin: Margin) -> str:
    how = f"trên {margin.percent}%, tính cả hai cách" if margin.percent else "không nêu tỷ lệ, chỉ cần cao hơn"
    shown = "".join(f"; ví dụ mục tiêu {target}%: {_bars(target, margin.percent)}" for target in margin.targets)
    said = f"{_said(duty, margin)}{_rests(plan, margin.rests_on)}"
    return f"Vượt mục tiêu: {how}; không tự kết luận, người thẩm định quyết định{shown}{said}."


def _bars(target: int, percent: int | None) -> str:
    times = _number(1 + Fraction(percent or 0, WHOLE))
    ways = {"times": f" ({times} lần)", "points": f" (thêm {percent} điểm)", "target": ""}
    return " hoặc ".join(
        f"trên {_number(bar.above)}%{ways[bar.way]}{'' if bar.within_reach else ' – không thể đạt'}"
        for bar in bars(target, percent)
    )


def _number(value: Fraction) -> str:
    return f"{float(value):g}".replace(".", ",")


def _partition(plan: Plan, duty: Duty, partition: Partition) -> str:
    told = f" Lưu ý người thẩm định: cũng có thể hiểu là {_ranked(partition.instead)}." if partition.instead else ""
    places = f"hạng {partition.first:02} đến {partition.last:02}"
    return f"Xếp hạng {_ranked(partition)}, {places}{_said(duty, partition)}{_rests(plan, partition.rests_on)}.{told}"


def _ranked(ranked: RankedIn) -> str:
    return f"{UNIT_KINDS[ranked.of]} trong {_INSIDE[ranked.inside]}"


def _comparators(plan: Plan, seen: set[str]) -> Iterator[str]:
    for each in plan.comparators:
        if seen.isdisjoint(each.rests_on):
            continue
        at, below = _JUDGED[judged(each.level, each.level, each.how)], judged(each.level - 1, each.level, each.how)
        shown = f"đúng {each.level} là {at}" if each.how != "about" else f"từ {each.level} trở xuống: {_JUDGED[below]}"
        words = f"mục {each.clause}: “{each.words}”"
        yield f"So sánh với mục tiêu, “{each.word}”: {shown}; {words}{_rests(plan, each.rests_on)}."
    if any(not seen.isdisjoint(each.rests_on) for each in plan.comparators):
        yield f"Tỷ lệ không kèm chữ nào: bằng đúng mức là {_JUDGED[judged(1, 1, '>=')]}."


def _laws(plan: Plan, seen: set[str], last: date | None) -> Iterator[str]:
    mine = [law for law in plan.laws if not seen.isdisjoint(law.rests_on)]
    if not mine:
        return
    known = "; ".join(f"từ {law.from_:%d/%m/%Y}: {law.law}" for law in laws_by(mine, last))
    prevails = "trái với kế hoạch thì theo luật, ghi rõ văn bản" if known else "trong kỳ này chưa ghi luật nào"
    slugs = tuple(dict.fromkeys(slug for law in mine for slug in law.rests_on))
    yield f"Luật có hiệu lực vào ngày xét – {f'{known}; ' if known else ''}{prevails}{_rests(plan, slugs)}."


def _said(duty: Duty, part: Cap | Margin | Partition) -> str:
    return f"; mục {part.clause or duty.clause}: “{part.words}”" if part.words else ""


def _rests(plan: Plan, slugs: tuple[str, ...]) -> str:
    """Name the readings, and say where somebody has settled one: their words, further down, then go before."""
    ruled = [r.slug for r in plan.readings if r.slug in slugs and r.decided_by]
    settled = f", đã có quyết định về {', '.join(ruled)}: theo quyết định đó" if ruled else ""
    return f"; theo cách hiểu {', '.join(slugs)}{settled}"

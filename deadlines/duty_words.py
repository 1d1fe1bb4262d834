"""A duty's words beside everything its keys say: rule, years, strength, numbers, and where it goes."""

import re
from collections.abc import Iterator

from config.grammar import Years, parse_rule
from config.plan import Duty, Phase, Plan, Reading
from config.words_event import event_named, other_event
from config.words_fit import doubts, every_of, misfits_by_topic, several_days, wrong_numbers
from config.words_reading import OFTEN, TIME, WHERE, Explained
from config.words_reading import ONCE as ONLY_ONCE
from config.words_rule import DATE
from config.words_said import Said, plain, small
from config.words_sense import TIME_NAMED, senses, strength
from config.words_years import one_year_only, year_doubts
from config.yaml_lines import Path
from deadlines.model import DutyPeriod
from deadlines.periods import ONCE

Found = Iterator[tuple[Path, str, bool]]

_HANDED_IN = re.compile(
    r"(?:gửi|nộp)(?: \w+){0,3}? (?:về|đến|cho|tới) (?!các)\w+ \w+|(?:gửi|nộp|trình|báo cáo) (?:với )?(?:(?:chủ tịch )?"
    r"(?:ubnd|ủy ban nhân dân) tỉnh|sở (?!tại)\w+|ban (?:chỉ đạo|thi đua)|hội đồng)",
    re.IGNORECASE,
)
_REPORTS = re.compile(r"(?<!\w)(?:gửi|nộp|báo cáo)(?!\w)")


def word_problems(plan: Plan, duty: Duty, rows: list[DutyPeriod], path: Path) -> Found:
    """Yield (path, text, whether it is only a note) for everything a duty's words say that its keys do not.

    A reading makes a note of the comparison it explains, of that one only.
    """
    elsewhere = {slug for word in plan.comparators for slug in word.rests_on}
    elsewhere |= {slug for law in plan.laws for slug in law.rests_on}
    readings = tuple(reading for reading in plan.readings if reading.slug not in elsewhere)
    explained = _explained(duty, readings, _years_of(rows))
    events = {event.slug: event.title for event in plan.events}
    named = event_named(duty.words, events)
    yield from (((*path, *place), text, note) for place, text, note in senses(duty, explained, named))
    titles = {each.slug: each.title for each in plan.duties}
    if text := other_event(duty.words, duty.time_rule, events, titles):
        yield (*path, "words"), f"{text}{explained.unless(TIME)}", TIME in explained
    said = Said(duty.words, duty.time_rule, duty.every, any(row.period != ONCE for row in rows), _years_of(rows))
    yield from _time(duty, said, explained, path)
    if TIME not in explained:
        yield from _days_left_out(plan, duty, path)
    else:
        yield from _day_of_nobody(duty, readings, path)
    if OFTEN not in explained:
        each = ((_number(phase), plan.years_of(Years("", "each", phase.slug))) for phase in plan.phases)
        numbered = {n: years for n, years in each if n}
        yield from (((*path, "words"), text, True) for text in year_doubts(said, duty.title, numbered))
        several = plan.period.years > 1 and duty.years is not None
        if several and (text := one_year_only(duty.years, said, duty.in_years.recurs)):
            yield (*path, "years"), text, False
    yield from _one_phase(plan, duty, path)
    yield from _numbers(duty, path)
    yield from _nowhere(duty, explained, path)


def words_alone(duty: Duty, readings: tuple[Reading, ...], dated: bool, path: Path) -> Found:
    """Yield the same for a duty that cannot be laid out in time, as far as no dates are needed.

    `dated`: whether its rule could be read; otherwise words and rule are not compared.
    """
    explained = _explained(duty, readings)
    yield from (((*path, *place), text, note) for place, text, note in strength(duty, explained))
    if dated:
        recurs = duty.every is not None or duty.in_years.recurs
        yield from _time(duty, Said(duty.words, duty.time_rule, duty.every, recurs, ()), explained, path)
    yield from _numbers(duty, path)
    yield from _nowhere(duty, explained, path)


def _explained(duty: Duty, readings: tuple[Reading, ...], years: tuple[int, ...] = ()) -> Explained:
    """What the readings of a duty explain; one that quotes the same words speaks of what these words say.

    What a cap, margin or partition rests on settles that, and nothing of time or strength.
    """
    texts = [duty.reading] if duty.reading else []
    figures = {slug for part in (duty.cap, duty.margin, duty.partition) if part for slug in part.rests_on}
    for reading in (each for each in readings if duty.slug in each.duties and each.slug not in figures):
        same = reading.words in duty.words or duty.words in reading.words
        texts.append(f"{reading.words} {reading.reading}" if same else reading.reading)
    return Explained(texts, f"{duty.words} {duty.rule}", years)


def _years_of(rows: list[DutyPeriod]) -> tuple[int, ...]:
    """The years in which a duty ends; of one without a date, those it comes back in."""
    days = {row.due_on or row.bound_on for row in rows}
    named = {int(row.period) for row in rows if not row.due_on and not row.bound_on and row.period.isdecimal()}
    return tuple(sorted({day.year for day in days if day} | named))


def _time(duty: Duty, said: Said, explained: Explained, path: Path) -> Found:
    """Where a reading says why words and rule differ, it is worth a look, not a problem; its own settles `once`."""
    own = Explained([duty.reading] if duty.reading else [], f"{duty.words} {duty.rule}", said.years)
    for topic, text in misfits_by_topic(said):
        if topic == ONLY_ONCE and topic in own:
            continue
        yield (*path, "words"), f"{text}{explained.unless(topic)}", topic in explained
    if TIME not in explained:
        yield from (((*path, "words"), text, True) for text in doubts(said))


def _one_phase(plan: Plan, duty: Duty, path: Path) -> Found:
    """Something that comes back, in one phase of several, and no words that say so."""
    phase, said = duty.in_years.phase, f"{duty.words} {duty.title} {duty.reading or ''}".lower()
    own = next((each for each in plan.phases if each.slug == phase), None)
    if own is None or f"{duty.clause}.".startswith(f"{own.clause}."):
        return
    if duty.in_years.recurs and len(plan.phases) > 1 and not re.search(r"giai đoạn|20\d\d", said):
        text = f"years '{duty.years}' leave the other phases out, and no words say so; write 'each'"
        yield (*path, "years"), f"{text}, or say in 'reading' why not", True


def _days_left_out(plan: Plan, duty: Duty, path: Path) -> Found:
    """A day of the year that the words list beside the rule's own, and that no rule of the plan gives."""
    days, rule = several_days(plain(duty.words)), duty.time_rule
    if (rule.day, rule.month) not in days:
        return  # told with the rule
    rules = [each.time_rule for each in plan.duties]
    rules += [parse_rule(step.rule) for each in plan.duties for step in each.milestones if step.rule]
    left = [f"{day}/{month}" for day, month in days if (day, month) not in {(each.day, each.month) for each in rules}]
    if left:
        every = every_of(days)
        short = f", or 'every: {every}' and 'rule: {rule.kind} day {rule.day}'" if every else ""
        text = f"words name {', '.join(left)} too, rule '{rule.text}' leaves it out; write a duty for each day{short}"
        yield (*path, "words"), text, True


def _day_of_nobody(duty: Duty, readings: tuple[Reading, ...], path: Path) -> Found:
    """A reading speaks of a day, and neither it nor the words name the rule's."""
    rule, words = duty.time_rule, small(duty.words)
    of_it = [each for each in readings if duty.slug in each.duties]
    said = " ".join([duty.reading or "", *(f"{each.words} {each.reading}" for each in of_it)])
    days = {(int(match[1]), int(match[2])) for match in DATE.finditer(plain(said))}
    if rule.day and rule.month and days and (rule.day, rule.month) not in days and not TIME_NAMED.search(words):
        text = f"neither words nor reading name {rule.day}/{rule.month}, rule is '{rule.text}'"
        yield (*path, "words"), f"{text}; correct the rule, or quote the words that name the day", True


def _number(phase: Phase) -> int | None:
    """The number of a phase, as its slug or name gives it: `phase-2`, `Giai đoạn II`."""
    match = re.search(
        r"(?<!\w)(?:(iii|ii|iv|i|v)|([1-9]))(?!\w)", f"{small(phase.name)} {phase.slug.replace('-', ' ')}"
    )
    if match is None:
        return None
    return int(match[2]) if match[2] else ("i", "ii", "iii", "iv", "v").index(match[1]) + 1


def _numbers(duty: Duty, path: Path) -> Found:
    """A count or a share beside its own words; a reading says why they differ."""
    if duty.count:
        given = {"min": duty.count.min, "max": duty.count.max}
        for text in wrong_numbers(duty.count.words, given):
            yield (*path, "count"), text, bool(duty.count.reading)
    if duty.coverage:
        for text in wrong_numbers(duty.coverage.words, {"percent": duty.coverage.percent}):
            yield (*path, "coverage"), text, bool(duty.coverage.reading)
    if duty.cap:
        given = duty.cap.model_dump(include={"together", "collectives", "persons"})
        yield from (((*path, "cap"), text, False) for text in wrong_numbers(duty.cap.words, given))
    if duty.margin:
        texts = wrong_numbers(duty.margin.words, {"percent": duty.margin.percent})
        yield from (((*path, "margin"), text, False) for text in texts)


def _nowhere(duty: Duty, explained: Explained, path: Path) -> Found:
    """A duty that is handed in, and nobody who receives it; no reading explains away words that name a receiver.

    Where they name none, `addressees: []` or a reading says that the plan leaves it open.
    """
    if duty.addressees:
        return
    if match := _HANDED_IN.search(duty.words):
        text = f"words say '{match[0]}', but nobody receives '{duty.slug}'; write who does in 'addressees'"
        yield (*path, "words"), text, False
    elif "addressees" in duty.model_fields_set or WHERE in explained:
        return
    elif duty.kind.endswith("-report"):
        yield (
            path,
            f"nobody receives the report '{duty.slug}'; say where it goes in 'addressees' ([] if the plan does not)",
            True,
        )
    elif match := _REPORTS.search(small(f"{duty.words} – {duty.title}")):
        text = f"'{match[0]}' in words or title, but nobody receives '{duty.slug}'; say where it goes in 'addressees'"
        yield path, text, True

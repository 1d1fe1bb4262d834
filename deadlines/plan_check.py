"""Everything that is wrong with a plan file, the silent things too, and one line of what it holds."""

from collections import Counter
from dataclasses import dataclass
from typing import TypeVar

from config.clauses import clauses_without_entry
from config.document_check import against_document
from config.grammar import parse_years
from config.plan import Duty, Phase, Plan, read_plan
from config.plan_checks import problems_between_parts
from config.plan_mend import mended, mended_duty, readings_of
from config.plan_notes import entries, quiet_problems
from config.yaml_lines import Path, Problem, Tree
from deadlines.calendar import Calendar
from deadlines.duties import expand_duties
from deadlines.duty_words import words_alone
from deadlines.heading_sense import heading_problems
from deadlines.indicator_sense import years_of_headings
from deadlines.kind_sense import kind_problems
from deadlines.period_sense import meant_period
from deadlines.plan_sense import silent_problems
from deadlines.rung_sense import Found
from deadlines.who_sense import who_problems

P = TypeVar("P", Duty, Phase)


@dataclass(frozen=True, slots=True)
class Holds:
    """What a sound plan holds, counted: duties, how many the plan dates, rows of duty and period, years."""

    duties: int
    dated: int
    undated: int
    rows: int
    first_year: int
    last_year: int
    indicators: int
    conditional: tuple[str, ...]  # duties with a period that waits for a decision, in the plan's order


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome for one file: problems and notes by line; what it holds, unless it cannot be read whole."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    holds: Holds | None
    key: tuple[str, int] | None  # and its line; null if there is none


def check_plan(text: str, calendar: Calendar, document: str | None = None) -> Checked:
    """Return every problem and note of a plan file at once; with its document, what differs from it too.

    An ill-formed duty does not hide what is silently wrong with the others: they are laid out in time without it.
    """
    plan, tree, problems = read_plan(text)
    found = [*problems, *quiet_problems(tree)]
    readable, places = (plan, None) if plan and not problems else _without_broken(tree)
    if readable is not None:
        found += [
            Problem(tree.line_of(_original(path, places)), told, note)
            for path, told, note in _silent(readable, calendar, document, _capped(tree))
        ]
        found += [
            Problem(tree.own_line_of(_original(path, places)), told, note)
            for path, told, note in (*who_problems(readable, document), *heading_problems(readable, document))
        ]
    if document is not None:
        found += [*clauses_without_entry(tree, document), *against_document(tree, document)]
        if plan is not None and not problems:
            found += [
                Problem(tree.line_of(path), told, note)
                for path, told, note in years_of_headings(meant_period(plan)[0], document)
            ]
    if readable is None or places is not None:
        found += _of_lost_duties(tree, places or [])
    ordered = sorted(dict.fromkeys(found), key=lambda problem: problem.line)
    wrong = tuple(problem for problem in ordered if not problem.note)
    notes = tuple(problem for problem in ordered if problem.note)
    key = tree.value.get("key") if isinstance(tree.value, dict) else None
    return Checked(
        wrong,
        notes,
        _holds(plan, calendar) if plan and not problems else None,
        (key, tree.line_of(("key",))) if isinstance(key, str) else None,
    )


def _silent(plan: Plan, calendar: Calendar, document: str | None, capped: list[str]) -> Found:
    yield from silent_problems(plan, calendar)
    yield from kind_problems(plan, document, capped)


def _capped(tree: Tree) -> list[str]:
    """The clauses of all duties with a cap or a partition, those that cannot be read otherwise too."""
    raw = tree.value if isinstance(tree.value, dict) else {}
    parts = [(duty, duty.get(key)) for _, duty in entries(raw, "duties") for key in ("cap", "partition")]
    return [
        str((part.get("clause") if isinstance(part, dict) else None) or duty.get("clause"))
        for duty, part in parts
        if part
    ]


def _of_lost_duties(tree: Tree, laid_out: list[int]) -> list[Problem]:
    """What the words of duties that cannot be laid out in time say all the same."""
    raw = tree.value if isinstance(tree.value, dict) else {}
    duties = raw.get("duties")
    if not isinstance(duties, list):
        return []
    readings = tuple(readings_of(raw))
    found: list[tuple[Path, str, bool]] = []
    for n in (n for n in range(len(duties)) if n not in laid_out):
        if whole := mended_duty(raw, n):
            found += words_alone(whole[0], readings, whole[1], ("duties", n))
    return [Problem(tree.line_of(path), text, note) for path, text, note in found]


def _holds(plan: Plan, calendar: Calendar) -> Holds:
    rows = expand_duties(plan, calendar)
    dated = Counter(row.duty for row in rows if row.due_on)
    waiting = dict.fromkeys(row.duty for row in rows if row.conditional_on)
    period = plan.period
    return Holds(
        len(plan.duties),
        len(dated),
        len(plan.duties) - len(dated),
        len(rows),
        period.first_year,
        period.last_year,
        len(plan.indicators),
        tuple(waiting),
    )


def _without_broken(tree: Tree) -> tuple[Plan | None, list[int] | None]:
    """The plan as it was meant, without the duties nobody can read, and where the others stood; null if none."""
    raw = tree.value if isinstance(tree.value, dict) else {}
    duties = raw.get("duties")
    if not isinstance(duties, list):
        return None, None
    starts = [tree.line_of(("duties", n)) for n in range(len(duties))]
    ends = [*starts[1:], _end_of_duties(tree, raw, starts)]
    # What does not agree with other parts cannot be laid out in time; a slip inside a duty may be mended for that.
    apart = [problem.line for problem in (*tree.problems, *problems_between_parts(tree))]
    wrong = {n for n in range(len(duties)) if any(starts[n] <= line < ends[n] for line in apart)}
    found = mended(raw, wrong)
    return _on_its_own_feet(*found) if found else (None, None)


def _on_its_own_feet(plan: Plan, kept: list[int]) -> tuple[Plan, list[int]]:
    """The plan without the duties whose ladder or phase it does not have, and without conditions nobody can meet."""
    phases, ladders = {phase.slug for phase in plan.phases}, set(plan.ladders)
    whole = {
        n: duty
        for n, duty in zip(kept, plan.duties, strict=True)
        if ladders.issuperset(duty.ladder_slug(obligor.modality) for obligor in duty.obligors)
        and phases.issuperset(p for text in (duty.years, duty.bound) if text and (p := parse_years(text).phase))
    }
    slugs = {duty.slug for duty in whole.values()}
    update = {
        "duties": tuple(_without_condition(duty, slugs) for duty in whole.values()),
        "phases": tuple(_in_order(_without_condition(phase, slugs)) for phase in plan.phases),
    }
    return plan.model_copy(update=update), list(whole)


def _without_condition(part: P, slugs: set[str]) -> P:
    return part if part.conditional_on in slugs else part.model_copy(update={"conditional_on": None})


def _in_order(phase: Phase) -> Phase:
    """A phase whose years were exchanged, as it was meant; that they are is told with the phase."""
    return phase.model_copy(update={"from_": min(phase.from_, phase.until), "until": max(phase.from_, phase.until)})


def _end_of_duties(tree: Tree, raw: dict[str, object], starts: list[int]) -> int:
    after = [tree.line_of((key,)) for key in raw if starts and tree.line_of((key,)) > starts[-1]]
    return min(after, default=10**9)


def _original(path: Path, places: list[int] | None) -> Path:
    """The place in the file of something found in the plan without its broken duties."""
    if places is None or path[0] != "duties" or len(path) < 2 or not isinstance(path[1], int):
        return path
    return ("duties", places[path[1]], *path[2:])

"""What is well formed but does nothing, or says something twice: unused names, former slugs, phases, obligors."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise

from config.calendars import COUNTRY
from config.clause_style import misstyled_clauses
from config.grammar import ROLES, GrammarError, parse_rule
from config.head_check import head_problems
from config.plan_checks import TO_FILL_IN
from config.plan_model import DEFAULT_LADDERS
from config.yaml_lines import Path, Problem, Tree

_Found = Iterator[tuple[Path, str, bool]]
_GAP = "no phase covers it: 'phase-….each' leaves it out, and no condition of a phase holds in it"
_FEW = 3  # letters
_OPEN_START, _OPEN_END = date.min, date.max


def quiet_problems(tree: Tree) -> list[Problem]:
    """Return what a plan file says in vain or twice, as problems and as notes. Works on the raw values."""
    plan = tree.value if isinstance(tree.value, dict) else {}
    found = [
        *_former_slugs(tree, plan),
        *_obligors_twice(tree, plan),
        *_unused_ladders(plan),
        *_unused_roles(plan),
        *_unused_events(plan),
        *_instrument(plan),
        *_calendar(plan),
        *_phases(plan),
        *((path, text, False) for path, text in misstyled_clauses(plan)),
        *_said_twice(tree, plan),
        *_quoting_nothing(plan, ()),
        *_acts(plan),
        *_choices(plan),
        *_decided(plan),
        *head_problems(plan),
    ]
    return [Problem(tree.line_of(path), text, note) for path, text, note in found]


def _former_slugs(tree: Tree, plan: dict[str, object]) -> _Found:
    present = {str(duty.get("duty")): n for n, duty in entries(plan, "duties")}
    former: dict[str, Path] = {}
    for n, duty in entries(plan, "duties"):
        was = duty.get("was")
        for m, slug in enumerate(was if isinstance(was, list) else []):
            path: Path = ("duties", n, "was", m)
            if slug in present:
                line = tree.line_of(("duties", present[slug], "duty"))
                yield (
                    path,
                    f"former slug '{slug}' is the present slug of the duty on line {line}; remove it here",
                    False,
                )
            elif slug in former:
                yield path, f"former slug '{slug}' stands on line {tree.line_of(former[slug])} too; keep one", False
            former.setdefault(str(slug), path)


def _obligors_twice(tree: Tree, plan: dict[str, object]) -> _Found:
    for n, duty in entries(plan, "duties"):
        for (first, a), (second, b) in combinations(entries(duty, "obligors"), 2):
            if (a.get("kind"), a.get("role")) == (b.get("kind"), b.get("role")) and _overlap(a, b):
                path: Path = ("duties", n, "obligors", second)
                line = tree.line_of(("duties", n, "obligors", first))
                text = (
                    f"'{b.get('kind')}' owes this duty by line {line} at the same time; part them by 'from' and 'until'"
                )
                yield path, text, False


def _overlap(a: dict[str, object], b: dict[str, object]) -> bool:
    return _day(a.get("from"), _OPEN_START) <= _day(b.get("until"), _OPEN_END) and _day(
        b.get("from"), _OPEN_START
    ) <= _day(a.get("until"), _OPEN_END)


def _day(value: object, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(value)) if value is not None else otherwise
    except ValueError:
        return otherwise  # told with the obligor's own problems


def _said_twice(tree: Tree, plan: dict[str, object]) -> _Found:
    """Two duties that differ in their slug alone: everybody would be written to twice."""
    first: dict[str, int] = {}
    for n, duty in entries(plan, "duties"):
        said = repr(sorted((key, str(value)) for key, value in duty.items() if key not in ("duty", "was")))
        if said in first:
            earlier, line = first[said], tree.line_of(("duties", first[said], "duty"))
            text = f"duty '{duty.get('duty')}' says the same as '{entries(plan, 'duties')[earlier][1].get('duty')}'"
            yield ("duties", n, "duty"), f"{text} on line {line}; remove one, or say in what they differ", False
        first.setdefault(said, n)


def _quoting_nothing(part: object, path: Path) -> _Found:
    """Words of a letter or two, or of `…` alone."""
    words = part.get("words") if isinstance(part, dict) else None
    if isinstance(words, str) and words and len(re.findall(r"[^\W_]", words)) < _FEW:
        yield (*path, "words"), f"words '{words}' quote nothing; copy the deciding words as printed", False
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield from _quoting_nothing(value, (*path, key))


def _unused_ladders(plan: dict[str, object]) -> _Found:
    used = set()
    for n, duty in entries(plan, "duties"):
        own = duty.get("ladders")
        if not isinstance(own, dict) or not entries(duty, "obligors"):  # ill-formed: told with the duty's own problems
            used |= set(own.values()) if isinstance(own, dict) else {str(own)}
            own = {}
        modalities = {str(obligor.get("modality")) for _, obligor in entries(duty, "obligors")}
        used |= {str(own.get(modality, DEFAULT_LADDERS.get(modality))) for modality in modalities}
        for modality in own:
            if modality not in modalities:
                text = f"no obligor of this duty is '{modality}'; remove the ladder or name who is"
                yield ("duties", n, "ladders", modality), text, True
    ladders = plan.get("ladders")
    for ladder in ladders if isinstance(ladders, dict) else ():
        if ladder not in used:
            yield (
                ("ladders", ladder),
                f"no duty uses ladder '{ladder}'; name it in a duty's 'ladders' or remove it",
                True,
            )


def _unused_roles(plan: dict[str, object]) -> _Found:
    roles, named = plan.get("roles"), {str(act.get(f)) for _, act in entries(plan, "acts") for f in ("role", "advises")}
    for _, duty in entries(plan, "duties"):
        named |= {str(obligor.get("role")) for _, obligor in entries(duty, "obligors")}
        named |= {str(to.get(field)) for _, to in entries(duty, "addressees") for field in ("to", "via")}
    ladders = plan.get("ladders")
    for rungs in (ladders if isinstance(ladders, dict) else {}).values():
        each = rungs if isinstance(rungs, list) else []
        named |= {str(rung.get("to")).removeprefix("role:") for rung in each if isinstance(rung, dict)}
    for role in roles if isinstance(roles, dict) else ():
        if role not in named and role in ROLES:
            text = f"nobody names role '{role}'; give it an act, a duty or something to receive, or remove it"
            yield ("roles", role), text, True


def _unused_events(plan: dict[str, object]) -> _Found:
    counted = set()
    for _, duty in entries(plan, "duties"):
        try:
            counted.add(parse_rule(str(duty.get("rule"))).event)
        except GrammarError:
            continue  # told with the duty's own problems
    for n, event in entries(plan, "events"):
        if event.get("event") not in counted:
            slug = event.get("event")
            yield ("events", n), f"no rule counts from event '{slug}'; write '10 days before {slug}' or remove it", True


def _instrument(plan: dict[str, object]) -> _Found:
    instrument = plan.get("instrument")
    if isinstance(instrument, dict) and instrument.get("number") and not instrument.get("date"):
        text = f"plan number '{instrument['number']}' has no date; write 'date' as YYYY-MM-DD"
        yield ("instrument", "number"), text, True
    if isinstance(instrument, dict) and instrument.get("date") and not instrument.get("number"):
        text = f"plan of {instrument['date']} has no 'number'; write it, or record it later: dondoc rule fact"
        yield ("instrument", "date"), text, True
    province = plan.get("province")
    code = province.get("code") if isinstance(province, dict) else None
    if isinstance(code, str) and not code.startswith(TO_FILL_IN) and not re.fullmatch("[0-9]{2}", code):
        yield ("province", "code"), f"province code '{code}': write its two digits in quotes, such as \"11\"", False


def _calendar(plan: dict[str, object]) -> _Found:
    calendar = plan.get("calendar", COUNTRY)
    if calendar != COUNTRY:
        yield ("calendar",), f"calendar '{calendar}' is kept in a database; days are counted here by '{COUNTRY}'", True


def _phases(plan: dict[str, object]) -> _Found:
    phases = [
        (n, phase, first, last)
        for n, phase in entries(plan, "phases")
        if isinstance(first := phase.get("from_year"), int) and isinstance(last := phase.get("until_year"), int)
    ]
    if any(first > last for _, _, first, last in phases):
        return  # told with the phase
    for (_, earlier, _, ends), (n, later, begins, _) in pairwise(sorted(phases, key=lambda phase: phase[2])):
        names = f"phases '{earlier.get('phase')}' and '{later.get('phase')}'"
        if begins <= ends:
            yield (
                ("phases", n, "from_year"),
                f"{names} share year {begins}; it counts for '{earlier.get('phase')}'",
                True,
            )
        elif begins > ends + 1:
            yield ("phases", n, "from_year"), f"{names} leave a gap after year {ends}; {_GAP}", True
    period = plan.get("period")
    years = period.get("years") if isinstance(period, dict) else None
    last = max(((ends, n, phase) for n, phase, _, ends in phases), key=lambda each: each[:2], default=None)
    if last and isinstance(years, int) and last[0] < years:
        text = f"phase '{last[2].get('phase')}' ends with year {last[0]}, the campaign with year {years}; {_GAP}"
        yield ("phases", last[1], "until_year"), text, True


def _acts(plan: dict[str, object]) -> _Found:
    """Who may urge and who receives is what every letter and every list rests on."""
    named = {str(act.get("act")) for _, act in entries(plan, "acts")}
    missing = [act for act in ("urge", "receive") if act not in named]
    if missing and entries(plan, "duties"):
        text = f"no role has the act '{missing[0]}'; write an entry of 'acts' for whoever does it by the plan"
        yield ("acts",), text, True


def _choices(plan: dict[str, object]) -> _Found:
    """What an office may decide otherwise than most, and should have decided when it stands in its file."""
    if plan.get("roll_over"):
        text = (
            "roll_over moves every last day that is a day off to the next working day; leave it out unless a document"
        )
        yield ("roll_over",), f"{text} says so", True
    if plan.get("timeliness") in ("data", "document"):
        other = "data" if plan["timeliness"] == "document" else "document"
        text = f"timeliness: {plan['timeliness']} judges nobody by the {other} that came in time; leave it out unless"
        yield ("timeliness",), f"{text} the office has decided so", True


def _decided(plan: dict[str, object]) -> _Found:
    for n, reading in entries(plan, "readings"):
        given = {key for key in ("decided_by", "decided_on") if reading.get(key)}
        if len(given) == 1:
            missing = ({"decided_by", "decided_on"} - given).pop()
            text = f"reading '{reading.get('id')}' has '{given.pop()}' without '{missing}'; write both or neither"
            yield ("readings", n), text, True


def entries(around: dict[str, object], part: str) -> list[tuple[int, dict[str, object]]]:
    """Return the entries of a list that are mappings, each with its place in the list."""
    found = around.get(part)
    return [(n, entry) for n, entry in enumerate(found if isinstance(found, list) else []) if isinstance(entry, dict)]

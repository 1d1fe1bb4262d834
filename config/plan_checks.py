"""Everything that can be wrong in a plan file, found in one pass and told in words."""

from collections.abc import Iterator

from pydantic import ValidationError

from config.award_checks import readings_rested_on
from config.grammar import (
    ISSUE,
    LIKE_A_ROLE,
    LIKE_A_SLUG,
    ROLES,
    YEARLY,
    GrammarError,
    TimeRule,
    did_you_mean,
    parse_rule,
    parse_years,
    role_meant,
)
from config.indicator_checks import indicator_phases, indicators_beside
from config.plan_model import DEFAULT_LADDERS, Plan
from config.plan_told import told
from config.yaml_lines import Path, Problem, Tree

TO_FILL_IN = "ĐIỀN"  # so begins a value of a new plan file that its drafter has yet to write
_RECIPIENTS = ("officer", "office", "head")


def problems_in_parts(tree: Tree) -> tuple[Plan | None, list[Problem]]:
    """Return the plan, or what is wrong inside its parts: missing, unknown and ill-formed entries."""
    try:
        # Only the file's own words count here; `slug` or `from_` are for code.
        return Plan.model_validate(tree.value, by_alias=True, by_name=False), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, told(tree, [details for details in found if not _to_fill_in(details["input"])])


def problems_between_parts(tree: Tree) -> list[Problem]:
    """Return what is wrong between parts: slugs used twice, and names of roles, ladders, duties, phases nobody gave.

    Works on the raw values, so that one ill-formed part does not hide what is wrong in the others.
    """
    plan = tree.value if isinstance(tree.value, dict) else {}
    found = [
        *_places_to_fill_in(plan, ()),
        *(((key,), f"unknown key '{key}'; the program fills it in") for key in ("text", "sha256") if key in plan),
        *_twice(tree, _slugs(plan, "duties", "duty"), "duty"),
        *_twice(tree, _slugs(plan, "phases", "phase"), "phase"),
        *_twice(tree, _slugs(plan, "readings", "id"), "reading"),
        *_twice(tree, _slugs(plan, "events", "event"), "event"),
        *_twice(tree, _slugs(plan, "indicators", "indicator"), "indicator"),
        *_events_named_like_duties(tree, plan),
        *_twice(tree, _slugs(plan, "chains", "chain"), "chain"),
        *_ladder_names(plan),
        *_act_names(plan),
        *_duty_names(plan),
        *_phase_names(plan),
        *_reading_names(plan),
        *_chain_names(tree, plan),
        *readings_rested_on(plan),
        *indicators_beside(plan),
        *indicator_phases(plan, [slug for slug, _ in _slugs(plan, "phases", "phase")]),
    ]
    return [Problem(tree.line_of(path), text) for path, text in found]


_Found = Iterator[tuple[Path, str]]


def _places_to_fill_in(value: object, path: Path) -> _Found:
    if isinstance(value, str) and _to_fill_in(value):
        yield path, f"'{path[-1]}' is still to be filled in{value.removeprefix(TO_FILL_IN)}"
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, each in inside:
        yield from _places_to_fill_in(each, (*path, part))


def _to_fill_in(value: object) -> bool:
    return isinstance(value, str) and value.startswith(TO_FILL_IN)


def _ladder_names(plan: dict[str, object]) -> _Found:
    roles = _roles_meant(plan)
    for ladder, rungs in _mapping(plan, "ladders").items():
        seen: dict[str, int] = {}
        for n, rung in enumerate(rungs if isinstance(rungs, list) else []):
            if not isinstance(rung, dict):
                continue
            path: Path = ("ladders", ladder, n)
            slug = str(rung.get("rung"))
            if slug in seen:
                yield (*path, "rung"), f"rung '{slug}' stands twice in ladder '{ladder}'; its slug is part of a key"
            seen[slug] = n
            to = rung.get("to")
            if not isinstance(to, str):
                continue
            role = to.removeprefix("role:")
            if to.startswith("role:") and role not in roles:
                yield (*path, "to"), f"ladder names unknown role '{role}'{did_you_mean(role, roles, LIKE_A_ROLE)}"
            elif not to.startswith("role:") and to not in _RECIPIENTS:
                words = [*_RECIPIENTS, *(f"role:{name}" for name in roles)]
                yield (*path, "to"), f"ladder names unknown recipient '{to}'{did_you_mean(to, words)}"


def _act_names(plan: dict[str, object]) -> _Found:
    for n, act in _items(plan, "acts"):
        for field in ("role", "advises"):
            yield from _role(plan, act.get(field), ("acts", n, field), "act")


def _duty_names(plan: dict[str, object]) -> _Found:
    ladders, duties = list(_mapping(plan, "ladders")), [slug for slug, _ in _slugs(plan, "duties", "duty")]
    for n, duty in _items(plan, "duties"):
        path: Path = ("duties", n)
        for field in ("years", "bound"):
            yield from _phase_in(plan, duty.get(field), (*path, field))
        yield from _rule_and_years(duty, path)
        yield from _event_names(plan, duty, path)
        before = duty.get("conditional_on")
        if isinstance(before, str) and before not in duties:
            yield (*path, "conditional_on"), _unknown_duty(before, duties)
        elif before is not None and before == duty.get("duty"):
            yield (*path, "conditional_on"), f"duty '{before}' cannot wait for itself"
        own = duty.get("ladders")
        for modality, ladder in own.items() if isinstance(own, dict) else ():
            if isinstance(ladder, str) and ladder not in ladders:
                yield (*path, "ladders", modality), f"unknown ladder '{ladder}'{did_you_mean(ladder, ladders)}"
        for m, obligor in _items(duty, "obligors"):
            here: Path = (*path, "obligors", m)
            yield from _role(plan, obligor.get("role"), (*here, "role"), "obligor")
            modality = obligor.get("modality")
            default = DEFAULT_LADDERS.get(modality) if isinstance(modality, str) else None
            if default and default not in ladders and not (isinstance(own, dict) and modality in own):
                yield here, f"'{modality}' units use ladder '{default}', which the file does not have; {_add(default)}"
        for m, addressee in _items(duty, "addressees"):
            for field in ("to", "via"):
                if addressee.get(field) != "province":
                    yield from _role(plan, addressee.get(field), (*path, "addressees", m, field), "addressee")


def _add(ladder: str) -> str:
    return (
        "add 'none: []' to 'ladders'" if ladder == "none" else "add it to 'ladders', or name another in the duty's own"
    )


def _unknown_duty(slug: str, duties: list[str]) -> str:
    known = did_you_mean(slug, duties, LIKE_A_SLUG)
    return (
        f"unknown duty '{slug}'{known}" if "did you mean" in known else f"unknown duty '{slug}'{known}; or add the duty"
    )


def _rule_and_years(duty: dict[str, object], path: Path) -> _Found:
    rule = _rule_of(duty)
    if rule is None:
        return  # told with the duty's own problems
    every = duty.get("every")
    if every in YEARLY:
        return  # told with 'every'
    if rule.dated and "years" not in duty:
        yield (*path, "rule"), f"rule '{rule.text}' needs 'years': first, each, last, phase-1.last …"
    if rule.dated and "bound" in duty:
        yield (*path, "bound"), f"rule '{rule.text}' has its own date; 'bound' is for undated duties"
    if rule.in_period and every is None:
        yield (*path, "rule"), f"rule '{rule.text}' needs 'every': month, quarter or half-year"
    if every is not None and not rule.in_period and rule.text != "no date":
        yield (
            (*path, "rule"),
            f"rule '{rule.text}' is not read inside each {every}; write 'by day 20', 'before day 25', "
            f"'by day 5 of next', 'by working day 3 of next', 'by end' or 'no date'",
        )
    if every is None and rule.text == "no date":
        yield (*path, "rule"), "rule 'no date' needs 'every'; once a year is 'annual, no date'"


def _event_names(plan: dict[str, object], duty: dict[str, object], path: Path) -> _Found:
    rule = _rule_of(duty)
    if rule is None or rule.event is None or rule.event == ISSUE:
        return
    known = [slug for slug, _ in [*_slugs(plan, "events", "event"), *_slugs(plan, "duties", "duty")]]
    if rule.event == duty.get("duty"):
        yield (*path, "rule"), f"duty '{rule.event}' cannot be counted from itself; name an event or another duty"
    elif rule.event not in known:
        yield (
            (*path, "rule"),
            f"rule '{rule.text}' counts from unknown event '{rule.event}'{_event_meant(rule.event, known)}",
        )


def _event_meant(event: str, known: list[str]) -> str:
    meant = did_you_mean(event, [ISSUE, *known], LIKE_A_SLUG)
    return (
        meant if "did you mean" in meant else f"; add it under 'events', or count from '{ISSUE}', the plan's own date"
    )


def _events_named_like_duties(tree: Tree, plan: dict[str, object]) -> _Found:
    duties = dict(_slugs(plan, "duties", "duty"))
    for slug, path in _slugs(plan, "events", "event"):
        if slug in duties:
            yield (
                path,
                f"event '{slug}' has the slug of the duty on line {tree.line_of(duties[slug])}; rename the event",
            )
        elif slug == ISSUE:
            yield path, f"event '{ISSUE}' is the plan's own date; rename the event"


def _chain_names(tree: Tree, plan: dict[str, object]) -> _Found:
    duties = [slug for slug, _ in _slugs(plan, "duties", "duty")]
    for n, chain in _items(plan, "chains"):
        order = chain.get("order")
        named = [slug for slug in order if isinstance(slug, str)] if isinstance(order, list) else []
        for m, slug in enumerate(named):
            path: Path = ("chains", n, "order", m)
            if slug not in duties:
                yield path, f"chain names {_unknown_duty(slug, duties)}"
            elif slug in named[:m]:
                yield path, f"duty '{slug}' stands twice in chain '{chain.get('chain')}'; leave one"
        if len(named) == 1:
            yield ("chains", n, "order"), f"chain '{chain.get('chain')}' orders one duty; name two or more"


def _rule_of(entry: dict[str, object]) -> TimeRule | None:
    try:
        return parse_rule(str(entry.get("rule")))
    except GrammarError:
        return None


def _phase_names(plan: dict[str, object]) -> _Found:
    duties = [slug for slug, _ in _slugs(plan, "duties", "duty")]
    years = _mapping(plan, "period").get("years")
    for n, phase in _items(plan, "phases"):
        start, end = phase.get("from_year"), phase.get("until_year")
        if isinstance(start, int) and isinstance(end, int):
            if end < start:
                yield (
                    ("phases", n, "until_year"),
                    f"phase ends in year {end}, before it begins in year {start}; exchange them, or correct one",
                )
            elif isinstance(years, int) and end > years:
                yield (
                    ("phases", n, "until_year"),
                    f"phase ends in year {end}; the campaign has {years} years; correct one",
                )
        before = phase.get("conditional_on")
        if isinstance(before, str) and before not in duties:
            yield ("phases", n, "conditional_on"), _unknown_duty(before, duties)


def _reading_names(plan: dict[str, object]) -> _Found:
    duties = [slug for slug, _ in _slugs(plan, "duties", "duty")]
    for n, reading in _items(plan, "readings"):
        named = reading.get("duties")
        for m, slug in enumerate(named if isinstance(named, list) else []):
            if isinstance(slug, str) and slug not in duties:
                yield ("readings", n, "duties", m), _unknown_duty(slug, duties)


def _phase_in(plan: dict[str, object], years: object, path: Path) -> _Found:
    try:
        phase = parse_years(years).phase if isinstance(years, str) else None
    except GrammarError:
        return  # told with the duty's own problems
    phases = [slug for slug, _ in _slugs(plan, "phases", "phase")]
    if phase is not None and phase not in phases:
        yield path, f"unknown phase '{phase}'{did_you_mean(phase, phases)}"


def _role(plan: dict[str, object], role: object, path: Path, who: str) -> _Found:
    roles = _roles_meant(plan)
    if isinstance(role, str) and role not in roles and role in ROLES:  # no role at all: told with its own part
        yield path, f"{who} names unknown role '{role}'{did_you_mean(role, roles, LIKE_A_ROLE)}"


def _roles_meant(plan: dict[str, object]) -> list[str]:
    """The roles of a file; a misspelt one, told where it stands, counts as the one it means too."""
    roles = list(_mapping(plan, "roles"))
    return [
        *roles,
        *(meant for role in roles if role not in ROLES and (meant := role_meant(role)) and meant not in roles),
    ]


def _twice(tree: Tree, slugs: list[tuple[str, Path]], what: str) -> _Found:
    first: dict[str, Path] = {}
    for slug, path in slugs:
        if slug in first:
            yield path, f"{what} '{slug}' stands twice; the first is on line {tree.line_of(first[slug])}; rename one"
        first.setdefault(slug, path)


def _slugs(plan: dict[str, object], part: str, field: str) -> list[tuple[str, Path]]:
    found = [(entry.get(field), (part, n, field)) for n, entry in _items(plan, part)]
    return [(slug, path) for slug, path in found if isinstance(slug, str)]


def _items(around: dict[str, object], part: str) -> list[tuple[int, dict[str, object]]]:
    entries = around.get(part)
    return [(n, e) for n, e in enumerate(entries if isinstance(entries, list) else []) if isinstance(e, dict)]


def _mapping(around: dict[str, object], part: str) -> dict[str, object]:
    entry = around.get(part)
    return entry if isinstance(entry, dict) else {}

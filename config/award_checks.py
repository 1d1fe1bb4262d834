"""Whether each cap, margin, partition, comparator and law names the reading it rests on, so that it is seen there."""

from collections.abc import Iterator

from config.grammar import did_you_mean
from config.yaml_lines import Path

_Found = Iterator[tuple[Path, str]]
_OF_DUTY, _OF_PLAN = ("cap", "margin", "partition"), ("comparators", "laws")


def readings_rested_on(plan: dict[str, object]) -> _Found:
    """Yield (path, what is wrong) for each reading named that is not there, or that no duty shows. Raw values."""
    named = {str(reading.get("id")): reading.get("duties") for _, reading in _entries(plan.get("readings"))}
    for n, duty in _entries(plan.get("duties")):
        for key in _OF_DUTY:
            part = duty.get(key)
            for path, slug in _rests_on(part, ("duties", n, key)):
                yield from _one(path, slug, named, duty.get("duty"))
    for key in _OF_PLAN:
        for n, part in _entries(plan.get(key)):
            for path, slug in _rests_on(part, (key, n)):
                yield from _one(path, slug, named, None)


def _one(path: Path, slug: str, named: dict[str, object], duty: object) -> _Found:
    duties = named.get(slug) or []
    if slug not in named:
        yield path, f"rests on unknown reading '{slug}'{did_you_mean(slug, list(named))}"
    elif duty is not None and isinstance(duties, list) and duty not in duties:
        own = next((each for each, given in named.items() if isinstance(given, list) and duty in given), None)
        way_out = f"write '{own}', which does, or add it" if own else "add it"
        yield path, f"reading '{slug}' does not name duty '{duty}'; {way_out} to the reading's 'duties'"
    elif path[0] == "laws" and not duties:
        text = f"reading '{slug}' names no duty that would show this; give it the award rounds it concerns, such as"
        yield path, f"{text} 'duties: [award-round]'"


def _rests_on(part: object, path: Path) -> Iterator[tuple[Path, str]]:
    slugs = part.get("rests_on") if isinstance(part, dict) else None
    for n, slug in enumerate(slugs if isinstance(slugs, list) else []):
        if isinstance(slug, str):
            yield (*path, "rests_on", n), slug


def _entries(entries: object) -> list[tuple[int, dict[str, object]]]:
    return [(n, e) for n, e in enumerate(entries if isinstance(entries, list) else []) if isinstance(e, dict)]

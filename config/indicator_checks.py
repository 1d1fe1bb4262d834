"""Whether the targets of a plan file agree with its other parts: duties that count them, phases, one another."""

from collections.abc import Iterator

from config.grammar import GrammarError, did_you_mean, parse_years
from config.yaml_lines import Path

_Found = Iterator[tuple[Path, str]]
_Entries = list[tuple[int, dict[str, object]]]


def indicators_beside(plan: dict[str, object]) -> _Found:
    """Yield (path, what is wrong) for each target that another part of the file contradicts. Works on raw values."""
    duties = {str(duty.get("duty")): duty for _, duty in _entries(plan.get("duties"))}
    indicators = _entries(plan.get("indicators"))
    for n, indicator in indicators:
        yield from _counted(indicator, duties, ("indicators", n, "counted_by"))
    yield from _measures(indicators)
    yield from _asked(plan, indicators)


def indicator_phases(plan: dict[str, object], phases: list[str]) -> _Found:
    """Yield (path, what is wrong) for each target whose year names a phase the plan does not have."""
    for n, indicator in _entries(plan.get("indicators")):
        year = indicator.get("year")
        try:
            phase = parse_years(year).phase if isinstance(year, str) else None
        except GrammarError:
            continue  # told with the indicator's own problems
        if phase is not None and phase not in phases:
            yield ("indicators", n, "year"), f"unknown phase '{phase}'{did_you_mean(phase, phases)}"


def _counted(indicator: dict[str, object], duties: dict[str, dict[str, object]], path: Path) -> _Found:
    named = indicator.get("counted_by")
    for n, slug in enumerate(named if isinstance(named, list) else []):
        if slug not in duties:
            yield (*path, n), f"unknown duty '{slug}'{did_you_mean(str(slug), list(duties))}"
        elif (value := indicator.get("value")) not in (numbers := _numbers(duties[slug])):
            has = ", ".join(map(str, numbers)) or "neither"
            yield (
                (*path, n),
                f"duty '{slug}' has no 'coverage' or 'count' of {value} (here: {has}); correct one",
            )


def _numbers(duty: dict[str, object]) -> list[object]:
    """The numbers by which a duty counts its obligors or their names."""
    parts = [(duty.get("coverage"), ("percent",)), (duty.get("count"), ("min", "max"))]
    found = [part.get(key) for part, keys in parts if isinstance(part, dict) for key in keys]
    return [number for number in found if number is not None]


def _measures(indicators: _Entries) -> _Found:
    """Targets of one measure differ in their year and in nothing that would make two values incomparable."""
    first: dict[str, dict[str, object]] = {}
    years: dict[tuple[str, object], str] = {}
    for n, indicator in indicators:
        slug, measure = str(indicator.get("indicator")), str(indicator.get("measure") or indicator.get("indicator"))
        other = first.setdefault(measure, indicator)
        for key in ("unit", "level"):
            if indicator.get(key) != other.get(key):
                yield (
                    ("indicators", n, key),
                    f"measure '{measure}' has {key} '{other.get(key)}' in '{other.get('indicator')}', "
                    f"'{indicator.get(key)}' here; correct one, or name another measure",
                )
        year = (measure, indicator.get("year"))
        if year in years:
            text = (
                f"measure '{measure}' has a target for year '{year[1]}' already ('{years[year]}'); name another measure"
            )
            yield ("indicators", n, "measure" if "measure" in indicator else "year"), text
        years.setdefault(year, slug)


def _asked(plan: dict[str, object], indicators: _Entries) -> _Found:
    measures = list(dict.fromkeys(str(i.get("measure") or i.get("indicator")) for _, i in indicators))
    for n, duty in _entries(plan.get("duties")):
        asks = duty.get("asks")
        if isinstance(asks, list) and not str(duty.get("kind")).endswith("-report"):
            yield ("duties", n, "asks"), f"duty '{duty.get('duty')}' is no report; 'asks' belongs to reports"
        for m, measure in enumerate(asks if isinstance(asks, list) else []):
            if isinstance(measure, str) and measure not in measures:
                way_out = did_you_mean(measure, measures)
                yield ("duties", n, "asks", m), f"asks for unknown measure '{measure}'{way_out}"


def _entries(entries: object) -> _Entries:
    return [(n, e) for n, e in enumerate(entries if isinstance(entries, list) else []) if isinstance(e, dict)]

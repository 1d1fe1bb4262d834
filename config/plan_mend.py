"""The plan that was meant, as far as slips leave it clear: so that one slip does not hide another in the same part."""

from copy import deepcopy
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from config.grammar import ROLES, role_meant
from config.plan_model import Duty, Plan, Reading
from config.plan_parts_of import keys_at
from config.yaml_lines import value_at

_TIMES = 6  # mending one slip may uncover another
_KEPT = ("instrument", "period", "phases", "roles", "ladders", "events")
_BESIDE_TIME: dict[str, object] = {
    "title": "–", "clause": "–", "kind": "guidance", "reading": "–", "addressees": [{"to": "province"}],
    "count": None, "coverage": None, "milestones": [], "was": [], "cap": None, "margin": None, "partition": None,
}  # fmt: skip
_SAYS_NO_TIME = ("clause", "words", "issuer", "signatory")
_TIME = ("rule", "every", "years", "bound", "milestones", "ladders", "conditional_on")
_NO_PLAN: dict[str, object] = {
    "instrument": {"issuer": "–", "signatory": "–", "status": "draft"}, "period": {"first_year": 2000, "years": 1},
    "roles": {}, "ladders": {},
}  # fmt: skip
_OFFICE = {
    "key": "office", "name": "–", "short_name": "–", "sender_name": "–", "sender_address": "a@b.example",
    "contact_role": "–", "contact_phone": "–",
}  # fmt: skip


def mended(raw: dict[str, Any], without: set[int]) -> tuple[Plan, list[int]] | None:
    """Return the plan without the duties numbered and those nobody can read, and where the others stood; or nothing.

    A misspelt key is read as the one it means; what says nothing about time or strength gives way. Names, office and
    acts decide no date, and are left out.
    """
    plan = {key: deepcopy(raw[key]) for key in _KEPT if key in raw}
    plan |= {"key": "plan", "name": "–", "province": {"name": "–", "code": "00"}, "office": _OFFICE}
    if isinstance(roles := plan.get("roles"), dict):
        plan["roles"] = {role if role in ROLES else role_meant(role) or role: each for role, each in roles.items()}
    places = [n for n in range(len(raw["duties"])) if n not in without]
    plan["duties"] = [deepcopy(raw["duties"][n]) for n in places]
    plan["readings"] = [reading.model_dump(by_alias=True) for reading in readings_of(raw)]
    for _ in range(_TIMES):
        try:
            return Plan.model_validate(plan, by_alias=True, by_name=False), places
        except ValidationError as error:
            lost = {n for details in error.errors(include_url=False) if (n := _mend(plan, details)) is not None}
        if -1 in lost:
            return None
        plan["duties"] = [duty for n, duty in enumerate(plan["duties"]) if n not in lost]
        places = [place for n, place in enumerate(places) if n not in lost]
    return None


def mended_duty(raw: dict[str, Any], n: int) -> tuple[Duty, bool] | None:
    """Return one duty as it was meant, and whether its rule could be read; without its time if it could not."""
    duty = raw["duties"][n]
    if not isinstance(duty, dict):
        return None
    timeless = {key: value for key, value in duty.items() if key not in _TIME}
    for tried, dated in ((duty, True), ({**timeless, "rule": "on occasion"}, False)):
        if found := mended({**_NO_PLAN, "duties": [tried]}, set()):
            return found[0].duties[0], dated
    return None


def readings_of(raw: dict[str, Any]) -> list[Reading]:
    """Return the readings of a plan file that can be read."""
    found = []
    for entry in raw["readings"] if isinstance(raw.get("readings"), list) else ():
        try:
            found.append(Reading.model_validate(entry, by_alias=True, by_name=False))
        except ValidationError:
            continue  # told with the reading's own problems
    return found


def _mend(plan: dict[str, Any], details: Any) -> int | None:
    """Mend one slip where that is plain; else return the number of the duty that is lost, or -1 if all is."""
    loc = tuple(part for part in details["loc"] if part != "[key]")
    around, name = value_at(plan, loc[:-1]), loc[-1] if loc else ""
    duty = loc[1] if len(loc) > 1 and loc[0] == "duties" and isinstance(loc[1], int) else -1
    if isinstance(around, dict) and details["type"] == "extra_forbidden":
        meant = get_close_matches(str(name), keys_at(loc[:-1]), n=1)
        value = around.pop(name, None)
        around.update({meant[0]: value} if meant and meant[0] not in around else {})
    elif duty >= 0 and len(loc) > 2 and loc[2] in _BESIDE_TIME:
        plan["duties"][duty][loc[2]] = _BESIDE_TIME[str(loc[2])]
    elif isinstance(around, dict) and loc in (("instrument", "date"), ("instrument", "number")):
        around[name] = None  # as if it were not known yet
    elif isinstance(around, dict) and details["type"] == "missing" and name in _SAYS_NO_TIME:
        around[name] = "–"
    else:
        return duty
    return None

"""What pydantic finds wrong in a plan file, in plain words: place, value and a way out, and one slip told once."""

import re
from difflib import get_close_matches
from typing import Any

from config.grammar import LIKE
from config.plan_parts_of import every_key, keys_at, needed_at
from config.typed import day_meant, time_meant
from config.words_rule import rule_of
from config.yaml_lines import Path, Problem, Tree, value_at

_EXAMPLES = {
    "sender_address": "an address such as 'thidua@so.example'",
    "event": "small letters, digits and '-', such as 'conference'",
}
_WRITTEN = {
    "duty": "its slug, such as 'duty: annual-report'",
    "title": "what is to be done",
    "clause": "where it stands, such as 'clause: V.1'",
    "words": "the deciding words as printed",
    "rule": "when, such as 'rule: before 15/11', or 'rule: annual, no date' if no day is named",
    "obligors": "who owes it, such as 'obligors: [{kind: commune, modality: mandated}]'",
    "addressees.to": "who receives it, such as 'to: standing-agency'",
    "obligors.kind": "the kind of unit, such as 'kind: department'",
    "duties.kind": "one of the kinds of duty, such as 'kind: annual-report'",
    "ladders.kind": "'kind: remind', 'overdue' or 'brief'",
    "modality": "how strongly it binds, such as 'modality: mandated'",
    "reading": "how the words are read",
    "status": "'status: issued', or 'status: draft' while it is not",
    "contact_role": "whose post answers questions, such as 'contact_role: Chuyên viên phòng …'",
    "contact_phone": "a telephone in quotes, such as 'contact_phone: \"0200 000 000\"'",
    "rests_on": "the ids of the readings that say how it is read, such as 'rests_on: [LS-02]'",
    "roles": "who does what in the campaign, such as 'standing-agency:' with clause, words and holders",
    "ladders": "the reminders, as 'dondoc new' writes them",
    "holders": "who holds it, such as 'holders: [{unit: 00-so-noi-vu}]'",
}
_TEXTS = {
    "clause": "section, number and letter with dots, such as V.3 or III.1.a",
    "years": "'first', 'first+1', 'last', 'each' or 'phase-1.last'",
    "bound": "'first', 'first+1', 'last' or 'phase-1.last'",
    "rule": "a time rule such as 'before 15/11', 'within Q4' or 'annual, no date'",
    "every": "'month', 'quarter' or 'half-year'",
}
_BY_DAY = re.compile(r"write '(?:by|before) \d{1,2}/\d{1,2}': ")
_SLUG = "letters without accents, digits and '-', such as 'annual-report'"


def told(tree: Tree, found: list[Any]) -> list[Problem]:
    """Return the problems pydantic found, each once: a misspelt key is not missing too."""
    meant = {
        (*path[:-1], near)
        for details in found
        if details["type"] == "extra_forbidden" and (path := _path(details))
        if (near := _meant(tree, path))
    }
    return [
        _one(tree, _path(details), details)
        for details in found
        if not (details["type"] == "missing" and _path(details) in meant)
    ]


def _path(details: Any) -> Path:
    # A mapping's own keys are checked too; pydantic marks them so, the file does not.
    return tuple(part for part in details["loc"] if part != "[key]")


def _one(tree: Tree, path: Path, details: Any) -> Problem:
    name, kind, value = path[-1] if path else "plan", details["type"], details.get("input")
    if kind == "missing":
        return Problem(tree.line_of(path[:-1]), f"'{name}' is missing{_example(path)}")
    if kind == "extra_forbidden":
        return Problem(tree.line_of(path), _unknown_key(tree, path, value))
    if kind == "value_error":
        said = str(details["msg"]).removeprefix("Value error, ")
        return Problem(tree.line_of(path), _as_the_words_say(tree, path, said) if name == "rule" else said)
    where = f"entry {name + 1} of '{path[-2]}'" if isinstance(name, int) and len(path) > 1 else f"'{name}'"
    shown = (
        f" (here: {value!r})" if isinstance(value, str | int | bool) else " (here: nothing)" if value is None else ""
    )
    said, way_out = _wanted(path, kind, value, details)
    return Problem(tree.line_of(path), f"{where}: {said}{shown}{way_out}")


def _example(path: Path) -> str:
    """How to write a key that is missing."""
    name, around = str(path[-1]), next((str(part) for part in reversed(path[:-1]) if isinstance(part, str)), "")
    written = _WRITTEN.get(f"{around}.{name}") or _WRITTEN.get(name)
    return f"; write {written}" if written else ""


def _as_the_words_say(tree: Tree, path: Path, said: str) -> str:
    """A rule nobody can read beside words that name one day: the rule these words mean."""
    duty = value_at(tree.value, path[:-1])
    words = duty.get("words") if isinstance(duty, dict) else None
    meant = rule_of(words) if isinstance(words, str) else None
    return _BY_DAY.sub(f"write '{meant}': ", said, count=1) if meant else said


def _meant(tree: Tree, path: Path) -> str | None:
    """The key a misspelt one means, if that is not there already."""
    free = [key for key in keys_at(path[:-1]) if (*path[:-1], key) not in tree.lines]
    return next(iter(get_close_matches(str(path[-1]), free, n=1, cutoff=LIKE)), None)


def _unknown_key(tree: Tree, path: Path, value: object) -> str:
    name, known = str(path[-1]), keys_at(path[:-1])
    if near := _meant(tree, path):
        return f"unknown key '{name}'; did you mean {near}?"
    if value is None and len(path) > 1:
        return f"unknown key '{name}'; text with a comma inside braces stands in quotes"
    if name in every_key():
        return f"key '{name}' does not belong here; see whether it stands as far in as its neighbours"
    return f"unknown key '{name}'; known: {', '.join(known)}"


def _wanted(path: Path, kind: str, value: object, details: Any) -> tuple[str, str]:
    """What should stand there, and how to write it."""
    name, said = str(path[-1]) if path else "plan", str(details["msg"])
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        needed = ", ".join(f"'{key}'" for key in needed_at(path)[:4])
        if kind == "dict_type":
            needed = {"roles": "'standing-agency'", "ladders": "'mandated'"}.get(name, needed)
        needed = needed or ", ".join(f"'{key}'" for key in keys_at(path)[:3])
        return f"needs keys such as {needed}", "; write each as 'key: value'"
    if kind in ("tuple_type", "list_type"):
        none = "" if name in ("obligors", "holders", "order", "duties", "rests_on") else ", or [] for none"
        return "needs a list", f"; write lines that begin with '- '{none}"
    if kind == "string_pattern_mismatch":
        return f"needs {_EXAMPLES.get(name, _SLUG)}", ""
    if kind.startswith("date"):
        return "needs a day", f"; {day_meant(value)}"
    if kind.startswith("time"):
        return "needs a time of day", f"; {time_meant(value)}"
    if kind.startswith("int"):
        return "needs a whole number", ", without quotes or words"
    if kind.startswith("bool"):
        return "needs true or false", "; write one of them"
    if kind == "string_type":
        return "needs text", f"; {_text_wanted(path, value)}"
    if kind == "literal_error":
        return f"must be {details['ctx']['expected']}", "; write one of these"
    limits = {"greater_than_equal": ("must be at least", "ge"), "less_than_equal": ("must be at most", "le"),
              "string_too_short": ("needs at least this many letters:", "min_length"),
              "string_too_long": ("needs at most this many letters:", "max_length")}  # fmt: skip
    if kind in limits:
        words, key = limits[kind]
        if path == ("period", "years"):
            return f"{words} {details['ctx'][key]}", "; write how many years there are, such as 5"
        return f"{words} {details['ctx'][key]}", "; shorten it" if kind == "string_too_long" else "; correct it"
    return said, ""


def _text_wanted(path: Path, value: object) -> str:
    """How to write what must be a text and is none."""
    name = str(path[-1])
    if name in _TEXTS:
        return f"write {_TEXTS[name]}"
    if isinstance(value, list | dict):
        return "write one text, without brackets"
    if value is not None:
        return "write it in quotes"
    return "write it" if name in needed_at(path[:-1]) else "write it, or leave the entry out"

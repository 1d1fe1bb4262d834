"""The event that words count days from, beside the one a rule names: the plan's own issue, a conference, a week."""

import re
from collections.abc import Mapping

from config.grammar import ISSUE, TimeRule
from config.words_said import plain

_ISSUE = re.compile(
    r"(?:kể từ |từ |sau )?(?:(?:ngày|khi) )?(?:ký )?ban hành (?:kế hoạch|văn bản|quyết định)(?: này)?|"
    r"ngày (?:ký )?ban hành|ngày ký(?! kết)|(?:kế hoạch|quyết định) này (?:được )?(?:ban hành|có hiệu lực)"
)
_SURELY, _HARDLY = 0.75, 0.5  # of the words of an event's title
_LIGHT = {"ngày", "khi", "và", "của", "các", "việc", "tổ", "chức", "kết", "thúc"}


def event_named(words: str, events: Mapping[str, str]) -> str | None:
    """Return the slug of the event that words surely name, by its title; the plan's own date is `issue`; else null."""
    text = plain(words)
    if _ISSUE.search(text):
        return ISSUE
    likely = max(events, key=lambda slug: _alike(text, events[slug]), default=None)
    return likely if likely is not None and _alike(text, events[likely]) >= _SURELY else None


def other_event(words: str, rule: TimeRule, events: Mapping[str, str], duties: Mapping[str, str]) -> str | None:
    """Return what is wrong where words count from another event than the rule, with the rule to write; else null.

    `events`, `duties`: the titles of both by their slugs; a rule may count from either.
    """
    if rule.kind != "event" or rule.event is None:
        return None
    text, named = plain(words), event_named(words, events)
    title = events.get(rule.event) or duties.get(rule.event) or ""
    if named is None and rule.event == ISSUE:
        text = f"words do not speak of the plan's own date, rule is '{rule.text}'"
        return f"{text}; quote the words that do, or name the event"
    if named in (None, rule.event) or (title and _alike(text, title) >= _HARDLY and named != ISSUE):
        return None
    assert named is not None
    issued = _ISSUE.search(text) if named == ISSUE else None
    said = issued[0].strip() if issued else events[named]
    right = f"{rule.text.removesuffix(rule.event)}{named}"
    beside = f" ({title})" if title else ""
    return f"words count from '{said}', rule '{rule.text}' from '{rule.event}'{beside}; write '{right}'"


def _alike(text: str, title: str) -> float:
    """What share of a title's words stand in a text."""
    sought = [word for word in re.findall(r"\w+", plain(title)) if word not in _LIGHT]
    there = set(re.findall(r"\w+", text))
    return sum(word in there for word in sought) / len(sought) if sought else 0.0

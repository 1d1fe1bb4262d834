"""Who a clause's heading and sentence speak to, beside who owes a duty and how strongly; all notes."""

import re

from config.clauses import Clause, clauses
from config.plan import Duty, Plan
from config.words_who import ONE_DEPARTMENT, departments, does, organisation, small
from config.yaml_lines import Path
from deadlines.rung_sense import Found
from deadlines.who_sense import sentence_of

_ASKS = re.compile(r"(?:trân trọng |kính )?đề nghị ")
_FREES = re.compile(r"đề nghị|(?<!\w)mời|khuyến khích|vận động|tự nguyện|chủ động|hưởng ứng|phối hợp")
_EXCEPT = re.compile(r"riêng (?:trong )?năm (20\d\d)")
_SAID_WHO = re.compile(r"(?<!\w)(?:sở|cấp xã|đơn vị|đoàn thể|mttq|giao|mandated|requested|encouraged)(?!\w)")


def heading_problems(plan: Plan, document: str | None) -> Found:
    """Yield (path, text, True) for units, strength and roles that a duty's clause gives otherwise; none without it."""
    beside = clauses(document) if document else []
    known = sorted({which for codes in _holders(plan).values() for which in codes if which})
    for n, duty in enumerate(plan.duties):
        clause, sentence = sentence_of(duty, beside)
        if clause is None:
            continue
        heads = [small(head) for head in clause.heading if head]
        if not _explained(plan, duty):
            yield from _asked(duty, heads, ("duties", n))
            yield from _left_out(duty, clause, heads, sentence, ("duties", n))
            yield from _role(plan, duty, sentence, heads, known, ("duties", n))
        yield from _unbound(plan, duty, small(f"{clause.text} {' '.join(heads)}"), ("duties", n))
        yield from _exception(plan, duty, clause, ("duties", n))
    yield from _acts(plan, beside, known)


def _asked(duty: Duty, heads: list[str], path: Path) -> Found:
    """Who stands under a heading that asks (`Đề nghị …`) owes nothing."""
    for m, obligor in enumerate(duty.obligors):
        if obligor.modality != "mandated" or obligor.words or obligor.role:
            continue
        if any(_ASKS.match(head) and obligor.kind in does(_ASKS.sub("", head), without_verb=True) for head in heads):
            text = f"the heading says 'đề nghị', '{obligor.kind}' is 'mandated'; write 'requested'"
            yield (*path, "obligors", m), f"{text}, or quote what binds it in its own 'words'", True


def _left_out(duty: Duty, clause: Clause, heads: list[str], sentence: str, path: Path) -> Found:
    """Units in the heading right above that owe nothing, where the sentence names nobody itself."""
    own = _ASKS.sub("", heads[-1] if len(heads) < 3 else heads[-2]) if heads else ""
    if does(sentence) or any(obligor.role or obligor.from_ or obligor.until for obligor in duty.obligors):
        return
    owing = {obligor.kind for obligor in duty.obligors}
    for kind, words in (does(own, without_verb=True) if len(own) < 160 else {}).items():
        if kind not in owing and kind not in ("province", "district"):
            text = f"the heading of clause {clause.label} names '{words}', and no '{kind}' owes '{duty.slug}'"
            yield (*path, "obligors"), f"{text}; add it, or say in 'reading' why it does not", True


def _role(plan: Plan, duty: Duty, sentence: str, heads: list[str], known: list[str], path: Path) -> Found:
    """Another department does it, by the sentence's beginning or its heading, than the one that holds the role."""
    start = departments(sentence, known)
    head = next((h for h in reversed(heads[:-1] or heads) if ONE_DEPARTMENT.fullmatch(h)), "")
    named = {start[0][2]: start[0][1]} if start and start[0][0] == 0 else {}
    named = named or {which: words for _, words, which in departments(head, known)}
    for m, obligor in enumerate(duty.obligors):
        codes = {which for which in _holders(plan).get(obligor.role or "", ()) if which}
        if codes and named and not codes & set(named):
            text = f"the document gives this to '{min(named.values())}', role '{obligor.role}' is held by another"
            yield (*path, "obligors", m), f"{text}; correct 'role', or say in 'reading' why", True


def _unbound(plan: Plan, duty: Duty, said: str, path: Path) -> Found:
    """Nobody is bound, and neither words nor clause ask, invite or encourage."""
    own = " ".join((duty.words, duty.title, duty.reading or "", *(each.words or "" for each in duty.obligors)))
    texts = [reading.reading for reading in plan.readings if duty.slug in reading.duties]
    free = {each.modality for each in duty.obligors} - {"mandated"}
    bound = len(free) != 1 or any(each.modality == "mandated" for each in duty.obligors)
    # A proposal (đề nghị) is the matter of an award.
    if not bound and not duty.kind.startswith("award") and not _FREES.search(small(" ".join((said, own, *texts)))):
        text = f"all who owe '{duty.slug}' are '{min(free)}', and neither words nor clause say so; write 'mandated'"
        yield (*path, "obligors"), f"{text}, or say in 'reading' why nobody is bound", True


def _exception(plan: Plan, duty: Duty, clause: Clause, path: Path) -> Found:
    """One year is otherwise by the clause, and the yearly rule gives its date in that year too."""
    match = _EXCEPT.search(small(clause.text))
    if match is None or not duty.time_rule.dated or not duty.in_years.recurs or match[0] in small(duty.words):
        return
    if int(match[1]) in plan.years_of(duty.in_years):
        text = f"clause {clause.label} says '{match[0]}', and 'years: {duty.years}' gives that year the same date"
        yield (*path, "years"), f"{text}; give that year and each other a duty of its own", True


def _acts(plan: Plan, beside: list[Clause], known: list[str]) -> Found:
    """An act whose clause stands under the name of one department, given to a role that another holds."""
    for n, act in enumerate(plan.acts):
        heads = [small(h) for c in beside if act.clause == c.label for h in c.heading if h]
        one = next((head for head in heads if ONE_DEPARTMENT.fullmatch(head)), None)
        named = {which for _, _, which in departments(one, known)} if one else set()
        codes = {which for which in _holders(plan).get(act.role, ()) if which}
        if named and codes and not named & codes and act.reading is None:
            text = f"clause {act.clause} stands under '{one}', act '{act.act}' is that of role '{act.role}'"
            yield ("acts", n), f"{text}, which another holds; correct 'role'", True


def _explained(plan: Plan, duty: Duty) -> bool:
    texts = [reading.reading for reading in plan.readings if duty.slug in reading.duties]
    return any(_SAID_WHO.search(small(text)) for text in (duty.reading or "", *texts))


def _holders(plan: Plan) -> dict[str, tuple[str | None, ...]]:
    return {role: tuple(organisation(h.unit) for h in held.holders) for role, held in plan.roles.items()}

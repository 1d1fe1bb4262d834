"""Who owes a duty and who receives it, beside what its words and its clause say: units left out, others than named."""

import re

from config.clauses import Clause, clauses
from config.plan import Duty, Plan
from config.words_who import ONE_DEPARTMENT, departments, does, kind_of, organisation, receiving, small, to_the_province
from config.yaml_lines import Path
from deadlines.rung_sense import Found

_JOINT = re.compile(r"…|\.\.\.")
_WHO = re.compile(
    r"cấp (?:xã|huyện|tỉnh)|không nói ai|nghĩa vụ|(?<!\w)(?:sở|đơn vị|doanh nghiệp|đoàn thể|mttq|ubnd)(?!\w)"
)
_WHERE = re.compile(r"(?<!\w)(?:gửi|nộp|nhận|nơi|qua)(?!\w)")


def who_problems(plan: Plan, document: str | None = None) -> Found:
    """Yield (path, text, whether it is only a note) for units and receivers that words name and a duty does not have.

    With its document, the sentence around the words counts too, and whose heading it stands under.
    """
    beside = clauses(document) if document else []
    printed = small(" ".join(clause.text for clause in beside))
    known = sorted({each for codes in _holders(plan).values() for code in codes if (each := organisation(code))})
    for n, duty in enumerate(plan.duties):
        path: Path = ("duties", n)
        clause, sentence = sentence_of(duty, beside)
        yield from _owes(plan, duty, sentence, path)
        yield from _receives(plan, duty, sentence, known, path)
        yield from _holder_of_kind(plan, duty, path)
        if clause is not None:
            yield from _everybody(duty, clause, sentence, path)
            yield from _functions(duty, printed, path)
            yield from _exchanged(plan, duty, beside, known, path)
    yield from _roles(plan, beside)


def sentence_of(duty: Duty, beside: list[Clause]) -> tuple[Clause | None, str]:
    """Return the clause of a document that has a duty's words, and the sentence around them; without it the words."""
    pieces = [small(piece) for piece in _JOINT.split(duty.words) if piece.strip()]
    labels = [part.strip() for part in re.split(r"[,;]", duty.clause)]
    for clause in beside:
        if not any(f"{clause.label}.".startswith(f"{label}.") for label in labels) or not pieces:
            continue
        text = re.sub(r"\s+", " ", clause.text.replace("*", "")).strip()
        place = small(text).find(pieces[0])
        if place < 0 or len(small(text)) != len(text):
            continue
        first = max(text.rfind(mark, 0, place) for mark in (". ", ";")) + 1
        last = small(text).find(pieces[-1], place)
        ends = [at for mark in (". ", ";") if (at := text.find(mark, max(place, last) + len(pieces[-1]))) >= 0]
        return clause, text[first : min(ends, default=len(text))].strip()
    return None, duty.words


def _owes(plan: Plan, duty: Duty, sentence: str, path: Path) -> Found:
    """Kinds of unit that do it by the words, beside those who owe it; an obligor with words of its own stands apart."""
    quoted = does(duty.words)
    named = quoted or does(sentence)
    yield from _own_words(duty, path)
    owing = {obligor.kind for obligor in duty.obligors}
    if not named or _said(plan, duty, _WHO) or any(obligor.role for obligor in duty.obligors):
        return
    for kind, words in named.items():
        if kind not in owing:
            text = (
                f"words name '{words}', and no '{kind}' owes '{duty.slug}'; add it, or say in 'reading' why it does not"
            )
            yield (*path, "obligors"), text, not quoted
    for m, obligor in enumerate(duty.obligors):
        if obligor.kind not in named and not obligor.words and not obligor.from_ and "district" not in named:
            said = "', '".join(named.values())
            text = f"'{obligor.kind}' owes '{duty.slug}', whose words name only '{said}'"
            yield (*path, "obligors", m), f"{text}; quote what binds it in its own 'words', or remove it", not quoted


def _own_words(duty: Duty, path: Path) -> Found:
    """An obligor's own words that name another kind of unit."""
    for m, obligor in enumerate(duty.obligors):
        named = does(obligor.words or "", without_verb=True)
        if named and obligor.kind not in named and obligor.role is None and not duty.reading:
            kind, words = next(iter(named.items()))
            text = f"words name '{words}', the obligor is '{obligor.kind}'; write 'kind: {kind}', or quote other words"
            yield (*path, "obligors", m), text, True


def _everybody(duty: Duty, clause: Clause, sentence: str, path: Path) -> Found:
    """Every department owes what stands under the name of one of them."""
    heads = [small(head) for head in clause.heading if head]
    one = next((head for head in heads if ONE_DEPARTMENT.fullmatch(head) and "ngành" not in head), None)
    if one is None or does(sentence):
        return
    for m, obligor in enumerate(duty.obligors):
        if obligor.kind == "department" and obligor.role is None and not obligor.words:
            text = f"clause {clause.label} stands under '{one}', and every department owes '{duty.slug}'"
            yield (*path, "obligors", m), f"{text}; name its 'role' if only that one does", True


def _receives(plan: Plan, duty: Duty, sentence: str, known: list[str], path: Path) -> Found:
    """Departments and the province as receivers, by the words and by the addressees."""
    if not duty.addressees or _said(plan, duty, _WHERE):
        return
    holders = _holders(plan)
    # Who does it receives nothing: `gửi Sở A tổng hợp báo cáo` is a duty of that department too.
    doing = {organisation(code) for obligor in duty.obligors for code in holders.get(obligor.role or "", ())}
    both = {**receiving(sentence, known), **receiving(duty.words, known)}
    named = {which: words for which, words in both.items() if which not in doing}
    there = [
        (a, {organisation(code) for role in (a.to, a.via) if role for code in holders.get(role, ())})
        for a in duty.addressees
    ]
    having = {each for _, codes in there for each in codes}
    own = receiving(duty.words, known)
    for which, words in named.items():
        if which not in having:
            roles = [role for role, codes in holders.items() if which in map(organisation, codes)]
            text = f"words hand it in at '{words}', and no addressee of '{duty.slug}' is held by it"
            yield (*path, "addressees"), f"{text}; add 'to: {roles[0]}'", which not in own
    for m, (addressee, codes) in enumerate(there):
        others = {code for code in codes if code}
        if named and others and not others & set(named):
            said = "', '".join(named.values())
            text = f"words hand it in at '{said}', addressee '{addressee.via or addressee.to}' is another"
            yield (*path, "addressees", m), f"{text}; correct or remove it, or say in 'reading' where that stands", True
    if (handed := to_the_province(duty.words)) and not {"province", "decider", "council"} & {
        a.to for a in duty.addressees
    }:
        text = f"words say '{handed}', and no addressee of '{duty.slug}' is the province"
        yield (*path, "addressees"), f"{text}; write 'to: province', with 'via' for where it is handed in", True


def _functions(duty: Duty, printed: str, path: Path) -> Found:
    """What an addressee receives for stands somewhere in the document."""
    for m, addressee in enumerate(duty.addressees):
        if addressee.function and small(addressee.function).removeprefix("để ") not in printed:
            text = f"the document does not say '{addressee.function}'; quote what it says, or leave it out"
            yield (*path, "addressees", m), text, True


def _exchanged(plan: Plan, duty: Duty, beside: list[Clause], known: list[str], path: Path) -> Found:
    """A function stands behind the department that has it; what stands behind another addressee belongs to that one."""
    holders = _holders(plan)
    having = [
        {organisation(code) for role in (to.to, to.via) for code in holders.get(role or "", ())}
        for to in duty.addressees
    ]
    for m, addressee in enumerate(duty.addressees):
        others = set().union(*having[:m], *having[m + 1 :]) - having[m]
        behind = _behind(addressee.function, beside, known) if addressee.function and others else {}
        if behind and others.issuperset(behind):
            text = (
                f"'{addressee.function}' stands behind '{min(behind.values())}' in the document, not behind addressee"
            )
            yield (*path, "addressees", m), f"{text} '{addressee.to}'; exchange them, or leave 'function' out", True


def _behind(function: str, beside: list[Clause], known: list[str]) -> dict[str, str]:
    """The departments behind which the document says a function, each with its words."""
    found = {}
    for text in (re.sub(r"\s+", " ", clause.text) for clause in beside):
        place = small(text).find(small(function)) if len(small(text)) == len(text) else -1
        before = departments(text[:place], known) if place > 0 else []
        if before:
            found[before[-1][2]] = before[-1][1]
    return found


def _holder_of_kind(plan: Plan, duty: Duty, path: Path) -> Found:
    """An obligor named by a role must be of the kind of whoever holds it."""
    for m, obligor in enumerate(duty.obligors):
        codes = _holders(plan).get(obligor.role or "", ())
        kinds = {kind_of(code) for code in codes}
        if kinds and None not in kinds and obligor.kind not in kinds:
            text = f"'{codes[0]}' holds role '{obligor.role}' and is no '{obligor.kind}'"
            yield (*path, "obligors", m), f"{text}; write 'kind: {min(map(str, kinds))}'", False


def _roles(plan: Plan, beside: list[Clause]) -> Found:
    """A role whose words, or whose heading in the document, name another department than its holders."""
    for role, held in plan.roles.items():
        codes = [organisation(holder.unit) for holder in held.holders]
        if held.reading is None and None not in codes:
            heads = [head for clause in beside if clause.label == held.clause for head in clause.heading]
            texts = (
                [small(held.words)] if "sở " in small(held.words) else [h for h in heads if ONE_DEPARTMENT.fullmatch(h)]
            )
            found = [departments(text, [code for code in codes if code]) for text in texts]
            if texts and not any(found):
                name = texts[0][texts[0].index("sở ") :][:60]
                text = f"words or heading give role '{role}' to '{name}', its holder is '{held.holders[0].unit}'"
                yield ("roles", role, "holders"), f"{text}; correct 'unit', or say in 'reading' why", True
        only = held.holders[0]
        if len(held.holders) == 1 and not only.from_ and not only.unit.startswith(f"{plan.province.code}-"):
            text = f"'{only.unit}' is no unit of province '{plan.province.code}'; write '{plan.province.code}-…'"
            yield ("roles", role, "holders"), text, True


def _said(plan: Plan, duty: Duty, topic: re.Pattern[str]) -> bool:
    """Whether a reading of a duty speaks of who, or of where."""
    texts = [reading.reading for reading in plan.readings if duty.slug in reading.duties]
    return any(topic.search(small(text)) for text in (duty.reading or "", *texts))


def _holders(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {role: tuple(holder.unit for holder in held.holders) for role, held in plan.roles.items()}

"""The JSON Schema of plan files, made from the model, so that an editor completes and checks while one types."""

import json
import re
from typing import Any

from config.grammar import (
    ACTS,
    DUTY_KINDS,
    EVERY,
    LEVELS,
    MILESTONES,
    MODALITIES,
    ONE_YEAR,
    ROLES,
    RULE,
    UNIT_KINDS,
    YEARS,
)
from config.plan_model import Plan

SCHEMA = "plan.schema.json"
_RECIPIENT = rf"^(officer|office|head|role:({'|'.join(ROLES)}))$"
_WORDS: dict[str, tuple[str, ...]] = {
    "Act.act": ACTS,
    "Act.role": ROLES,
    "Act.advises": ROLES,
    "Duty.kind": DUTY_KINDS,
    "Duty.every": EVERY,
    "PlanObligor.kind": UNIT_KINDS,
    "PlanObligor.modality": MODALITIES,
    "Partition.of": UNIT_KINDS,
    "RankedIn.of": UNIT_KINDS,
    "PlanObligor.role": ROLES,
    "PlanAddressee.to": (*ROLES, "province"),
    "PlanAddressee.via": ROLES,
    "Milestone.milestone": MILESTONES,
    "Indicator.level": LEVELS,
    "Indicator.binds": UNIT_KINDS,
    "Indicator.yes_no": UNIT_KINDS,
}
_PATTERNS = {
    "Duty.rule": RULE,
    "Milestone.rule": RULE,
    "Duty.years": YEARS,
    "Duty.bound": YEARS,
    "Indicator.year": ONE_YEAR,
    "Rung.to": _RECIPIENT,
    "Rung.at": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$",
}
_KEYS = {"Plan.roles": ROLES, "Duty.ladders": MODALITIES}


def schema_text() -> str:
    """Return the schema as the file that ships: `config/plan.schema.json`."""
    return json.dumps(plan_schema(), ensure_ascii=False, indent=1) + "\n"


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan file: its keys with their meaning, closed vocabularies, patterns of rules.

    It knows what stands in one place. What two places must agree on (a duty's ladder, a phase's slug) and what a
    plan cannot mean is told by `dondoc check` alone.
    """
    made = Plan.model_json_schema(by_alias=True)
    parts = made.pop("$defs")
    for name, part in {**parts, "Plan": made}.items():
        part.pop("title", None)
        for field in part["properties"].values():
            if "patternProperties" in field:
                field["additionalProperties"] = False
        part["description"] = _first_sentence(part.get("description", ""))
        for key in [key for key in part["properties"] if f"{name}.{key}" in ("Plan.text", "Plan.sha256")]:
            del part["properties"][key]  # the program fills them in
        for key, field in part["properties"].items():
            _told(f"{name}.{key}", field)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan file of Dondoc",
        **made,
        "$defs": dict(sorted(parts.items())),
    }


def _told(name: str, field: dict[str, Any]) -> None:
    """Give a key its meaning and what may stand there."""
    field.pop("title", None)
    entry = field["items"] if name in _WORDS and "items" in field else field  # of a list, what one entry may be
    text = next((each for each in [entry, *entry.get("anyOf", ())] if each.get("type") == "string"), entry)
    if name in _WORDS:
        text["enum"] = list(_WORDS[name])
    if name in _PATTERNS:
        text["pattern"] = _PATTERNS[name]
        text.pop("format", None)  # `08:00` is a time of day here; the format asks for a zone
    if name in _KEYS:
        field["propertyNames"] = {"enum": list(_KEYS[name])}
        for mapping in (field, *field.get("anyOf", ())):
            mapping.pop("patternProperties", None)
    field["description"] = MEANINGS[name]


def _first_sentence(docstring: str) -> str:
    return re.split(r"(?<=\.)\s", docstring, maxsplit=1)[0].replace("`", "")


MEANINGS = {
    "Plan.key": "The campaign's short name, in small letters; the file has the same name.",
    "Plan.name": "The campaign's name as printed.",
    "Plan.province": "The province that runs the campaign.",
    "Plan.instrument": "The plan as a document.",
    "Plan.period": "The campaign's years; the first year stands here and nowhere else.",
    "Plan.calendar": "Which calendar of working days counts; vn unless another is kept.",
    "Plan.roll_over": "true: a last day that is a day off moves to the next working day, bindingly. Default false.",
    "Plan.timeliness": "Which receipt says whether a report is in time: first (the earlier of data and official "
    "document; default), data, or document.",
    "Plan.phases": "Sub-periods, as the n-th to the m-th year.",
    "Plan.roles": "What organisations do in the campaign, and who holds each role when.",
    "Plan.acts": "Which role may urge, guide, receive, watch, extend or decide.",
    "Plan.office": "Who sends, signs and answers.",
    "Plan.ladders": "Named lists of reminders, counted in days from a duty's date.",
    "Plan.events": "Things that happen on a day nobody knows yet; a ruling dates them.",
    "Plan.chains": "Duties of one season in their order; each ends no later than the next.",
    "Plan.duties": "Every duty with a time: who, what, to whom, by when, how often, how strongly, by which clause.",
    "Plan.indicators": "Every target in figures, one for each level and year: words, comparator, value, unit, base.",
    "Plan.comparators": "Words beside the plan's targets, and how values are compared by them.",
    "Plan.laws": "Laws on awards, each from the day it is in force; they prevail over the plan.",
    "Plan.readings": "Every disputed text: the words, how they are read, who settled it.",
    "Plan.notes": "Remarks for whoever keeps the file.",
    "Province.name": "The province's name.",
    "Province.code": "The province's two-digit code, in quotes.",
    "Instrument.number": "12/KH-UBND; null while it is not known.",
    "Instrument.date": "The day it was issued, YYYY-MM-DD; null while it is not known. Nothing is owed before it.",
    "Instrument.issuer": "Who issued it.",
    "Instrument.signatory": "Who signed it.",
    "Instrument.status": "issued, or draft: everything is computed, nothing goes out.",
    "Period.first_year": "The campaign's first year, such as 2026.",
    "Period.years": "How many years it lasts.",
    "Phase.phase": "The phase's slug; rules of years name it (phase-1.last).",
    "Phase.name": "Its name as printed.",
    "Phase.from_year": "Its first year, counted: 1 is the campaign's first.",
    "Phase.until_year": "Its last year, counted.",
    "Phase.clause": "The clause that says so.",
    "Phase.conditional_on": "The duty that must be decided before the phase begins.",
    "Role.holders": "Who holds it, one after the other.",
    "Role.clause": "The clause that gives the role.",
    "Role.words": "The deciding words, as printed.",
    "Role.reading": "How the words are read, where that is not plain.",
    "RoleHolder.unit": "The organisation's code in the registry.",
    "RoleHolder.from": "First day, YYYY-MM-DD; left out: from the beginning.",
    "RoleHolder.until": "Last day, YYYY-MM-DD; left out: to the end.",
    "Act.act": "What may be done.",
    "Act.role": "Which role may do it.",
    "Act.advises": "In whose name, where the role only advises; left out: in its own.",
    "Act.clause": "The clause that says so.",
    "Act.words": "The deciding words, as printed.",
    "Act.reading": "How the words are read.",
    "Office.key": "A slug for the office.",
    "Office.name": "Full name, as in the head of a letter.",
    "Office.short_name": "Short name, inside a sentence.",
    "Office.sender_name": "The name a reader sees as sender.",
    "Office.sender_address": "The address letters come from.",
    "Office.contact_role": "The post of whoever answers questions.",
    "Office.contact_phone": "Their telephone.",
    "Office.rank": "How high it speaks: province, council, department (default), district or commune.",
    "Office.formerly": "Names under which the office wrote before, oldest first: offices and provinces merge.",
    "FormerOffice.until": "The last day of this name (inclusive).",
    "FormerOffice.name": "Full name, as in the head of a letter.",
    "FormerOffice.short_name": "Short name, inside a sentence.",
    "FormerOffice.sender_name": "The name a reader sees as sender.",
    "Rung.rung": "The rung's slug; it is part of a key and is not renamed.",
    "Rung.days": "Calendar days from the base day; below zero: before it.",
    "Rung.working_days": "Working days instead of calendar days.",
    "Rung.from": "The base: due_on (last day) or target_on (last working day on or before it).",
    "Rung.at": "Time of day in Vietnam, in quotes: \"14:00\". Default 08:00.",
    "Rung.kind": "remind before the date; overdue and brief after it, for mandated units only.",
    "Rung.to": "officer, office, head, or role: and a role.",
    "Rung.channel": "email, or sms to the same contacts' mobile telephones; default email.",
    "Rung.tone": "How it is worded.",
    "Rung.reconciled": "true: waits until the desk has compared its registers.",
    "Rung.late": "What to do when the round is late: fold into a later one, send, or skip.",
    "Event.event": "The event's slug; rules count from it (10 days before conference).",
    "Event.title": "What it is.",
    "Event.clause": "The clause that names it.",
    "Event.words": "The deciding words, as printed.",
    "Event.reading": "How the words are read.",
    "Chain.chain": "The chain's slug.",
    "Chain.clause": "The clause or clauses it comes from.",
    "Chain.order": "Slugs of duties, first to last.",
    "Chain.words": "The deciding words, as printed.",
    "Chain.reading": "Why this order.",
    "Count.min": "At least so many names from each obligor; null: the plan is silent.",
    "Count.max": "At most so many; null: the plan is silent.",
    "Count.clause": "The clause, if not the duty's own.",
    "Count.words": "The deciding words, as printed.",
    "Count.reading": "How the words are read.",
    "Coverage.percent": "What share of the obligors must do it.",
    "Coverage.clause": "The clause, if not the duty's own.",
    "Coverage.words": "The deciding words, as printed.",
    "Coverage.reading": "Of whom the share is counted, and other readings.",
    "Milestone.milestone": "What has to be done: figures closed, draft, comments, signature.",
    "Milestone.days": "Days before the base day, as a number below zero.",
    "Milestone.working_days": "Working days instead of calendar days.",
    "Milestone.rule": "Or a day of its own: by 31/10.",
    "Milestone.from": "The base: due_on or target_on.",
    "Milestone.clause": "The clause, if the plan says so.",
    "Milestone.words": "The deciding words, as printed.",
    "Milestone.reading": "How the words are read.",
    "Duty.duty": "The duty's slug; it is part of keys. To rename it, put the old one into was.",
    "Duty.was": "Earlier slugs, so that a rename keeps its history.",
    "Duty.kind": "What sort of duty it is.",
    "Duty.title": "What is to be done, as a reader sees it.",
    "Duty.clause": "The clause, such as V.8.",
    "Duty.words": "The few deciding words, as printed.",
    "Duty.rule": "When inside its period: before 15/11, by Q3, within Q4, annual, no date … (docs/plan-files.md).",
    "Duty.every": "Comes back each month, quarter or half-year of its years.",
    "Duty.years": "Which years: first, first+1, last, each, phase-1.last.",
    "Duty.bound": "The end of that year limits an undated duty; nobody can be late for it.",
    "Duty.discretionary": "true: takes place as the situation requires; an officer confirms it.",
    "Duty.conditional_on": "The duty that must be decided first.",
    "Duty.obligors": "Which kinds of unit owe it, how strongly, from when until when.",
    "Duty.addressees": "Where it goes.",
    "Duty.ladders": "Other ladders than the usual ones, by modality.",
    "Duty.count": "How many names one obligor registers.",
    "Duty.coverage": "What share of the obligors must do it.",
    "Duty.milestones": "Internal steps of whoever prepares it.",
    "Duty.cap": "How many awards the round may have.",
    "Duty.margin": "By how much a percent target must be exceeded.",
    "Duty.partition": "Who is ranked inside what, and which places lead.",
    "Duty.asks": "Measures whose figures its reports give; [] none; left out: those that bind the unit.",
    "Duty.reading": "How the words are read, where that is not plain.",
    "Indicator.indicator": "Its slug; values are kept under it and it is not renamed.",
    "Indicator.measure": "What it measures, where targets of several years measure the same.",
    "Indicator.label": "What is measured, as a form shows it.",
    "Indicator.clause": "Where the words stand.",
    "Indicator.words": "The deciding words, as printed, with the number.",
    "Indicator.level": "Whose figure it is: of the whole province, of offices of one level, of all of them.",
    "Indicator.year": "By the end of which year: first, first+1, last, phase-1.last; left out: none (say why).",
    "Indicator.inferred": "true: the year follows from elsewhere in the plan; reading says from where.",
    "Indicator.comparator": "'>=' at least, '>' more, '<=' at most; 'about', 'text' (no number): a person judges.",
    "Indicator.value": "The number; left out with comparator text.",
    "Indicator.unit": "%, %/năm, hạng, or what is counted.",
    "Indicator.base": "Of what the share is taken, as printed.",
    "Indicator.excludes": "What is left out of the base, as printed: secret files above all.",
    "Indicator.together": "Conditions under one number that must hold together; a form asks for each.",
    "Indicator.aliases": "Other names for what is measured, where the words have changed since.",
    "Indicator.baseline": "What a change is counted from, as printed; a form asks for its day and value.",
    "Indicator.binds": "Kinds of unit whose reports give the figure; left out: no report does.",
    "Indicator.yes_no": "Those of them that answer yes or no: the share is one of units.",
    "Indicator.counted_by": "Duties whose coverage or count measures it; no report gives the figure.",
    "Indicator.reading": "How the words are read, where that is not plain.",
    "Cap.together": "At most so many collectives and persons together.",
    "Cap.collectives": "At most so many collectives, persons apart.",
    "Cap.persons": "At most so many persons, collectives apart.",
    "Cap.outsiders": "Those from outside the province: outside the cap, on a list of their own, or counted.",
    "Cap.awarded_before": "What becomes of those who have had an award in the year.",
    "Cap.instead": "Limits that a law puts in its place, oldest first.",
    "Cap.clause": "The clause, if not the duty's own.",
    "Cap.words": "The deciding words, as printed.",
    "Cap.rests_on": "Ids of the readings it rests on; they name this duty.",
    "LimitByLaw.together": "At most so many collectives and persons together.",
    "LimitByLaw.collectives": "At most so many collectives, persons apart.",
    "LimitByLaw.persons": "At most so many persons, collectives apart.",
    "LimitByLaw.from": "The first day, YYYY-MM-DD.",
    "LimitByLaw.law": "The law's citation.",
    "AwardedBefore.outsiders": "Those from outside the province: refused, or told to whoever appraises.",
    "AwardedBefore.others": "Everybody else: refused, or told to whoever appraises.",
    "Margin.percent": "How many percent above the target; left out: exceeded, without a margin.",
    "Margin.targets": "Percent targets of the plan, to show it by.",
    "Margin.clause": "The clause, if not the duty's own.",
    "Margin.words": "The deciding words, as printed.",
    "Margin.rests_on": "Ids of the readings it rests on; they name this duty.",
    "Partition.of": "The kind of unit that is ranked.",
    "Partition.inside": "Inside the whole province, or inside each district.",
    "Partition.first": "The first place that leads; 1 unless given.",
    "Partition.last": "The last place that leads.",
    "Partition.instead": "The other way to read the words; whoever appraises is told.",
    "Partition.clause": "The clause, if not the duty's own.",
    "Partition.words": "The deciding words, as printed.",
    "Partition.rests_on": "Ids of the readings it rests on; they name this duty.",
    "RankedIn.of": "The kind of unit that is ranked.",
    "RankedIn.inside": "Inside the whole province, or inside each district.",
    "ComparatorWord.word": "The word beside the number, such as trên; … stands for the number.",
    "ComparatorWord.is": "How values are compared: >= at the number it is met, > it is not, about: a person judges.",
    "ComparatorWord.level": "The number the word stands beside.",
    "ComparatorWord.clause": "Where the words stand.",
    "ComparatorWord.words": "The deciding words, as printed.",
    "ComparatorWord.rests_on": "Ids of the readings it rests on; their duties show it.",
    "Law.law": "The law's citation.",
    "Law.from": "Its first day in force, YYYY-MM-DD.",
    "Law.rests_on": "Ids of the readings it rests on; their duties show it.",
    "PlanObligor.kind": "The kind of unit.",
    "PlanObligor.modality": "mandated (giao), requested (đề nghị), invited (chờ hướng dẫn), encouraged (khuyến khích).",
    "PlanObligor.from": "First day, YYYY-MM-DD; left out: from the beginning.",
    "PlanObligor.until": "Last day, YYYY-MM-DD; left out: to the end.",
    "PlanObligor.role": "Only the holder of this role owes it.",
    "PlanObligor.clause": "The clause, if not the duty's own.",
    "PlanObligor.words": "The deciding words, as printed.",
    "PlanAddressee.to": "A role, or province.",
    "PlanAddressee.via": "The role it is handed in at (qua …).",
    "PlanAddressee.function": "What for: để tổng hợp, để theo dõi.",
    "Reading.id": "The reading's slug.",
    "Reading.clause": "Where the words stand.",
    "Reading.words": "The words in dispute, as printed.",
    "Reading.reading": "How they are read here.",
    "Reading.duties": "The duties this concerns.",
    "Reading.decided_by": "Who settled it.",
    "Reading.decided_on": "When, YYYY-MM-DD.",
}  # fmt: skip

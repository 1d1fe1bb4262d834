"""What holds for every shipped plan: roles are held every day by units that exist, words and clauses are there."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from config.plan import Plan, available_plans, load_plan, plan_path
from dondoc.registry import load_bundle

FIVE = ("dien-bien", "hai-duong", "kien-giang", "thai-binh", "tuyen-quang")
PLANS = {key: load_plan(plan_path(key)) for key in FIVE}
every_plan = pytest.mark.parametrize("key", FIVE)
FIRST_DAY_OF_THE_REGISTRY = date(2021, 1, 1)


def changes(plan: Plan) -> Iterator[date]:
    """Yield every day on which a role may change hands, its eve, and both ends of the campaign."""
    yield from (max(plan.starts_on, FIRST_DAY_OF_THE_REGISTRY), date(plan.period.last_year, 12, 31))
    for role in plan.roles.values():
        for holder in role.holders:
            if holder.from_:
                yield from (holder.from_, holder.from_ - timedelta(days=1))


def test_five_plans_are_shipped() -> None:
    assert available_plans() == list(FIVE)


@every_plan
def test_each_role_is_held_on_every_day_by_a_unit_that_exists(key: str) -> None:
    plan, bundle = PLANS[key], load_bundle(key)
    vacant = []
    for day in sorted(set(changes(plan))):
        kinds = {unit.code: unit.kind for unit in bundle.units_on(day)}
        for role in plan.roles:
            holder = plan.holder_of(role, day)
            if holder not in kinds:
                vacant.append((role, day, holder))
    assert vacant == []


@every_plan
def test_who_owes_a_duty_by_its_role_is_of_the_kind_the_plan_says(key: str) -> None:
    """An obligor `{kind: department, role: …}` whose holder is no department would be owed by nobody."""
    plan, bundle = PLANS[key], load_bundle(key)
    wrong = []
    for day in sorted(set(changes(plan))):
        kinds = {unit.code: unit.kind for unit in bundle.units_on(day)}
        for duty in plan.duties:
            for obligor in duty.obligors:
                holder = plan.holder_of(obligor.role, day) if obligor.role else None
                if holder and obligor.bound_on(day) and kinds[holder] != obligor.kind:
                    wrong.append((duty.slug, obligor.role, holder))
    assert wrong == []


@every_plan
def test_every_kind_that_is_bound_or_asked_has_units(key: str) -> None:
    """Otherwise the duty would have an empty denominator for ever."""
    plan, bundle = PLANS[key], load_bundle(key)
    kinds = {o.kind for duty in plan.duties for o in duty.obligors if o.modality != "encouraged"}
    existing = {unit.kind for day in changes(plan) for unit in bundle.units_on(day)}
    assert kinds <= existing


@every_plan
def test_every_urging_role_has_its_clause_and_words(key: str) -> None:
    acts = PLANS[key].acts
    assert {act.act for act in acts} == {"urge", "guide", "receive", "watch", "extend", "decide"}
    assert [act for act in acts if not act.words] == []


@every_plan
def test_clauses_are_numbered_as_in_the_document(key: str) -> None:
    """Roman, then figures, then a letter: V.1, III.4.b, II.3.đ; or a named part of the document."""
    plan = PLANS[key]
    found = {duty.clause for duty in plan.duties} | {act.clause for act in plan.acts}
    found |= {reading.clause for reading in plan.readings} - {"Tiêu đề", "Đoạn kết", "Nơi nhận"}
    odd = [c for c in found - {"Đoạn kết"} if not re.fullmatch(r"[IVX]+(\.\d+)*(\.[a-zđ])?", c)]
    assert odd == []


@every_plan
def test_sample_addresses_of_the_office_are_marked_as_such(key: str) -> None:
    plan = PLANS[key]
    assert plan.office.sender_address.endswith(".example")
    assert "# Sample: an invented address and number" in plan.text


@every_plan
def test_ladders_chase_nobody_who_is_not_bound(key: str) -> None:
    plan = PLANS[key]
    for duty in plan.duties:
        for modality in {o.modality for o in duty.obligors} - {"mandated"}:
            assert {rung.kind for rung in plan.ladder_for(duty.slug, modality)} <= {"remind"}


@every_plan
def test_no_leader_of_the_province_is_written_to_by_machine(key: str) -> None:
    plan = PLANS[key]
    for duty in plan.duties:
        if any(o.kind == "province" for o in duty.obligors):
            assert {rung.to for rung in plan.ladder_for(duty.slug, "mandated")} == {"role:standing-agency"}

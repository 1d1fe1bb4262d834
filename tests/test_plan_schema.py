"""The schema that editors read: it is current, knows what the model knows, and says what every key means."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from config.grammar import RULE, YEARS, GrammarError, parse_rule, parse_years
from config.plan import PLANS, PlanError, available_plans, load_plan_text, plan_path
from config.plan_schema import MEANINGS, SCHEMA, plan_schema, schema_text
from config.yaml_lines import read_yaml
from dondoc.cli import main
from tests.test_plan_check import SOUND
from tests.test_plan_dates import often_rules, yearly_rules

SHIPPED = PLANS.parent / SCHEMA
VALIDATOR = Draft202012Validator(json.loads(SHIPPED.read_text(encoding="utf-8")), format_checker=FormatChecker())


def accepts(text: str) -> bool:
    """Return whether the schema accepts a plan file's text."""
    return bool(VALIDATOR.is_valid(read_yaml(text).value))


def test_the_schema_that_ships_is_the_models_own() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema_text(), "run: dondoc schema > config/plan.schema.json"
    assert CliRunner().invoke(main, ["schema"]).stdout == schema_text()
    Draft202012Validator.check_schema(plan_schema())


def test_every_key_has_its_meaning_and_no_meaning_is_left_over() -> None:
    schema = plan_schema()
    parts = {"Plan": schema, **schema["$defs"]}
    keys = {f"{name}.{key}" for name, part in parts.items() for key in part["properties"]}
    assert keys == set(MEANINGS)
    assert all(part["description"] for part in parts.values())


def test_the_schema_accepts_every_plan_that_ships_and_names_itself_to_the_editor() -> None:
    for key in available_plans():
        path = plan_path(key)
        text = path.read_text(encoding="utf-8")
        assert accepts(text), key
        assert (path.parent / "../plan.schema.json").resolve() == SHIPPED.resolve()
    assert accepts(SOUND)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: lam-son", "kei: lam-son"),
        ("key: lam-son", "key: lam son"),
        ("key: lam-son", "key: lam-son\nsha256: abc"),
        ('code: "00"', "code: 11"),
        ("date: 2026-02-10", "date: 10/02/2026"),
        ("status: issued", "status: signed"),
        ("years: 3}", "years: 0}"),
        ("years: 3}", "years: three}"),
        ("  standing-agency:\n    clause", "  standing-agensy:\n    clause"),
        ("      - {unit: 00-so-khcn}", "      - {}"),
        ("mau@so.example", "mau at so.example"),
        ("{rung: overdue-1, working_days: 1", "{rung: overdue-1, working_days: 400"),
        ("kind: overdue, to: officer", "kind: overdue, to: oficer"),
        ("kind: overdue, to: officer", "kind: late, to: officer"),
        ("event: conference", "event: Conference"),
        ("order: [unit-review, review]", "order: unit-review"),
        ("kind: annual-report", "kind: anual-report"),
        ("rule: before 15/11", "rule: before 31/11"),
        ("rule: before 15/11", "rule: around 15/11"),
        ("rule: within Q4", "rule: within Q5"),
        ("years: each", "years: always"),
        ("years: each", "every: week\n    years: each"),
        ("modality: requested", "modality: required"),
        ("kind: front", "kind: frond"),
        ("      - {to: standing-agency}", "      - {to: nowhere}"),
        ("discretionary: true", "discretionary: maybe"),
        ("{milestone: draft,", "{milestone: drafted,"),
        ("    title: Sơ kết khi cần thiết\n", ""),
        ("    title: Sơ kết khi cần thiết\n", "    titel: Sơ kết khi cần thiết\n"),
        ("    obligors:\n      - {kind: department, modality: encouraged}\n", ""),
        ("discretionary: true", "coverage: {percent: 101}"),
        ("discretionary: true", "count: {min: -1}"),
        ("discretionary: true", "ladders: {mandatory: none}"),
        ("discretionary: true", "cap: {together: 0, rests_on: [LS-1]}"),
        ("discretionary: true", "cap: {together: 5, outsiders: none, rests_on: [LS-1]}"),
        ("discretionary: true", "margin: {percent: 20, rests_on: [LS-1]}"),
        ("discretionary: true", "partition: {of: comune, inside: district, last: 2, rests_on: [LS-1]}"),
    ],
)
def test_the_schema_refuses_what_the_model_refuses(old: str, new: str) -> None:
    assert SOUND.count(old) == 1, old
    text = SOUND.replace(old, new)
    with pytest.raises(PlanError):
        load_plan_text(text, "lam-son.yaml")
    assert not accepts(text)


# ── the patterns of rules and years are the grammar's own ──────────────────────────────────────
def readable(text: str) -> bool:
    """Return whether the grammar reads a rule."""
    try:
        parse_rule(text)
    except GrammarError:
        return False
    return True


WORDS = "before by within start middle end of next day days working after conference no date annual, on request"
POINTS = "Q1 Q5 H2 H3 Y 0 1 7 11 13 31 32 15/11 31/6 29/2 05/06"
pieces = st.sampled_from([*WORDS.split(" "), *POINTS.split(" ")])


@given(rule=yearly_rules | often_rules | st.lists(pieces, min_size=1, max_size=5).map(" ".join) | st.from_regex(RULE))
def test_an_editor_and_the_program_read_the_same_rules(rule: str) -> None:
    assert readable(rule) == (re.fullmatch(RULE.removeprefix("^").removesuffix("$"), rule) is not None)


@given(text=st.from_regex(YEARS, fullmatch=True))
def test_an_editor_and_the_program_read_the_same_years(text: str) -> None:
    assert parse_years(text).text == text


def test_the_new_plan_points_to_the_schema() -> None:
    text = Path(PLANS.parent / "new_plan.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=../{SCHEMA}\n")

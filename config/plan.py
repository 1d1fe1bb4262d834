"""A plan file becomes a `Plan`, or a list of everything that is wrong with it, each with its line."""

import hashlib
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from config.errors import Refused
from config.plan_awards import Cap, ComparatorWord, Law, Limit, LimitByLaw, Margin, Partition, RankedIn
from config.plan_checks import problems_between_parts, problems_in_parts
from config.plan_indicators import Indicator
from config.plan_model import (
    Act,
    Duty,
    Instrument,
    Office,
    Period,
    Phase,
    Plan,
    PlanAddressee,
    PlanObligor,
    Province,
    Reading,
    Role,
    RoleHolder,
    Rung,
)
from config.plan_parts import Chain, Count, Coverage, Event, Milestone
from config.yaml_lines import MAX_BYTES, Problem, Tree, read_yaml

__all__ = [
    "Act", "Cap", "Chain", "ComparatorWord", "Count", "Coverage", "Duty", "Event", "Indicator", "Instrument", "Law",
    "Limit", "LimitByLaw", "Margin", "Milestone", "Office", "Partition", "Period", "Phase", "Plan", "PlanAddressee",
    "PlanError", "PlanObligor", "Province", "RankedIn", "Reading", "Role", "RoleHolder", "Rung", "available_plans",
    "load_plan", "load_plan_text", "new_plan_text", "plan_path", "plan_text", "read_plan",
]  # fmt: skip

PLANS = Path(__file__).parent / "plans"
NEW_PLAN = Path(__file__).parent / "new_plan.yaml"
SCHEMA = Path(__file__).parent / "plan.schema.json"


class PlanError(Refused):
    """A plan file cannot be used. `problems` holds one line per problem, in the file's order."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def available_plans() -> list[str]:
    """Return the keys of the plans that ship with the program, in alphabetical order."""
    return sorted(path.stem for path in PLANS.glob("*.yaml"))


def plan_path(key: str) -> Path:
    """Return where the plan of a campaign stands; the file may be missing."""
    return PLANS / f"{key}.yaml"


def new_plan_text(key: str, beside: Path = PLANS) -> str:
    """Return a plan file to begin with, for a file in the folder `beside`, its places to fill in marked.

    Raises `PlanError` for a key that is no slug.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", key):
        raise PlanError([f"key '{key}': write small letters a-z, digits and '-', such as 'lam-son'"])
    text = NEW_PLAN.read_text(encoding="utf-8").replace("{key}", key)
    return text.replace("$schema=../plan.schema.json", f"$schema={_schema_from(beside)}", 1)


def _schema_from(folder: Path) -> str:
    """Where an editor finds the schema from a folder: in this checkout, or written beside the file."""
    checkout = PLANS.parents[1]
    if not folder.resolve().is_relative_to(checkout):
        return SCHEMA.name
    return Path(os.path.relpath(SCHEMA, folder.resolve())).as_posix()


def plan_text(path: Path) -> str:
    """Return the text of a plan file. Raises `PlanError` if it is too large, no UTF-8 or cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PlanError([f"{path.name}: is larger than {MAX_BYTES // 1024} kB; a plan file is a few pages of text"])
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PlanError([f"{path.name}: byte {error.start}: is not UTF-8; save the file as UTF-8"]) from error
    except OSError as error:
        raise PlanError([f"{path.name}: cannot be read: {error.strerror}"]) from error


def load_plan(path: Path) -> Plan:
    """Read a plan file. Raises `PlanError` with all of its problems at once."""
    return load_plan_text(plan_text(path), path.name)


@lru_cache(maxsize=32)
def load_plan_text(text: str, name: str) -> Plan:
    """Read a plan from its text; `name` stands in front of each problem. Raises `PlanError`.

    The text is kept as given (a stored plan can be read again); its words are NFC. A plan is never changed, so that a
    text that was read is kept: one command asks for the same campaign several times.
    """
    plan, _, problems = read_plan(text)
    if problems or plan is None:
        raise PlanError([f"{name}: line {problem.line}: {problem.text}" for problem in problems])
    return plan.model_copy(update={"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()})


def read_plan(text: str) -> tuple[Plan | None, Tree, list[Problem]]:
    """Return the plan of a text as far as it can be read, its values with their lines, and all problems by line."""
    tree = read_yaml(unicodedata.normalize("NFC", text))
    problems: list[Problem] = list(tree.problems)
    plan: Plan | None = None
    if isinstance(tree.value, dict):
        plan, wrong = problems_in_parts(tree)
        problems += wrong
        problems += problems_between_parts(tree)
    elif not problems:
        problems.append(Problem(1, "holds no plan; it must begin with keys such as 'key:' and 'name:'"))
    return plan, tree, sorted(dict.fromkeys(problems), key=lambda problem: problem.line)

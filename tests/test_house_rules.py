"""Rules of the house that no single module can keep alone; each names the file and line that breaks it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts.check_licences import Package, Review, refusals

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOT_PACKAGES: list[str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

CLOCK_READS = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "strftime")),
}
SQL_PACKAGES = {"sqlalchemy", "alembic", "asyncpg", "aiosqlite", "sqlite3"}

# Written in pieces, so that this file does not break its own rule.
REGISTRY_HOSTS = [
    f"{name}.{top}"
    for name, top in [
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("crates", "io"),
        ("docker", "io"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    ]
]
ELSEWHERE = [*REGISTRY_HOSTS, "/" + "work/", ".." + "/shared"]


def source_files(*folders: str) -> list[Path]:
    """Return our Python files, all of them or those under `folders`; never an empty list."""
    found = [
        path for folder in folders or [*ROOT_PACKAGES, "tests", "scripts"] for path in (ROOT / folder).rglob("*.py")
    ]
    assert found
    return sorted(found)


def names_used(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, full dotted name) of every imported name and of every use of one, whatever it is called here."""
    meaning: dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in meaning:
                yield node.lineno, ".".join([meaning[first], *rest])


def clock_reads(source: str) -> list[int]:
    """Return the lines on which `source` asks a clock what time it is."""
    return sorted({line for line, name in names_used(source) if name in CLOCK_READS})


def imports_of(source: str, packages: set[str]) -> list[int]:
    """Return the lines on which `source` names one of `packages` or something inside it."""
    return sorted({line for line, name in names_used(source) if name.split(".")[0] in packages})


def breaches(paths: list[Path], lines_of: dict[Path, list[int]]) -> list[str]:
    """Return `file:line` for every breach."""
    return [f"{path.relative_to(ROOT)}:{line}" for path in paths for line in lines_of[path]]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from datetime import datetime\ndatetime.now()", [2]),
        ("import datetime as d\n\nd.datetime.utcnow()", [3]),
        ("from datetime import date as day\nread = day.today", [2]),
        ("from time import time", [1]),
        ("import time\ntime.time_ns()", [2]),
        ("import time\ntime.monotonic(); time.sleep(1)", []),  # durations are not the time of day
        ("from dondoc import clock\nclock.now()", []),
    ],
)
def test_a_clock_read_is_recognised_under_any_name(source: str, lines: list[int]) -> None:
    assert clock_reads(source) == lines


def test_only_the_clock_reads_the_clock() -> None:
    files = [path for path in source_files() if path != ROOT / "dondoc/clock.py"]

    assert breaches(files, {path: clock_reads(path.read_text(encoding="utf-8")) for path in files}) == []
    assert clock_reads((ROOT / "dondoc/clock.py").read_text(encoding="utf-8")) != []


def test_only_the_store_speaks_sql() -> None:
    store = ROOT / "dondoc/store"
    files = [path for path in source_files(*ROOT_PACKAGES) if store not in path.parents]
    used = {path: imports_of(path.read_text(encoding="utf-8"), SQL_PACKAGES) for path in files}

    assert breaches(files, used) == []
    assert any(imports_of(path.read_text(encoding="utf-8"), SQL_PACKAGES) for path in source_files("dondoc/store"))


def test_mail_leaves_by_one_door() -> None:
    files = source_files()

    assert breaches(files, {path: imports_of(path.read_text(encoding="utf-8"), {"smtplib"}) for path in files}) == []
    assert imports_of("import email\nfrom smtplib import SMTP", {"smtplib"}) == [2]


def test_no_flow_file_hides_a_module() -> None:
    # Loaded by its path, a flow puts flows/ first on sys.path: flows/calendar.py would replace the standard library's.
    taken = {*sys.stdlib_module_names, *ROOT_PACKAGES, "tests", "scripts", *packages_distributions()} - {"flows"}
    flow_names = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}

    assert flow_names & taken == set()
    assert {"calendar", "tasks", "prefect"} <= taken


def test_every_package_says_that_it_is_one() -> None:
    folders = {path.parent for path in source_files(*ROOT_PACKAGES)} | {ROOT / name for name in ROOT_PACKAGES}
    # Alembic loads its files by path; they are scripts, not modules.
    folders = {folder for folder in folders if "migrations" not in folder.relative_to(ROOT).parts}

    assert sorted(str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_imports_point_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def tracked_files() -> list[Path]:
    """Return what is, or is about to be, committed; in an unpacked archive without history, every file of ours."""
    if (ROOT / ".git").exists():
        # Whoever runs the tests may not own the checkout; git asks to be told that this is all right.
        command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not {".venv", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def test_nothing_committed_points_to_a_registry_or_to_one_machine() -> None:
    files = tracked_files()
    mentions = re.compile("|".join(map(re.escape, ELSEWHERE)).encode())
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in files
        for match in mentions.finditer(path.read_bytes())
    ]

    assert found == []
    assert ROOT / "pyproject.toml" in files


@pytest.mark.parametrize(
    ("licence", "refused"),
    [
        ("MIT License", False),
        ("Apache-2.0 OR BSD-2-Clause", False),
        ("GPL-2.0-only OR MIT", False),  # our choice: MIT
        ("Apache-2.0 AND CNRI-Python", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("MIT AND GPL-3.0-only", True),
        ("MPL-2.0 AND (GPL-2.0-only OR AGPL-3.0-only)", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("MIT License; GNU Affero General Public License v3", True),  # says nothing about a choice: a person decides
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("UNKNOWN", True),
        ("", True),
    ],
)
def test_a_licence_is_allowed_or_refused(licence: str, refused: bool) -> None:
    assert bool(refusals([Package("sample", licence)], {})) is refused


def test_a_review_holds_for_the_words_that_were_reviewed() -> None:
    review = {"sample": Review("Artistic; GPL", "used under Artistic")}

    assert refusals([Package("sample", "Artistic; GPL")], review) == []
    assert refusals([Package("sample", "GPL")], review) == [
        "sample: reviewed as 'Artistic; GPL', now says 'GPL'; review it again"
    ]
    assert refusals([], review) == ["sample: reviewed but not installed; remove the review"]

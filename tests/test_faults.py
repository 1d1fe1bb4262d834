"""The judge of the year of faults finds what is put in front of it, and is nobody's relative."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults import script
from tests.faults.almanac import Change, days_2026, read_plan, rungs_of
from tests.faults.databases import Sqlite
from tests.faults.evidence import Evidence, Post, read
from tests.faults.hunt import Hunt
from tests.faults.judge import Judge, Verdict
from tests.faults.references import STRATEGIES, Owed, score
from tests.faults.year import Setting, Year

HERE = Path(__file__).parent / "faults"
OURS = {"config", "deadlines", "tasks", "templates", "flows", "dondoc"}
INDEPENDENT = ("almanac", "evidence", "judge", "made", "script", "hunt", "references", "post")
SPAN = (datetime.fromisoformat("2026-02-26 07:00"), datetime.fromisoformat("2026-04-02 18:00"))
ZERO = ("lost", "stale", "misaddressed", "nagged", "twice", "copies")
Tamper = Callable[[Evidence], Evidence]


def imports(path: Path) -> set[str]:
    """Return the first part of everything a file imports, and the whole of what it imports of `tests`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "tests.faults"
                else {node.module}
            )
    return {name if name.startswith("tests") else name.split(".")[0] for name in found}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_judge_imports_nothing_of_the_project(name: str) -> None:
    used = imports(HERE / f"{name}.py")
    assert used & OURS == set()
    # … nor by way of somebody who does.
    assert {each for each in used if each.startswith("tests")} <= {f"tests.faults.{each}" for each in INDEPENDENT}


def test_a_process_that_has_loaded_the_judge_holds_nothing_of_ours() -> None:
    asked = f"import sys, tests.faults.references; print([m for m in sys.modules if m.split('.')[0] in {OURS!r}])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=HERE.parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_almanac_knows_the_days_by_heart() -> None:
    plan = read_plan((HERE / "plan.yaml").read_text(encoding="utf-8"))
    rungs = rungs_of([Change(script.YEAR[0], plan, days_2026())])
    mine = {(r.period, r.slug): f"{r.at:%d/%m/%Y %H}" for r in rungs if r.modality == "mandated"
            and r.duty in ("annual-report", "half-year-report")}  # fmt: skip
    # 14/11/2026 is a Saturday: reminders aim at Friday. 10/1/2027 is a Sunday.
    assert mine == {
        ("2026", "T-30"): "14/10/2026 08", ("2026", "T-7"): "06/11/2026 08", ("2026", "T-1"): "12/11/2026 08",
        ("2026", "overdue-1"): "16/11/2026 14",
        ("2026-H1", "T-30"): "10/06/2026 08", ("2026-H1", "T-7"): "03/07/2026 08", ("2026-H1", "T-1"): "09/07/2026 08",
        ("2026-H1", "overdue-1"): "13/07/2026 14",
        ("2026-H2", "T-30"): "09/12/2026 08", ("2026-H2", "T-7"): "31/12/2026 08", ("2026-H2", "T-1"): "07/01/2027 08",
        ("2026-H2", "overdue-1"): "11/01/2027 14",
    }  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spring without faults, played once; every test reads it anew and spoils its own copy."""
    folder = tmp_path_factory.mktemp("spring")
    asyncio.run(Year(Setting(24, SPAN, 3, 0, False), folder, Sqlite(folder), lambda _at, _killed: None).play())
    return folder


def judged(folder: Path, tamper: Tamper | None = None) -> Verdict:
    evidence = read(folder, SPAN, days_2026())
    return Judge(tamper(evidence) if tamper else evidence, days_2026()).judge()


def a_reminder(evidence: Evidence) -> Post:
    """Return the first reminder: they come at 08:00."""
    return next(post for post in evidence.posts if post.at.hour == 8)


def without(evidence: Evidence) -> Evidence:
    """Take the last reminder out of the spool: somebody was not told."""
    last = max(post.seq for post in evidence.posts if post.at == datetime.fromisoformat("2026-03-30 08:00"))
    return replace(evidence, posts=[post for post in evidence.posts if post.seq != last])


def to_another(evidence: Evidence) -> Evidence:
    first = a_reminder(evidence)
    return replace(
        evidence, posts=[replace(p, recipient="ai-do@mau.example") if p is first else p for p in evidence.posts]
    )


def a_day_late(evidence: Evidence) -> Evidence:
    """Let a reminder arrive after its due date."""
    late = datetime.fromisoformat("2026-04-02 09:00")
    first = a_reminder(evidence)
    return replace(evidence, posts=[replace(p, at=late) if p is first else p for p in evidence.posts])


def once_more(evidence: Evidence) -> Evidence:
    first = a_reminder(evidence)
    return replace(evidence, posts=[*evidence.posts, replace(first, seq=10_000)])


def under_another_name(evidence: Evidence) -> Evidence:
    """Repeat a mail under another Message-ID: to the person it is a second mail, to a mailbox no copy."""
    first = a_reminder(evidence)
    content = first.content.replace(first.message_id.encode(), b"<another@mau.example>")
    again = replace(first, seq=10_000, at=first.at + timedelta(minutes=5), content=content)
    return replace(evidence, posts=[*evidence.posts, again])


def after_the_report(evidence: Evidence) -> Evidence:
    """Date a report back to before a mail that speaks of it."""
    told = {post.recipient for post in evidence.posts if post.at.hour == 8}
    key, deed = next(
        (key, deed) for key, deed in evidence.deeds.items()
        if any(contact.address in told for contact in evidence.contacts[key[0]]) and deed.at.day > 1 and deed.begun > 20
    )  # fmt: skip
    return replace(evidence, deeds=evidence.deeds | {key: replace(deed, begun=0)})


def other_words(evidence: Evidence) -> Evidence:
    """Let a copy say something else than what it is a copy of."""
    first = a_reminder(evidence)
    content = first.content.replace(b"Subject: ", b"Subject: khac ")
    return replace(evidence, posts=[*evidence.posts, replace(first, seq=10_000, fault=None, content=content)])


def test_a_year_without_faults_is_without_fault(played: Path) -> None:
    verdict = judged(played)
    assert {name: getattr(verdict, name) for name in ZERO} == dict.fromkeys(ZERO, 0)
    assert verdict.owed - verdict.overtaken == verdict.heard > 50
    assert verdict.most_a_day <= 4


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (without, "lost"),
        (to_another, "misaddressed"),
        (a_day_late, "stale"),
        (once_more, "copies_unexplained"),
        (under_another_name, "twice"),
        (after_the_report, "nagged"),
        (other_words, "copies_of_other_words"),
    ],
)
def test_the_judge_finds_what_was_done_to_the_spool(played: Path, tamper: Tamper, what: str) -> None:
    verdict = judged(played, tamper)
    assert getattr(verdict, what) >= 1, verdict


def test_copies_are_laid_to_the_kill_they_came_of(played: Path) -> None:
    def killed(evidence: Evidence) -> Evidence:
        first, second = evidence.posts[:2]
        again = [replace(each, life=("A", 9), seq=each.seq + 10_000) for each in (first, second)]
        kill: dict[str, Any] = {"door": first.life[0], "life": first.life[1], "point": "answered"}
        return replace(evidence, posts=[*evidence.posts, *again], kills=[kill])

    verdict = judged(played, killed)
    assert verdict.copies == 2
    assert sum(verdict.copies_by_kill.values()) + verdict.copies_unexplained == 2
    assert verdict.copies_by_kill


OUTAGE = [
    script.Event("outage", datetime.fromisoformat("2026-03-23 07:00"), datetime.fromisoformat("2026-03-31 08:30"), "")
]
CALM: dict[str, tuple[int, int, int]] = dict.fromkeys(STRATEGIES, (0, 0, 0))
AFTER_A_WEEK = {
    # lost, several at once, nagged
    "DHIS2": (1, 0, 0),
    "OJS": (0, 1, 0),
    "RapidPro": (0, 1, 0),
    "cursor mailer": (0, 0, 0),
}


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(("events", "expected"), [([], CALM), (OUTAGE, AFTER_A_WEEK)], ids=["calm", "a week down"])
def test_the_references_lose_nothing_where_their_rule_allows(
    name: str, events: list[script.Event], expected: dict[str, tuple[int, int, int]]
) -> None:
    plan = read_plan((HERE / "plan.yaml").read_text(encoding="utf-8"))
    rungs = [
        r for r in rungs_of([Change(SPAN[0], plan, days_2026())]) if r.duty == "own-plan" and r.modality == "mandated"
    ]
    every = [Owed("00-00001", rung, datetime.fromisoformat("9999-12-31")) for rung in rungs if rung.at < SPAN[1]]
    found = score(STRATEGIES[name], every, events, SPAN, Hunt(0, 1, 1))
    assert (found.lost, found.twice, found.nagged) == expected[name]


def test_kills_are_dealt_as_many_as_asked() -> None:
    hunt = Hunt(60, 1, 100)
    clocks = [kill for _ in range(200) if (kill := hunt.next_clock())]
    senders = [kill for _ in range(200) if (kill := hunt.next_sender(100))]
    assert (len(clocks), len(senders)) == (15, 45)
    assert json.dumps([kill.point for kill in senders]).count("dot") == 5
    assert hunt.next_sender(100) is None

"""`dondoc simulate` as one types it: officers' acts in the middle, a picture, plans without a date, and Prefect."""

import json
import os
import socket
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.plan import load_plan, load_plan_text, plan_path
from dondoc import clock
from dondoc.cli import main
from dondoc.simulation.issued import NoIssueNeeded, issued_on
from dondoc.simulation.prefect_stand import NobodyToShowTo, PrefectStand, TooMuchToShow
from dondoc.store.engine import WrongDatabase, open_database
from tasks.open_world import world_of

SEASON = ("simulate", "dien-bien", "--from", "2026-11-02", "--until", "2026-11-20", "--seed", "7")
SCRIPT = """\
# what the desk does in November
- {on: 2026-11-03, do: "rule set-date dien-bien annual-report 2026 2026-11-27 --document '45/UBND; 03/11/2026'"}
- {on: 2026-11-04 09:30, do: "rule set-date dien-bien ad-hoc-report 2026-11-04 2026-11-18 --document '46/UBND'"}
"""


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out of whatever state and settings the person has who runs the tests."""
    for name in [name for name in os.environ if name.startswith("DONDOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DONDOC_HOME", str(tmp_path_factory.mktemp("home")))


def run(*arguments: object, **settings: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=settings)


def script(folder: Path, text: str) -> Path:
    """Write a script down."""
    path = folder / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_officers_act_changes_what_follows_and_nothing_before(tmp_path: Path) -> None:
    done = run(*SEASON, "--script", script(tmp_path, SCRIPT), "--picture", tmp_path / "season.svg", "--format", "json")
    assert done.exit_code == 0, done.output
    account, plain = json.loads(done.stdout), json.loads(run(*SEASON, "--format", "json").stdout)
    assert [(act["at"], act["said"][:9]) for act in account["officer_acts"]] == [
        ("2026-11-03T01:00:00+00:00", "Đã ghi (m"),
        ("2026-11-04T02:30:00+00:00", "Đã ghi (m"),
    ]
    assert plain["officer_acts"] == []
    dates = {(row["duty"], row["due_on"]) for row in account["per_duty"] if row["modality"] == "mandated"}
    assert {("annual-report", "2026-11-27"), ("ad-hoc-report", "2026-11-18")} <= dates
    assert plain["steps_skipped"].get("superseded", 0) == 0
    assert account["steps_skipped"]["superseded"] > 0
    told = {row["duty"]: row["notices_sent"] for row in account["per_duty"] if row["modality"] == "mandated"}
    assert told["ad-hoc-report"] > 80  # everybody who owes it heard of it at once
    assert (account["duplicates"], account["nagged"], account["chased_wrongly"]) == (0, 0, 0)
    drawn = (tmp_path / "season.svg").read_text()
    assert drawn.count(">ấn định thời hạn</text>") == 2
    assert ">27/11/2026 →<" in drawn
    assert ">14/11<" not in drawn


def test_a_unit_answers_a_duty_that_an_officer_has_given_a_date(tmp_path: Path) -> None:
    dated = "- {on: 2026-11-03, do: \"rule set-date dien-bien annual-ranking 2026 2026-11-18 --document '4/UBND'\"}"
    ranking = []
    for more in ((), ("--script", script(tmp_path, dated))):
        done = run(*SEASON, "--seed", "2", "--profile", "diligent", *more, "--format", "json")
        assert done.exit_code == 0, done.output
        ranking += [row for row in json.loads(done.stdout)["per_duty"] if row["duty"] == "annual-ranking"]
    assert [(row["due_on"], row["asked"], row["on_time"]) for row in ranking] == [(None, 1, 0), ("2026-11-18", 1, 1)]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("on: 2026-11-03", ["line 1: holds no script; it is a list of lines such as - {on: 2026-11-02, do: "]),
        ("- {on: 2026-11-03}\n- {on: soon, do: rule}",
         ["line 1: an entry says on which day and what: {on: 2026-11-02, do: \"rule …\"}",
          "line 2: 'soon' is no time; write '2026-11-14 16:30' (Vietnam time)"]),
        ("- {on: 2026-11-03, do: up}", ["line 1: 'up': officers in a script may use rule, calendar, "]),
        ("- {on: 2026-11-03, do: rule postpone}", ["line 1: 'rule postpone': rule has set-date, "]),
        ("- {on: 2026-11-03, do: rule set-date dien-bien annual-report 2026 soon}",
         ["line 1: Invalid value for 'DUE_ON': 'soon' is no day; write 2026-11-14 or 14/11/2026"]),
        ("- {on: 2026-11-03, do: \"rule 'set-date\"}", ["line 1: 'rule 'set-date': No closing quotation"]),
        ("- {on: 2026-11-03, do: rule set-date dien-bien annual-report 2026 2026-11-27}",
         ["line 1: rule set-date dien-bien annual-report 2026 2026-11-27: a date is set by a document"]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_script_is_a_line_with_its_place(tmp_path: Path, text: str, problems: list[str]) -> None:
    path = script(tmp_path, text)
    done = run(*SEASON, "--script", path)
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == len(problems), done.stderr
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(f"{path}: {problem}")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--picture", "timeline.jpg"), "--picture timeline.jpg: name it .svg or .png"),
        (("--picture", "nowhere/timeline.svg"), "--picture nowhere/timeline.svg: there is no folder nowhere; make it"),
        (("--through-prefect",), "--through-prefect: add --keep FOLDER, or nothing is left to look at; "),
        (("--through-prefect", "--keep", "kept", "--until", "2028-01-01"),
         "--through-prefect: 425 days; at most 400 are shown in Prefect; choose an earlier --until"),
        (("--issued", "2023-02-01"), "--issued 2023-02-01: dien-bien is dated 26/05/2023; this is for plans without"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*SEASON, *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(problem)
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_act_outside_the_days_played_is_refused(tmp_path: Path) -> None:
    done = run(*SEASON, "--script", script(tmp_path, "- {on: 2026-12-01, do: reconcile-intake --confirm}"))
    assert (done.exit_code, done.stderr) == (
        2, "2026-12-01 08:00 reconcile-intake --confirm: lies outside the simulation\n",
    )  # fmt: skip


def test_a_plan_without_a_date_is_played_from_its_first_year_or_from_a_given_day() -> None:
    season = ("simulate", "thai-binh", "--from", "2023-02-20", "--until", "2023-03-01", "--format", "json")
    assumed, given = (json.loads(run(*season, *more).stdout) for more in ((), ("--issued", "2023-02-10")))
    assert (assumed["issued"], assumed["issued_assumed"]) == ("2023-01-01", True)
    assert (given["issued"], given["issued_assumed"]) == ("2023-02-10", False)
    before = run(*season[:3], "2023-02-01", *season[4:], "--issued", "2023-02-10")
    assert before.stderr == "--from 2023-02-01: before the plan's own date 2023-02-10\n"


def test_a_day_of_issue_enters_the_plans_own_text() -> None:
    plan = issued_on(load_plan(plan_path("kien-giang")), date(2022, 3, 1))
    assert load_plan_text(plan.text, "again.yaml").starts_on == plan.starts_on == date(2022, 3, 1)
    source = plan_path("kien-giang").read_text(encoding="utf-8")
    removed = "".join(line for line in source.splitlines(keepends=True) if line.strip() != "date: null")
    with pytest.raises(NoIssueNeeded, match="has no 'date: null' under instrument"):
        issued_on(load_plan_text(removed, "kien-giang.yaml"), date(2022, 3, 1))


async def test_only_a_simulations_clock_can_be_made_to_stand(sqlite_url: str) -> None:
    database = await open_database(sqlite_url)
    try:
        with pytest.raises(WrongDatabase, match="this database is live"):
            database.stand_at(clock.now())
    finally:
        await database.close()


async def test_too_many_steps_or_no_server_are_refused_with_a_way_out(sqlite_url: str) -> None:
    stand = PrefectStand(f"http://127.0.0.1:{free_port()}/api", None)
    database = await open_database(sqlite_url)
    try:
        world = await world_of(database, b"key", {})
        with pytest.raises(TooMuchToShow, match="401 steps fall into these days, at most 400 are shown; choose"):
            await stand.open(world, 401)
        with pytest.raises(NobodyToShowTo, match="no Prefect server answers there; start it, or unset"):
            await stand.open(world, 400)
    finally:
        await database.close()


def test_a_season_becomes_real_runs_of_prefect(tmp_path: Path) -> None:
    """Starts a real server, plays a fortnight through it, and reads what it kept once it has ended."""
    kept, port = tmp_path / "kept", free_port()
    done = run(*SEASON, "--through-prefect", "--keep", kept, "--format", "json", DONDOC_PREFECT_PORT=str(port))
    assert done.exit_code == 0, done.output
    account = json.loads(done.stdout)
    assert f"{account['prefect_runs']} lượt chạy trong Prefect; máy chủ đã dừng." in done.stderr
    assert f"dondoc prefect {kept}" in done.stderr
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0  # the server has ended with the simulation
    with sqlite3.connect(f"file:{kept / 'prefect' / 'prefect.db'}?mode=ro", uri=True) as prefect:
        runs = dict(prefect.execute("SELECT name, state_type FROM flow_run"))
        artifacts = {key for (key,) in prefect.execute("SELECT key FROM artifact")}
    prefect.close()
    assert len(runs) == account["prefect_runs"]
    assert set(runs.values()) == {"COMPLETED"}
    assert {
        "dien-bien · annual-report 2026 · T-7 · 06/11/2026",
        "dien-bien · annual-report 2026 · T-1 · 12/11/2026",
        "dien-bien · annual-report 2026 · overdue-1 · 16/11/2026",
    } <= runs.keys()
    assert sum(name.startswith("gửi thư · ") for name in runs) >= 3
    assert {"dien-bien-annual-report-2026-missing", "dien-bien-calendar"} <= artifacts


def test_there_must_be_runs_to_look_at(tmp_path: Path) -> None:
    done = run("prefect", tmp_path)
    assert (done.exit_code, done.stderr) == (
        2, f"{tmp_path}: holds no runs; make some: dondoc simulate … --through-prefect --keep {tmp_path}\n",
    )  # fmt: skip

"""The command line as an officer uses it: every command, its JSON, its words, its speed, two of them at once."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.plan import load_plan, plan_path
from dondoc.cli import main
from dondoc.messages.spool import SpooledMail, SpoolServer, read_spool
from dondoc.registry import load_bundle
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.status import ledger
from tasks.load_campaign import load_campaign
from tasks.open_world import world_of
from tests.databases import in_own_thread
from tests.story import KEY, at

ROOT = Path(__file__).parents[1]
PYTHON = [sys.executable, "-c", "from dondoc.cli import main; main()"]
HEALTH = "11-so-y-te"
ANNUAL = ("annual-report", "2026")
DEADLINE_KEYS = [
    "campaign", "duty", "kind", "clause", "words", "period", "obligors", "addressees", "modality", "rule", "opens_on",
    "due_on", "bound_on", "target_on", "roll_note", "calendar_status", "confirmed", "conditional_on",
]  # fmt: skip


class Desk:
    """An officer's terminal: settings, and commands in this process or in one of their own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.settings = {"DONDOC_HOME": str(home), "DONDOC_OFFICER": "Chuyên viên mẫu", **settings}

    def run(self, *arguments: str, **settings: str) -> Result:
        """Run a command here."""
        others = dict.fromkeys(name for name in os.environ if name.startswith("DONDOC_"))
        return CliRunner().invoke(main, arguments, env={**others, **self.settings, **settings})

    def ok(self, *arguments: str, **settings: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*arguments, **settings)
        assert (done.exit_code, done.exception) == (0, None), done.output
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run a command with `--format json`; its whole output must be JSON."""
        return json.loads(self.ok(*arguments, "--format", "json"))

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command as a process of its own."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
        environment = {**clean, "PYTHONPATH": str(ROOT), **self.settings, **settings}
        # Not from this folder: what is imported must be what PYTHONPATH says.
        return subprocess.Popen(
            [*PYTHON, *arguments], cwd="/", env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def process(self, *arguments: str, **settings: str) -> tuple[int, bytes, str]:
        """Run a command as a process of its own: exit code, output, errors."""
        running = self.start(*arguments, **settings)
        out, error = running.communicate(timeout=120)
        return running.returncode, out, error.decode()


def load(url: str, now: str, *, since: str = "2026-01-01", state: str = "rehearsal") -> None:
    """Load the campaign into a migrated database whose clock starts at `now`."""

    async def work() -> None:
        database = await open_database(url)
        await mark_simulation(database, at(now))
        world = await world_of(database, b"a key for tests", {})
        await load_campaign(
            world, load_plan(plan_path(KEY)), load_bundle(KEY), as_of=at(now), state=state,
            since=date.fromisoformat(since),
        )  # fmt: skip
        await database.close()

    in_own_thread(lambda: asyncio.run(work()))


@contextmanager
def catcher(folder: Path) -> Iterator[str]:
    """Run a mail catcher in a thread of its own; lend its port."""
    loop, server = asyncio.new_event_loop(), SpoolServer(folder)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield str(server.port)
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A rehearsing campaign four days after the annual report was due, made once."""
    path = tmp_path_factory.mktemp("autumn") / "dondoc.sqlite"
    shutil.copyfile(sqlite_template, path)
    load(f"sqlite+aiosqlite:///{path}", "2026-11-18 14:05")
    return path


@pytest.fixture
def desk(request: pytest.FixtureRequest, autumn: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk with that campaign and a mail catcher; nobody else has touched it."""
    request.node.user_properties.append(("database", "sqlite"))
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(autumn, home / "dondoc.sqlite")
    with catcher(tmp_path / "spool") as port:
        yield Desk(home, DONDOC_CATCHER_PORT=port)


def acknowledgements(tmp_path: Path) -> list[SpooledMail]:
    """Return the acknowledgements the catcher took."""
    return [mail for mail in mails(tmp_path) if "Xác nhận tiếp nhận" in mail.subject]


def mails(tmp_path: Path) -> list[SpooledMail]:
    """Return what the catcher took."""
    return list(read_spool(tmp_path / "spool"))


# ── the program ────────────────────────────────────────────────────────────────────────────────


def test_help_answers_in_half_a_second(tmp_path: Path) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        code, out, _error = Desk(tmp_path).process("--help")
        took.append(time.monotonic() - began)
        assert code == 0
        assert b"simulate" in out
    assert min(took) < 0.5


def test_help_imports_nothing_heavy() -> None:
    source = (
        "import sys\nfrom dondoc.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert "click" in loaded
    heavy = {"sqlalchemy", "prefect", "pydantic", "jinja2", "yaml", "holidays", "aiosmtplib", "rich", "asyncpg"}
    assert loaded & heavy == set()


def test_reading_a_plan_takes_no_database(tmp_path: Path) -> None:
    source = (
        "import sys\nfrom dondoc.cli import main\n"
        f"try:\n    main(['deadlines', '{KEY}', '--format', 'json'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DONDOC_HOME": str(tmp_path)},
    )  # fmt: skip
    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert "pydantic" in loaded
    assert loaded & {"sqlalchemy", "prefect", "jinja2", "rich"} == set()


COMMANDS = {
    ("campaigns",): [],
    ("deadlines",): ["CAMPAIGN", "--format"],
    ("explain",): ["CAMPAIGN DUTY [PERIOD]"],
    ("status",): ["CAMPAIGN [DUTY] [PERIOD]", "--under", "--as-of", "--format"],
    ("submit",): ["CAMPAIGN DUTY PERIOD UNIT [FILES]...", "--received-at", "--receiver", "--document"],
    ("reconcile-intake",): ["--confirm"],
    ("release",): ["BRIEF", "--document"],
    ("go-live",): ["CAMPAIGN", "--since"],
    ("rule", "set-date"): ["CAMPAIGN DUTY PERIOD DUE_ON", "--document"],
    ("rule", "confirm"): ["CAMPAIGN DUTY [PERIOD]", "--document"],
    ("round",): ["--as-of"],
    ("up",): ["--as-of"],
    ("simulate",): [
        "CAMPAIGN",
        "--from",
        "--until",
        "--seed",
        "--profile",
        "--script",
        "--picture",
        "--through-prefect",
        "--format",
    ],
    ("prefect",): ["FOLDER"],
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...], tmp_path: Path) -> None:
    said = Desk(tmp_path).ok(*command, "--help")
    assert said.startswith(f"Usage: dondoc {' '.join(command)} ")
    for part in COMMANDS[command]:
        assert part in said


def test_the_version_is_told_installed_or_not(tmp_path: Path) -> None:
    assert re.fullmatch(
        r"dondoc (\d+\.\d+\.\d+|\(run from a checkout, not installed\))\n", Desk(tmp_path).ok("--version")
    )


# ── looking ────────────────────────────────────────────────────────────────────────────────────


def test_deadlines_as_json_have_exactly_the_promised_keys(tmp_path: Path) -> None:
    rows = Desk(tmp_path).json("deadlines", KEY)
    assert {tuple(row) for row in rows} == {tuple(DEADLINE_KEYS)}
    assert {tuple(each) for row in rows for each in row["addressees"]} == {("to", "via", "function")}
    assert {("kind", "modality", "from", "until")} <= {tuple(each)[:4] for row in rows for each in row["obligors"]}
    [annual] = [row for row in rows if (row["duty"], row["period"]) == ANNUAL]
    assert (annual["due_on"], annual["target_on"], annual["rule"]) == ("2026-11-14", "2026-11-13", "before 15/11")
    [interim] = [row for row in rows if row["duty"] == "interim-report"]
    assert (interim["due_on"], interim["bound_on"], interim["period"]) == (None, "2025-12-31", "once")


def test_campaigns_tell_what_ships_and_what_is_loaded(desk: Desk, tmp_path: Path) -> None:
    [shipped] = [row for row in Desk(tmp_path / "nowhere").json("campaigns") if row["campaign"] == KEY]
    assert (shipped["state"], shipped["since"]) == ("not-loaded", None)
    [loaded] = [row for row in desk.json("campaigns") if row["campaign"] == KEY]
    assert (loaded["state"], loaded["since"]) == ("rehearsal", "2026-01-01")
    assert "2158/KH-UBND" in desk.ok("campaigns")


def test_explain_tells_one_period_or_all(tmp_path: Path) -> None:
    one = Desk(tmp_path).ok("explain", KEY, *ANNUAL)
    assert "mục V.8" in one
    assert "thứ Bảy, 14/11/2026" in one
    assert Desk(tmp_path).ok("explain", KEY, "annual-report").count("Căn cứ:") == 8


def test_status_never_adds_the_bound_and_the_invited(desk: Desk) -> None:
    desk.ok("round")
    desk.ok("submit", KEY, *ANNUAL, "Thanh Nưa")
    asked = {row["modality"]: row["asked"] for row in desk.json("status", KEY) if row["duty"] == "annual-report"}
    assert asked == {"mandated": 80, "requested": 1, "invited": 45}
    lines = [line.split() for line in desk.ok("status", KEY).splitlines() if line.startswith("annual-report")]
    assert [line[4:] for line in lines] == [
        ["14/11/2026", "80", "0", "0", "0", "80"],
        ["nghị", "14/11/2026", "1", "–", "–", "0", "1"],
        ["14/11/2026", "45", "–", "–", "1", "44"],  # an invited commune is not judged
    ]
    units = desk.ok("status", KEY, *ANNUAL)
    assert "được giao: 80 đơn vị, đã ghi nhận 0, chưa ghi nhận 80\n" in units
    assert "được mời: 45 đơn vị, đã ghi nhận 1, chưa ghi nhận 44\n" in units
    assert not re.search(r"\b(125|126|46|81)\b", units)


def test_status_of_an_undated_duty_says_so(desk: Desk) -> None:
    desk.ok("round")
    assert "chưa ấn định thời hạn" in desk.ok("status", KEY, "inspection", "2026").replace("\n", " ")
    waiting = desk.ok("status", KEY, "ad-hoc-report", "once").replace("\n", " ")
    assert "chưa ấn định thời hạn" in waiting
    assert "chưa giao cho đơn vị nào" in waiting
    assert desk.json("status", KEY, "ad-hoc-report", "once") == []
    [line] = [line for line in desk.ok("status", KEY).splitlines() if line.startswith("inspection")]
    assert "chưa ấn định thời hạn" in line


def test_status_under_a_unit_by_code_or_by_name(desk: Desk) -> None:
    desk.ok("round")
    by_code = desk.json("status", KEY, *ANNUAL, "--under", HEALTH)
    assert [unit["unit_code"] for unit in by_code] == [HEALTH]
    assert desk.json("status", KEY, *ANNUAL, "--under", "so y te") == by_code
    assert [row["asked"] for row in desk.json("status", KEY, "--under", HEALTH)] == [1]


def test_status_as_it_was_known_then(desk: Desk) -> None:
    desk.ok("round")
    desk.ok("submit", KEY, *ANNUAL, HEALTH, "--received-at", "2026-11-17 09:00")

    [unit] = desk.json("status", KEY, *ANNUAL, "--under", HEALTH, "--as-of", "2026-11-18 23:00")
    assert (unit["state"], unit["judged"]) == ("submitted", "late")
    assert desk.json("status", KEY, *ANNUAL, "--as-of", "2026-11-16") == []  # the round that asked them came later


def test_tables_fit_a_hundred_columns(desk: Desk) -> None:
    desk.ok("round")
    desk.ok("submit", KEY, *ANNUAL, HEALTH)
    status = [["status", KEY], ["status", KEY, *ANNUAL], ["status", KEY, "inspection", "2026"]]
    for arguments in (["campaigns"], ["deadlines", KEY], *status):
        lines = desk.ok(*arguments).splitlines()
        assert len(lines) > 3
        assert max(map(len, lines)) <= 100
        assert not any(line != line.rstrip() for line in lines)


# ── the desk's work ────────────────────────────────────────────────────────────────────────────


def test_submit_names_the_code_first_and_keeps_the_file(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "báo cáo năm.txt"
    report.write_text("Nội dung mẫu", encoding="utf-8")
    first, second = desk.ok("submit", KEY, *ANNUAL, HEALTH, str(report)).splitlines()
    assert re.match(r"XN-\w{4}-\w{4}: đã ghi nhận dữ liệu của Sở Y tế tỉnh Điện Biên, sau thời hạn 4 ngày", first)
    assert "xác nhận tiếp nhận đang chờ gửi" in second
    assert [path.read_text(encoding="utf-8") for path in (desk.home / "files").iterdir()] == ["Nội dung mẫu"]
    again = desk.json(
        "submit", KEY, *ANNUAL, HEALTH, "--receiver", "council-secretariat", "--received-at", "2026-11-13 16:00",
        "--document", "45/BC-MẪU; 13/11/2026; Người ký mẫu",
    )  # fmt: skip
    assert (again["version"], again["fact"], again["judged"]) == (2, "document", "on-time")
    assert again["received_at"] == "2026-11-13T09:00:00+00:00"
    desk.ok("round")
    assert len(acknowledgements(tmp_path)) == 2


def test_who_is_only_invited_is_not_told_late(desk: Desk) -> None:
    said = desk.ok("submit", KEY, *ANNUAL, "Thanh Nưa")
    assert "không xét thời hạn" in said
    assert "sau thời hạn" not in said


def test_a_name_typed_in_another_unicode_form_is_the_same_unit(desk: Desk) -> None:
    decomposed = unicodedata.normalize("NFD", "Sở Y tế")
    assert decomposed != "Sở Y tế"
    assert desk.json("submit", KEY, *ANNUAL, decomposed)["unit"] == HEALTH


def test_from_the_reconciliation_to_the_released_brief(desk: Desk, tmp_path: Path) -> None:
    desk.ok("round")
    assert len(mails(tmp_path)) == 1  # the report due in December; nothing overdue leaves before the comparison
    asked = desk.ok("reconcile-intake")
    assert asked.count("chờ đối chiếu: ") == 2
    assert "dondoc reconcile-intake --confirm" in asked
    assert "Chuyên viên mẫu đã xác nhận đối chiếu sổ văn bản đến: " in desk.ok("reconcile-intake", "--confirm")
    done = desk.ok("round")
    assert "annual-report 2026 · brief-1: 0 thông báo, 1 phiếu trình; chưa ghi nhận: 80 được giao" in done
    sent = len(mails(tmp_path))
    assert sent > 70
    desk.ok("round")
    assert len(mails(tmp_path)) == sent  # running it twice does nothing twice
    code = desk.ok("release").partition(":")[0]
    document = "12/SKHCN-MẪU; 18/11/2026; Lãnh đạo mẫu"
    assert f"{code}: Chuyên viên mẫu phát hành theo văn bản" in desk.ok("release", code.lower(), "--document", document)
    twice = desk.run("release", code, "--document", document)
    assert (twice.exit_code, twice.stdout) == (2, "")
    assert "is released already" in twice.stderr
    assert desk.ok("release") == "trên bàn không có phiếu nào\n"


def test_a_brief_waits_for_the_reconciliation(desk: Desk) -> None:
    desk.ok("round")
    desk.ok("reconcile-intake", "--confirm")
    desk.ok("round")
    code = desk.ok("release").partition(":")[0]
    in_own_thread(lambda: asyncio.run(_set_clock(desk.home, "2026-11-20 09:00")))
    refused = desk.run("release", code, "--document", "1/MẪU; 20/11/2026; Người ký mẫu")
    assert refused.exit_code == 2
    assert "dondoc reconcile-intake --confirm" in refused.stderr


async def _set_clock(home: Path, now: str) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{home / 'dondoc.sqlite'}")
    await mark_simulation(database, at(now))
    await database.close()


def test_rulings_are_said_and_explained(desk: Desk) -> None:
    said = desk.ok("rule", "set-date", KEY, "ad-hoc-report", "2026-11-16", "20/12/2026", "--document", "90/UBND-MẪU")
    assert "ad-hoc-report 2026-11-16: hạn cuối 20/12/2026, theo văn bản 90/UBND-MẪU; Chuyên viên mẫu" in said
    desk.ok("round")
    rows = desk.json("status", KEY)
    assert {(row["due_on"], row["modality"]) for row in rows if row["duty"] == "ad-hoc-report"} >= {
        ("2026-12-20", "mandated")
    }
    explained = desk.ok("explain", KEY, "ad-hoc-report", "2026-11-16")
    assert "ấn định hạn cuối 20/12/2026 theo văn bản 90/UBND-MẪU; Chuyên viên mẫu" in explained


def test_a_duty_left_to_circumstances_is_confirmed(sqlite_template: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{home / 'dondoc.sqlite'}", "2025-10-02 09:00", since="2025-01-01")
    then = Desk(home)
    said = then.ok("rule", "confirm", KEY, "interim-review", "--document", "5/UBND-MẪU; 01/10/2025")
    assert "interim-review once: xác nhận có thực hiện, theo văn bản 5/UBND-MẪU" in said
    twice = then.run("rule", "confirm", KEY, "interim-review", "--document", "5/UBND-MẪU")
    assert (twice.exit_code, twice.stderr) == (2, "interim-review once: is confirmed already\n")


def test_going_live_happens_once(desk: Desk) -> None:
    assert f"{KEY} chính thức từ 18/11/2026" in desk.ok("go-live", KEY, "--since", "2026-11-18")
    twice = desk.run("go-live", KEY, "--since", "2026-11-18")
    assert (twice.exit_code, twice.stderr) == (2, f"campaign {KEY}: is live since 18/11/2026\n")


def test_mail_waits_for_a_relay_that_does_not_answer(desk: Desk, tmp_path: Path) -> None:
    desk.ok("submit", KEY, *ANNUAL, HEALTH)
    nobody_listens = "1"
    said = desk.ok("round", DONDOC_CATCHER_PORT=nobody_listens)
    assert f"{KEY}: 2 thư chưa gửi được, còn chờ; gửi lại từ " in said  # the December report's reminder is the other
    assert "port 1" in said
    assert desk.json("round")["waiting"] == 2  # asked again only after a pause
    in_own_thread(lambda: asyncio.run(_set_clock(desk.home, "2026-11-18 14:30")))
    desk.ok("round")
    assert len(acknowledgements(tmp_path)) == 1


def test_a_round_as_json_counts_each_modality_for_itself(sqlite_template: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{home / 'dondoc.sqlite'}", "2026-10-14 08:01")
    with catcher(tmp_path / "spool") as port:
        report = Desk(home, DONDOC_CATCHER_PORT=port).json("round")
    [stage] = [each for each in report["stages"] if each["rung"] == "T-30"]
    assert stage["not_recorded"] == {"mandated": 80, "requested": 1, "invited": 45}
    assert report["messages"] == {"accepted": len(mails(tmp_path))}
    assert (report["waiting"], report["failed"]) == (0, [])


# ── the simulation ─────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    span = ["simulate", KEY, "--from", "2026-11-02", "--until", "2026-11-19", "--seed", "5", "--format", "json"]
    code, one, errors = Desk(tmp_path / "one").process(*span, PYTHONHASHSEED="0", LC_ALL="C")
    assert (code, errors) == (0, "")
    code, other, _errors = Desk(tmp_path / "two").process(*span, PYTHONHASHSEED="4242", TZ="America/New_York")
    assert code == 0
    assert one == other
    account = json.loads(one)
    assert {
        "steps_fired", "steps_folded", "steps_skipped", "notices", "messages", "duplicates", "submissions",
        "escalations", "per_duty",
    } <= set(account)  # fmt: skip
    assert set(account["submissions"]) == {"on_time", "late", "missing"}
    assert {"laid", "released"} <= set(account["escalations"])
    assert all({"duty", "kind", "period"} <= set(row) for row in account["per_duty"])
    assert account["messages"] > 100
    assert account["duplicates"] == 0
    assert str(tmp_path).encode() not in one
    assert list((tmp_path).iterdir()) == []  # nothing was written where the state of the real desk lies
    assert not re.search(rb"[0-9a-f]{16}|seconds|/tmp", one)


def test_a_simulation_reads_as_an_account(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    span = ["simulate", KEY, "--from", "2026-11-01", "--until", "2026-11-18", "--keep", str(kept)]
    said = Desk(tmp_path).ok(*span)
    assert said.startswith(f"{KEY}, từ 01/11/2026 đến trước 18/11/2026\n")
    assert re.search(r"^Báo cáo được giao: trong thời hạn \d+, sau thời hạn \d+, chưa ghi nhận \d+$", said, re.M)
    assert re.search(r"^Báo cáo được mời: đã có \d+, chưa ghi nhận \d+$", said, re.M)
    assert max(map(len, said.splitlines())) <= 115
    assert list(read_spool(kept / "spool"))
    again = Desk(tmp_path).run(*span)
    assert (again.exit_code, again.stderr) == (2, f"--keep {kept}: is not empty; a simulation begins in a new folder\n")


# ── two at once ────────────────────────────────────────────────────────────────────────────────


def both(desk: Desk, *arguments: str) -> list[bytes]:
    """Run a command in two processes at the same time; return what they printed."""
    running = [desk.start(*arguments) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], ended
    assert b"Traceback" not in b"".join(error for _out, error in ended)
    return [out for out, _error in ended]


@pytest.mark.parametrize("period", ["2026", "2027"], ids=["asked", "before-anybody-asked"])
def test_two_officers_record_the_same_report(database_url: str, tmp_path: Path, period: str) -> None:
    load(database_url, "2026-10-14 09:00")
    with catcher(tmp_path / "spool") as port:
        desk = Desk(tmp_path / "home", DONDOC_DATABASE_URL=database_url, DONDOC_CATCHER_PORT=port)
        if period == "2026":
            desk.ok("round")
        receipts = [
            json.loads(out) for out in both(desk, "submit", KEY, "annual-report", period, HEALTH, "--format", "json")
        ]
        assert sorted(receipt["version"] for receipt in receipts) == [1, 2]
        assert len({receipt["code"] for receipt in receipts}) == 2
        assert [receipt["acknowledged"] for receipt in receipts] == [True, True]
        [unit] = [u for u in desk.json("status", KEY, "annual-report", period) if u["unit_code"] == HEALTH]
        assert unit["state"] == "submitted"
        desk.ok("round")
        assert len(acknowledgements(tmp_path)) == 2


def test_two_start_on_an_empty_database(tmp_path: Path) -> None:
    fresh = Desk(tmp_path / "home")
    assert both(fresh, "migrate") == ["cơ sở dữ liệu đã sẵn sàng\n".encode()] * 2
    assert fresh.json("campaigns")[0]["state"] == "not-loaded"


def test_two_rounds_at_once_send_each_mail_once(database_url: str, tmp_path: Path) -> None:
    load(database_url, "2026-10-14 08:01")
    with catcher(tmp_path / "spool") as port:
        desk = Desk(tmp_path / "home", DONDOC_DATABASE_URL=database_url, DONDOC_CATCHER_PORT=port)
        sent = [json.loads(out)["messages"].get("accepted", 0) for out in both(desk, "round", "--format", "json")]
        desk.ok("round")
    copies = Counter(mail.message_id for mail in mails(tmp_path))
    assert set(copies.values()) == {1}
    assert len(copies) == sum(sent) == 124
    assert in_ledger(database_url) == {("annual-report", "T-30", "accepted"): 126}


def in_ledger(url: str) -> dict[tuple[str, str, str], int]:
    """Return how many ledger rows of this autumn there are by duty, rung and state, skipped ones left out."""
    found: dict[tuple[str, str, str], int] = {}

    async def work() -> None:
        database = await open_database(url)
        for row in await ledger(database, 1):
            if row.state != "skipped":
                found[row.duty, row.rung, row.state] = row.notices
        await database.close()

    in_own_thread(lambda: asyncio.run(work()))
    return found


def test_the_outbox_is_listed_and_what_has_left_is_not_taken_back(desk: Desk) -> None:
    desk.ok("round")
    listed = desk.json("messages")
    rows = listed["messages"]
    assert listed["counts"] == {"accepted": len(rows)}
    assert len(rows) > 0
    assert {(row["mode"], row["state"]) for row in rows} == {("rehearsal", "accepted")}
    words = desk.ok("messages", "--state", "accepted", "--limit", "1")
    assert words.startswith("Thư và tin nhắn: đã gửi 1; liệt kê 1\n")
    assert "chạy thử" in words
    assert desk.json("messages", "--state", "open")["messages"] == []
    number = str(rows[0]["id"])
    refused = desk.run("messages", "recall", number, "--reason", "nhầm kỳ")
    assert refused.exit_code == 2
    only = "only queued, deferred, unknown can"
    assert refused.stderr == f"message {number}: is accepted and cannot be recalled; {only}\n"
    assert desk.run("messages", "--campaign", "nowhere").exit_code == 2


def test_the_command_tells_what_is_there(desk: Desk) -> None:
    words = desk.ok("config", "check")
    assert "DONDOC_RELAY_HOST" in words
    assert "Tên miền gửi so-khcn.dienbien.example" in words
    told = desk.json("config", "check")
    assert {each["name"] for each in told["settings"]} >= {"DONDOC_HOME", "DONDOC_SECRET"}

"""What is typed or lies wrong: one clear line that names place, value and way out, exit code 2, nothing written."""

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from config.plan import PLANS
from dondoc.cli import inputs
from dondoc.cli.inputs import Words
from dondoc.store import tables
from dondoc.store.campaigns import count_rows
from dondoc.store.engine import open_database
from tests.databases import in_own_thread
from tests.story import KEY
from tests.test_cli import ANNUAL, HEALTH, PYTHON, ROOT, Desk, load

SUBMIT = ("submit", KEY, *ANNUAL)
DATE = ("rule", "set-date", KEY)
ORDER = ("--document", "90/UBND-MẪU; 16/11/2026")
SPAN = ("simulate", KEY, "--from", "2026-10-01", "--until", "2026-10-03")
LONG = "9" * 400


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Desk:
    """A desk four days after the annual report was due; no refused command may change it."""
    home = tmp_path_factory.mktemp("desk")
    shutil.copyfile(sqlite_template, home / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{home / 'dondoc.sqlite'}", "2026-11-18 14:05")
    made = Desk(home)
    made.ok("status", KEY)  # makes the key, so that nothing else needs writing
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that no report can hold."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "report.txt").write_text("mẫu", encoding="utf-8")
    (folder / "large.pdf").touch()
    os.truncate(folder / "large.pdf", 50 * 1024 * 1024 + 1)
    (folder / "folder").mkdir()
    (folder / "other").mkdir()
    (folder / "other" / "report.txt").write_text("khác", encoding="utf-8")
    (folder / "two\nlines.txt").write_text("mẫu", encoding="utf-8")
    os.mkfifo(folder / "pipe")
    return folder


def rows(home: Path) -> tuple[dict[str, int], list[str]]:
    """Return how many rows each table holds, and which files lie in the state folder."""
    counted: dict[str, int] = {}

    async def work() -> None:
        database = await open_database(f"sqlite+aiosqlite:///{home / 'dondoc.sqlite'}")
        counted.update(await count_rows(database))
        await database.close()

    in_own_thread(lambda: asyncio.run(work()))
    kept = sorted(str(path.relative_to(home)) for path in home.rglob("*") if "dondoc.sqlite" not in path.name)
    return counted, kept


def refused(done: Result) -> str:
    """Return the one line of a refusal."""
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.isprintable()
    assert len(line) < 1500
    return line


BAD = {
    ("deadlines", "nope"): "campaign 'nope': unknown; there are dien-bien",
    ("status", "nope"): "campaign 'nope': not in this database; known: dien-bien",
    ("explain", KEY, "nope"): "duty 'nope': not in dien-bien; known: own-plan, annual-report",
    ("explain", KEY, "annual-report", "1999"): "period '1999': annual-report has 2023, 2024",
    ("status", KEY, "nope", "2026"): "duty 'nope': not in this campaign; known: ad-hoc-report",
    ("status", KEY, "annual-report", "1999"): "period '1999': duty annual-report has 2023",
    ("status", KEY, "annual-report"): "status dien-bien annual-report: add the period, e.g. 2026",
    ("status", KEY, "--under", "nope"): "unit 'nope': none with this code or name on 18/11/2026",
    ("status", KEY, "--as-of", "31/02/2026"): "'31/02/2026' is no time; write '2026-11-14 16:30'",
    ("status", KEY, "--as-of", "0001-01-01"): "'0001-01-01' lies outside the years 2000 to 2100",
    (*SUBMIT, "nobody"): "unit 'nobody': none with this code or name on 18/11/2026",
    (*SUBMIT, "mường"): "unit 'mường': several match: 03151 (Phường Mường Lay), ",
    (*SUBMIT, "…"): "unit '…': is no code and no name",
    (*SUBMIT, ""): "Invalid value for 'UNIT': is empty",
    (*SUBMIT, "a\nb"): r"'a\nb' holds U+000A; write it on one line of plain text",
    (*SUBMIT, "a\x00b"): r"'a\x00b' holds U+0000",
    (*SUBMIT, "\udcff"): r"'\udcff' holds U+DCFF",
    (*SUBMIT, "x" * 100_000): "has 100000 characters; at most 300",
    (*SUBMIT, "11-ban-chi-dao-cds"): "owes nothing under annual-report 2026; see 'dondoc status'",
    ("submit", "nope", *ANNUAL, HEALTH): "campaign 'nope': not in this database",
    ("submit", KEY, "nope", "2026", HEALTH): "duty 'nope': not in this campaign",
    ("submit", KEY, "annual-report", "1999", HEALTH): "period '1999': duty annual-report has",
    (*SUBMIT, HEALTH, "--received-at", "2026-11-19"): "19/11/2026 08:00: lies in the future; it is 18/11/2026",
    (*SUBMIT, HEALTH, "--received-at", "2026-11-14"): "4 days back; more than 3 need the document: --document",
    (*SUBMIT, HEALTH, "--received-at", "soon"): "'soon' is no time",
    (*SUBMIT, HEALTH, "--document", "45/BC"): "--document '45/BC': write 'số; ngày; người ký'",
    (*SUBMIT, HEALTH, "--document", "1/BC; 40/1/2026; Mẫu"): "--document date '40/1/2026': write dd/mm/yyyy",
    (*SUBMIT, HEALTH, "--document", "1/BC; 1/1/2027; Mẫu"): "--document date 01/01/2027: lies in the future",
    (*SUBMIT, HEALTH, "--document", f"{LONG[:81]}; 1/11/2026; Mẫu"): "81 characters; at most 80",
    (*SUBMIT, HEALTH, "--document", f"1/BC; 1/11/2026; {LONG[:201]}"): "201 characters; at most 200",
    (*SUBMIT, HEALTH, "--document", LONG): "has 400 characters; at most 300",
    (*SUBMIT, HEALTH, "--document", "1/BC; 1/11/2026; Mẫu\r\nBcc: x"): "holds U+000D",
    (*SUBMIT, HEALTH, "--receiver", "nope"): "--receiver 'nope': annual-report goes to standing-agency, council",
    (*SUBMIT, HEALTH, "--officer", "x" * 201): "has 201 characters; at most 200",
    (*SUBMIT, HEALTH, "--officer", "a\tb"): "holds U+0009",
    ("release", "PT-AAAA-AAAA", *ORDER): "brief 'PT-AAAA-AAAA': unknown; on the desk: none",
    ("release", "PT-AAAA-AAAA"): 'release: name the document that carries it: --document "số; ngày; người ký"',
    ("release", "PT-AAAA-AAAA", "--document", ";"): "brief PT-AAAA-AAAA: name the document that carries it",
    ("close-books", KEY, *ANNUAL): "annual-report 2026: nobody has been asked for it yet; there is nothing to close",
    ("close-books", KEY, *ANNUAL, "--contest-days", "0"): "--contest-days 0: from 1 to 30 working days",
    ("contest", KEY, *ANNUAL, HEALTH, "Đã gửi"): "owes nothing under annual-report 2026; see 'dondoc status'",
    ("answer-contest", "KN-AAAA-AAAA", "--uphold", "Có"): "contest 'KN-AAAA-AAAA': there is none; 'dondoc books' lists",
    ("answer-contest", "KN-AAAA-AAAA"): 'answer-contest: say one of --uphold "lý do" or --dismiss "lý do"',
    ("books", "nope"): "campaign 'nope': not in this database",
    ("go-live", "nope", "--since", "2026-11-18"): "campaign 'nope': not in this database",
    ("go-live", KEY, "--since", "2020-01-01"): "--since 01/01/2020: before the plan's own date 26/05/2023",
    ("go-live", KEY, "--since", "2062-11-18"): "--since 18/11/2062: after the campaign's last year 2030",
    ("go-live", KEY): "Missing option '--since'",
    (*DATE, *ANNUAL, "2026-11-17", *ORDER): "date 17/11/2026: lies in the past; a new date binds from today on",
    (*DATE, *ANNUAL, "9999-12-31", *ORDER): "'9999-12-31' lies outside the years 2000 to 2100",
    (*DATE, *ANNUAL, "2026-12-01"): "a date is set by a document: add --document",
    (*DATE, *ANNUAL, "2026-12-01", "--document", LONG): "has 400 characters; at most 300",
    (*DATE, "nope", "2026", "2026-12-01", *ORDER): "duty 'nope': not in this campaign; known: own-plan",
    (*DATE, "annual-report", "1999", "2026-12-01", *ORDER): "period '1999': annual-report has 2023",
    (*DATE, "ad-hoc-report", "20261116", "2026-12-01", *ORDER): "named by its day, write 2026-11-16",
    (*DATE, "ad-hoc-report", "2026-12-05", "2026-12-01", *ORDER): "before the date it sets (01/12/2026)",
    (*DATE, "ad-hoc-report", "2020-01-01", "2026-12-01", *ORDER): "after the plan (26/05/2023)",
    (*DATE, "annual-report", "2026-11-16", "2026-12-01", *ORDER): "annual-report: is not owed on request",
    ("rule", "confirm", KEY, *ANNUAL, *ORDER): "annual-report 2026: is confirmed already",
    ("rule", "confirm", KEY, "interim-review", *ORDER): "its date 31/12/2025 has passed",
    ("round", "--as-of", "2026-11-19"): "--as-of 19/11/2026 08:00: lies in the future; a round does what",
    (*SPAN[:3], "2026-10-02", "--until", "2026-10-01"): "--until 2026-10-01: must lie after --from 2026-10-02",
    ("simulate", KEY, "--from", "2020-10-02", "--until", "2026-10-01"): "before the plan's own date 2023-05-26",
    ("simulate", "nope", *SPAN[2:]): "campaign 'nope': unknown; there are dien-bien",
    (*SPAN, "--profile", "lazy"): "profile 'lazy': unknown; there are typical, diligent, silent",
    (*SPAN, "--seed", "x"): "'x' is not a valid integer",
    (*SPAN, "--keep", "/dev/null/x"): "/dev/null/x: Not a directory",
    ("submit", KEY): "dondoc submit: Missing argument 'DUTY'; see 'dondoc submit --help'",
    ("nope",): "dondoc: No such command 'nope'; see 'dondoc --help'",
    ("deadlines", KEY, "--format", "xml"): "'xml' is not one of 'table', 'json'",
    ("deadlines", KEY, "--nope"): "dondoc deadlines: No such option",
    ("rule", "nope"): "dondoc rule: No such command 'nope'; see 'dondoc rule --help'",
}  # fmt: skip


@pytest.mark.parametrize("arguments", BAD, ids=lambda arguments: ascii(" ".join(arguments))[1:70])
def test_a_slip_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...]) -> None:
    before = rows(desk.home)
    assert BAD[arguments] in refused(desk.run(*arguments))
    assert rows(desk.home) == before


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["missing.pdf"], "missing.pdf: No such file or directory"),
        (["folder"], "folder: not a regular file"),
        (["pipe"], "pipe: not a regular file"),
        (["large.pdf"], "large.pdf: 52428801 bytes; at most 52428800"),
        (["report.txt", "missing.pdf"], "missing.pdf: No such file or directory"),
        (["report.txt", "other/report.txt"], "file report.txt: given twice"),
        (["two\nlines.txt"], r"two\nlines.txt: its name holds U+000A; rename it"),
        (["../../../etc"], ": "),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_file_that_cannot_be_a_report(desk: Desk, files: Path, names: list[str], words: str) -> None:
    before = rows(desk.home)
    assert words in refused(desk.run(*SUBMIT, HEALTH, *(str(files / name) for name in names)))
    assert rows(desk.home) == before  # not even the good one among them was kept


def test_a_file_name_that_is_not_utf8(desk: Desk, tmp_path: Path) -> None:
    before = rows(desk.home)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe1o.pdf"))
    odd.write_bytes(b"x")
    code, out, error = desk.process(*SUBMIT, HEALTH, str(odd))
    assert (code, out, len(error.splitlines())) == (2, b"", 1)
    assert "its name holds U+DCE1; rename it" in error
    assert rows(desk.home) == before


def test_a_refused_report_keeps_no_file(desk: Desk, files: Path) -> None:
    refused(desk.run(*SUBMIT, "nobody", str(files / "report.txt")))
    refused(desk.run(*SUBMIT, "11-ban-chi-dao-cds", str(files / "report.txt")))
    assert not (desk.home / "files").exists()


def test_a_file_keeps_its_last_name_only(desk: Desk, files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(desk.home, home)
    told = Desk(home)
    told.ok(*SUBMIT, HEALTH, str(files / "folder" / ".." / "report.txt"))
    counted, kept = rows(home)
    assert counted["submission_file"] == 1
    assert [len(Path(name).name) for name in kept if name.startswith("files/")] == [64]


# ── hostile words ──────────────────────────────────────────────────────────────────────────────


def longest(column: str) -> int:
    """Return how many characters a column keeps."""
    table, _, name = column.partition(".")
    return int(tables.metadata.tables[table].c[name].type.length)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (inputs.NAME, "submission.recorded_by"), (inputs.NAME, "ruling.officer"), (inputs.NAME, "brief.released_by"),
        (inputs.NAME, "reconciliation.confirmed_by"), (inputs.DOCUMENT_WORDS, "ruling.document"),
        (inputs.DOCUMENT_WORDS, "brief.document"), (inputs.ROLE, "submission.receiver"), (inputs.KEY, "ruling.duty"),
        (inputs.PERIOD, "ruling.period"), (inputs.CODE, "brief.code"), (inputs.KEY, "campaign.key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_no_words_are_longer_than_their_column(words: Words, column: str) -> None:
    assert words.longest <= longest(column)


HOSTILE = st.text(st.characters(codec=None), max_size=40) | st.text("'\"%;\\_[]{}\n\r\t\x00\u202e\ud800ạ̀", max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.sampled_from(["CAMPAIGN", "DUTY", "PERIOD", "UNIT", "--document", "--receiver", "--received-at", "BRIEF"]),
    text=HOSTILE,
)
def test_any_text_anywhere_is_refused_in_one_line(desk: Desk, where: str, text: str) -> None:
    words = {"CAMPAIGN": KEY, "DUTY": "annual-report", "PERIOD": "2026", "UNIT": HEALTH}
    if where in words:
        words[where] = text
        arguments = [
            "submit",
            "--receiver",
            "nobody",
            "--",
            *words.values(),
        ]  # the receiver refuses what else would pass
    elif where == "BRIEF":
        arguments = ["release", *ORDER, "--", text]
    else:
        arguments = [*SUBMIT, "nobody-at-all", f"{where}={text}"]
    refused(desk.run(*arguments))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_longest_words_are_kept_whole(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> None:
    url: str = request.getfixturevalue(f"{kind}_url")
    load(url, "2026-11-18 14:05")
    desk = Desk(tmp_path, DONDOC_DATABASE_URL=url)
    desk.ok("round", DONDOC_CATCHER_PORT="1")
    name, number, signer = "ệ" * 200, "ố" * 80, "ắ" * 200
    desk.ok(*SUBMIT, HEALTH, "--officer", name, "--document", f"{number}; 17/11/2026; {signer}"[:300])
    desk.ok(*DATE, *ANNUAL, "2026-12-15", "--officer", name, "--document", "ộ" * 300)
    assert "ộ" * 300 in desk.ok("explain", KEY, *ANNUAL)
    desk.ok("reconcile-intake", "--confirm", "--officer", name)


# ── settings, secrets, databases ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"DONDOC_RELAY_PORT": "x"}, "settings: DONDOC_RELAY_PORT 'x': "),
        ({"DONDOC_RELAY_PORT": "0", "DONDOC_RELAY_TLS": "maybe"}, "; DONDOC_RELAY_TLS 'maybe': "),
        ({"DONDOC_RELAY_TSL": "tls"}, "DONDOC_RELAY_TSL: there is no such setting; did you mean DONDOC_RELAY_TLS?"),
        ({"DONDOC_DATABASE_URL": "geheim"}, "DONDOC_DATABASE_URL: is no database URL; write "),
        ({"DONDOC_DATABASE_URL": "mysql://u:geheim@h/d"}, "DONDOC_DATABASE_URL: mysql is not supported; write "),
        ({"DONDOC_DATABASE_URL": "postgresql+asyncpg://u:geheim@127.0.0.1:1/d"}, "u:***@127.0.0.1:1/d: cannot be "),
        ({"DONDOC_DATABASE_URL": "postgresql://u:geheim@nowhere.invalid/d"}, "u:***@nowhere.invalid/d: cannot be "),
        ({"DONDOC_RELAYS": "b, c"}, 'DONDOC_RELAYS: is no JSON; write [{"name": "b"'),
        ({"DONDOC_RELAYS": '[{"name": "b", "password": "geheim"}]'}, "DONDOC_RELAYS (0.host): Field required"),
        ({"DONDOC_RELAY_HOST": "mail.example"}, "relay mail.example: a simulation sends to loopback only"),
    ],
    ids=lambda value: ascii(value)[:50],
)  # fmt: skip
def test_a_wrong_setting_is_named(desk: Desk, chosen: dict[str, str], words: str) -> None:
    line = refused(desk.run("status", KEY, **chosen))
    assert words in line
    assert "geheim" not in line


def test_an_empty_setting_is_none_at_all(desk: Desk) -> None:
    empty = dict.fromkeys(("DONDOC_DATABASE_URL", "DONDOC_SECRET", "DONDOC_RELAY_PORT"), "")
    assert desk.ok("status", KEY, **empty) == desk.ok("status", KEY)


@pytest.mark.parametrize("command", [("status", KEY), ("migrate",), ("round",)], ids=lambda c: c[0])
def test_a_postgresql_server_that_refuses_the_password(tmp_path: Path, command: tuple[str, ...]) -> None:
    with refusing_server() as port:
        url = f"postgresql+asyncpg://chuyen-vien:geheim@127.0.0.1:{port}/dondoc?ssl=disable"
        line = refused(Desk(tmp_path, DONDOC_DATABASE_URL=url).run(*command))
    assert "password authentication failed" in line
    assert "geheim" not in line


@contextmanager
def refusing_server() -> Iterator[int]:
    """Speak just enough of PostgreSQL's protocol to refuse every password (message formats: ErrorResponse)."""
    fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user\0\0"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    client.recv(1024)
                    client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_database_that_does_not_exist_on_the_server(postgresql_url: str, tmp_path: Path) -> None:
    elsewhere = beside(postgresql_url, "no_such_database")
    line = refused(Desk(tmp_path, DONDOC_DATABASE_URL=elsewhere).run("status", KEY))
    assert "does not exist" in line
    assert "check DONDOC_DATABASE_URL" in line


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder"])
def test_a_file_that_is_no_database(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dondoc.sqlite"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"" if kind == "empty" else b"not a database at all. " * 300)
    words = {
        "missing": "no such file; run 'dondoc up' or 'dondoc migrate', or set DONDOC_DATABASE_URL",
        "empty": "not set up yet (no such table: meta); run 'dondoc migrate'",
        "text": "cannot be reached (file is not a database)",
        "folder": "is no file; set DONDOC_DATABASE_URL to one",
    }[kind]
    line = refused(Desk(tmp_path).run("status", KEY))
    assert str(path) in line
    assert words in line


def test_a_database_that_was_not_set_up(tmp_path: Path, postgresql_url: str) -> None:
    bare = Desk(tmp_path, DONDOC_DATABASE_URL=beside(postgresql_url, "postgres"))
    line = refused(bare.run("status", KEY))
    assert "not set up yet" in line
    assert "run 'dondoc migrate'" in line


def beside(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def test_a_database_without_a_campaign(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite")
    assert "known: none is loaded yet" in refused(Desk(tmp_path).run("status", KEY))
    assert "no campaign is loaded yet" in refused(Desk(tmp_path).run("reconcile-intake", "--confirm"))


def test_a_folder_that_cannot_be_written(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = Desk(tmp_path / "file" / "home")
    assert "cannot be made (Not a directory); set DONDOC_HOME" in refused(below.run("migrate"))
    assert "Not a directory" in refused(below.run("up"))
    read_only = f"sqlite+aiosqlite:///file:{desk.home / 'dondoc.sqlite'}?mode=ro&uri=true"
    line = refused(desk.run(*SUBMIT, HEALTH, DONDOC_DATABASE_URL=read_only))
    assert "attempt to write a readonly database" in line


def test_a_key_that_others_can_read(desk: Desk, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(desk.home, home)
    (home / "secret").chmod(0o644)
    line = refused(Desk(home).run("round"))
    assert line == f"{home / 'secret'}: others can read it; run 'chmod 600 {home / 'secret'}'"
    (home / "secret").chmod(0o600)
    (home / "secret").write_text("")
    assert "secret: is empty; restore it" in refused(Desk(home).run("round"))


def test_whoever_decides_has_a_name_that_can_be_kept(desk: Desk) -> None:
    line = refused(desk.run("reconcile-intake", "--confirm", DONDOC_OFFICER="x" * 201))
    assert "DONDOC_OFFICER or login: " in line


def test_a_draft_plan_does_not_go_live(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{tmp_path / 'dondoc.sqlite'}", "2026-11-18 14:05", state="draft")
    line = refused(Desk(tmp_path).run("go-live", KEY, "--since", "2026-11-18"))
    assert line == f"campaign {KEY}: is a draft; let it rehearse first, then take it live"


def test_a_plan_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Every problem of a plan on its own line, in a copy of the program with another plan."""
    copy = tmp_path / "program"
    for package in ("config", "deadlines", "dondoc", "tasks", "flows", "templates"):
        shutil.copytree(PLANS.parents[1] / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    plan = copy / "config" / "plans" / f"{KEY}.yaml"
    good = plan.read_text(encoding="utf-8")
    desk = Desk(tmp_path / "home", PYTHONPATH=str(copy))
    for broken, words in (
        (good.replace("before 15/11", "before 31/11"), "line "),
        ("", "holds no plan"),
        ("a: [", "line "),
    ):
        plan.write_text(broken, encoding="utf-8")
        code, out, error = desk.process("deadlines", KEY)
        assert (code, out) == (2, b"")
        assert error.splitlines()
        assert all(line.startswith(f"{KEY}.yaml: ") for line in error.splitlines())
        assert words in error
    plan.write_bytes(b"\xff\xfe")
    assert desk.process("deadlines", KEY)[2].startswith(f"{KEY}.yaml: byte 0: is not UTF-8")


# ── as a process ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["submit", KEY, *ANNUAL, "nobody"], "unit 'nobody': none with this code or name"),
        (["nope"], "dondoc: No such command 'nope'; see 'dondoc --help'"),
        (["status", KEY, "--as-of", "soon", "--format", "json"], "'soon' is no time"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_process_ends_with_two_and_one_line(desk: Desk, arguments: list[str], words: str) -> None:
    code, out, error = desk.process(*arguments)
    assert (code, out, len(error.splitlines())) == (2, b"", 1)
    assert words in error


def test_the_arguments_of_a_process_may_be_any_bytes(desk: Desk) -> None:
    code, out, error = desk.process(*SUBMIT, os.fsdecode(b"b\xe1o"))
    assert (code, out, len(error.splitlines())) == (2, b"", 1)
    assert "holds U+DCE1" in error


def test_a_terminal_without_vietnamese_and_a_pipe_that_closes(desk: Desk) -> None:
    code, out, error = desk.process("deadlines", KEY, PYTHONIOENCODING="ascii")
    assert (code, error) == (0, "")
    assert "chưa ấn định thời hạn" in out.decode()
    with desk.start("deadlines", KEY, "--format", "json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_a_full_disk_under_the_output_is_told(desk: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PYTHON, "campaigns", "--format", "json"], stdout=full, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), **desk.settings},
        )  # fmt: skip
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr

"""`dondoc up` as a newcomer runs it: a real process with everything in it, stopped with Ctrl-C, resumed."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from dondoc.messages.spool import read_spool
from tests.test_portal import CHROMIUM, free_port

MAIN = [sys.executable, "-c", "from dondoc.cli import main; main()"]
ROOT = Path(__file__).parents[1]


class Up:
    """One `dondoc up`, or several in a row, on one state folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = {name: free_port() for name in ("WEB", "CATCHER", "PREFECT", "SMS", "UNIT")}
        self.environment = {
            **os.environ,
            "DONDOC_HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DONDOC_ROUND_SECONDS": "2",
            **{f"DONDOC_{name}_PORT": str(port) for name, port in self.ports.items()},
        }
        self.said = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self, as_of: str, until: str = "Ctrl-C", *more: str) -> None:
        """Start and wait until it says a line that begins so; the usual one ends how to go on."""
        self.said = ""
        self.process = subprocess.Popen(
            [*MAIN, "up", "--as-of", as_of, *more], env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith(until):
                return
        raise AssertionError(f"up ended before it was ready:\n{self.said}")

    def run(self, *arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run another dondoc command beside it."""
        environment = {**self.environment, "DONDOC_HOME": str(home or self.demo)}
        return subprocess.run([*MAIN, *arguments], env=environment, capture_output=True, text=True, timeout=60)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or end it as the system does, and wait."""
        assert self.process is not None
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=15)
        self.said += rest
        return self.process.returncode

    def processes(self) -> list[str]:
        """Return every process that works in this state folder: `up` itself, Prefect, whatever they started."""
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if str(self.home).encode() in environ.read_bytes():
                    found.append(environ.parent.name)
        return found

    def is_alone(self, seconds: float) -> bool:
        """Return whether no process is left, waiting a moment for those that are dying."""
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return not self.processes()

    @property
    def demo(self) -> Path:
        """Return the state folder of the day it was started on."""
        return next(self.home.glob("demo-*"))


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("up"))
    running.start("2026-10-14T09:00")
    try:
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()


def test_it_prints_where_to_look_and_what_comes(up: Up) -> None:
    assert f"http://127.0.0.1:{up.ports['WEB']}/mails" in up.said
    assert f"http://127.0.0.1:{up.ports['PREFECT']}/runs" in up.said
    assert "Sắp tới:" in up.said
    assert "08:00 thứ Sáu, 06/11/2026" in up.said
    auth = re.search(r"mật khẩu: (\S+)\)", up.said)
    assert auth is not None
    for log in up.demo.rglob("*.log"):
        assert auth.group(1) not in log.read_text("utf-8", "replace")
    assert (up.demo / "prefect-auth").stat().st_mode & 0o077 == 0
    assert up.demo.stat().st_mode & 0o077 == 0


def test_every_rehearsed_mail_is_in_the_catcher(up: Up) -> None:
    caught = read_spool(up.demo / "catcher")
    assert len(caught) == 124
    assert all(mail.subject.startswith("[CHẠY THỬ]") for mail in caught)
    assert all(address.endswith(".example") for mail in caught for address in mail.rcpt_tos)
    assert httpx.get(f"http://127.0.0.1:{up.ports['WEB']}/mails").status_code == 200
    assert "Mở Prefect" in httpx.get(f"http://127.0.0.1:{up.ports['WEB']}/").text


def test_a_report_recorded_beside_it_is_acknowledged(up: Up) -> None:
    done = up.run("submit", "dien-bien", "annual-report", "2026", "11-so-noi-vu", "--document", "5/BC; 14/10/2026; Mẫu")
    assert (done.returncode, done.stderr) == (0, "")
    code = done.stdout.split(":")[0]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        last = read_spool(up.demo / "catcher")[-1]
        if "Xác nhận tiếp nhận" in last.subject:
            break
        time.sleep(0.3)
    assert "Xác nhận tiếp nhận" in last.subject
    page = httpx.get(f"http://127.0.0.1:{up.ports['WEB']}/mails/{last.n}").text
    assert code in page


def test_an_operator_sees_the_runs_in_prefect(up: Up) -> None:
    auth = re.search(r"mật khẩu: (\S+)\)", up.said)
    assert auth is not None
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"http://127.0.0.1:{up.ports['PREFECT']}/runs")
        page.get_by_placeholder("admin:pass").fill(auth.group(1))
        page.keyboard.press("Enter")
        page.get_by_text("dien-bien · annual-report 2026 · T-30").first.wait_for(timeout=30_000)
        for tag in ("campaign:dien-bien", "stage:annual-report", "year:2026"):
            assert page.get_by_text(tag).count() > 0
        page.screenshot(path=up.home / "runs.png")
        page.get_by_text("dien-bien · annual-report 2026 · T-30").first.click()
        page.get_by_text("Artifacts", exact=True).last.click()
        page.get_by_text("dien-bien-annual-report-2026-missing").first.wait_for(timeout=30_000)
        page.screenshot(path=up.home / "artifacts.png")
        chromium.close()


def test_a_second_one_is_refused_by_name(up: Up) -> None:
    assert up.process is not None
    second = up.run("up", "--as-of", "2026-10-14T09:00", home=up.home)
    assert second.returncode == 2
    assert f"process {up.process.pid}" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_ctrl_c_stops_everything_and_a_second_start_resumes(up: Up) -> None:
    before = len(read_spool(up.demo / "catcher"))
    began = time.monotonic()
    assert up.stop() == 0
    assert time.monotonic() - began < 10
    assert up.is_alone(0)
    for port in up.ports.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/")
    up.start("2026-10-14T09:00")
    assert "Đã nạp" not in up.said
    assert len(read_spool(up.demo / "catcher")) == before  # what was sent is not sent again
    assert up.process is not None
    up.process.kill()  # as when memory runs out: nothing of ours can tidy up
    up.process.communicate()
    status = up.run("status", "dien-bien", "annual-report", "2026", "--format", "json")
    assert status.returncode == 0
    up.start("2026-10-14T09:00", until="Đang khởi động máy chủ Prefect")  # at once: neither lock nor Prefect are stuck
    assert "Không có Prefect" not in up.said
    began = time.monotonic()
    assert up.stop(signal.SIGTERM) == 0  # while Prefect has not come up yet
    assert time.monotonic() - began < 10
    assert up.is_alone(5)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Up]:
    """An `up` of its own, on other ports."""
    running = Up(tmp_path / "home")
    try:
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()


def test_without_prefect_all_the_rest_runs_and_a_sunday_says_when_mail_leaves(other: Up) -> None:
    with taken(other.ports["PREFECT"]):
        other.start("2026-11-22T10:00", "Phim", "--speed", "2")
        assert "Không có Prefect, mọi việc khác vẫn chạy: port" in other.said
        assert "DONDOC_PREFECT_PORT" in other.said
        assert "Hôm nay là ngày nghỉ (Chủ nhật): thư nhắc gửi từ 08:00 thứ Hai, 23/11/2026." in other.said
        assert f"DONDOC_HOME={other.demo} dondoc reconcile-intake --confirm" in other.said
        address = f"http://127.0.0.1:{other.ports['WEB']}"
        assert httpx.get(f"{address}/healthz").text == "ok"
        overview = httpx.get(f"{address}/").text
        assert f"DONDOC_HOME={other.demo} dondoc reconcile-intake --confirm" in overview
        assert "Mở Prefect" not in overview
        assert "Phim, 1 giây = 2 giây: <strong>10:0" in overview
        assert other.stop(signal.SIGHUP) == 0  # the terminal was closed
    assert other.is_alone(1)


@pytest.mark.parametrize("name", ["WEB", "CATCHER"])
def test_a_taken_port_is_named_with_its_setting(other: Up, name: str) -> None:
    with taken(other.ports[name]):
        refused = other.run("up", "--as-of", "2026-11-15T10:00", home=other.home)
    assert refused.returncode == 2
    assert (
        refused.stderr
        == f"port {other.ports[name]}: is taken by another program; set DONDOC_{name}_PORT to a free one\n"
    )


def test_a_database_that_was_set_is_never_moved_in_time(other: Up) -> None:
    other.environment["DONDOC_DATABASE_URL"] = f"sqlite+aiosqlite:///{other.home}/office.sqlite"
    refused = other.run("up", "--as-of", "2026-11-15T10:00", home=other.home)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "a live database refuses a simulated clock; unset DONDOC_DATABASE_URL" in refused.stderr
    assert not list(other.home.glob("**/*.sqlite"))


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Hold a port as another program would."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        yield

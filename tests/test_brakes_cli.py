"""The brakes as an officer uses them: pause, resume, guard, forecast, calls, relays, suppressions, the journal."""

import os
import shutil
import signal
import time
from pathlib import Path

from dondoc.messages.spool import read_spool
from tests.story import KEY
from tests.test_cli import Desk, catcher, load


def desk_of(url: str, folder: Path, port: str) -> Desk:
    """Return a desk on a live campaign in a simulation that stands at the morning of T-30."""
    load(url, "2026-10-14 08:05", state="live")
    return Desk(folder / "home", DONDOC_DATABASE_URL=url, DONDOC_CATCHER_PORT=port)


def test_an_officer_pauses_looks_and_goes_on(database_url: str, tmp_path: Path) -> None:
    with catcher(tmp_path / "spool") as port:
        desk = desk_of(database_url, tmp_path, port)
        assert "--reason" in desk.run("pause", KEY).output
        said = desk.ok("pause", KEY, "--reason", "kiểm tra danh bạ")
        assert "TẠM DỪNG" in said
        assert f"Chuyên viên mẫu: kiểm tra danh bạ; gửi tiếp: dondoc resume {KEY}" in said
        waves = desk.ok("round")
        assert "TẠM DỪNG" in waves
        assert "126 thông báo" in waves  # the ledger goes on
        assert read_spool(tmp_path / "spool") == []
        assert "TẠM DỪNG" in desk.ok("status", KEY)
        assert [each["reason"] for each in desk.json("guard")["paused"]] == ["kiểm tra danh bạ"]
        assert "has pressed it already" in desk.run("pause", KEY, "--reason", "lần nữa").output
        assert "0 thông báo xếp hàng gửi" in desk.ok("resume", KEY)  # of today: they lie where they lay
        desk.ok("round")
        assert len(read_spool(tmp_path / "spool")) == 124
        assert desk.ok("guard") == "không có gì bị giữ lại\n"
        assert desk.run("guard", "--release", "volume").exit_code == 2
        assert desk.json("forecast", KEY, "--days", "30") == [
            {"campaign": KEY, "day": day, "channel": "email", "notices": notices, "steps": steps}
            for day, notices, steps in (("2026-11-04", 1, 1), ("2026-11-06", 126, 3), ("2026-11-12", 80, 1))
        ]
        assert desk.json("calls", KEY) == []
        assert desk.json("relays") == []
        assert desk.json("suppressions") == []
        assert "address 'a@b.example': is not suppressed" in desk.run("suppressions", "--lift", "a@b.example").output
        assert "relay 'khong-co': is not tripped" in desk.run("relays", "--reset", "khong-co").output


def test_a_restored_file_is_noticed_and_a_killed_reconciliation_is_taken_up_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The database's file is copied before the wave and put back after it, as a backup would be."""
    file = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    with catcher(tmp_path / "spool") as port:
        desk = desk_of(sqlite_url, tmp_path, port)
        desk.ok("status", KEY)  # by now the database has its epoch
        shutil.copyfile(file, tmp_path / "backup")
        desk.ok("round")
        assert len(read_spool(tmp_path / "spool")) == 124
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        shutil.copyfile(tmp_path / "backup", file)

        assert "DỪNG GỬI" in desk.ok("round")
        assert "dondoc reconcile-journal" in desk.ok("guard")
        assert desk.run("guard", "--release", "restored").exit_code == 2
        gap = desk.json("reconcile-journal")["gap"]
        assert (gap["messages"], gap["notices"], gap["damaged"]) == (124, 126, 0)
        for wait in (0.2, 0.5, 0.8, 1.0, 1.2, 1.4):
            child = desk.start("reconcile-journal", "--confirm")
            time.sleep(wait)
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
        desk.ok("reconcile-journal", "--confirm")
        assert "ghi nhớ 0 thông báo" in desk.ok("reconcile-journal", "--confirm")  # twice is as good as once
        desk.ok("round")
        assert len(read_spool(tmp_path / "spool")) == 124
        assert desk.ok("guard") == "không có gì bị giữ lại\n"

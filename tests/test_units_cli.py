"""`dondoc units` as an officer uses it: denominators of a day, all about a unit, acts shown first and then done."""

from pathlib import Path

import pytest

from tests.story import KEY
from tests.test_cli import Desk, load

MERGE = ("units", "merge", "11-so-y-te", "sở tư pháp", "--into", "11-so-moi", "--name", "Sở Mới",
         "--on", "01/11/2026", "--document", "1/QĐ-MẪU; 01/11/2026")  # fmt: skip


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    """A desk in the autumn of 2026, the annual report open since January."""
    load(database_url, "2026-11-18 14:05")
    made = Desk(tmp_path / "home", DONDOC_DATABASE_URL=database_url)
    made.ok("round")
    return made


def test_the_denominators_of_a_day(desk: Desk) -> None:
    before, after = (desk.json("units", "list", "--on", day, "--limit", "2") for day in ("30/06/2025", "2025-07-01"))
    assert (before["count"], before["by_kind"]["district"], before["by_kind"]["commune"]) == (223, 10, 129)
    assert (after["by_kind"]["commune"], "district" in after["by_kind"]) == (45, False)
    assert [row["code"] for row in before["units"]] == ["11-ubnd-tinh", "11-hoi-dong-tdkt"]
    below = desk.json("units", "list", "--on", "30/06/2025", "--under", "điện biên phủ", "--kind", "commune")
    assert (below["count"], {row["parent_code"] for row in below["units"]}) == (12, {"094"})
    words = desk.ok("units", "list", "--kind", "district", "--on", "30/06/2025", "--limit", "3")
    assert "Ngày 30/06/2025: 10 đơn vị" in words
    assert "Danh sách, 3 dòng đầu (--limit)" in words
    assert "30/06/2025" in words  # the last day of the districts, as people say it
    assert desk.json("units", "list", "--territory", "34")["count"] == 0


def test_all_about_a_unit_and_nobodys_address(desk: Desk) -> None:
    known = desk.json("units", "show", "11-so-khcn")
    assert [each["code"] for each in known["predecessors"]] == ["11-so-tttt"]
    assert {(held["campaign"], held["role"]) for held in known["roles"]} >= {(KEY, "standing-agency")}
    assert {row["state"] for row in known["owes"]} == {"open"}
    assert {c["address"].split("@")[0][1:] for c in known["contacts"]} == {"***"}
    assert {c["phone"][:3] for c in known["contacts"]} == {"***"}
    gone = desk.json("units", "show", "094")
    assert (gone["exists"], len(gone["successors"]), gone["contacts"]) == (False, 4, [])
    words = desk.ok("units", "show", "094")
    assert "không tồn tại ngày 18/11/2026" in words
    assert "Được tiếp nối bởi: 03127 (Phường Điện Biên Phủ)" in words
    assert "Đầu mối liên hệ" in desk.ok("units", "show", "sở y tế")


def test_an_act_is_shown_and_changes_nothing_then_done_and_changes_just_that(desk: Desk) -> None:
    owed = desk.json("status", KEY, "annual-report", "2026")
    shown = desk.json("diff", *MERGE)
    assert desk.json("status", KEY, "annual-report", "2026") == owed
    assert desk.json("units", "show", "11-so-y-te")["exists"]
    done = desk.json(*MERGE)
    assert {**shown, "change": done["change"]} == done
    assert [(row["code"], row["name"]) for row in done["began"]] == [("11-so-moi", "Sở Mới")]
    assert done["followed"] == {"transferred": 2, "joined": 1}
    states = {row["unit_code"]: row["state"] for row in desk.json("status", KEY, "annual-report", "2026")}
    assert [states[code] for code in ("11-so-y-te", "11-so-tu-phap", "11-so-moi")] == [
        "transferred", "transferred", "open",
    ]  # fmt: skip
    contacts = desk.json("units", "show", "11-so-moi")["contacts"]
    assert {c["role"] for c in contacts} == {"officer", "office", "head"}


def test_an_act_for_a_day_to_come_shows_what_will_follow_then(desk: Desk) -> None:
    later = (*MERGE[:-3], "01/12/2026")
    assert desk.json("diff", *later)["followed"] == {"transferred": 2, "joined": 1}
    done = desk.json(*later)
    assert (done["followed"], done["difference"]["assignments"]) == (None, [])


def test_every_act_says_what_it_did(desk: Desk) -> None:
    order = ("--on", "01/11/2026")
    opened = desk.ok("units", "open", "11-so-a", "--kind", "department", "--name", "Sở A", "--parent", "11-ubnd-tinh",
                     *order)  # fmt: skip
    assert "thành lập từ ngày 01/11/2026; Chuyên viên mẫu" in opened
    assert "bắt đầu: 11-so-a (Sở A)" in opened
    assert "chưa có đầu mối liên hệ: 11-so-a; nạp bằng 'dondoc units import'" in opened
    renamed = desk.ok("units", "rename", "11-so-noi-vu", "--name", "Sở Nội chính", *order)
    assert "đổi tên" in renamed
    assert "vai trò" not in renamed  # the code goes on holding the role
    moved = desk.ok("units", "move", "03127", "--parent", "11-vp-ubnd", *order)
    assert "chuyển trực thuộc từ ngày 01/11/2026" in moved
    parts = desk.ok("units", "split", "03127", "--into", "03127=Phường Một", "--into", "03128=Phường Hai", "--on",
                    "02/11/2026")  # fmt: skip
    assert "nhiệm vụ đang mở: 1 kết thúc, 2 chuyển cho đơn vị mới" in parts
    closed = desk.ok("units", "close", "11-so-noi-vu", "--on", "01/12/2026")
    assert f"vai trò council-secretariat của {KEY} không còn đơn vị giữ từ 01/12/2026" in closed
    assert f"nhiệm vụ đang mở sẽ chuyển vào ngày 01/12/2026: {KEY}" in closed


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("close", "11-so-y-te"), "Missing option '--on'"),
        (("close", "11-so-khong", "--on", "2026-12-01"), "unit '11-so-khong': none with this code or name"),
        (("open", "11-x", "--kind", "so", "--name", "Sở", "--on", "2026-12-01"), "'so' is not one of"),
        (("rename", "11-so-y-te", "--name", " ", "--on", "2026-12-01"), "is empty"),
        (("split", "11-so-y-te", "--into", "11-a=A", "--on", "2026-12-01"), "a split names two or more"),
        (("close", "11-ubnd-tinh", "--on", "2026-12-01"), "without a parent; say whom they come under: --children-to"),
        (("list", "--under", "nowhere"), "unit 'nowhere': none with this code or name on 18/11/2026"),
        (("show", "xã"), "several match"),
    ],
)
def test_what_cannot_be_done_is_one_line(sqlite_url: str, tmp_path: Path, command: tuple[str, ...], words: str) -> None:
    load(sqlite_url, "2026-11-18 14:05")
    done = Desk(tmp_path / "home", DONDOC_DATABASE_URL=sqlite_url).run("units", *command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1

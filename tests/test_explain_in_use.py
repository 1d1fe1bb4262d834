"""`dondoc explain` of a campaign in use: by the office's calendar and with what rulings have found since."""

import shutil
from pathlib import Path

from tests.story import KEY
from tests.test_cli import Desk, load


def test_a_date_is_explained_by_the_calendar_and_the_facts_in_use(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{tmp_path / 'dondoc.sqlite'}", "2026-03-02 09:00")
    desk = Desk(tmp_path)
    before = desk.ok("explain", KEY, "consolidated-report", "2026")
    assert "Ngày đó là ngày làm việc; các lần nhắc tính từ chính ngày đó." in before
    desk.ok("calendar", "off", "04/12/2026", "--name", "Nghỉ mẫu", "--source", "1/TB-MẪU")
    after = desk.ok("explain", KEY, "consolidated-report", "2026")
    assert (
        "Ngày đó là ngày nghỉ (Nghỉ mẫu); các lần nhắc tính từ ngày làm việc liền trước: thứ Năm, 03/12/2026." in after
    )
    assert "Ngày 04/12/2026 là thứ Sáu, ngày nghỉ: Nghỉ mẫu" in after


def test_a_settled_reading_shows_beside_the_figures_that_rest_on_it(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "dondoc.sqlite")
    load(f"sqlite+aiosqlite:///{tmp_path / 'dondoc.sqlite'}", "2026-03-02 09:00")
    desk = Desk(tmp_path)
    cap = "“tối đa không quá 05 tập thể, cá nhân”; theo cách hiểu DB-12, DB-13"
    assert f"{cap}.\n" in desk.ok("explain", KEY, "annual-award-round", "2026")
    desk.ok("rule", "settle", KEY, "DB-12", "--as", "Mỗi loại 05.", "--document", "7/QĐ-MẪU; 02/03/2026",
            "--officer", "Chuyên viên mẫu")  # fmt: skip
    after = desk.ok("explain", KEY, "annual-award-round", "2026")
    assert f"{cap}, đã có quyết định về DB-12: theo quyết định đó.\n" in after
    assert "Mỗi loại 05. (quyết định: Chuyên viên mẫu)" in after

"""An office brings its own units and people: files beside what is registered, whole or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from dondoc.registry.problems import RegistryError
from dondoc.store.campaigns import count_rows
from tasks.changing import change
from tasks.import_units import Imported, import_units
from tests.databases import in_own_thread
from tests.registry_story import Registry, registry, unit
from tests.test_cli import Desk, load

UNITS = "code,valid_from,valid_to,kind,name,office_name,parent_code,province_code,sample\n"
SUCCESSIONS = "predecessor_code,predecessor_from,successor_code,successor_from,on_date,rule\n"
CONTACTS = "unit_code,unit_from,role,name,position,email,valid_from\n"
NEW = "11-so-moi,2026-03-01,,department,Sở Mới,Sở Mới mẫu,11-tinh,11,true\n"
ENDED = (
    "11-so-mot,2021-01-01,2026-03-01,department,Đơn vị mẫu 11-so-mot,Văn phòng Đơn vị mẫu 11-so-mot,11-tinh,11,true\n"
)
FOLLOWS = "11-so-mot,2021-01-01,11-so-moi,2026-03-01,2026-03-01,merge\n"
PERSON = "11-so-moi,2026-03-01,officer,Cán bộ mẫu,Chuyên viên,can-bo@so-moi.example,2026-03-01\n"


def written(folder: Path, **texts: str) -> list[Path]:
    """Return files with these texts, by name."""
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


async def taken_over(r: Registry, paths: list[Path], *, only_show: bool = False) -> Imported:
    done = await change(
        r.world,
        lambda connection: import_units(r.world, connection, paths, officer="Chuyên viên mẫu", document=None, at=r.now),
        only_show=only_show,
    )
    return done.result


async def test_units_successors_and_contacts_come_in_and_work_follows(database_url: str, tmp_path: Path) -> None:
    files = written(tmp_path, a=UNITS + NEW + ENDED, b=SUCCESSIONS + FOLLOWS, c=CONTACTS + PERSON)
    async with registry(database_url, [unit("11-so-mot"), unit("11-so-hai")]) as r:
        before = await count_rows(r.world.database)
        shown = await taken_over(r, files, only_show=True)
        assert await count_rows(r.world.database) == before
        done = await taken_over(r, files)
        assert replace(shown, change_id=done.change_id) == done
        assert ([row.code for row in done.new], [(each.unit.code, each.ends) for each in done.changed]) == (
            ["11-so-moi"], [("11-so-mot", True)],
        )  # fmt: skip
        assert (done.successions, done.new_contacts, done.followed.transferred, done.followed.joined) == (1, 1, 1, 1)
        assert await r.states() == [("11-so-hai", "open"), ("11-so-moi", "open"), ("11-so-mot", "transferred")]
        assert (await taken_over(r, files)).change_id is None  # twice is as good as once


async def test_a_whole_registry_comes_after_the_plan(database_url: str, tmp_path: Path) -> None:
    files = written(tmp_path, a=UNITS + "11-so-mot,2021-01-01,,department,Sở Một,Sở Một mẫu,11-tinh,11,true\n" + NEW)
    async with registry(database_url, []) as r:
        await taken_over(r, files)
        assert await r.states() == [("11-so-moi", "open"), ("11-so-mot", "open")]


async def test_what_does_not_fit_is_told_with_its_place_and_nothing_is_kept(database_url: str, tmp_path: Path) -> None:
    alone = "900,2021-01-01,2026-03-01,district,Huyện mẫu,Huyện mẫu,11-tinh,11,true\n"
    wrong = "11-so-moi,2026-03-01,,departement,Sở Mới,Sở Mới mẫu,11-tinh,11,true\n"
    files = written(tmp_path, a=UNITS + alone + wrong, b=SUCCESSIONS + FOLLOWS, c="tên,địa chỉ\nA,B\n")
    async with registry(database_url, [unit("11-so-mot"), unit("900", "district"), unit("901", "commune", "900")]) as r:
        before = await count_rows(r.world.database)
        with pytest.raises(RegistryError) as refused:
            await taken_over(r, files)
        assert refused.value.problems == [
            "a.csv: line 2, column valid_to: '900' would not exist on 2026-03-01, while '901' stands below it; add its "
            "row with the parent of that time, or use 'dondoc units'",
            "a.csv: line 3, column kind: 'departement' is no unit kind; did you mean department?",
            "c.csv: names the columns of none of units, successions, contacts; see docs/registry-files.md",
        ]
        assert await count_rows(r.world.database) == before


def test_a_workbook_of_two_sheets_by_command(sqlite_url: str, tmp_path: Path) -> None:
    load(sqlite_url, "2026-11-18 14:05")
    book = Workbook()
    for sheet, text in (("Danh sách", UNITS + NEW.replace("11-tinh", "11-ubnd-tinh")), ("contacts", CONTACTS + PERSON)):
        made = book.create_sheet(sheet)
        for line in text.splitlines():
            made.append(line.split(","))
    path = tmp_path / "don-vi.xlsx"
    in_own_thread(lambda: book.save(path))
    desk = Desk(tmp_path / "home", DONDOC_DATABASE_URL=sqlite_url)
    assert "Nếu nạp\n  đơn vị mới 1, thay đổi 0, kết thúc 0" in desk.ok("diff", "units", "import", str(path))
    done = desk.json("units", "import", str(path))
    assert ([row["code"] for row in done["new"]], done["new_contacts"], done["campaigns"]) == (
        ["11-so-moi"], 1, ["dien-bien"],
    )  # fmt: skip
    assert desk.ok("units", "import", str(path)).startswith("Không có gì mới")
    assert desk.json("units", "show", "11-so-moi")["contacts"][0]["address"] == "c***@so-moi.example"
    missing = desk.run("units", "import", str(tmp_path / "khong-co.csv"))
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    assert "khong-co.csv: cannot be read" in missing.stderr

"""The commands of SMS: approved texts entered, listed and retired; who can be reached; what a text costs."""

from pathlib import Path

import pytest

from tests.test_cli import Desk

GOOD = """
- kind: remind
  provider_ref: V-2026-17
  brandname: SO-KHCN-DB
  approved_on: 2026-09-01
  text: "{office} de nghi don vi gui {task} {due}. Lien he {phone}."
  slots: {office: 20, task: 40, due: 21, phone: 14}
"""


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Desk:
    """A desk with an empty database."""
    return Desk(tmp_path / "home", DONDOC_DATABASE_URL=sqlite_url)


def refused(desk: Desk, *arguments: str) -> str:
    """Run a command that must be refused; return its one line."""
    done = desk.run(*arguments)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_an_approved_text_is_entered_listed_replaced_and_retired(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "texts.yaml"
    file.write_text(GOOD, "utf-8")
    assert desk.ok("sms", "add-template", str(file)) == "Đã ghi remind.\n"
    file.write_text(GOOD.replace("V-2026-17", "V-2026-18"), "utf-8")
    desk.ok("sms", "add-template", str(file))
    [row] = desk.json("sms", "templates")
    assert (row["gateway"], row["provider_ref"], row["slots"]["task"]) == ("esms", "V-2026-18", 40)
    desk.ok("sms", "retire-template", "remind")
    assert desk.json("sms", "templates") == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Lien he", "Xem https://a.vn", "holds a link"),
        ("SO-KHCN-DB", "SO-KHCN-DIEN-BIEN", "needs 1 to 11 letters and digits"),
        ("task: 40", "task: 90", "2 segments (GSM-7"),
        ("provider_ref: V-2026-17", "number: 17", "texts.yaml: 0.provider_ref: Field required"),
        ("- kind", "kind", "texts.yaml: "),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_and_nothing_is_entered(
    desk: Desk, tmp_path: Path, old: str, new: str, why: str
) -> None:
    file = tmp_path / "texts.yaml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    assert why in refused(desk, "sms", "add-template", str(file))
    assert desk.json("sms", "templates") == []


def test_a_text_is_counted_and_priced_before_it_is_sent(desk: Desk) -> None:
    found = desk.json("sms", "cost", "Kính gửi quý đơn vị " * 9, "--to", "129")
    assert (found["encoding"], found["units"], len(found["segments"]), found["total_segments"], found["cost"]) == (
        "GSM-7", 180, 2, 258, 219_300,
    )  # fmt: skip
    assert desk.ok("sms", "cost", "Đôn đốc") == "1. Don doc\nGSM-7, 7 đơn vị; 1 tin, 850 đồng\n"


def test_nobody_is_reached_where_nobody_is_registered(desk: Desk) -> None:
    assert desk.json("sms", "numbers") == {"reached": 0, "not": {}}
    assert "none is in force" in refused(desk, "sms", "retire-template", "remind")
    assert "is no preset" in refused(desk, "sms", "cost", "a", "--gateway", "nobody")

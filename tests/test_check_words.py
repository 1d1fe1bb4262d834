"""The deciding words of a plan file against the document's text."""

from pathlib import Path

import pytest

from config.plan import load_plan, plan_path
from config.quotations import doubts, plain, quoted
from scripts.check_words import main

PLAN = plan_path("hai-duong")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document made of the plan's own quotations, broken over lines as a file from the web is."""
    text = "\n".join(words.replace(" ", "\n", 1) for _, words in quoted(load_plan(PLAN)))
    path = tmp_path / "document.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_words_that_stand_there_raise_no_doubt(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PLAN), str(document)]) == 0
    every = len(quoted(load_plan(PLAN)))
    assert capsys.readouterr().out == f"hai-duong.yaml: {every} quotations, {every} literal, 0 close, 0 not found\n"
    assert every > 40


def test_a_misspelt_scan_is_shown_for_comparison(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = plain(document.read_text(encoding="utf-8"))
    document.write_text(
        text.replace("tham mưu hướng dẫn khen thưởng", "tham mun hướng dẫn lchen thưởng"), encoding="utf-8"
    )
    assert main([str(PLAN), str(document)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "hai-duong.yaml: VI.5: compare: “tham mưu hướng dẫn khen thưởng”"
    assert told[1] == "  nearest (0.92): “tham mun hướng dẫn lchen thưởng”"
    assert told[-1].endswith("2 close, 0 not found")


@pytest.mark.parametrize("instead", ["tổng kết vào năm 2031", "không có gì ở đây"])  # another year is another date
def test_words_that_stand_nowhere_are_refused(document: Path, instead: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = plain(document.read_text(encoding="utf-8"))
    document.write_text(text.replace("tổng kết vào năm 2030", instead), encoding="utf-8")
    assert [found.words for found in doubts(load_plan(PLAN), document.read_text(encoding="utf-8"))] == [
        "tổng kết vào năm 2030"
    ]
    assert main([str(PLAN), str(document)]) == 1
    assert "V.2: NOT FOUND: “tổng kết vào năm 2030”" in capsys.readouterr().out


def test_joined_pieces_are_looked_for_apart() -> None:
    pieces = {words for clause, words in quoted(load_plan(PLAN)) if clause == "III.4.b"}
    assert {"lập danh sách đăng ký chỉ đạo làm điểm Phong trào thi đua", "trong Quý IV năm 2021"} <= pieces


@pytest.mark.parametrize("arguments", [[], ["one"], ["no-such.yaml", "no-such.txt"]])
def test_misuse_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1

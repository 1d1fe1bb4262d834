"""Clauses of a plan's document that name a time and that its file says nothing of."""

import re
from pathlib import Path

import pytest

from config.clauses import clauses
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_cli import Desk
from tests.test_example_plan import DOCUMENT, EXAMPLES, PLAN

DUTIES = next(n for n, line in enumerate(PLAN.splitlines(), 1) if line == "duties:")
WAY_OUT = "write a duty, or an entry of 'readings' with 'clause: {}' that says why it is none"


def left_out(plan: str, document: str = DOCUMENT) -> list[str]:
    """Return what is told of times in the document's clauses beyond what is told without it."""
    alone, beside = check_plan(plan, vietnam()), check_plan(plan, vietnam(), document)
    assert beside.problems == alone.problems
    told = [note for note in beside.notes if note not in alone.notes and "'indicators'" not in note.text]
    assert all(note == Problem(DUTIES, note.text, note=True) for note in told)
    return [note.text for note in told]


def without(duty: str) -> str:
    """Return the example without one of its duties."""
    head, *blocks = PLAN.split("  - duty: ")
    kept = [block for block in blocks if not block.startswith(f"{duty}\n")]
    (gone,) = (block for block in blocks if block not in kept)
    text = "  - duty: ".join([head, *kept])
    for name in re.findall("&([a-z-]+)", gone):  # the list was written there for others too
        kinds = ("department", "commune") if name == "units" else ("department",)
        who = ", ".join(f"{{kind: {kind}, modality: mandated}}" for kind in kinds)
        text = text.replace(f"*{name}", f"[{who}]")
    return text


def test_clauses_are_read_with_their_labels_and_lines() -> None:
    text = (
        "KẾ HOẠCH\n1. trước mục đầu\n**II. NỘI DUNG**\n1. Một\n dòng tiếp\n1.1. Một một\na) Chữ a;\n2) không\n"
        "Nơi nhận:\n3. sau"
    )
    assert [(clause.label, clause.line, clause.text) for clause in clauses(text)] == [
        ("II", 3, "NỘI DUNG"),
        ("II.1", 4, "Một dòng tiếp"),
        ("II.1.1", 6, "Một một"),
        ("II.1.1.a", 7, "Chữ a; 2) không"),
    ]


def test_every_clause_of_the_example_with_a_time_has_its_entry() -> None:
    assert left_out(PLAN) == []
    assert len(clauses(DOCUMENT)) == 26


@pytest.mark.parametrize(
    ("duty", "clause", "said"),
    [
        ("launch", "I.2 (line 13 of the document)", "xong trước ngày 30/4/2026"),
        ("pilots", "II.2 (line 19 of the document)", "trong quý II năm 2026"),
        (
            "ranking",
            "III.2 (line 26 of the document)",
            "chậm nhất đến hết ngày 25/11', 'hằng năm",
        ),  # the phase of the clause has an entry
        ("award-dossiers", "IV.2 (line 33 of the document)", "trước hội nghị tổng kết 10 ngày"),
        ("half-year-report", "V.3 (line 40 of the document)", "trước ngày 15 của tháng cuối kỳ"),
        ("consolidated-report", "VI.1 (line 48 of the document)", "trước ngày 20/12"),
    ],
)
def test_a_clause_whose_time_no_entry_quotes_is_told_with_its_words(duty: str, clause: str, said: str) -> None:
    label = clause.split(" ")[0]
    expected = f"clause {clause} says '{said}', and no entry here quotes it; {WAY_OUT.format(label)}"
    assert expected in left_out(without(duty))


NO_DUTY = """\
  - id: MG-09
    clause: II.4
    words: hằng năm tổng hợp kinh nghiệm
    reading: Là giải pháp chung, không phải nhiệm vụ.
"""


def test_of_a_file_that_cannot_be_read_no_clause_is_told() -> None:
    assert left_out(PLAN.replace("    title: Báo cáo năm", "\ttitle: Báo cáo năm")) == []


def test_a_reading_says_that_a_clause_is_no_duty() -> None:
    document = DOCUMENT.replace("III. THỜI GIAN", "4. Các đơn vị hằng năm tổng hợp kinh nghiệm hay.\n\nIII. THỜI GIAN")
    (told,) = left_out(PLAN, document)
    assert told.startswith("clause II.4 (line 23 of the document) says 'hằng năm', and no entry here quotes it; ")
    assert left_out(PLAN + NO_DUTY, document) == []
    noted = PLAN + "\nnotes:\n  - Tổng hợp kinh nghiệm hằng năm (II.4) là giải pháp chung.\n"
    assert left_out(noted, document) == []


@pytest.mark.parametrize(
    "text",
    [
        "4. Mục tiêu: đến năm 2030, trước ngày 30/6 đạt 80% hồ sơ trực tuyến.",
        "4. Phấn đấu đạt mục tiêu chuyển đổi số trong năm 2028 theo Kế hoạch này.",
        "4. Thực hiện Quyết định số 749/QĐ-TTg ngày 03/6/2020 của Thủ tướng Chính phủ giai đoạn 2026 - 2030.",
        "4. Tăng cường tuyên truyền, vận động Nhân dân.",
    ],
)
def test_targets_and_documents_are_no_time_of_a_duty(text: str) -> None:
    assert left_out(PLAN, DOCUMENT.replace("III. THỜI GIAN", f"{text}\n\nIII. THỜI GIAN")) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("kiểm tra trong 6 tháng cuối năm 2026.", "trong 6 tháng cuối năm 2026"),
        ("gửi kết quả trước hội nghị tổng kết 15 ngày làm việc.", "trước hội nghị tổng kết 15 ngày làm việc"),
        ("trả lời trong thời hạn 15 ngày làm việc.", "trong thời hạn 15 ngày làm việc"),
        ("báo cáo trong 05 ngày làm việc đầu của quý sau.", "trong 05 ngày làm việc đầu của quý sau"),
    ],
)
def test_time_words_are_shown_whole(said: str, shown: str) -> None:
    document = DOCUMENT.replace("III. THỜI GIAN", f"4. Các đơn vị {said}\n\nIII. THỜI GIAN")
    plan = PLAN.replace("words: trong 05 ngày làm việc đầu của quý sau", "words: ngày làm việc đầu của quý sau")
    (told,) = [text for text in left_out(plan, document) if text.startswith("clause II.4 ")]
    assert f" says '{shown}', and no entry here quotes it; " in told


def test_the_command_reads_the_document_beside_the_file_or_the_one_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    told = "lưu ý: clause V.3 (line 40 of the document) says 'trước ngày 15 của tháng cuối kỳ'"
    (path := tmp_path / "mau-giang.yaml").write_text(without("half-year-report"), encoding="utf-8")
    assert told not in desk.ok("check", str(path))
    assert told in desk.ok("check", str(path), "--text", str(EXAMPLES / "mau-giang.txt"))
    (tmp_path / "mau-giang.txt").write_text(DOCUMENT, encoding="utf-8")
    assert told in desk.ok("check", str(path))
    for arguments, said in (
        ((str(path), "--text", "none.txt"), "none.txt: cannot be read: No such file or directory"),
        ((str(path), "dien-bien", "--text", "x.txt"), "--text x.txt: belongs to one plan; check one file at a time"),
    ):
        done = desk.run("check", *arguments)
        assert (done.exit_code, done.stderr.strip()) == (2, said)


TOLD: list[tuple[str, str]] = [
    ("Cuối năm tổ chức bình xét.", "cuối năm"),
    ("Cuối quý tổ chức bình xét.", "cuối quý"),
    ("Gửi danh sách trước 17 giờ thứ Sáu hằng tuần.", "hằng tuần"),
    ("Khi có yêu cầu, gửi số liệu.", "khi có yêu cầu"),
    ("Gửi báo cáo đột xuất theo chỉ đạo.", "báo cáo đột xuất"),
    ("Tổng hợp ngay sau hội nghị sơ kết.", "ngay sau hội nghị"),
    ("Gửi kết quả chậm nhất sau 01 tuần kể từ khi kiểm tra.", "chậm nhất sau 01 tuần"),
    ("Trước khi kết thúc năm 2026 hoàn thành số hóa.", "trước khi kết thúc năm 2026"),
    ("Kiểm tra ít nhất 02 cuộc/năm.", "02 cuộc/năm"),
    ("Sáu tháng một lần, gửi số liệu.", "sáu tháng một lần"),
    ("Vào dịp Quốc khánh 2/9, tổ chức biểu dương.", "vào dịp"),
    ("Hoàn thành trong vòng hai tháng.", "trong vòng hai tháng"),
]


@pytest.mark.parametrize(("said", "shown"), TOLD)
def test_times_without_a_day_are_looked_for_too(said: str, shown: str) -> None:
    document = DOCUMENT.replace("III. THỜI GIAN", f"4. {said}\n\nIII. THỜI GIAN")
    (told,) = left_out(PLAN, document)
    assert told.startswith(f"clause II.4 (line 23 of the document) says '{shown}', and no entry here quotes it; ")


def test_a_second_task_in_a_clause_with_an_entry_is_looked_for() -> None:
    document = DOCUMENT.replace("của tháng cuối kỳ.", "của tháng cuối kỳ. Hằng quý rà soát.")
    assert document != DOCUMENT
    (told,) = left_out(PLAN, document)
    assert told.startswith("clause V.3 (line 40 of the document) says 'hằng quý', and no entry here quotes it; ")


@pytest.mark.parametrize(
    ("heading", "clause", "told"),
    [
        ("Chỉ tiêu", "Đến hết tháng 6/2028, 80% hồ sơ trực tuyến.", False),
        ("Chỉ tiêu", "Hằng năm đạt 90% hồ sơ do các cơ quan, đơn vị gửi qua mạng.", False),
        ("Chỉ tiêu", "Các sở, ngành gửi báo cáo trước ngày 01/7/2027.", True),
        ("Mục tiêu và nội dung thi đua", "Thi đua số hóa hồ sơ trước ngày 01/7/2027.", True),
        ("Mục tiêu, nhiệm vụ", "Số hóa hồ sơ trước ngày 01/7/2027.", True),
    ],
)
def test_a_heading_of_targets_hides_what_is_to_be_reached_and_nothing_else(
    heading: str, clause: str, told: bool
) -> None:
    document = DOCUMENT.replace("III. THỜI GIAN", f"4. {heading}\na) {clause}\n\nIII. THỜI GIAN")
    assert [text.startswith("clause II.4.a ") for text in left_out(PLAN, document) if "indicators" not in text] == (
        [True] if told else []
    )

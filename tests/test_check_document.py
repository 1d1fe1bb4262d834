"""A plan file beside its document: words that are not there, clauses it does not have, words of another clause.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

from pathlib import Path

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_cli import Desk
from tests.test_example_plan import DOCUMENT, PLAN, with_line

MONTHLY = "    title: Số liệu hằng tháng\n    clause: V.1\n"
GUIDE = "{act: guide, role: receiver, clause: VI.2, words: hướng dẫn chuyên môn}"
COUNT = "count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}"
MID_TERM = (
    "{chain: mid-term, clause: III.2, order: [interim-review, phase-2-decision], words: trên cơ sở kết quả sơ kết}"
)
PRINTED = "quote the words as printed"

SLIPS: list[tuple[str, tuple[str, str], bool, str]] = [
    (
        "other words than printed",
        ("words: xong trước ngày 30/4/2026", "words: hoàn thành trước ngày 30/4/2026  #!"),
        False,
        "words 'hoàn thành trước ngày 30/4/2026' do not stand in the document; nearest there: 'hợp, xong trước "
        "ngày 30/4/2026.' (clause I.2); " + PRINTED,
    ),
    (
        "another figure",
        ("words: trước ngày 15 của tháng cuối kỳ", "words: trước ngày 16 của tháng cuối kỳ  #!"),
        False,
        "words 'trước ngày 16 của tháng cuối kỳ' do not stand in the document; nearest there: 'trước ngày 15 của "
        "tháng cuối kỳ.' (clause V.3); " + PRINTED,
    ),
    (
        "words of nowhere",
        ("words: Chủ tịch UBND tỉnh tặng Bằng khen", "words: Hội đồng xét chọn họp kín  #!"),
        False,
        "words 'Hội đồng xét chọn họp kín' do not stand in the document; nothing there comes near; " + PRINTED,
    ),
    (
        "a letter",
        ("words: gửi về Sở Nội vụ để tổng hợp}", "words: gửi về Sở Nội vụ đễ tổng hợp}  #!"),
        True,
        "words 'gửi về Sở Nội vụ đễ tổng hợp': the document reads 'gửi về sở nội vụ để tổng hợp' (clause V.5); "
        "compare, a scan may be spoiled",
    ),
    (
        "another word, which no scan made of the printed one",
        ("words: chậm nhất đến hết ngày 25/11 hằng năm", "words: chậm nhất đến trước ngày 25/11 hằng năm  #!"),
        False,
        "words 'chậm nhất đến trước ngày 25/11 hằng năm' do not stand in the document; nearest there: 'chậm nhất đến "
        "hết ngày 25/11 hằng năm.' (clause III.2); " + PRINTED,
    ),
    (
        "one of two joined pieces",
        (GUIDE, GUIDE.replace("hướng dẫn chuyên môn", "hướng dẫn … chuyên đề sâu rộng") + "  #!"),
        False,
        "words 'chuyên đề sâu rộng' do not stand in the document; nothing there comes near; " + PRINTED,
    ),
    (
        "a clause the document does not have",
        (MONTHLY, MONTHLY.replace("V.1", "V.9  #!")),
        False,
        "the document has no clause V.9 (V has 1 to 6); these words stand in clause V.1",
    ),
    (
        "a section the document does not have",
        (MID_TERM, MID_TERM.replace("III.2", "IX.1") + "  #!"),
        False,
        "the document has no clause IX.1 (it has I to VI); these words stand in clause III.2",
    ),
    (
        "a part of a clause without parts",
        ("clause: II.2\n", "clause: II.2.a  #!\n"),
        True,
        "the document has no clause II.2.a (II.2 has no parts with a number or letter); these words stand in clause "
        "II.2",
    ),
    (
        "words of another clause",
        (MONTHLY, MONTHLY.replace("V.1", "V.2  #!")),
        False,
        "words 'chậm nhất ngày 20 hằng tháng' stand in clause V.1 of the document, not in V.2; correct 'clause'",
    ),
    (
        "words of another clause, in an entry without a clause of its own",
        (COUNT, "count: {min: null, max: null, words: trình UBND tỉnh}  #!"),
        True,
        "words 'trình UBND tỉnh' stand in clause VI.1 of the document, not in II.2; write 'clause: VI.1' beside them",
    ),
    (
        "a receiver does what another section says",
        (
            "      - {to: standing-agency}\n  - duty: enterprises-join\n",
            "      - {to: standing-agency, function: để tổng hợp}  #!\n  - duty: enterprises-join\n",
        ),
        True,
        "words 'để tổng hợp' stand in clause V.5 of the document, not in II.2; leave 'function' out, or write what "
        "this clause says",
    ),
    (
        "another number",
        ("number: 45/KH-UBND", "number: 54/KH-UBND  #!"),
        True,
        "the document's head has the number 45, here it is '54/KH-UBND'; correct 'number'",
    ),
    (
        "another day",
        ("date: 2026-01-20", "date: 2026-01-21  #!"),
        True,
        "the document's head has the date 2026-01-20, here it is '2026-01-21'; correct 'date'",
    ),
]


def beside(text: str, document: str = DOCUMENT) -> list[Problem]:
    """Return what is told beside the document and not without it."""
    alone, both = check_plan(text, vietnam()), check_plan(text, vietnam(), document)
    known = {*alone.problems, *alone.notes}
    return [problem for problem in (*both.problems, *both.notes) if problem not in known]


@pytest.mark.parametrize(("swap", "note", "told"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_what_the_document_does_not_say_is_told_with_its_line_and_a_way_out(
    swap: tuple[str, str], note: bool, told: str
) -> None:
    text, line = with_line(swap)
    found = beside(text)
    assert [problem for problem in found if "and no entry here quotes it" not in problem.text] == [
        Problem(line, told, note)
    ]


@pytest.mark.parametrize(
    "swap",
    [
        (MONTHLY, MONTHLY.replace("V.1", "V.1, V.2")),
        (MONTHLY, MONTHLY.replace("V.1", "Đoạn kết")),
        ("words: gửi về Sở Nội vụ để tổng hợp}", "words: GỬI về   Sở Nội vụ … tổng hợp}"),
        ("words: gửi về Sở Nội vụ để tổng hợp}", "words: gửi về Sở Nội vụ ... tổng hợp}"),
    ],
)
def test_what_is_right_or_not_certain_is_not_told(swap: tuple[str, str]) -> None:
    assert PLAN.count(swap[0]) == 1
    assert beside(PLAN.replace(*swap)) == []


def test_a_scan_that_lost_a_number_is_not_relied_on() -> None:
    scanned = DOCUMENT.replace("\n2. Các sở, ban, ngành, UBND các xã, phường báo cáo quý", "\nỌ. Các sở, báo cáo quý")
    assert scanned != DOCUMENT
    text, line = with_line((MONTHLY, MONTHLY.replace("V.1", "V.9  #!")))
    assert [problem.line for problem in beside(text, scanned) if "no clause V.9" in problem.text] == []
    text, line = with_line((MONTHLY, MONTHLY.replace("V.1", "V.3  #!")))
    (told,) = [problem for problem in beside(text, scanned) if problem.line == line]
    assert told.note
    assert told.text.endswith("stand in clause V.1 of the document, not in V.3; correct 'clause'")


def test_the_document_of_another_plan_is_told_once() -> None:
    found = beside(PLAN, "KẾ HOẠCH\nI. MỤC ĐÍCH\n1. Thi đua sản xuất giỏi.\n")
    told = [problem.text for problem in found if "quotations" in problem.text]
    assert told == [
        "37 of 37 quotations do not stand in the document; is it the one of this plan? name another with --text"
    ]
    assert not [problem for problem in found if "do not stand in the document; n" in problem.text]


def test_an_empty_document_is_not_passed_over() -> None:
    assert [problem.text[:37] for problem in beside(PLAN, "") if not problem.note] == [
        "37 of 37 quotations do not stand in t"
    ]


def test_the_summary_says_whether_a_document_was_compared(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    (path := tmp_path / "mau-giang.yaml").write_text(PLAN, encoding="utf-8")
    assert desk.ok("check", str(path)).endswith("; chưa đối chiếu với văn bản: thêm --text\n")
    (tmp_path / "mau-giang.txt").write_text(DOCUMENT, encoding="utf-8")
    assert desk.ok("check", str(path)).endswith("; đã đối chiếu với mau-giang.txt\n")

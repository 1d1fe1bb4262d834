"""Who owes a duty and who receives it, beside the words and the document: told where they surely differ.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

import pytest

from config.words_who import does, is_department, receiving
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_check_document import beside
from tests.test_example_plan import DOCUMENT, PLAN, with_line

FRONT = "{kind: front, modality: requested, clause: VI.3, words: Đề nghị Ủy ban MTTQ Việt Nam tỉnh}"
HALF = "    words: trước ngày 15 của tháng cuối kỳ\n    rule: before day 15\n"
MONTHLY = "    words: chậm nhất ngày 20 hằng tháng\n    reading: Tháng 01"

SENTENCES: list[tuple[str, set[str]]] = [
    ("Báo cáo tháng: Ủy ban nhân dân cấp xã gửi số liệu về Sở Nội vụ", {"commune"}),
    ("các sở, ban, ngành và UBND các xã, phường ban hành kế hoạch", {"department", "commune"}),
    ("Trân trọng mời Hiệp hội Doanh nghiệp tỉnh tham gia đánh giá", {"business-association"}),
    ("Ủy ban nhân dân tỉnh tổ chức sơ kết", {"province"}),
    ("theo đề nghị của các sở, ban, ngành báo cáo", set()),  # whose proposal it is, not who does it
    ("gửi về Sở Nội vụ trước ngày 15/11", set()),  # nobody is named
    ("trước ngày 15/11", set()),
]


@pytest.mark.parametrize(("sentence", "kinds"), SENTENCES)
def test_who_does_it_stands_before_the_verb(sentence: str, kinds: set[str]) -> None:
    assert set(does(sentence)) == kinds


@pytest.mark.parametrize(
    ("words", "code", "same"),
    [
        ("Khoa học và Công nghệ", "khcn", True),
        ("KH&CN", "khcn", True),
        ("Nội vụ", "noi-vu", True),
        ("Nội vụ", "noivu", True),
        ("Nội", "noi-vu", False),
        ("Tài chính", "tttt", False),
        ("Khoa học và Công nghệ và", "khcn", False),
    ],
)
def test_a_department_is_known_by_its_code(words: str, code: str, same: bool) -> None:
    assert is_department(words.replace("&", " & ").split() if "&" not in words else [words], code) is same


def test_receivers_stand_after_what_is_handed_in() -> None:
    sentence = "các sở báo cáo về Sở Khoa học và Công nghệ và gửi Sở Nội vụ để theo dõi; Sở Tài chính bố trí"
    assert receiving(sentence, ["khcn", "noi-vu", "tai-chinh"]) == {
        "khcn": "Sở Khoa học và Công nghệ",
        "noi-vu": "Sở Nội vụ",
    }


def test_a_kind_of_unit_that_its_own_words_name_is_told() -> None:
    text = PLAN.replace(HALF, HALF.replace("words: ", "words: các sở, ban, ngành báo cáo "))
    assert text != PLAN
    told = [each.text for each in check_plan(text, vietnam()).problems]
    assert sorted(told, reverse=True) == [
        "words name 'các sở, ban, ngành', and no 'department' owes 'half-year-report'; add it, or say in 'reading' why "
        "it does not",
        "'commune' owes 'half-year-report', whose words name only 'các sở, ban, ngành'; quote what binds it in its own "
        "'words', or remove it",
    ]


def test_the_sentence_of_the_document_names_who_does_it() -> None:
    document = DOCUMENT.replace("3. UBND các xã, phường báo cáo 6 tháng", "3. Các sở, ban, ngành báo cáo 6 tháng")
    text, _ = with_line(("title: Báo cáo 6 tháng", "title: Báo cáo 6 tháng  #!"))
    told = [problem for problem in beside(text, document) if "'half-year-report'" in problem.text]
    assert [(each.note, each.text.partition(";")[0]) for each in told] == [
        (True, "words name 'các sở, ban, ngành', and no 'department' owes 'half-year-report'"),
        (True, "'commune' owes 'half-year-report', whose words name only 'các sở, ban, ngành'"),
    ]
    assert beside(text, DOCUMENT) == []


def test_a_department_to_which_it_is_handed_in_receives_it() -> None:
    text, line = with_line(
        ("    addressees:\n      - {to: receiver, function: để theo dõi}\n",
         "    addressees:\n      - {to: standing-agency}  #!\n"),
        (MONTHLY, "    words: chậm nhất ngày 20 hằng tháng gửi về Sở Khoa học và Công nghệ\n    reading: Tháng 01"),
    )  # fmt: skip
    checked = check_plan(text, vietnam())
    handed = "words hand it in at 'Sở Khoa học và Công nghệ'"
    assert [each for each in (*checked.problems, *checked.notes) if each.text.startswith(handed)] == [
        Problem(line - 1, f"{handed}, and no addressee of 'monthly-figures' is held by it; add 'to: receiver'"),
        Problem(line, f"{handed}, addressee 'standing-agency' is another; correct or remove it, or say in 'reading' "
                "where that stands", note=True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("swap", "note", "told"),
    [
        ((FRONT, FRONT.replace("front", "party-body") + "  #!"), True,
         "words name 'mttq', the obligor is 'party-body'; write 'kind: front', or quote other words"),
        (("{kind: department, modality: mandated, role: standing-agency}",
          "{kind: commune, modality: mandated, role: standing-agency}  #!"), False,
         "'00-so-noi-vu' holds role 'standing-agency' and is no 'commune'; write 'kind: department'"),
        (("{unit: 00-so-khcn}", "{unit: 14-so-khcn}  #!"), True,
         "'14-so-khcn' is no unit of province '00'; write '00-…'"),
    ],
)  # fmt: skip
def test_units_of_another_kind_or_province_are_told(swap: tuple[str, str], note: bool, told: str) -> None:
    text, line = with_line(swap)
    checked = check_plan(text, vietnam())
    found = {(each.note, each.text) for each in (*checked.problems, *checked.notes) if abs(each.line - line) <= 1}
    assert (note, told) in found

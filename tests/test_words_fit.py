"""Words and rule of a duty side by side: which pairs fit, and what is said of those that do not."""

import pytest

from config.grammar import parse_rule
from config.words_fit import misfits
from config.words_said import Said

QUIET = [
    ("trước ngày 15/11", "before 15/11"),
    ("hàng năm (trước 5/12)", "before 5/12"),
    ("trước ngày 15 tháng 11 hằng năm", "before 15/11"),
    ("chậm nhất ngày 31/8", "by 31/8"),
    ("đến hết ngày 31/8/2026", "by 31/8"),
    ("chậm nhất quý III//2026", "by Q3"),
    ("vào quý IV năm 2026", "within Q4"),
    ("tổng kết vào quý IV/2026", "within Q4"),
    ("trong quý 4", "within Q4"),
    ("xong trước ngày 30/9 (quý III)", "before 30/9"),
    ("trong tháng 11/2026", "within 11"),
    ("giữa năm 2026", "by middle of Y"),
    ("cuối năm", "by Y"),
    ("đầu tháng 11", "by start of 11"),
    ("6 tháng đầu năm", "within H1"),
    ("đầu tư cho đầu mối tổng hợp", "by Y"),
    ("giai đoạn 2021 - 2025, theo Kế hoạch 38/2021/KH-UBND", "by Y"),
    ("căn cứ tình hình thực tiễn, trước khi tổng kết", "within Q4"),
    ("hàng năm và giai đoạn theo quy định", "on occasion"),
    ("gửi trước hội nghị 10 ngày", "10 days before conference"),
    ("trong 05 ngày làm việc kể từ ngày kết thúc", "5 working days after conference"),
]


def said(
    words: str, rule: str, every: str | None = None, recurs: bool = True, years: tuple[int, ...] = (2026,)
) -> Said:
    """Return what a duty says; as if it came back every year, in 2026 only."""
    return Said(words, parse_rule(rule), every, recurs, years)


@pytest.mark.parametrize(("words", "rule"), QUIET)
def test_words_that_fit_are_left_alone(words: str, rule: str) -> None:
    assert list(misfits(said(words, rule))) == []


@pytest.mark.parametrize(
    ("words", "rule", "told"),
    [
        ("trước ngày 15/11", "by 15/11", "words say 'trước ngày 15/11', rule is 'by 15/11'; write 'before 15/11'"),
        ("trước ngày 15/11", "by 14/11", "words say 'trước ngày 15/11', rule is 'by 14/11'; write 'before 15/11'"),
        ("trước ngày 15/11", "before 5/12",
         "words say 'trước ngày 15/11', rule is 'before 5/12'; write 'before 15/11'"),
        ("trước ngày 15/11", "within Q4", "words say 'trước ngày 15/11', rule is 'within Q4'; write 'before 15/11'"),
        ("chậm nhất 31/8", "before 31/8", "words say 'chậm nhất 31/8', rule is 'before 31/8'; write 'by 31/8'"),
        ("đến hết ngày 31/8", "before 31/8", "words say 'đến hết 31/8', rule is 'before 31/8'; write 'by 31/8'"),
        ("gửi ngày 31/8", "by 30/8", "words say '31/8', rule is 'by 30/8'; write 'by 31/8'"),
        (
            "chậm nhất cuối kỳ", "before 1/10",
            "words 'chậm nhất' count the last day, rule 'before 1/10' leaves it out; write 'by 1/10'",
        ),
        ("trong quý IV", "within Q3", "words name quarter 4, rule is 'within Q3'; write 'within Q4' or 'by Q4'"),
        ("quý III năm 2026", "by Y", "words name quarter 3, rule is 'by Y'; write 'within Q3' or 'by Q3'"),
        ("quý III", "by 15/11", "words name quarter 3, rule is 'by 15/11'; write 'within Q3' or 'by Q3'"),
        ("trong tháng 11", "within Q4",
         "words name month 11, rule is 'within Q4'; write 'within 11' or 'by end of 11'"),
        ("6 tháng đầu năm", "by H2", "words '6 tháng đầu năm' are H1, rule is 'by H2'; write H1"),
        ("đầu tháng 11", "by end of 11",
         "words 'đầu tháng' are the start, rule is 'by end of 11'; write 'by start of …'"),
        ("giữa năm", "by Y", "words 'giữa năm' are the middle, rule is 'by Y'; write 'by middle of …'"),
        (
            "trước hội nghị 10 ngày", "15 days before conference",
            "words say 10 days, rule is '15 days before conference'; write '10 days before conference'",
        ),
        (
            "5 ngày làm việc sau hội nghị", "5 days after conference",
            "words say 5 working days, rule is '5 days after conference'; write '5 working days after conference'",
        ),
        (
            "5 ngày sau hội nghị", "5 days before conference",
            "words say 'sau', rule is '5 days before conference'; write 'after'",
        ),
    ],
)  # fmt: skip
def test_words_that_say_another_day_are_told(words: str, rule: str, told: str) -> None:
    assert list(misfits(said(words, rule))) == [told]


@pytest.mark.parametrize(
    ("words", "rule", "every", "told"),
    [
        ("hằng tháng, trước ngày 25", "before day 25", "month", []),
        ("chậm nhất ngày 05 tháng sau", "by day 5 of next", "month", []),
        ("định kỳ 6 tháng", "by end", "half-year", []),
        ("trước ngày 25 hằng tháng", "by day 25", "month",
         ["words say 'trước ngày 25', rule is 'by day 25'; write 'before day 25'"]),
        ("chậm nhất ngày 20 hằng tháng", "by day 25", "month",
         ["words say 'chậm nhất ngày 20', rule is 'by day 25'; write 'by day 20'"]),
        ("ngày 05 tháng sau", "by day 5", "month",
         ["words say 'ngày 5 tháng sau', rule is 'by day 5'; write 'by day 5 of next'"]),
        ("03 ngày làm việc đầu tháng sau", "by working day 3", "month",
         ["words say '03 ngày làm việc đầu', rule is 'by working day 3'; write 'by working day 3 of next'"]),
        ("hằng quý", "by end", "month", ["words 'hằng quý' come back every quarter; write 'every: quarter'"]),
        ("6 tháng một lần", "by end", "quarter",
         ["words '6 tháng một lần' come back every half-year; write 'every: half-year'"]),
        ("báo cáo hằng quý", "by 15/11", None, ["words 'hằng quý' come back every quarter; write 'every: quarter'"]),
    ],
)  # fmt: skip
def test_words_about_months_and_quarters(words: str, rule: str, every: str | None, told: list[str]) -> None:
    assert list(misfits(said(words, rule, every))) == told


@pytest.mark.parametrize(
    ("words", "recurs", "years", "told"),
    [
        ("hằng năm", True, (2023, 2030), []),
        ("hàng năm", False, (2023,), ["words 'hàng năm' come back every year, this happens once; write 'years: each'"]),
        ("năm 2025", False, (2025,), []),
        ("năm 2025", False, (2024,), ["words name the year 2025, the rule and its years give 2024; correct 'years'"]),
        ("năm 2025", True, (2023, 2024),
         ["words name the year 2025, the rule and its years give 2023 to 2024; correct 'years'"]),
        ("năm 2023", True, (2023, 2024),
         ["words name the year 2023 only, this comes back until 2024; correct 'years'"]),
        ("từ năm 2023 đến năm 2024", True, (2023, 2024), []),
        ("giai đoạn 2021 - 2025", False, (2023,), []),
    ],
)  # fmt: skip
def test_words_about_years(words: str, recurs: bool, years: tuple[int, ...], told: list[str]) -> None:
    assert list(misfits(said(words, "by Y", recurs=recurs, years=years))) == told

"""What to do about it: each line of `dondoc check` says what to write, and one slip is told once.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import PLAN, with_line

LAUNCH = "  - duty: launch\n    kind: launch\n    title: Tổ chức phát động Phong trào thi đua\n    clause: I.2\n"
RANKED = "    years: phase-2.each\n    obligors:\n      - {kind: commune, modality: mandated}\n"
ENDS = "words: trình UBND tỉnh trước ngày 20/12\n    rule: before 20/12\n"

SLIPS: list[tuple[str, tuple[tuple[str, str], ...], str]] = [
    (
        "no clause",
        ((LAUNCH, LAUNCH.replace("duty: launch\n", "duty: launch  #!\n").replace("    clause: I.2\n", "")),),
        "'clause' is missing; write where it stands, such as 'clause: V.1'",
    ),
    (
        "no kind of duty",
        ((LAUNCH, LAUNCH.replace("duty: launch\n    kind: launch\n", "duty: launch  #!\n")),),
        "'kind' is missing; write one of the kinds of duty, such as 'kind: annual-report'",
    ),
    (
        "no kind of unit",
        ((RANKED, RANKED.replace("{kind: commune, modality: mandated}", "{modality: mandated}  #!")),),
        "'kind' is missing; write the kind of unit, such as 'kind: department'",
    ),
    (
        "no modality",
        ((RANKED, RANKED.replace("{kind: commune, modality: mandated}", "{kind: commune}  #!")),),
        "'modality' is missing; write how strongly it binds, such as 'modality: mandated'",
    ),
    (
        "nobody owes it",
        ((RANKED, "    years: phase-2.each\n"), ("  - duty: ranking\n", "  - duty: ranking  #!\n")),
        "'obligors' is missing; write who owes it, such as 'obligors: [{kind: commune, modality: mandated}]'",
    ),
    (
        "two duties, one slug",
        (
            ("  - duty: inspection\n    kind", "  - duty: guidance\n    kind"),
            ("  - duty: guidance\n    kind: guidance", "  - duty: guidance  #!\n    kind: guidance"),
        ),
        "duty 'guidance' stands twice; the first is on line 246; rename one",
    ),
    (
        "at least more than at most",
        (("count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}", "count: {min: 4, max: 2, words: từ 02 đến 04}  #!"),),
        "'max' 2 is less than 'min' 4; exchange them, or correct one",
    ),
    (
        "a duty that is not there",
        (("years: first+1\n    discretionary: true", "years: first+1\n    conditional_on: council-vote  #!"),),
        "unknown duty 'council-vote'; known: launch, own-plan, pilots, enterprises-join, interim-review, "
        "phase-2-decision, ranking, final-review, award-dossiers, final-report, monthly-figures, quarterly-report, "
        "half-year-report, annual-report, on-request-report, inspection, consolidated-report, guidance; or add the "
        "duty",
    ),
    (
        "no ladder for those who are encouraged",
        (("  none: []\n", ""), ("cooperative, modality: encouraged}", "cooperative, modality: encouraged}  #!")),
        "'encouraged' units use ladder 'none', which the file does not have; add 'none: []' to 'ladders'",
    ),
    (
        "a computed date beside words that leave the day out",
        ((ENDS, "words: trình UBND tỉnh trước ngày 20/12\n    rule: 2027-12-19  #!\n"),),
        "unknown time rule '2027-12-19'; write 'before 20/12': the word, the day, '/' and the month in figures; which "
        "years is told by 'years'",
    ),
    (
        "a rung that nobody on its ladder may get",
        (
            (
                "fold}\n  preparation:\n",
                "fold}\n    - {rung: late, working_days: 3, kind: brief, to: head, reconciled: true}  #!\n"
                "  preparation:\n",
            ),
        ),
        "rung 'late' of ladder 'courtesy' is 'brief', but 'requested' units of duty 'annual-report' are never overdue; "
        "remove the rung",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "told"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_the_line_says_what_to_write(swaps: tuple[tuple[str, str], ...], told: str) -> None:
    text, line = with_line(*swaps)
    assert Problem(line, told) in check_plan(text, vietnam()).problems


def test_a_misspelt_role_is_told_once_and_hides_nothing() -> None:
    text = PLAN.replace("  standing-agency:\n", "  standing-agancy:\n").replace("rule: before 20/12", "rule: by 20/12")
    assert [problem.text.partition(";")[0] for problem in check_plan(text, vietnam()).problems] == [
        "unknown role 'standing-agancy'",
        "words say 'trước ngày 20/12', rule is 'by 20/12'",
    ]


REVIEW = "words: Tổng kết Phong trào thi đua vào quý IV năm 2030\n    rule: within Q4\n    years: last\n"
COUNTED = "rule: 5 working days after conference"
SHORT: list[tuple[str, str, str]] = [
    # what stands there, what is written instead, what is told
    (COUNTED, "rule: within 5 workdays after Conference.",
     "unknown time rule 'within 5 workdays after Conference.'; write '5 working days after conference', the event by "
     "its slug in small letters"),
    (COUNTED, "rule: -5 working days after conference",
     "unknown time rule '-5 working days after conference'; write '5 working days after conference', the event by "
     "its slug in small letters"),
    (COUNTED, "rule: 99999 working days after conference",
     "unknown time rule '99999 working days after conference'; days are counted in figures from 0 to 999: '5 working "
     "days after some-event'"),
    (COUNTED, "rule: 5 working days after issued",
     "rule '5 working days after issued' counts from unknown event 'issued'; did you mean issue?"),
    (COUNTED, "rule: 5 working days after week",
     "rule '5 working days after week' counts from unknown event 'week'; add it under 'events', or count from 'issue', "
     "the plan's own date"),
    ("rule: by day 20", "rule: by 20",
     "time rule 'by 20' names month 20; a year has 12; a day of each month is 'by day 20' with 'every: month'"),
    ("rule: before 20/12", "rule: before 2O/12",
     "time rule 'before 2O/12' has a letter among its figures; write 'before 20/12'"),
    ("rule: before 20/12", "rule: before  20/12",
     "time rule 'before 20/12' holds a space too many, or one that only looks so; type it again with one between"),
    ("years: first+1", "years: 2027",
     "'years': needs text (here: 2027); write 'first', 'first+1', 'last', 'each' or 'phase-1.last'"),
    ("every: quarter", "every: [quarter]", "'every': needs text; write 'month', 'quarter' or 'half-year'"),
    ("words: Chủ tịch UBND tỉnh tặng Bằng khen", "words: …",
     "words '…' quote nothing; copy the deciding words as printed"),
    ("count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}", "count: 3",
     "'count': needs keys such as 'min', 'max', 'clause' (here: 3); write each as 'key: value'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), SHORT, ids=[new for _, new, _ in SHORT])
def test_a_slip_in_one_value_is_told_with_what_to_write(old: str, new: str, told: str) -> None:
    text, line = with_line((old, f"{new}  #!"))
    assert Problem(line, told) in check_plan(text, vietnam()).problems


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (PLAN.replace("    rule: before 20/12", '    rule: "before 20/12'), None,
         "is not YAML: a quotation mark is not closed, it stands here alone"),
        (PLAN.replace("    rule: before 20/12", "\u00a0   rule: before 20/12: x"), None,
         "begins with a no-break space"),
        ("KẾ HOẠCH\nI. MỤC ĐÍCH: \"x\": y\n", 1, "holds no plan: no line begins with 'key:'"),
    ],
    ids=["quotation mark", "no-break space", "the document"],
)  # fmt: skip
def test_what_is_no_yaml_is_told_where_it_began(text: str, line: int | None, said: str) -> None:
    (problem,) = check_plan(text, vietnam()).problems
    begun = next((n for n, each in enumerate(text.splitlines(), 1) if "before 20/12" in each and "rule" in each), 1)
    assert (problem.line, problem.text[: len(said)]) == (line or begun, said)


def test_a_duty_that_says_the_same_under_another_slug_is_told() -> None:
    block = PLAN[PLAN.index("  - duty: ranking\n") :].partition("\n  - duty: ")[0] + "\n"
    text = PLAN.replace(block, block + block.replace("duty: ranking", "duty: ranking-2"))
    (problem,) = check_plan(text, vietnam()).problems
    assert problem.text.startswith("duty 'ranking-2' says the same as 'ranking' on line ")


def test_a_decision_nothing_waits_for_is_told() -> None:
    text, line = with_line(
        (", conditional_on: phase-2-decision}", "}"),
        (
            "    rule: 10 days before conference\n    conditional_on: phase-2-decision\n",
            "    rule: 10 days before conference\n",
        ),
        ("    rule: 5 working days after conference\n    conditional_on: phase-2-decision\n", "    rule: on request\n"),
        ("  - duty: phase-2-decision\n", "  - duty: phase-2-decision  #!\n"),
    )
    told = "nothing waits for the decision 'phase-2-decision'; write 'conditional_on: phase-2-decision' at the phase"
    assert (
        Problem(line, f"{told} or the duties it decides, or they go out without it")
        in check_plan(text, vietnam()).problems
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (REVIEW, REVIEW, None),
        ("    words: trước ngày 15 của tháng cuối kỳ\n", "    ladders: {mandated: courtesy}  #!\n"
         "    words: trước ngày 15 của tháng cuối kỳ\n",
         "'mandated' units of 'half-year-report' use ladder 'courtesy', on which nobody hears that nothing came; "
         "name one with an 'overdue' rung, or give it one"),
    ],
)  # fmt: skip
def test_those_who_are_bound_hear_that_nothing_came(old: str, new: str, told: str | None) -> None:
    notes = check_plan(PLAN.replace(old, new.replace("  #!", "")), vietnam()).notes
    assert [note.text for note in notes if "nobody hears" in note.text] == ([told] if told else [])

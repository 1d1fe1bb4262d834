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
        "duty 'guidance' stands twice; the first is on line 244; rename one",
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

"""Who may act under a plan and in whose name, and the voice that follows from it."""

from itertools import product

import pytest

from config.grammar import MODALITIES, UNIT_KINDS
from config.plan import Plan, load_plan, plan_path
from config.plan_model import Act
from deadlines.authority import Authority, authority, who_may
from dondoc.messages.model import RANKS
from dondoc.messages.wording import VOICES, notice_voice, voice
from tasks.draft_letter import initials

DIEN_BIEN = load_plan(plan_path("dien-bien"))


def plan_with(*acts: Act) -> Plan:
    return DIEN_BIEN.model_copy(update={"acts": acts})


OWN = Act(act="urge", role="standing-agency", clause="VI.5", words="theo dõi, đôn đốc")
ADVISES = Act(act="urge", role="standing-agency", advises="decider", clause="V.4", words="tham mưu")


@pytest.mark.parametrize(
    ("acts", "expected", "speaker"),
    [
        ((OWN,), Authority("own-name", None, "VI.5", "theo dõi, đôn đốc"), "standing-agency"),
        ((ADVISES,), Authority("advising", "decider", "V.4", "tham mưu"), "decider"),
        ((ADVISES, OWN), Authority("own-name", None, "VI.5", "theo dõi, đôn đốc"), "standing-agency"),  # its own counts
        ((), Authority("none"), None),  # silence is no authority
        ((OWN.model_copy(update={"role": "council"}),), Authority("none"), None),  # another's is not ours
        ((OWN.model_copy(update={"act": "guide"}),), Authority("none"), None),  # nor is another act
    ],
)
def test_authority(acts: tuple[Act, ...], expected: Authority, speaker: str | None) -> None:
    found = authority(plan_with(*acts), "urge", "standing-agency")
    assert found == expected
    assert found.in_name_of("standing-agency") == speaker


def test_in_dien_bien_the_standing_agency_only_advises_the_chairman() -> None:
    urge = authority(DIEN_BIEN, "urge", "standing-agency")
    assert (urge.manner, urge.advises, urge.clause) == ("advising", "decider", "V.4")
    assert authority(DIEN_BIEN, "urge", "council").manner == "own-name"  # V.1: by field and area
    assert authority(DIEN_BIEN, "urge", "council-secretariat").manner == "none"
    assert authority(DIEN_BIEN, "receive", "standing-agency").manner == "own-name"  # V.8: it may ask for the number
    assert who_may(DIEN_BIEN, "extend") == "decider"
    assert who_may(plan_with(), "extend") is None


# ── the voice of a sender to an addressee ───────────────────────────────────────────────────────

# o requires (yêu cầu) · p plain (đề nghị) · r respectful (trân trọng đề nghị) · i invited · e encouraged
# u upward (kính trình) · s own staff. Four letters a cell: mandated, requested, invited, encouraged.
TABLE = """
                       province council department district commune
province               ssss     uuuu    uuuu       uuuu     uuuu
department             orie     prie    prie       prie     rrie
district               orie     prie    prie       prie     uuuu
commune                orie     prie    prie       prie     prie
sub-unit               orie     prie    prie       prie     prie
party-body             rrie     rrie    rrie       rrie     rrie
front                  rrie     rrie    rrie       rrie     rrie
mass-organisation      rrie     rrie    rrie       rrie     rrie
enterprise             prie     prie    prie       prie     prie
cooperative            prie     prie    prie       prie     prie
health-facility        prie     prie    prie       prie     prie
school                 prie     prie    prie       prie     prie
business-association   prie     prie    prie       prie     prie
person                 prie     prie    prie       prie     prie
"""
LETTERS = {
    "o": "requires", "p": "plain", "r": "respectful", "i": "invited", "e": "encouraged", "u": "upward", "s": "own",
}  # fmt: skip


def cells() -> dict[tuple[str, str, str], str]:
    """Return the table above: (sender's rank, addressee's kind, modality) → voice."""
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return {
        (rank, kind, modality): LETTERS[letter]
        for kind, *cell in rows
        for rank, letters in zip(head, cell, strict=True)
        for modality, letter in zip(MODALITIES, letters, strict=True)
    }


def test_the_table_covers_every_sender_addressee_and_modality() -> None:
    assert set(cells()) == set(product(RANKS, UNIT_KINDS, MODALITIES))
    assert {rank: set(rows) for rank, rows in VOICES.items()} == {rank: set(UNIT_KINDS) for rank in RANKS}


@pytest.mark.parametrize("urges", ["own-name", "advising", "none"])
def test_voice_is_the_table(urges: str) -> None:
    for (rank, kind, modality), expected in cells().items():
        if urges != "own-name" and expected in ("requires", "plain"):
            expected = "informed"
        assert voice(kind, modality, rank=rank, urges=urges) == expected, (rank, kind, modality)
        assert voice(kind, modality, rank=rank, urges=urges, own=True) == "own"


def test_only_the_province_orders_and_only_in_a_signed_letter() -> None:
    for (rank, kind, modality), spoken in cells().items():
        assert spoken != "requires" or (rank, modality) == ("province", "mandated")
        noticed = notice_voice(kind, modality, rank=rank)
        assert noticed == ("plain" if spoken == "requires" else spoken), (rank, kind, modality)


@pytest.mark.parametrize(
    ("short_name", "expected"),
    [("Sở KH&CN", "SKHCN"), ("Sở TT&TT", "STTTT"), ("Sở Nội vụ", "SNV"), ("Ban TĐKT", "BTĐKT"), ("VP UBND", "VPUBND")],
)
def test_initials_number_a_letter(short_name: str, expected: str) -> None:
    assert initials(short_name) == expected

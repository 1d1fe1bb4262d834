"""The draft công văn of a brief: in the office's own name where the plan lets it urge, else for whom it advises."""

from datetime import date
from typing import Final

from config.plan import Plan
from deadlines.authority import authority
from dondoc.messages.model import DraftLetter
from tasks.compose import Named, organisation, peoples_committee

# Roles whose letters bear the head of the province's People's Committee.
_PROVINCE: Final = ("decider", "province")
_COMMITTEE: Final = "Ủy ban nhân dân "


def draft_letter(plan: Plan, recipients: tuple[str, ...], today: date, world: Named) -> DraftLetter:
    """Return the letter a brief proposes; its number, day and signature are left to whoever issues it.

    Điện Biên V.4 lets the standing agency only advise the Chairman: there the letter is the Chairman's, on the
    agency's report. Thái Bình VI.5, Hải Dương VI.4, Tuyên Quang VI.4 and Kiên Giang VI.2, VI.5 let it write itself.
    """
    office, province = plan.office.on(today), peoples_committee(plan, today, world)
    place = province.removeprefix(_COMMITTEE).removeprefix("tỉnh ").removeprefix("thành phố ")
    may = authority(plan, "urge", "standing-agency")
    if may.advises in _PROVINCE:
        return DraftLetter(
            issuer_name=province,
            rank="province",
            speaks_as=organisation(plan, may.advises, today, world),
            on_report_of=office.name,
            number_suffix="UBND-",
            place=place,
            year=today.year,
            recipients=recipients,
            copied=(office.name,),
        )
    return DraftLetter(
        parent_name="" if office.rank == "province" else province,
        issuer_name=office.name.removesuffix(f" {province.removeprefix(_COMMITTEE)}"),
        rank=office.rank,
        number_suffix=initials(office.short_name),
        place=place,
        year=today.year,
        recipients=recipients,
    )


def initials(short_name: str) -> str:
    """Return the symbol an office numbers its letters with: "Sở Nội vụ" is SNV, "Sở KH&CN" is SKHCN."""
    words = short_name.split()
    parts = [word if word.isupper() else word[0].upper() for word in words]
    return "".join(letter for letter in "".join(parts) if letter.isalnum())

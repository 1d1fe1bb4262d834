"""Whether a list of nominees keeps to a round's cap, who stands outside it, and whom an earlier award touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from config.plan import Cap, Law, Limit, LimitByLaw


@dataclass(frozen=True, slots=True)
class Nominee:
    """One who is proposed: a person or a collective, from outside the province or not, awarded in the year or not."""

    person: bool = False
    outsider: bool = False
    awarded: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """Which limit is exceeded (`together`, `collectives` or `persons`), how many were named, how many it allows."""

    what: str
    named: int
    most: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of nominees under a cap: those it counts, those on the outsiders' own list, refused, told; what is over.

    Who is refused stands on no list; who is told stands on theirs, and whoever appraises decides.
    """

    counted: tuple[Nominee, ...]
    outside: tuple[Nominee, ...]
    refused: tuple[Nominee, ...]
    told: tuple[Nominee, ...]
    over: tuple[Over, ...]


def listed(nominees: Sequence[Nominee], cap: Cap, limit: Limit) -> Listed:
    """Return how a list stands under a cap and the limit in force (A-DB-04, A-DB-05, A-DB-06)."""
    outcome = [_awarded(nominee, cap) for nominee in nominees]
    refused = tuple(each for each, what in zip(nominees, outcome, strict=True) if what == "refused")
    kept = [each for each, what in zip(nominees, outcome, strict=True) if what != "refused"]
    outside = tuple(each for each in kept if each.outsider and cap.outsiders == "outside")
    counted = tuple(each for each in kept if not (each.outsider and cap.outsiders == "outside"))
    persons = sum(each.person for each in counted)
    named = {"together": len(counted), "collectives": len(counted) - persons, "persons": persons}
    most = {"together": limit.together, "collectives": limit.collectives, "persons": limit.persons}
    over = (Over(what, named[what], most_) for what, most_ in most.items() if most_ is not None and named[what] > most_)
    told = tuple(each for each, what in zip(nominees, outcome, strict=True) if what == "told")
    return Listed(counted, outside, refused, told, tuple(over))


def _awarded(nominee: Nominee, cap: Cap) -> str | None:
    if not nominee.awarded or cap.awarded_before is None:
        return None
    return cap.awarded_before.outsiders if nominee.outsider else cap.awarded_before.others


def limits_between(cap: Cap, first: date | None, last: date | None) -> tuple[Cap | LimitByLaw, ...]:
    """Return the limits that hold from one day to another, in order: the plan's own until a law says otherwise."""
    begun = [limit for limit in cap.instead if last is None or limit.from_ <= last]
    over = [n for n, limit in enumerate(begun) if first is not None and limit.from_ <= first]
    return (*begun[over[-1] :],) if over else (cap, *begun)


def laws_by(laws: Sequence[Law], last: date | None) -> tuple[Law, ...]:
    """Return the laws in force on a day or before it, oldest first; without a day, all that are known (A-X-12)."""
    return tuple(sorted((law for law in laws if last is None or law.from_ <= last), key=lambda law: law.from_))

"""Who may urge, guide, receive, watch, extend or decide under a plan, and in whose name."""

from dataclasses import dataclass
from typing import Literal

from config.plan import Plan

Manner = Literal["own-name", "advising", "none"]


@dataclass(frozen=True, slots=True)
class Authority:
    """How a role may perform an act: in its own name, by advising another role, or not at all.

    `advises` is the role that speaks when the manner is `advising`; `clause` and `words` are where the plan
    says so, null where it is silent.
    """

    manner: Manner
    advises: str | None = None
    clause: str | None = None
    words: str | None = None

    def in_name_of(self, role: str) -> str | None:
        """Return the role in whose name `role` performs the act; null when it may not."""
        return {"own-name": role, "advising": self.advises, "none": None}[self.manner]


def authority(plan: Plan, act: str, role: str) -> Authority:
    """Return what a plan lets a role do about an act; where it names the role twice, its own name counts.

    A plan that is silent gives no authority: nobody orders, urges or extends because nothing forbids it.
    """
    named = [each for each in plan.acts if each.act == act and each.role == role]
    for each in sorted(named, key=lambda one: one.advises is not None):
        return Authority("advising" if each.advises else "own-name", each.advises, each.clause, each.words)
    return Authority("none")


def who_may(plan: Plan, act: str) -> str | None:
    """Return the role in whose name an act is performed, the first the plan names; null when it is silent."""
    for each in plan.acts:
        if each.act == act:
            return each.advises or each.role
    return None

"""What one stage of a campaign works on in a round, and what it reports of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deadlines.staleness import Decision
from dondoc.store.brakes import Pause, Stop
from dondoc.store.duties import duty_period
from dondoc.store.status import UnitStatus, missing_units, tally
from tasks.settle_steps import Settled, settle_steps
from tasks.world import World

_LISTED = 500  # bound and as many asked units a stage names; `dondoc status` names them all

# Which story a duty belongs to, by its kind.
STAGE_OF = {
    "own-plan": "launch",
    "launch": "launch",
    "registration": "launch",
    "pilot": "launch",
    "guidance": "launch",
    "annual-report": "annual-report",
    "consolidated-report": "annual-report",
    "inspection": "annual-report",
    "ranking": "annual-report",
    "award-nomination": "annual-report",
    "award-appraisal": "annual-report",
    "award-round": "annual-report",
    "interim-review": "mid-term-review",
    "interim-report": "mid-term-review",
    "final-review": "final-review",
    "final-report": "final-review",
    "phase-decision": "final-review",
    "ad-hoc-report": "ad-hoc-report",
}


@dataclass(frozen=True, slots=True)
class StageWork:
    """The due steps of one duty, period and rung of one campaign, decided, at one instant."""

    campaign_id: int
    campaign: str
    stage: str
    duty: str
    period: str
    title: str
    rung: str
    decisions: tuple[Decision, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of a stage's steps, how many have reported, and who has not.

    `not_recorded` counts those awaited by modality; `missing` names the first of the bound and of the asked.
    """

    work: StageWork
    settled: tuple[Settled, ...]
    missing: tuple[UnitStatus, ...]
    not_recorded: Mapping[str, int]
    done: int

    @property
    def queued(self) -> int:
        """Return how many notices were queued."""
        return sum(each.queued for each in self.settled)

    @property
    def laid(self) -> int:
        """Return how many briefs were laid on the desk."""
        return sum(each.brief is not None for each in self.settled)


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What one round did. `quiet` when there was nothing to do: then nothing is shown anywhere."""

    as_of: datetime
    opened: int = 0
    transferred: int = 0
    joined: int = 0
    stages: tuple[StageReport, ...] = ()
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()  # what keeps mail from leaving: a guard …
    pauses: tuple[Pause, ...] = ()  # … or an officer

    @property
    def quiet(self) -> bool:
        """Return whether nothing happened."""
        return not (self.opened or self.transferred or self.joined or self.stages or self.outcomes or self.failed)

    def as_json(self) -> dict[str, object]:
        """Return what was done as plain values."""
        return {
            "as_of": self.as_of.isoformat(),
            "opened": self.opened,
            "transferred": self.transferred,
            "joined": self.joined,
            "stages": [
                {"campaign": s.work.campaign, "duty": s.work.duty, "period": s.work.period, "rung": s.work.rung,
                 "queued": s.queued, "laid": s.laid, "reported": s.done,
                 "not_recorded": dict(s.not_recorded)}  # never added: not all are bound
                for s in self.stages
            ],
            "messages": dict(sorted(self.outcomes.items())),
            "failed": list(self.failed),
            "stopped": [{"kind": stop.kind, "why": stop.detail} for stop in self.stops],
            "paused": [{"campaign": p.campaign, "channel": p.channel, "officer": p.officer, "reason": p.reason}
                       for p in self.pauses],
        }  # fmt: skip


def works_of(groups: Sequence[tuple[object, list[Decision]]], as_of: datetime) -> list[StageWork]:
    """Return the stages' work, oldest first."""
    works: list[StageWork] = []
    for _first, decisions in groups:
        step = decisions[0].step
        works.append(
            StageWork(
                step.campaign_id, step.campaign, STAGE_OF.get(step.duty_kind, "annual-report"), step.duty, step.period,
                step.title, step.rung, tuple(decisions), as_of,
            )
        )  # fmt: skip
    return works


async def settle_stage(world: World, work: StageWork) -> StageReport:
    """Settle the due steps of a stage, then look who has reported and who has not."""
    settled = await settle_steps(world, list(work.decisions), work.as_of)
    row = await duty_period(world.database, work.campaign_id, work.duty, work.period)
    done, not_recorded = await tally(world.database, row.id, work.as_of)
    missing = await missing_units(world.database, row.id, work.as_of, _LISTED) if not_recorded else []
    return StageReport(work, tuple(settled), tuple(missing), not_recorded, done)

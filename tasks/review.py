"""A receiver reviews a report: accepts it, asks for a supplement, refuses it; a unit or the desk recalls it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.errors import Refused
from config.review import review_rules
from deadlines.lateness import Timeliness, judge, judging
from deadlines.supplement import standing_of, supplement_steps
from dondoc import clock
from dondoc.messages.model import Missing
from dondoc.registry.text import clean_text, strange_character
from dondoc.store import reviews as store
from dondoc.store.campaigns import CampaignRow, campaigns
from dondoc.store.engine import Connection, Database
from dondoc.store.review_standing import silence_supplements
from dondoc.store.reviews import Version
from dondoc.store.submissions import AssignmentRow
from tasks.receipts import receivers_of
from tasks.supplements import ask_for_supplement, locked
from tasks.trail import note
from tasks.world import World

_LONGEST = 500  # characters of what an officer writes of one point
_NO_RECORD = {"data_received_at": None, "document_received_at": None, "first_received_at": None, "judged": None,
              "judged_at": None}  # fmt: skip


class RefusedReview(Refused):
    """A review that cannot be recorded as told: names what is wrong and the way out. `why` is one word for pages."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review did: how the report stands now, by which receiver, and whether a letter could be addressed."""

    code: str
    receiver: str
    verdict: str
    review: str | None
    state: str
    supplement_by: date | None = None
    told: bool = False


def points_of(keys: Sequence[str], words: str, clause: str) -> tuple[Missing, ...]:
    """Return what a report lacks, from the stated reasons ticked and an officer's own words. Errors: `RefusedReview`.

    The officer's own words are a point of their own, after those ticked.
    """
    said, known = clean_text(words), {each.key: each for each in review_rules().reasons}
    if strange := strange_character(said):
        raise RefusedReview("words", f"--return: the reason holds {strange}; write it on one line of plain text")
    if len(said) > _LONGEST:
        raise RefusedReview("words", f"--return: {len(said)} characters; at most {_LONGEST}")
    if unknown := next((key for key in keys if key not in known), None):
        raise RefusedReview("reason", f"--reason '{unknown}': known are {', '.join(known)}")
    chosen = [known[key] for key in dict.fromkeys(keys) if key != "other"]
    if said or not chosen:
        chosen.append(known["other"])
    if not said and chosen[-1].key == "other":
        raise RefusedReview("reason", "--return: say what the report lacks")
    return tuple(
        Missing(item=each.item, content=each.content or said, basis=f"Mục {clause}", how=each.how) for each in chosen
    )


async def decide(
    world: World, code: str, verdict: str, *, by: str, as_of: datetime, receiver: str | None = None,
    reasons: Sequence[str] = (), words: str = "", supplement_by: date | None = None,
) -> Reviewed:  # fmt: skip
    """Record what a receiver says of a version: `accepted`, `returned`, `refused`, or that it was `recalled`.

    A return needs what is lacking and a day until which it is awaited; the first receipt keeps judging the report. A
    refused or recalled version does not count as received; if none is left, the duty is open again and its ladder
    goes on with what is still before it. Errors: `RefusedReview`; nothing is written then.
    """
    version = await store.version_of(world.database, code)
    if version is None:
        raise RefusedReview("unknown", f"report '{code}': there is none; 'dondoc submissions' lists them")
    owner = next(each for each in await campaigns(world.database) if each.id == version.campaign_id)
    role = _role(receivers_of(world.plan_of(owner), version.duty), receiver)
    points: tuple[Missing, ...] = ()
    if verdict == "returned":
        async with world.database.read() as connection:
            line = await store.review_lines(connection, version.assignment_id)
        points = points_of(reasons, words, str(line.facts["clause"]))
        _refuse_day(supplement_by, as_of)
    elif verdict in ("refused", "recalled"):
        points = _why_not(reasons, words)
    async with world.database.write() as connection:
        duty = await locked(world, connection, version.assignment_id)
        made = await _checked(connection, version, duty, role, verdict, owner)
        review_id = await store.add_review(connection, {
            "assignment_id": duty.id, "submission_id": version.id, "receiver": role, "verdict": verdict,
            "points": [_as_json(each) for each in points],
            "supplement_by": supplement_by if verdict == "returned" else None, "officer": by, "made_at": as_of,
        })  # fmt: skip
        if verdict in ("refused", "recalled"):
            rule = world.plan_of(owner).timeliness
            done = await _take_back(world.database, connection, version, duty, role, verdict, rule, as_of)
        else:
            done = await _stand(
                world, connection, owner, version, duty, role, {**made, role: verdict}, supplement_by, as_of
            )
        if verdict == "returned" and supplement_by is not None:
            told = await ask_for_supplement(world, connection, owner, version.assignment_id, review_id, as_of)
            await _add_ladder(world, connection, owner, duty, review_id, supplement_by, as_of)
            done = Reviewed(code, role, verdict, done.review, done.state, supplement_by, told)
        what = {
            "code": code, "receiver": role, "supplement_by": supplement_by, "unit": version.unit_code,
            "duty": version.duty, "period": version.period, "points": [each.content for each in points],
        }  # fmt: skip
        note(connection, world, by, f"report-{verdict}", what, at=as_of)
    return done


async def _checked(
    connection: Connection, version: Version, duty: AssignmentRow, role: str, verdict: str, owner: CampaignRow
) -> dict[str, str]:
    """Return what receivers have said of this version. Errors: `RefusedReview` where nothing may be said any more."""
    standing = await store.standing_versions(connection, duty.id)
    if version.id not in [each.id for each in standing]:
        raise RefusedReview("void", f"report {version.code}: was refused or recalled before; look at the unit's page")
    if version.id != standing[0].id and verdict in ("accepted", "returned"):
        raise RefusedReview("older", f"report {version.code}: a later version is {standing[0].code}; review that one")
    if owner.ended_on is not None:
        raise RefusedReview("ended", f"campaign {owner.key}: has ended; its record changes by a ruling only")
    made = await store.verdicts_on(connection, version.id)
    if verdict in ("accepted", "returned") and role in made:
        raise RefusedReview("decided", f"report {version.code}: {role} has decided before ({made[role]}); look again")
    return made


async def _stand(
    world: World, connection: Connection, owner: CampaignRow, version: Version, duty: AssignmentRow, role: str,
    made: dict[str, str], supplement_by: date | None, at: datetime,
) -> Reviewed:  # fmt: skip
    standing = standing_of(made, receivers_of(world.plan_of(owner), version.duty))
    before = await store.review_lines(connection, duty.id)
    values: dict[str, object] = {"review": standing}
    if standing != before.review:  # else it stands as it did, since then
        values["review_since"] = at
    if supplement_by is not None:  # of two receivers' days the later one
        values["supplement_by"] = max(supplement_by, before.supplement_by or supplement_by)
    await store.set_standing(connection, duty.id, values)
    if before.review == "returned":  # a later version may have been accepted while the supplement was awaited
        await silence_supplements(connection, world.database, [duty.id], at)
    return Reviewed(version.code, role, made[role], standing, duty.state)


async def _take_back(
    database: Database, connection: Connection, version: Version, duty: AssignmentRow, role: str, verdict: str,
    rule: Timeliness, at: datetime,
) -> Reviewed:  # fmt: skip
    """Let a version not count; what is left judges, and with nothing left the duty is open again."""
    await store.void(connection, version.id, verdict)
    left = await store.standing_versions(connection, duty.id)
    state = duty.state
    if left:
        facts = {
            fact: min((each.received_at for each in left if each.fact == fact), default=None)
            for fact in ("data", "document")
        }
        judged_at = judging(rule, facts["data"], facts["document"])
        values: dict[str, object] = {
            "data_received_at": facts["data"], "document_received_at": facts["document"],
            "first_received_at": judging("first", facts["data"], facts["document"]), "judged_at": judged_at,
            "judged": judge(judged_at, duty.due_on), "review": "waiting", "review_since": at, "supplement_by": None,
        }  # fmt: skip
    else:
        state = "open" if duty.state == "submitted" else duty.state
        values = {
            **_NO_RECORD, "review": None, "review_since": None, "supplement_by": None, "state": state,
            **({"closed_at": None} if state == "open" else {}),
        }  # fmt: skip
    await store.set_standing(connection, duty.id, values)
    await silence_supplements(connection, database, [duty.id], at)
    return Reviewed(version.code, role, verdict, "waiting" if left else None, state)


async def _add_ladder(
    world: World, connection: Connection, owner: CampaignRow, duty: AssignmentRow, review_id: int, by: date,
    at: datetime,
) -> None:  # fmt: skip
    steps = supplement_steps(
        by, at, review_rules().ladder, world.calendar_of(owner), may_be_late=duty.modality == "mandated"
    )
    await store.add_steps(connection, [
        {"review_id": review_id, "rung": each.rung, "side": each.side, "fire_at": each.fire_at} for each in steps
    ])  # fmt: skip


def _role(roles: Sequence[str], receiver: str | None) -> str:
    if receiver is None and len(roles) > 1:
        raise RefusedReview(
            "receiver", f"--receiver: this report goes to {', '.join(roles)}; say which of them decides"
        )
    if receiver is not None and receiver not in roles:
        raise RefusedReview("receiver", f"--receiver '{receiver}': this report goes to {', '.join(roles)}")
    return receiver or roles[0]


def _refuse_day(by: date | None, as_of: datetime) -> None:
    today, longest = clock.local_day(as_of), review_rules().longest_days
    if by is None:
        raise RefusedReview("by", "--return: name the day until which the supplement is awaited: --by DATE")
    if not today < by <= today + timedelta(days=longest):
        raise RefusedReview("by", f"--by {by:%d/%m/%Y}: lies before tomorrow or more than {longest} days ahead")


def _why_not(reasons: Sequence[str], words: str) -> tuple[Missing, ...]:
    known, said = review_rules().refusals, clean_text(words)
    if strange_character(said) or len(said) > _LONGEST:
        raise RefusedReview("words", f"reason: write it on one line of plain text, at most {_LONGEST} characters")
    told = [known[key] for key in reasons if key in known] + ([said] if said else [])
    if not told:
        raise RefusedReview("reason", f"say why it does not count: {', '.join(known)}, or in your own words")
    return (Missing(item="", content="; ".join(told), basis="", how=""),)


def _as_json(each: Missing) -> dict[str, str]:
    return {"item": each.item, "content": each.content, "basis": each.basis, "how": each.how}

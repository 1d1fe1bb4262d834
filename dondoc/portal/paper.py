"""A unit's report that reached the desk on paper or by document, recorded on a page: what is there, and the form."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import Refused
from config.plan import Plan
from dondoc import clock
from dondoc.portal import desk_words as say
from dondoc.portal import words
from dondoc.portal.forms import Problem, no_document, typed_day, typed_document, typed_time
from dondoc.portal.frame import Frame
from dondoc.portal.paper_fields import SEEN, PaperFields, paper_fields
from dondoc.portal.units import words as unit_words
from dondoc.portal.units.words import file as file_words
from dondoc.registry.text import search_key
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow, duty_period
from dondoc.store.registry import UnitRef, find_unit
from dondoc.store.reported import NOTHING_REPORTED, Reported
from dondoc.store.secret_route import announced_for
from dondoc.store.submissions import submissions_of
from tasks.compose import organisation
from tasks.file_kinds import ACCEPTED, StrangeFile, kind_of, safe_name
from tasks.receipts import Document, Receipt, RefusedReceipt, StoredFile, keep_stream, receivers_of
from tasks.record_submission import AlreadyRecorded, record_submission
from tasks.report_form import FIGURE, SECTION
from tasks.world import World

_BACK_WITHOUT_DOCUMENT = 3  # days


@dataclass(frozen=True, slots=True)
class Case:
    """What a page is about: one unit's report of one duty and period."""

    owner: CampaignRow
    plan: Plan
    row: DutyPeriodRow
    unit: UnitRef
    report: PaperFields


@dataclass(frozen=True, slots=True)
class Typed:
    """What an officer typed, understood."""

    received_at: datetime
    receiver: str
    document: Document | None
    names: tuple[str, ...]
    secret: bool
    reported: Reported


class _WrongFile(Exception):
    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class PaperDesk:
    """The page on which the desk records a report that reached it otherwise than by the unit's own page."""

    def __init__(self, world: World, frame: Frame, files: Path) -> None:
        """`files` is where reports are kept, each under its hash."""
        self._world = world
        self._frame = frame
        self._files = files

    async def form(self, request: Request) -> Response:
        """Show what is recorded of a unit's report, and the form."""
        return await self._page(request, await self._case(request), {}, [])

    async def record(self, request: Request, fields: dict[str, str]) -> Response:
        """Record a receipt; the same form sent twice is recorded once."""
        case = await self._case(request)
        fields = {"received_on": "", "received_time": ""} | fields
        typed, problems = self._understood(case, fields)
        said = typed and (typed.names or typed.reported != NOTHING_REPORTED)
        if typed and typed.secret and (said or any(each.filename for each in request.state.files)):
            typed, problems = None, [Problem("files", say.SECRET_NO_FILES)]
        if typed is None:
            return await self._page(request, case, fields, problems, 422)
        try:
            code = (await self._record(request, case, typed, fields.get("key", ""))).code
        except _WrongFile as wrong:
            return await self._page(request, case, fields, [Problem("files", wrong.words)], 422)
        except AlreadyRecorded as same:
            code = same.code
        except Refused as error:
            return await self._page(request, case, fields, [Problem("received_on", str(error))], 409)
        return RedirectResponse(f"{request.url.path}?done={code}", 303)

    async def _record(self, request: Request, case: Case, typed: Typed, key: str) -> Receipt:
        by, files = request.state.visitor.account.login, await self._kept(request.state.files)
        return await record_submission(
            self._world, case.owner.key, case.row.duty, case.row.period, case.unit.code,
            as_of=self._world.database.now(), received_at=typed.received_at, receiver=typed.receiver,
            document=typed.document, names=typed.names, by=by, files=files, secret=typed.secret,
            reported=typed.reported,
            form_key=hashlib.sha256(f"desk {by} {key}".encode()).hexdigest() if key else None,
        )  # fmt: skip

    async def _kept(self, files: Sequence[UploadFile]) -> tuple[StoredFile, ...]:
        """Keep scans under their hashes, all of them or none. Errors: `_WrongFile`."""
        chosen = [each for each in files if each.filename]
        names = list[str]()
        for each in chosen:
            names.append(safe_name(each.filename or "", names))
            try:
                await asyncio.to_thread(kind_of, each.file, names[-1])
            except StrangeFile as error:
                raise _WrongFile(file_words(names[-1], error.why, error.kind)) from error
        try:
            return tuple(
                [
                    await asyncio.to_thread(keep_stream, name, each.file, self._files)
                    for name, each in zip(names, chosen, strict=True)
                ]
            )
        except RefusedReceipt as error:
            raise _WrongFile(file_words(names[-1], "too-large")) from error

    def _understood(self, case: Case, fields: dict[str, str]) -> tuple[Typed | None, list[Problem]]:
        now = self._world.database.now()
        today, problems = clock.local_day(now), list[Problem]()
        document, day, hour = (
            None,
            typed_day(fields.get("received_on", "")),
            typed_time(fields.get("received_time", "")),
        )
        if not no_document(fields):
            document, problems = typed_document(fields, today)
        secret = fields.get("secret") == "yes"
        problems += _when(day, hour, now, document is not None or bool(problems) or secret)
        receiver = fields.get("receiver", "")
        if receiver not in receivers_of(case.plan, case.row.duty):
            problems.append(Problem("receiver", say.WHICH_RECEIVER))
        names = tuple(filter(None, (line.strip() for line in fields.get("names", "").splitlines())))
        reported, wrong = case.report.understood(fields, today)
        problems += wrong
        if problems or day is None or hour is None:
            return None, problems
        # The present minute is not over yet: what is received "now" is received by now.
        return Typed(min(clock.at_local(day, hour), now), receiver, document, names, secret, reported), []

    async def _page(
        self, request: Request, case: Case, fields: dict[str, str], problems: list[Problem], status: int = 200
    ) -> Response:
        world, now = self._world, self._world.database.now()
        local, today = now.astimezone(clock.LOCAL), clock.local_day(now)
        roles = receivers_of(case.plan, case.row.duty)
        received = await submissions_of(world.database, case.row.id, case.unit.id)
        done = request.query_params.get("done")
        fields = {"received_on": f"{local:%d/%m/%Y}", "received_time": f"{local:%H:%M}"} | fields
        return await self._frame.page(
            request, "paper", case.unit.office_name, case.owner.key, status=status, case=case, fields=fields,
            problems=problems, say=say, accepted=ACCEPTED,
            received=received, done=next((r for r in received if r.code == done), None),
            key=fields.get("key") or secrets.token_hex(16), title_of=words.task(case.row.title, case.row.period),
            receivers={role: organisation(case.plan, role, today, world) for role in roles},
            unit_words=unit_words, content=case.report.shown(fields), opened=_opened(fields, problems),
            told={each.field: each.words for each in problems},
            counted=case.plan.duty(case.row.duty).count is not None,
            secret=await announced_for(world.database, case.row.id, case.unit.id),
        )  # fmt: skip

    async def _case(self, request: Request) -> Case:
        """Return what a page is about. Errors: `Refused` for a campaign, duty, period or unit that is not there."""
        database, asked = self._world.database, request.path_params
        owner = await self._frame.campaign(request)
        row = await duty_period(database, owner.id, asked["duty"], asked["period"])
        code = asked["unit"]
        unit = await find_unit(database, code, search_key(code), clock.local_day(database.now()))
        plan = self._world.plan_of(owner)
        return Case(owner, plan, row, unit, await paper_fields(database, plan, row, unit))


def _opened(fields: dict[str, str], problems: list[Problem]) -> bool:
    """Return whether something stands in the report's own fields, or is asked about there."""
    names = {each.field for each in problems} | {name for name, text in fields.items() if text}
    return any(name.startswith((FIGURE, SECTION, SEEN, "as_of")) for name in names)


def _when(day: date | None, hour: time | None, now: datetime, documented: bool) -> list[Problem]:
    """Return what is wrong with the day and time at which a report was received."""
    if day is None:
        return [Problem("received_on", say.RECEIVED_MISSING)]
    if hour is None:
        return [Problem("received_time", say.TIME_MISSING)]
    today = clock.local_day(now)
    if day > today or clock.at_local(day, hour) > now:
        return [Problem("received_on" if day > today else "received_time", say.RECEIVED_AHEAD)]
    if (today - day).days > _BACK_WITHOUT_DOCUMENT and not documented:
        return [Problem("number", say.BACK_WITHOUT_DOCUMENT)]
    return []

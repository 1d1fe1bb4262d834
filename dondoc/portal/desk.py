"""What an officer does on the desk's pages: confirm a reconciliation, release a brief; each by the one task for it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import Refused
from dondoc import clock
from dondoc.portal import desk_words as say
from dondoc.portal.alarm import Alarm
from dondoc.portal.forms import Problem, typed_document
from dondoc.portal.frame import Frame
from dondoc.store import briefs
from dondoc.store.briefs import BriefRow, UnknownBrief
from dondoc.store.campaigns import offices, reconciled_at
from dondoc.store.status import waiting_steps
from tasks.lay_briefs import release_brief
from tasks.make_ruling import confirm_reconciliation
from tasks.show_runs import show_release
from tasks.world import World


class DeskActs:
    """The desk's forms around one world."""

    def __init__(self, world: World, frame: Frame) -> None:
        self._world = world
        self._frame = frame
        self.alarm: Alarm | None = None  # through which Prefect is told

    async def reconciliation(self, request: Request) -> Response:
        """Show what waits for a reconciliation, when each office confirmed the last one, and the form."""
        return await self._reconciliation(request, [])

    async def reconcile(self, request: Request, fields: dict[str, str]) -> Response:
        """Confirm that an office's registers were compared; overdue notices may leave then."""
        if fields.get("compared") != "yes":
            return await self._reconciliation(request, [Problem("compared", say.NOT_COMPARED)], 422)
        mine = [row.key for row in await self._offices(request)]
        if fields.get("office") not in mine:
            return await self._reconciliation(request, [Problem("office", say.WHICH_OFFICE)], 422)
        await confirm_reconciliation(
            self._world, officer=_login(request), as_of=self._world.database.now(), office=fields["office"]
        )
        return RedirectResponse("/reconciliation?done=1", 303)

    async def release_form(self, request: Request) -> Response:
        """Show a brief with the form that releases it."""
        return await self._release(request, await self._brief(request), {}, [])

    async def release(self, request: Request, fields: dict[str, str]) -> Response:
        """Release a brief by the document that carries it."""
        now = self._world.database.now()
        try:
            brief = await self._brief(request)
        except UnknownBrief:  # sent twice, or another officer was quicker
            return await self._frame.page(request, "done", say.SUMMARY, "", lines=[say.GONE], status=409)
        typed, problems = typed_document(fields, clock.local_day(now))
        if typed is None:
            return await self._release(request, brief, fields, problems, 422)
        document = f"{typed.number}; {typed.date:%d/%m/%Y}; {typed.signer}"
        try:
            done = await release_brief(self._world, brief.code, document=document, by=_login(request), as_of=now)
        except Refused as error:
            return await self._release(request, brief, fields, [Problem("number", say.refused(error))], 409)
        if self.alarm is not None:
            await show_release(self._world, self.alarm.face, brief.code, document)
        said = say.released(done, document)
        return await self._frame.page(request, "done", say.RELEASED, "", lines=said)

    async def _reconciliation(self, request: Request, problems: list[Problem], status: int = 200) -> Response:
        database, keys = self._world.database, {each.key for each in await self._frame.campaigns(request)}
        now, rows = database.now(), await self._offices(request)
        return await self._frame.page(
            request, "reconciliation", say.RECONCILIATION, "reconciliation", status=status, problems=problems,
            offices=[(row, await reconciled_at(database, row.id, now)) for row in rows], say=say,
            waiting=[step for step in await waiting_steps(database) if step.key in keys],
            done=request.query_params.get("done") == "1",
        )  # fmt: skip

    async def _release(
        self, request: Request, brief: BriefRow, fields: dict[str, str], problems: list[Problem], status: int = 200
    ) -> Response:
        return await self._frame.page(
            request, "release", f"{say.RELEASE} {brief.code}", "", status=status, brief=brief, fields=fields,
            problems=problems, say=say,
        )  # fmt: skip

    async def _offices(self, request: Request) -> list[Any]:
        """Return the offices with campaigns that whoever asks may see."""
        mine = {each.office_id for each in await self._frame.campaigns(request)}
        return [row for row in await offices(self._world.database) if row.id in mine]

    async def _brief(self, request: Request) -> BriefRow:
        """Return the brief a page is about, if it lies on the desk of an office one may see. Errors: `UnknownBrief`."""
        code = request.path_params["code"]
        mine = {each.id for each in await self._frame.campaigns(request)}
        for row in await briefs.briefs_on_desk(self._world.database):
            if row.code == code and row.campaign_id in mine:
                return row
        raise UnknownBrief(f"brief '{code}': unknown, or not on the desk any more")


def _login(request: Request) -> str:
    login: str = request.state.visitor.account.login
    return login

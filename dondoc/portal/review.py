"""The pages on which an office reviews reports: those that wait, one with its versions and files, the form."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from config.errors import Refused
from config.review import review_rules
from deadlines.figures import shown_figure
from deadlines.report_form import ReportForm, form_of
from dondoc import clock
from dondoc.portal import desk_words, words
from dondoc.portal import review_words as say
from dondoc.portal.forms import Problem, typed_day
from dondoc.portal.frame import Frame
from dondoc.portal.units.words import number, size, target
from dondoc.store import reviews as store
from dondoc.store.reported import Value, reported_by
from dondoc.store.reviews import Version
from dondoc.store.unit_page import PageRow, page_row
from tasks.compose import organisation
from tasks.receipts import receivers_of
from tasks.review import RefusedReview, decide
from tasks.submit_report import NARRATIVE
from tasks.world import World

_PAGE = 100
_MOST_TEXT = 20_000  # bytes of a report's own words that a page shows
_ISOLATED = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}


class ReviewPages:
    """The reviewers' pages around one world; `files` is where what units sent is kept by its hash."""

    def __init__(self, world: World, frame: Frame, files: Path) -> None:
        self._world, self._frame, self._files = world, frame, files

    async def waiting(self, request: Request) -> Response:
        """List the reports of one's office, those that have waited longest first."""
        asked = request.query_params
        state = asked.get("state", "waiting") if asked.get("state", "waiting") in say.STATES else "waiting"
        mine = await self._frame.campaigns(request)
        chosen = [each.id for each in mine if asked.get("campaign") in (None, "", each.key)]
        page = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 7 else 1
        page = max(page, 1)
        total, rows = await store.reports(
            self._world.database, chosen, states=(state,), offset=(page - 1) * _PAGE, limit=_PAGE
        )
        return await self._frame.page(
            request, "reports", f"Báo cáo {say.STATES[state]}", "reports", rows=rows, total=total, state=state, say=say,
            task=words.task, page=page, pages=max(1, -(-total // _PAGE)), now_at=self._world.database.now(),
            query=f"state={state}&",
        )  # fmt: skip

    async def report(self, request: Request) -> Response:
        """Show one report and the form."""
        return await self._page(request, await self._version(request), {}, [])

    async def review(self, request: Request, fields: dict[str, str]) -> Response:
        """Record what a receiver says of a report; said twice, it is recorded once."""
        version = await self._version(request)
        act, now = fields.get("act", ""), self._world.database.now()
        if act not in say.ACTS:
            return await self._page(request, version, fields, [Problem("act", say.NO_ACT)], 422)
        known = review_rules().refusals if act in ("refused", "recalled") else [r.key for r in review_rules().reasons]
        reasons = [key for key in known if fields.get(f"reason-{key}") == "yes"]
        try:
            await decide(
                self._world, version.code, act, by=request.state.visitor.account.login, as_of=now,
                receiver=fields.get("receiver") or None, reasons=reasons, words=fields.get("words", ""),
                supplement_by=typed_day(fields.get("by", "")) if act == "returned" else None,
            )  # fmt: skip
        except RefusedReview as error:
            if error.why in ("decided", "void") and await self._said_before(request, version, act):
                return RedirectResponse(f"{request.url.path}?done={act}", 303)  # the same form, sent twice
            status = 409 if error.why in ("decided", "older", "void", "ended") else 422
            return await self._page(request, version, fields, [Problem(*say.refused(error.why))], status)
        return RedirectResponse(f"{request.url.path}?done={act}", 303)

    async def _said_before(self, request: Request, version: Version, act: str) -> bool:
        login = request.state.visitor.account.login
        made = await store.reviews_of(self._world.database, version.assignment_id)
        return any((each.code, each.verdict, each.officer) == (version.code, act, login) for each in made)

    async def file(self, request: Request) -> Response:
        """Hand out a file of a report as it was kept, to be saved and not opened here."""
        version = await self._version(request)
        row = await self._row(version)
        kept = next(each for each in row.received if each.code == version.code).files
        number = request.path_params["n"]
        if not 1 <= number <= len(kept) or not (path := self._files / kept[number - 1].sha256).is_file():
            raise Refused(f"report {version.code}: has no file {number}")
        named = quote(kept[number - 1].name, safe="")
        return FileResponse(
            path, media_type="application/octet-stream",
            headers={**_ISOLATED, "content-disposition": f"attachment; filename*=UTF-8''{named}"},
        )  # fmt: skip

    async def _version(self, request: Request) -> Version:
        """Return the version a page is about, if it is of an office one may see. Errors: `Refused`."""
        code = request.path_params["report"]
        found = await store.version_of(self._world.database, code)
        mine = {each.id for each in await self._frame.campaigns(request)}
        if found is None or found.campaign_id not in mine:
            raise Refused(f"report '{code}': there is none")
        return found

    async def _row(self, version: Version) -> PageRow:
        row = await page_row(self._world.database, version.assignment_id)
        assert row is not None  # assignments are never deleted
        return row

    async def _page(
        self, request: Request, version: Version, fields: dict[str, str], problems: list[Problem], status: int = 200
    ) -> Response:
        database, row = self._world.database, await self._row(version)
        owner = next(each for each in await self._frame.campaigns(request) if each.id == version.campaign_id)
        plan, now = self._world.plan_of(owner), database.now()
        made = await store.reviews_of(database, version.assignment_id)
        roles = receivers_of(plan, version.duty)
        decided = {each.receiver: each for each in made if each.code == version.code and each.verdict in say.STATES}
        async with database.read() as connection:
            line = await store.review_lines(connection, version.assignment_id)
            standing = await store.standing_versions(connection, version.assignment_id)
        return await self._frame.page(
            request, "report", row.unit_name, owner.key, status=status, row=row, line=line, version=version,
            fields=fields, problems=problems, say=say, desk=desk_words, reviews=made, decided=decided,
            rules=review_rules(), title_of=words.task(row.title, row.period), texts=await self._texts(row),
            newest=standing[0].code if standing else None, standing={each.code for each in standing},
            receivers={role: organisation(plan, role, clock.local_day(now), self._world) for role in roles},
            waiting=[role for role in roles if role not in decided],
            figures=await self._figures(row, form_of(plan, plan.duty(row.duty), row.unit_kind, row.period)),
            done=request.query_params.get("done", ""), size=size, today=clock.local_day(now),
        )  # fmt: skip

    async def _figures(self, row: PageRow, form: ReportForm) -> dict[int, list[str]]:
        """Return the figures each version gives, in words with the target beside, by version."""
        found = await reported_by(self._world.database, row.assignment_id)
        return {version: [_figure(each, form) for each in said.values] for version, said in found.items()}

    async def _texts(self, row: PageRow) -> dict[str, str]:
        """Return what each version says in its own words, by look-up code."""
        found: dict[str, str] = {}
        for each in row.received[:5]:
            for file in each.files:
                if file.name == NARRATIVE and (path := self._files / file.sha256).is_file():
                    found[each.code] = await asyncio.to_thread(_beginning, path)
        return found


def _figure(value: Value, form: ReportForm) -> str:
    figure = form.figure(value.indicator)
    if figure is None:  # the plan has been amended since
        return f"{value.indicator}: {shown_figure(value.value)}"
    estimate, as_of = " (ước)" if value.estimate else "", f", tính đến {value.as_of:%d/%m/%Y}" if value.as_of else ""
    return f"{figure.label}: {number(value.value, figure)}{estimate}{as_of}. {target(figure)}"


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_MOST_TEXT + 1)
    text = content[:_MOST_TEXT].decode("utf-8", "ignore")
    return text + ("…" if len(content) > _MOST_TEXT else "")


def waiting_words(rows: list[Any], now: Any) -> list[tuple[str, str]]:
    """Return per campaign what its board says of reports that wait for a reviewer: key, words."""
    return [(row.key, f"{row.reports} báo cáo chờ xem xét, lâu nhất {say.waits(row.since, now)}") for row in rows]

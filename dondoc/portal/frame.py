"""What stands around every page of the desk: who asks, whether they may, what they see of it, and its frame."""

import logging
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any
from unicodedata import normalize

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from config.errors import Refused
from dondoc.portal import door_words, words
from dondoc.portal.door import Door
from dondoc.portal.roles import ANYBODY, BY_MACHINES, Access
from dondoc.portal.web import Templates, from_our_page, read_form
from dondoc.store import campaigns as store
from dondoc.store.engine import DatabaseUnreachable
from tasks.sign_in import Visitor
from tasks.world import World

log = logging.getLogger(__name__)
_LARGEST_FORM = 64 * 1024  # bytes
_MOST_FILES, _LARGEST_WITH_FILES = 10, 120 * 1024 * 1024
Handler = Callable[[Request], Awaitable[Response]]
Act = Callable[[Request, dict[str, str]], Awaitable[Response]]


class Frame:
    """Lets requests through to a page or an act as far as whoever asks may go."""

    def __init__(self, world: World, templates: Templates, door: Door) -> None:
        self._world = world
        self._templates = templates
        self._door = door
        self.film: str | None = None  # how fast the clock runs, in words; null: as fast as ours

    def route(self, access: Access, answers: Any) -> Route:
        """Return a route that lets nobody past whose role does not allow it."""
        if access.method == "POST" and access.path not in BY_MACHINES:
            answers = self._posted(access, answers)
        elif access.least != ANYBODY:
            answers = self._shown(access, answers)
        return Route(access.path, answers, methods=[access.method])

    def _shown(self, access: Access, page: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                visitor = await self._door.visitor(request)
                if visitor is None:
                    return self._door.to_form(request)
                request.state.visitor = visitor
                if not _may(visitor, access):
                    return await self.message(request, door_words.FORBIDDEN, 403)
                return await page(request)
            except DatabaseUnreachable as error:
                log.warning("no page: %s", error)
                return PlainTextResponse(door_words.NO_DATABASE, 503)
            except Refused as error:
                return await self.message(request, door_words.NOT_FOUND, 404, str(error))

        return answer

    def _posted(self, access: Access, act: Act) -> Handler:
        async def answer(request: Request) -> Response:
            if not from_our_page(request):
                return PlainTextResponse(door_words.FOREIGN, 403)
            try:
                if access.files:
                    return await self._with_files(request, access, act)
                fields = await read_form(request, _LARGEST_FORM)
                if fields is None:
                    return PlainTextResponse(door_words.TOO_LARGE, 413)
                if access.least == ANYBODY:
                    return await act(request, fields)
                return await self._acted(request, access, act, fields)
            except DatabaseUnreachable as error:
                log.warning("no answer: %s", error)
                return PlainTextResponse(door_words.NO_DATABASE, 503)
            except Refused as error:
                if access.least == ANYBODY:
                    log.error("nobody can sign in: %s", error)
                    return PlainTextResponse(door_words.NO_DATABASE, 503)
                return await self.message(request, door_words.NOT_FOUND, 404, str(error))

        return answer

    async def _with_files(self, request: Request, access: Access, act: Act) -> Response:
        """Do what a form with files asks for; of strangers, and of what is too large, no byte of it is read."""
        visitor = await self._door.visitor(request)
        if visitor is None or visitor.account is None or not _may(visitor, access):
            return await self._acted(request, access, act, {})
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _LARGEST_WITH_FILES:
            return PlainTextResponse(door_words.TOO_LARGE, 413)
        try:
            async with request.form(max_files=_MOST_FILES, max_fields=50, max_part_size=_LARGEST_FORM) as form:
                request.state.files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
                fields = {name: normalize("NFC", value) for name, value in form.items() if isinstance(value, str)}
                return await self._acted(request, access, act, fields)
        except HTTPException:  # it is no form
            return PlainTextResponse(door_words.FOREIGN, 400)

    async def _acted(self, request: Request, access: Access, act: Act, fields: dict[str, str]) -> Response:
        visitor = await self._door.visitor(request)
        if visitor is None or visitor.account is None:  # nobody acts without a name
            return RedirectResponse("/sign-in", 303)
        request.state.visitor = visitor
        if not compare_digest(fields.get("form", "").encode(), visitor.form_token.encode()):
            return PlainTextResponse(door_words.FOREIGN, 403)
        if not _may(visitor, access):
            return await self.message(request, door_words.FORBIDDEN, 403)
        return await act(request, fields)

    async def nothing(self, request: Request, _error: Exception) -> Response:
        """Answer an address that is none of ours: with a page for whoever is signed in, else in one line."""
        try:
            request.state.visitor = await self._door.visitor(request)
            if request.state.visitor is not None:
                return await self.message(request, door_words.NOT_FOUND, 404)
        except Refused as error:
            log.warning("no page: %s", error)
        return PlainTextResponse(door_words.NOT_FOUND, 404)

    async def message(self, request: Request, said: str, status: int, detail: str = "") -> HTMLResponse:
        title = {403: "Không được phép", 404: "Không tìm thấy"}[status]
        return await self.page(request, "message", title, "", status=status, words=said, detail=detail)

    async def page(
        self, request: Request, name: str, title: str, here: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        world, visitor = self._world, request.state.visitor
        every = await self.campaigns(request)
        return self._templates.page(
            name,
            status=status,
            title=title,
            here=here,
            campaigns=every,
            provinces={each.key: world.plan_of(each).province.name for each in every},
            now=words.instant(world.database.now()),
            simulated=world.database.simulated,
            film=self.film,
            visitor=visitor,
            roles=door_words.ROLES,
            catcher=visitor.everywhere and visitor.may("desk"),
            **values,
        )

    async def campaigns(self, request: Request) -> list[store.CampaignRow]:
        """Return the campaigns whoever asks may see: those of their office."""
        every = await store.campaigns(self._world.database)
        return [each for each in every if request.state.visitor.sees(each.office_id)]

    async def campaign(self, request: Request) -> store.CampaignRow:
        """Return the campaign a page is about; another office's is as unknown as one that is not there."""
        every, key = await self.campaigns(request), request.path_params["campaign"]
        for each in every:
            if each.key == key:
                return each
        known = ", ".join(each.key for each in every) or "none"
        raise store.UnknownCampaign(f"campaign '{key}': not in this database; known: {known}")


def _may(visitor: Visitor, access: Access) -> bool:
    return visitor.may(access.least) and (visitor.everywhere or not access.all_offices)

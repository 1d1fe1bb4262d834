"""The web application of the units' own pages: a link from a mail, exchanged for a cookie and a clean address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dondoc.portal import words as office_words
from dondoc.portal.units import session, words
from dondoc.portal.units.session import Session
from dondoc.portal.web import OwnHostOnly, Templates, own_hosts, secure_headers
from dondoc.store.unit_links import LinkRow, link_of
from tasks.unit_links import disown, open_still, opened_link
from tasks.unit_page import UnitPage, unit_page
from tasks.world import World

# A form's own origin must be told when it is posted, so the policy is `same-origin`; no address here holds a secret
# but that of a link, whose answers say `no-referrer`.
_HEADERS = {
    **secure_headers(forms=True),
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Turned(Exception):
    """A request that is answered with a message: what stands on the page, and its status."""

    def __init__(self, said: tuple[str, str], status: int) -> None:
        self.said, self.status = said, status


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a unit's page: by which browser, through which link, to what, and when."""

    session: Session
    link: LinkRow
    page: UnitPage
    at: datetime


class UnitPages:
    """The units' pages around one world: `app` is what a web server runs."""

    def __init__(self, world: World, *, port: int) -> None:
        self._world = world
        portal = [urlsplit(base) for base in world.portal.values()]
        self._secure_hosts = {each.netloc for each in portal if each.scheme == "https"}
        hosts = own_hosts(port) | {each.netloc for each in portal}
        self._origins = {f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts}
        self._templates = Templates(
            "units", day=office_words.day, instant=office_words.instant, words=words, states=words.STATES
        )
        routes = [
            Route("/", self._answers(self._nothing)),
            Route("/l/{token}", self._answers(self._open)),
            Route("/r/{link:int}", self._answers(self._show)),
            Route("/r/{link:int}/not-mine", self._answers(self._ask_not_mine)),
            Route("/r/{link:int}/not-mine", self._answers(self._not_mine), methods=["POST"]),
            Route("/style.css", self._sheet),
            Route("/healthz", self._healthz),
        ]
        self.app = Starlette(
            routes=routes, middleware=[Middleware(OwnHostOnly, hosts=hosts, headers=_HEADERS)],
            exception_handlers={404: self._answers(self._nothing)},
        )  # fmt: skip

    def _answers(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        async def answer(request: Request, _error: Exception | None = None) -> Response:
            try:
                return await page(request)
            except Turned as turned:
                title, said = turned.said
                return self._templates.page("message", status=turned.status, title=title, said=said)

        return answer

    async def _nothing(self, _request: Request) -> Response:
        raise Turned(words.NOT_FOUND, 404)

    async def _open(self, request: Request) -> Response:
        """Exchange a link for a cookie and a clean address. Nothing is written: mail scanners follow links."""
        now = self._world.database.now()
        link = await opened_link(self._world, request.path_params["token"], now)
        if link is None:
            raise Turned(words.NO_LINK, 404)
        known = session.read(self._world, request.cookies.get(session.COOKIE), now) or session.fresh()
        answer = RedirectResponse(f"/r/{link.id}", 303, headers={"referrer-policy": "no-referrer"})
        answer.set_cookie(
            session.COOKIE, known.with_link(link.id, now).cookie(self._world), httponly=True, samesite="lax", path="/",
            secure=request.headers.get("host") in self._secure_hosts,
        )  # fmt: skip
        return answer

    async def _visit(self, request: Request) -> Visit:
        """Return who visits what. Errors: `Turned`, with a page that shows nothing of the unit."""
        now = self._world.database.now()
        known = session.read(self._world, request.cookies.get(session.COOKIE), now)
        number = request.path_params["link"]
        if known is None or number not in known.links:
            raise Turned(words.NO_SESSION, 403)
        link = open_still(await link_of(self._world.database, number), now)
        if link is None:
            raise Turned(words.NO_LINK, 404)
        return Visit(known, link, await unit_page(self._world, link, now), now)

    async def _posted(self, request: Request) -> Visit:
        """Return the visit behind a form that came from our own page. Errors: `Turned`."""
        visit = await self._visit(request)
        if request.headers.get("origin", next(iter(self._origins))) not in self._origins:
            raise Turned(words.NO_FORM, 403)
        return visit

    def _check_form(self, visit: Visit, token: object) -> None:
        if not isinstance(token, str) or token != visit.session.form_token(self._world, visit.link.id):
            raise Turned(words.NO_FORM, 403)

    def _page(self, name: str, visit: Visit, *, status: int = 200, **values: Any) -> Response:
        return self._templates.page(
            name, status=status, page=visit.page, row=visit.page.row, link=visit.link,
            token=visit.session.form_token(self._world, visit.link.id), now=office_words.instant(visit.at), **values,
        )  # fmt: skip

    async def _show(self, request: Request) -> Response:
        return self._page("page", await self._visit(request))

    async def _ask_not_mine(self, request: Request) -> Response:
        return self._page("not-mine", await self._visit(request))

    async def _not_mine(self, request: Request) -> Response:
        visit = await self._posted(request)
        async with request.form(max_files=0, max_fields=10) as form:
            self._check_form(visit, form.get("token"))
        await disown(self._world, visit.link, visit.at)
        raise Turned(words.DISOWNED, 200)

    async def _sheet(self, _request: Request) -> Response:
        return self._templates.style()

    async def _healthz(self, _request: Request) -> Response:
        """Answer that this process lives."""
        return PlainTextResponse("ok")

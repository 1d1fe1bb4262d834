"""Who comes in: a link exchanged for a cookie, a request told by it, a form that came from our own page."""

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.portal import words as office_words
from dondoc.portal.units import session, words
from dondoc.portal.units.session import Session
from dondoc.portal.units.turns import LOOKING, NEXT, POSTING, Turns
from dondoc.portal.web import Templates, own_hosts
from dondoc.store.coming import coming
from dondoc.store.drafts import Partial
from dondoc.store.unit_links import LinkRow, link_of
from tasks.unit_links import open_still, opened_link
from tasks.unit_page import UnitPage, takes_report, unit_page
from tasks.uploads import MOST_FILES
from tasks.world import World

log = logging.getLogger(__name__)
MOST_BYTES = 60_000_000  # of one request, files included
_MOST_FIELDS, _LONGEST_FIELD = 200, 500_000  # a consolidated report has forty figures, two fields each
_SMALL = 1_000_000  # bytes of a form without files
Handler = Callable[[Request], Awaitable[Response]]


class Turned(Exception):
    """A request that is answered with a message: what stands on the page, and its status."""

    def __init__(self, said: tuple[str, str], status: int) -> None:
        self.said, self.status = said, status


class TooLarge(Exception):
    """A request whose body is larger than anything a form of ours can be."""


class LimitedBody:
    """Let no request bring more than `MOST_BYTES`, whatever it says of its length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received; what announces too much is not read at all."""
        announced = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if scope["type"] == "http" and (not announced.isdigit() or int(announced) > MOST_BYTES):
            await PlainTextResponse(words.TOO_LARGE[1], 413)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST_BYTES:
                raise TooLarge
            return message

        await self._app(scope, counted, send)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a unit's page: by which browser, through which link, to what, and when."""

    session: Session
    link: LinkRow
    page: UnitPage
    at: datetime
    token: str  # what a form of this page must carry

    @property
    def here(self) -> str:
        """Return the page's address."""
        return f"/r/{self.link.id}"


class Door:
    """Lets in who holds a link, and writes the pages they see."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self._looking, self._posting = Turns(LOOKING), Turns(POSTING)
        portal = [urlsplit(base) for base in world.portal.values()]
        self._secure_hosts = {each.netloc for each in portal if each.scheme == "https"}
        self.hosts = own_hosts(port) | {each.netloc for each in portal}
        self._origins = {f"{scheme}://{host}" for scheme in ("http", "https") for host in self.hosts}
        self._script = files("templates").joinpath("units", "report.js").read_text("utf-8")
        self._templates = Templates(
            "units", day=office_words.day, instant=office_words.instant, words=words, states=words.STATES,
            versions={"style": _version(files("templates").joinpath("units", "style.css").read_text("utf-8")),
                      "script": _version(self._script)},
        )  # fmt: skip

    def message(self, said: tuple[str, str], status: int) -> Response:
        """Return a page that says one thing and shows nothing of any unit."""
        title, text = said
        return self._templates.page("message", status=status, title=title, said=text)

    def style(self) -> Response:
        """Return the style sheet. A browser keeps it: when it changes, so does its address."""
        return _kept(self._templates.style())

    def script(self) -> Response:
        """Return the script of the form, which a browser keeps as well."""
        return _kept(Response(self._script, media_type="text/javascript"))

    def page(self, name: str, visit: Visit, *, status: int = 200, **values: Any) -> Response:
        """Return a page of a unit."""
        return self._templates.page(
            name, status=status, page=visit.page, row=visit.page.row, link=visit.link, token=visit.token,
            now=office_words.instant(visit.at), at=visit.at, **values,
        )  # fmt: skip

    async def open(self, request: Request) -> Response:
        """Exchange a link for a cookie and a clean address. Nothing is written: mail scanners follow links."""
        now = self.world.database.now()
        link = await opened_link(self.world, request.path_params["token"], now)
        if link is None:
            raise Turned(words.NO_LINK, 404)
        known = session.read(self.world, request.cookies.get(session.COOKIE), now) or session.fresh()
        answer = RedirectResponse(f"/r/{link.id}", 303, headers={"referrer-policy": "no-referrer"})
        answer.set_cookie(
            session.COOKIE, known.with_link(link.id, now).cookie(self.world), httponly=True, samesite="lax", path="/",
            secure=request.headers.get("host") in self._secure_hosts,
        )  # fmt: skip
        return answer

    async def visit(self, request: Request, at: datetime | None = None) -> Visit:
        """Return who visits what, now or `at` an instant. Errors: `Turned`: a page that shows nothing of the unit."""
        now = at or self.world.database.now()
        known, number = self._known(request, now)
        link = open_still(await link_of(self.world.database, number), now)
        if link is None:
            raise Turned(words.NO_LINK, 404)
        page = await unit_page(self.world, link, now)
        return Visit(known, link, page, now, known.form_token(self.world, link.id))

    def _known(self, request: Request, now: datetime) -> tuple[Session, int]:
        known, number = session.read(self.world, request.cookies.get(session.COOKIE), now), request.path_params["link"]
        if known is None or number not in known.links:
            raise Turned(words.NO_SESSION, 403)
        return known, number

    async def sent_piece(self, request: Request) -> tuple[int, Partial]:
        """Return the assignment and the file a piece belongs to that the script of our own page sends.

        As `sent`, with one question to the database instead of a page's five. Errors: `Turned`.
        """
        now = self.world.database.now()
        known, number = self._known(request, now)
        found = await coming(self.world.database, number, request.path_params["upload"])
        if found is None or open_still(found.link, now) is None:
            raise Turned(words.NO_LINK, 404)
        self._check_origin(request)
        _check_token(known.form_token(self.world, number), request.headers.get("x-form-token", ""))
        if not takes_report(found.state, found.ended_on):
            raise Turned(words.CLOSED, 409)
        if found.partial is None:
            raise Turned(words.NO_FORM, 404)
        return found.link.assignment_id, found.partial

    async def sent(self, request: Request) -> Visit:
        """Return the visit behind what the script of our own page sends; its body is still to be read.

        Errors: `Turned`.
        """
        visit = await self.visit(request)
        self._check_origin(request)
        _check_token(visit.token, request.headers.get("x-form-token", ""))
        return visit

    async def posted(self, request: Request) -> tuple[Visit, FormData]:
        """Return the visit behind a form that came from our own page, at the instant its last byte was here.

        Errors: `Turned` for a form of another site, another session or another page.
        """
        self._check_origin(request)
        here: datetime | None = getattr(request.state, "here", None)
        if here is None:
            await self.visit(request)  # before a byte of a large form is read
        form = await read_form(request)
        try:
            visit = await self.visit(request, here)
            _check_token(visit.token, text_of(form, "token"))
            return visit, form
        except Turned:
            await form.close()
            raise

    def _check_origin(self, request: Request) -> None:
        if not {request.headers.get("origin")} <= {None, *self._origins}:
            raise Turned(words.NO_FORM, 403)

    async def _in_turn(self, request: Request, handler: Handler, rank: int | None) -> Response:
        """Answer a request when its turn has come; what is read from its sender's line is read without one.

        When a small form is here is noted before it waits: who sends in time is in time, whoever else is served first.
        """
        posted = request.method == "POST"
        if rank is None or (posted and not 0 <= _length(request) <= _SMALL):
            return await handler(request)
        if posted:
            self._known(request, self.world.database.now())  # nobody else's is read
            await request.body()
            request.state.here = self.world.database.now()
        async with (self._posting if posted else self._looking).turn(rank):
            return await handler(request)

    def answers(self, handler: Handler, rank: int | None = NEXT) -> Callable[..., Awaitable[Response]]:
        """Return a handler whose refusals become pages; `rank` says who goes first; null: takes no turn."""

        async def answer(request: Request, _error: Exception | None = None) -> Response:
            try:
                return await self._in_turn(request, handler, rank)
            except Exception as error:
                return self.message(*_refusal(error))

        return answer

    def tells(self, handler: Handler, rank: int | None = NEXT) -> Handler:
        """Return a handler whose refusals the script of the page shows in one line."""

        async def answer(request: Request) -> Response:
            try:
                return await self._in_turn(request, handler, rank)
            except Exception as error:
                (title, said), status = _refusal(error)
                return JSONResponse({"said": f"{title}. {said}"}, status)

        return answer


def _length(request: Request) -> int:
    """Return how long a request says its body is; -1 when it does not say."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdigit() else -1


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _kept(response: Response) -> Response:
    response.headers["cache-control"] = "public, max-age=31536000, immutable"
    return response


def _check_token(wanted: str, token: str) -> None:
    if not hmac.compare_digest(token.encode(), wanted.encode()):
        raise Turned(words.NO_FORM, 403)


def _refusal(error: Exception) -> tuple[tuple[str, str], int]:
    """Return what is said of a request that was not done, and its status."""
    if isinstance(error, Turned):
        return error.said, error.status
    if isinstance(error, TooLarge):
        return words.TOO_LARGE, 413
    if isinstance(error, HTTPException):  # a body that is no form, or has thousands of fields
        return words.NO_FORM, error.status_code
    if isinstance(error, ClientDisconnect):
        return words.FAILED, 400  # which nobody reads
    # The disk is full, the database gone: what was saved before is still there.
    log.error("a unit's page could not be answered", exc_info=error)
    return words.FAILED, 503


async def read_form(request: Request) -> FormData:
    """Return the form a request brings, as large as one of ours can be."""
    return await request.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)


def text_of(form: FormData | Mapping[str, object], name: str) -> str:
    """Return a field that is text; empty for anything else."""
    value = form.get(name)
    return value if isinstance(value, str) else ""

"""The web application of the units' own pages: reached by a link from a mail, on a port of its own."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dondoc.portal.units import words
from dondoc.portal.units.door import Door, LimitedBody, Turned
from dondoc.portal.units.record import RecordPages
from dondoc.portal.units.report import ReportPages
from dondoc.portal.units.secret import SecretPages
from dondoc.portal.units.turns import FIRST
from dondoc.portal.web import OwnHostOnly, secure_headers
from tasks.unit_links import disown
from tasks.world import World

# A form's own origin must be told when it is posted, so the policy is `same-origin`; no address here holds a secret
# but that of a link, whose answers say `no-referrer`.
_HEADERS = {
    **secure_headers(forms=True),
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}


class UnitPages:
    """The units' pages around one world: `app` is what a web server runs; `files` is where reports are kept."""

    def __init__(self, world: World, *, port: int, files: Path) -> None:
        self._door = door = Door(world, port)
        secret = SecretPages(door)
        report, answers, told = ReportPages(door, files), door.answers, door.tells
        record = RecordPages(door)
        routes = [
            Route("/", answers(_nothing)),
            Route("/l/{token}", answers(door.open)),
            Route("/r/{link:int}", answers(report.show)),
            Route("/r/{link:int}/form.{kind}", answers(report.blank)),
            Route("/r/{link:int}/draft", answers(report.save), methods=["POST"]),
            Route("/r/{link:int}/autosave", told(report.autosave), methods=["POST"]),
            Route("/r/{link:int}/upload", told(report.begin), methods=["POST"]),
            Route("/r/{link:int}/upload/{upload:int}", told(report.piece, None), methods=["POST"]),
            Route("/r/{link:int}/send", answers(report.confirm, FIRST)),
            Route("/r/{link:int}/send", answers(report.send, FIRST), methods=["POST"]),
            Route("/r/{link:int}/code", answers(report.again, FIRST), methods=["POST"]),
            Route("/r/{link:int}/secret", answers(secret.ask)),
            Route("/r/{link:int}/secret", answers(secret.announce), methods=["POST"]),
            Route("/r/{link:int}/not-mine", answers(self._ask_not_mine)),
            Route("/r/{link:int}/not-mine", answers(self._not_mine), methods=["POST"]),
            Route("/r/{link:int}/record", answers(record.show)),
            Route("/r/{link:int}/record", answers(record.contest), methods=["POST"]),
            Route("/style.css", self._sheet),
            Route("/report.js", self._script),
            Route("/healthz", self._healthz),
        ]
        self.app = Starlette(
            routes=routes,
            # Compressed, a page is a third: on a poor line that is half a second. Nobody else can make a page hold
            # anything beside its token (BREACH): none shows a part of its address, foreign forms bring no cookie.
            middleware=[
                Middleware(OwnHostOnly, hosts=door.hosts, headers=_HEADERS),
                Middleware(LimitedBody),
                Middleware(GZipMiddleware, minimum_size=600, compresslevel=5),
            ],
            exception_handlers={404: answers(_nothing, None), 405: answers(_not_this_way, None)},
        )

    async def _ask_not_mine(self, request: Request) -> Response:
        return self._door.page("not-mine", await self._door.visit(request))

    async def _not_mine(self, request: Request) -> Response:
        visit, form = await self._door.posted(request)
        await form.close()
        await disown(self._door.world, visit.link, visit.at)
        raise Turned(words.DISOWNED, 200)

    async def _sheet(self, _request: Request) -> Response:
        return self._door.style()

    async def _script(self, _request: Request) -> Response:
        return self._door.script()

    async def _healthz(self, _request: Request) -> Response:
        """Answer that this process lives."""
        return PlainTextResponse("ok")


async def _nothing(_request: Request) -> Response:
    raise Turned(words.NOT_FOUND, 404)


async def _not_this_way(_request: Request) -> Response:
    raise Turned(words.NOT_FOUND, 405)

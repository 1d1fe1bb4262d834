"""The read-only pages of an office: what waits and why, who has reported, what the catcher caught."""

import hashlib
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import Refused
from dondoc.messages.model import Brief, from_json
from dondoc.messages.render import render_brief
from dondoc.messages.spool import SpooledMail, read_spool
from dondoc.portal import words
from dondoc.store import briefs as brief_store
from dondoc.store.campaigns import campaign, campaigns
from dondoc.store.duties import duty_period
from dondoc.store.outbox import waiting_messages
from dondoc.store.status import DutyStatus, coming_steps, duty_status, unit_status, waiting_steps
from tasks.world import World

_PAGE = 100
_SECURE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
# A caught mail is hostile until shown otherwise: no script, no form, nothing loaded from anywhere.
_ISOLATED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
}


class OwnHostOnly:
    """Refuse requests that name another host: a foreign page must not reach us through a name it controls."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for us, with security headers on every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if host not in self._hosts:
            await PlainTextResponse(f"host {host!r}: not served here", 421)(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in _SECURE.items() if k.encode() not in present),
                ]
            await send(message)

        await self._app(scope, receive, secured)


class Pages:
    """The pages around one world: `app` is what a web server runs."""

    def __init__(self, world: World, *, spool: Path, prefect_url: str, port: int) -> None:
        self._world = world
        self._spool = spool
        self._prefect_url = prefect_url
        sources = {f"portal/{f.name}": f.read_text("utf-8") for f in files("templates").joinpath("portal").iterdir()}
        self._style = sources.pop("portal/style.css")
        self._environment = Environment(
            loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._environment.globals |= {
            "day": words.day, "instant": words.instant, "states": words.STATES, "waits": words.WAITS,
            "modalities": words.MODALITIES, "unit_states": words.UNIT_STATES, "judged": words.JUDGED,
            "rung": words.rung, "task": words.task, "bar": bar,
        }  # fmt: skip
        routes = [
            Route("/", self._answers(self._overview)),
            Route("/board/{campaign}", self._answers(self._board)),
            Route("/board/{campaign}/{duty}/{period}", self._answers(self._units)),
            Route("/mails", self._answers(self._mails)),
            Route("/mails/{n:int}", self._answers(self._mail)),
            Route("/mails/{n:int}/html", self._answers(self._mail_html)),
            Route("/mails/{n:int}/raw", self._answers(self._mail_raw)),
            Route("/briefs/{code}", self._answers(self._brief)),
            Route("/style.css", self._answers(self._sheet)),
            Route("/healthz", self._answers(self._healthz)),
        ]
        hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self.app = Starlette(routes=routes, middleware=[Middleware(OwnHostOnly, hosts=hosts)])

    def _answers(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except Refused as error:
                return await self._page("message", "Không tìm thấy", "", status=404, words=str(error))

        return answer

    async def _page(self, name: str, title: str, here: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        world = self._world
        html = self._environment.get_template(f"portal/{name}.html").render(
            title=title,
            here=here,
            campaigns=await campaigns(world.database),
            now=words.instant(world.database.now()),
            simulated=world.database.simulated,
            **values,
        )
        return HTMLResponse(html, status)

    async def _overview(self, _request: Request) -> Response:
        database = self._world.database
        now = database.now()
        coming = [
            row for each in await campaigns(database) for row in await coming_steps(database, each.id, now, limit=8)
        ]
        return await self._page(
            "overview", "Tổng quan", "overview",
            waiting_steps=await waiting_steps(database), waiting_messages=await waiting_messages(database),
            briefs=await brief_store.briefs_on_desk(database), coming=coming, prefect_url=self._prefect_url,
            mails=len(read_spool(self._spool)),
        )  # fmt: skip

    async def _board(self, request: Request) -> Response:
        database = self._world.database
        owner = await campaign(database, request.path_params["campaign"])
        rows = await duty_status(database, owner.id, database.now())
        return await self._page(
            "board", "Bảng theo dõi", owner.key, campaign=owner, rows=sorted(rows, key=_latest_first)
        )

    async def _units(self, request: Request) -> Response:
        database, asked = self._world.database, request.path_params
        owner = await campaign(database, asked["campaign"])
        row = await duty_period(database, owner.id, asked["duty"], asked["period"])
        units = await unit_status(database, row.id, database.now())
        counted = "; ".join(
            f"{words.MODALITIES[modality]}: đã ghi nhận {sum(u.first_received_at is not None for u in group)}"
            f"/{len(group)}"
            for modality in words.MODALITIES
            if (group := [u for u in units if u.modality == modality and u.state in ("open", "submitted")])
        )
        rows, page, pages = _paged(units, request)
        return await self._page(
            "units", f"{row.title} {row.period}".removesuffix(" once"), owner.key, rows=rows, counted=counted,
            page=page, pages=pages,
        )  # fmt: skip

    async def _mails(self, request: Request) -> Response:
        every = read_spool(self._spool)[::-1]
        rows, page, pages = _paged(every, request)
        shown = [
            {"n": mail.n, "subject": mail.subject, "rcpt_tos": mail.rcpt_tos, "at": mail.received_at[:16]}
            for mail in rows
        ]
        return await self._page("mails", "Thư chạy thử", "mails", rows=shown, page=page, pages=pages)

    async def _mail(self, request: Request) -> Response:
        mail, parsed = self._caught(request)
        plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
        headers = [
            (name, str(parsed[name])) for name in ("From", "To", "Subject", "Date", "Message-ID") if parsed[name]
        ]
        return await self._page(
            "mail", mail.subject or "(không có tiêu đề)", "mails", n=mail.n, headers=headers,
            text=plain.get_content() if plain else "", html=html is not None,
        )  # fmt: skip

    async def _mail_html(self, request: Request) -> Response:
        _mail, parsed = self._caught(request)
        html = parsed.get_body(("html",))
        return HTMLResponse(html.get_content() if html else "", headers=_ISOLATED)

    async def _mail_raw(self, request: Request) -> Response:
        mail, parsed = self._caught(request)
        del parsed
        return Response(
            self._bytes(mail.n), media_type="message/rfc822",
            headers={**_ISOLATED, "content-disposition": f'attachment; filename="{mail.n}.eml"'},
        )  # fmt: skip

    async def _brief(self, request: Request) -> Response:
        row = await brief_store.brief(self._world.database, request.path_params["code"])
        content = from_json(row.parameters)
        assert isinstance(content, Brief)
        return HTMLResponse(render_brief(content).html, headers=_ISOLATED)

    async def _sheet(self, _request: Request) -> Response:
        return Response(
            self._style, media_type="text/css",
            headers={"etag": f'"{hashlib.sha256(self._style.encode()).hexdigest()[:16]}"'},
        )  # fmt: skip

    async def _healthz(self, _request: Request) -> Response:
        await campaigns(self._world.database)
        return PlainTextResponse("ok")

    def _caught(self, request: Request) -> tuple[SpooledMail, EmailMessage]:
        n = request.path_params["n"]
        mail = next((each for each in read_spool(self._spool) if each.n == n), None)
        if mail is None:
            raise Refused(f"Không có thư số {n}.")
        parsed = message_from_bytes(self._bytes(n), policy=policy.default)
        return mail, parsed

    def _bytes(self, n: int) -> bytes:
        return (self._spool / f"{n}.eml").read_bytes()


def bar(row: DutyStatus) -> Markup:
    """Return how far a duty is as a bar: in time, after, not recorded; a picture beside the figures."""
    total = max(row.asked, 1)
    good, late = row.on_time + row.received_undated, row.late
    first, second = 100 * good / total, 100 * late / total
    label = f"{good} trong thời hạn, {late} sau thời hạn, {row.not_recorded} chưa ghi nhận"
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect width="100" height="10" fill="#c9d1d9"/><rect width="{:.2f}" height="10" fill="#2f6f4f"/>'
        '<rect x="{:.2f}" width="{:.2f}" height="10" fill="#b07a1e"/></svg>'
    ).format(label, first, first, second)


def _latest_first(row: DutyStatus) -> tuple[bool, int, str]:
    return row.due_on is None, -(row.due_on.toordinal() if row.due_on else 0), row.duty


def _paged(rows: list[Any], request: Request) -> tuple[list[Any], int, int]:
    pages = max(1, -(-len(rows) // _PAGE))
    try:
        page = min(max(int(request.query_params.get("page", "1")), 1), pages)
    except ValueError:
        page = 1
    return rows[(page - 1) * _PAGE : page * _PAGE], page, pages

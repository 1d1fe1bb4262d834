"""The read-only pages of an office: what waits and why, who has reported, what the catcher caught."""

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from config.errors import Refused
from deadlines.coverage import Reached, has_it
from dondoc import clock
from dondoc.messages import findings as finding_words
from dondoc.messages.model import Brief, from_json
from dondoc.messages.render import render_brief
from dondoc.messages.spool import SpooledMail, SpoolReader
from dondoc.portal import coverage_words, sms, words
from dondoc.portal.alarm import Alarm
from dondoc.portal.brake_words import held_lines
from dondoc.portal.caught import CaughtMail, read_mail
from dondoc.portal.desk import DeskActs
from dondoc.portal.door import Door
from dondoc.portal.frame import Frame
from dondoc.portal.intake import IntakeDesk
from dondoc.portal.metrics import metrics
from dondoc.portal.own_account import OwnAccount
from dondoc.portal.paper import PaperDesk
from dondoc.portal.review import ReviewPages, waiting_words
from dondoc.portal.roles import ROUTES
from dondoc.portal.web import OwnHostOnly, Templates, number_of, own_hosts, secure_headers
from dondoc.store import briefs as brief_store
from dondoc.store.duties import duty_period
from dondoc.store.letters import waiting_messages
from dondoc.store.reviews import waiting_for_review
from dondoc.store.secret_route import awaited
from dondoc.store.status import DutyStatus, coming_steps, duty_status, unit_status, waiting_steps
from dondoc.store.unit_links import disowned_links
from tasks.audit import open_findings
from tasks.brakes import standing_still
from tasks.health import ready
from tasks.see_coverage import coverage_list, coverage_of
from tasks.world import World

log = logging.getLogger(__name__)
_PAGE = 100
# A caught mail is hostile until shown otherwise: no script, no form, nothing loaded from anywhere.
_ISOLATED = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
}


class Pages:
    """The pages around one world: `app` is what a web server runs.

    `command` is how the program is called for this state folder: what a page tells the reader to type must work.
    """

    def __init__(
        self, world: World, *, spool: Path, prefect_url: str | None, port: int, command: str = "dondoc"
    ) -> None:
        self._world = world
        self._spool = SpoolReader(spool)
        self._command = command
        self._sms = spool.with_name("sms")  # beside the mails
        self.alarm: Alarm | None = None  # whose rounds are counted
        self.prefect_url = prefect_url  # null where it does not run: then no page points to it
        templates = Templates("portal", ("units/fields.html",), **{
            "day": words.day, "instant": words.instant, "states": words.STATES, "waits": words.WAITS,
            "modalities": words.MODALITIES, "unit_states": words.UNIT_STATES, "judged": words.JUDGED,
            "judgement": words.judgement,
            "rung": words.rung, "task": words.task, "kinds": words.KINDS, "bar": bar, "parts": parts,
            "command": command, "covered": coverage_words, "covered_bar": covered_bar,
            "found": finding_words,
        })  # fmt: skip
        self._templates = templates
        self.door = Door(world, templates)
        self.frame = Frame(world, templates, self.door)
        self.desk = desk = DeskActs(world, self.frame)
        paper, own = PaperDesk(world, self.frame, spool.with_name("files")), OwnAccount(world, self.frame)
        intake = IntakeDesk(world, self.frame, spool.with_name("registers"))
        reviews = ReviewPages(world, self.frame, spool.with_name("files"))
        answers = {
            "reports": reviews.waiting, "report": reviews.report, "review": reviews.review, "report_file": reviews.file,
            "overview": self._overview, "board": self._board, "units": self._units, "coverage": self._coverage,
            "brief": self._brief, "mails": self._mails, "mail": self._mail, "mail_html": self._mail_html,
            "mail_raw": self._mail_raw, "sms_list": self._sms_list, "sms_report": self._sms_report,
            "sheet": self._sheet, "healthz": self._healthz, "readyz": self._readyz, "metrics": self._metrics,
            "sign_in_form": self.door.form, "enter": self.door.enter, "leave": self.door.leave,
            "account": own.form, "new_password": own.change,
            "reconciliation": desk.reconciliation, "reconcile": desk.reconcile,
            "intake": intake.batches, "intake_upload": intake.upload, "intake_batch": intake.batch,
            "intake_answer": intake.answer, "intake_undo": intake.undo,
            "paper_form": paper.form, "paper": paper.record, "release_form": desk.release_form, "release": desk.release,
        }  # fmt: skip
        routes = [self.frame.route(each, answers[each.answers]) for each in ROUTES]
        guard = Middleware(OwnHostOnly, hosts=own_hosts(port), headers=secure_headers(forms=True))
        self.app = Starlette(routes=routes, middleware=[guard], exception_handlers={404: self.frame.nothing})

    async def _overview(self, request: Request) -> Response:
        database, visitor = self._world.database, request.state.visitor
        now, mine = database.now(), await self.frame.campaigns(request)
        keys, ids = {each.key for each in mine}, {each.id for each in mine}
        stops, every_pause = await standing_still(self._world)
        pauses = [each for each in every_pause if each.campaign is None or each.campaign in keys]
        paused = {each.campaign for each in pauses if each.channel != "sms"}
        coming = [row for each in mine for row in await coming_steps(database, each.id, now, limit=8)]
        return await self.frame.page(
            request, "overview", "Tổng quan", "overview",
            waiting_steps=[row for row in await waiting_steps(database) if row.key in keys],
            waiting_messages=[row for row in await waiting_messages(database) if row.key in keys],
            briefs=[row for row in await brief_store.briefs_on_desk(database) if row.campaign_id in ids],
            coming=coming, prefect_url=self.prefect_url,
            mails=len(self._spool.mails()), at_rest=words.at_rest(now, self._world.calendar),
            held=held_lines(stops, pauses, self._command),
            reviews=waiting_words(await waiting_for_review(database, ids), now),
            findings=await open_findings(self._world) if visitor.everywhere else [],
            disowned=[row for row in await disowned_links(database, clock.local_day(now)) if row.campaign in keys],
            secret=[row for row in await awaited(database) if row.campaign in keys],
            message_waits=lambda row: words.message_waits(
                row.state, row.not_before, now, held=bool(stops) or bool({None, row.key} & paused)
            ),
        )  # fmt: skip

    async def _board(self, request: Request) -> Response:
        database = self._world.database
        owner = await self.frame.campaign(request)
        now = database.now()
        rows = await duty_status(database, owner.id, now)
        return await self.frame.page(
            request, "board", "Bảng theo dõi", owner.key, campaign=owner, rows=sorted(rows, key=_latest_first),
            coverage=await coverage_of(self._world, owner, now),
            reviews=waiting_words(await waiting_for_review(database, {owner.id}), now),
        )  # fmt: skip

    async def _coverage(self, request: Request) -> Response:
        database, asked = self._world.database, request.path_params
        owner = await self.frame.campaign(request)
        row = await duty_period(database, owner.id, asked["duty"], asked["period"])
        duty, stands = await coverage_list(self._world, owner, row, database.now())
        side = "has-not" if request.query_params.get("side") == "has-not" else "has"
        sides = {
            "has": [each for each in stands if has_it(each.standing)],
            "has-not": [each for each in stands if not has_it(each.standing)],
        }
        rows, page, pages = _paged(sides[side], request)
        return await self.frame.page(
            request, "coverage", words.task(row.title, row.period), owner.key, duty=duty, rows=rows, side=side,
            counts={name: len(each) for name, each in sides.items()}, page=page, pages=pages, key=owner.key,
            query=f"side={side}&",
        )  # fmt: skip

    async def _units(self, request: Request) -> Response:
        database, asked = self._world.database, request.path_params
        owner = await self.frame.campaign(request)
        row = await duty_period(database, owner.id, asked["duty"], asked["period"])
        units = await unit_status(database, row.id, database.now())
        counted = [
            f"{words.MODALITIES[modality]}: đã ghi nhận {sum(u.first_received_at is not None for u in group)}"
            f"/{len(group)}; {', '.join(words.last_day(d) for d in dict.fromkeys(u.due_on for u in group))}"
            for modality in words.MODALITIES
            if (group := [u for u in units if u.modality == modality and u.state in ("open", "submitted")])
        ]
        rows, page, pages = _paged(units, request)
        return await self.frame.page(
            request, "units", words.task(row.title, row.period), owner.key, rows=rows, counted=counted,
            duty=row.duty, period=row.period, page=page, pages=pages, key=owner.key,
        )  # fmt: skip

    async def _mails(self, request: Request) -> Response:
        rows, page, pages = _paged(self._spool.mails()[::-1], request)
        return await self.frame.page(
            request, "mails", "Thư chạy thử", "mails", rows=[_listed(mail) for mail in rows], page=page, pages=pages
        )

    async def _sms_list(self, request: Request) -> Response:
        price = self._world.sms["rehearsal"].gateway.price if "rehearsal" in self._world.sms else 0
        every = sms.listed(self._sms, price)
        rows, page, pages = _paged(every, request)
        segments = sum(row["count"] for row in every)
        return await self.frame.page(
            request, "sms", "Tin nhắn chạy thử", "sms", rows=rows, page=page, pages=pages, price=sms.dong(price),
            total=f"{len(every)} tin nhắn", total_segments=f"tính {segments} tin",
            total_cost=sms.dong(segments * price),
        )  # fmt: skip

    async def _sms_report(self, request: Request) -> Response:
        return await sms.take_report(self._world, request)

    async def _mail(self, request: Request) -> Response:
        mail, content = self._caught(request)
        return await self.frame.page(
            request, "mail", _listed(mail)["subject"], "mails", n=mail.n, content=content, at=_listed(mail)["at"],
            message_id=mail.message_id[:200],
        )  # fmt: skip

    async def _mail_html(self, request: Request) -> Response:
        _mail, content = self._caught(request)
        return HTMLResponse(content.html or "", headers=_ISOLATED)

    async def _mail_raw(self, request: Request) -> Response:
        mail, _content = self._caught(request)
        return Response(
            self._spool.content(mail.n), media_type="message/rfc822",
            headers={**_ISOLATED, "content-disposition": f'attachment; filename="{mail.n}.eml"'},
        )  # fmt: skip

    async def _brief(self, request: Request) -> Response:
        code = request.path_params["code"]
        mine = {each.id for each in await self.frame.campaigns(request)}
        with suppress(brief_store.UnknownBrief):  # its words name every office's briefs
            row = await brief_store.brief(self._world.database, code)
            if row.campaign_id in mine:
                return self._isolated_brief(row)
        raise brief_store.UnknownBrief(f"brief '{code}': unknown; the overview lists those on the desk")

    def _isolated_brief(self, row: brief_store.BriefRow) -> Response:
        content = from_json(row.parameters)
        assert isinstance(content, Brief)
        return HTMLResponse(render_brief(content).html, headers=_ISOLATED)

    async def _sheet(self, _request: Request) -> Response:
        return self._templates.style()

    async def _healthz(self, _request: Request) -> Response:
        """Answer that this process lives, whatever else is wrong."""
        return PlainTextResponse("ok")

    async def _readyz(self, _request: Request) -> Response:
        """Answer whether the database can be worked with; why not stands in the log, not here."""
        try:
            if (await ready(self._world)).state == "well":
                return PlainTextResponse("ready")
        except Refused as error:
            log.warning("not ready: %s", error)
        return PlainTextResponse("not ready", 503)

    async def _metrics(self, _request: Request) -> Response:
        try:
            return Response(await metrics(self._world.database, self.alarm), media_type=CONTENT_TYPE_LATEST)
        except Refused as error:
            log.warning("no metrics: %s", error)
            return PlainTextResponse("not ready", 503)

    def _caught(self, request: Request) -> tuple[SpooledMail, CaughtMail]:
        n = request.path_params["n"]
        mails = self._spool.mails()
        if not 1 <= n <= len(mails):
            raise Refused(f"mail {n}: there is none; the catcher holds {len(mails)}")
        return mails[n - 1], read_mail(self._spool.content(n))


def bar(row: DutyStatus) -> Markup:
    """Return how far a duty is as a bar: in time, without a date, after, not recorded; a picture of the figures."""
    total, start, drawn = max(row.asked, 1), 0.0, Markup()
    for count, css in ((row.on_time, "on"), (row.received_undated, "undated"), (row.late, "late")):
        width = 100 * count / total
        drawn += Markup('<rect class="{}" x="{:.2f}" width="{:.2f}" height="10"/>').format(css, start, width)
        start += width
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="open" width="100" height="10"/>{}</svg>'
    ).format(parts(row), drawn)


def covered_bar(each: Reached) -> Markup:
    """Return how many of those named have it, as a bar; a picture of the figures beside it."""
    width = 100 * each.has / max(each.asked, 1)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="open" width="100" height="10"/><rect class="on" width="{:.2f}" height="10"/></svg>'
    ).format(coverage_words.reached(each), width)


def parts(row: DutyStatus) -> str:
    """Return the figures of a duty in words, leaving out what is nought."""
    counts = (
        (row.on_time, "trong thời hạn"), (row.received_undated, "đã ghi nhận, không xét thời hạn"),
        (row.late, "sau thời hạn"), (row.not_recorded, "chưa ghi nhận"), (row.transferred, "chuyển tiếp"),
    )  # fmt: skip
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _listed(mail: SpooledMail) -> dict[str, Any]:
    """Return a mail's line in the list; a stranger's thousand recipients or endless subject do not fill the page."""
    to = ", ".join(address[:100] for address in mail.rcpt_tos[:2])
    more = f" và {len(mail.rcpt_tos) - 2} nơi khác" if len(mail.rcpt_tos) > 2 else ""
    return {
        "n": mail.n,
        "subject": mail.subject[:160] or "(không có tiêu đề)",
        "to": to + more,
        "at": words.instant(datetime.fromisoformat(mail.received_at)),
    }


def _latest_first(row: DutyStatus) -> tuple[bool, int, str]:
    return row.due_on is None, -(row.due_on.toordinal() if row.due_on else 0), row.duty


def _paged(rows: list[Any], request: Request) -> tuple[list[Any], int, int]:
    pages = max(1, -(-len(rows) // _PAGE))
    page = min(max(number_of(request.query_params.get("page", "")), 1), pages)
    return rows[(page - 1) * _PAGE : page * _PAGE], page, pages

"""Sending a report: a form that is saved as a draft, files beside it, a code, one submission."""

import asyncio
import logging
import re
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dondoc import clock
from dondoc.portal.units import words
from dondoc.portal.units.door import Door, Turned, Visit, text_of
from dondoc.store.drafts import Draft, draft_of
from tasks.file_kinds import StrangeFile
from tasks.receipts import RefusedReceipt
from tasks.report_form import Report, read_report, typed
from tasks.send_messages import send_messages
from tasks.submit_codes import RefusedCode, code_waits, send_code
from tasks.submit_report import TooManyFiles, already_sent, drop_upload, keep_upload, save, send_report

log = logging.getLogger(__name__)
_AT_ONCE = ("code", "acknowledgement")


class ReportPages:
    """The form of a report on a unit's page; `files` is where what is uploaded is kept by its hash."""

    def __init__(self, door: Door, files: Path) -> None:
        self._door, self._world, self._files = door, door.world, files
        self._sending: set[asyncio.Task[None]] = set()

    async def show(self, request: Request) -> Response:
        """Show what is due, what was received, and the form as it was saved."""
        visit = await self._door.visit(request)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        return self._form(visit, draft, done=request.query_params.get("done", ""))

    async def save(self, request: Request) -> Response:
        """Save the draft with its files; then stay, or go on to the code."""
        visit, form = await self._taking(request)
        try:
            wrong = [each for each in [await self._keep(visit, file) for file in form.getlist("files")] if each]
        finally:
            await form.close()
        act, version, content = text_of(form, "act"), text_of(form, "version"), typed(form)
        if match := re.fullmatch(r"drop-(\d{1,18})", act):
            await drop_upload(self._world, visit.page, int(match[1]))
        saved = await save(self._world, visit.page, content, int(version) if version.isdecimal() else 0, visit.at)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        if not saved:
            return self._form(visit, draft, content=content, status=409, done="changed")
        if wrong:
            return self._form(visit, draft, status=422, errors=[("files", each) for each in wrong])
        if act != "send" or draft is None:
            return RedirectResponse(f"{visit.here}?done=saved#report", 303)
        errors = self._report(visit, draft).errors
        if errors:
            told = [(name, words.field(why)) for name, why in errors.items()]
            return self._form(visit, draft, status=422, errors=told)
        return await self._send_code(visit, draft)

    async def confirm(self, request: Request) -> Response:
        """Show what would be sent, and ask for the code."""
        visit = await self._door.visit(request)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        if draft is None or not visit.page.takes_report:
            return RedirectResponse(visit.here, 303)
        return await self._confirm(visit, draft)

    async def again(self, request: Request) -> Response:
        """Send another code."""
        visit, form = await self._taking(request)
        await form.close()
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        return await self._send_code(visit, draft) if draft else RedirectResponse(visit.here, 303)

    async def send(self, request: Request) -> Response:
        """Take the report in by its code; the same form twice is one submission."""
        visit, form = await self._taking(request)
        key, digits = text_of(form, "form_key"), re.sub(r"[\s.-]", "", text_of(form, "code"))
        await form.close()
        if await already_sent(self._world, visit.page, key):
            return self._received(visit)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        if draft is None or draft.form_key != key or str(draft.version) != text_of(form, "version"):
            return RedirectResponse(f"{visit.here}?done=changed#report", 303)
        report = self._report(visit, draft)
        try:
            if report.errors:
                raise RefusedReceipt(f"form: {sorted(report.errors)}")
            await send_report(self._world, visit.page, draft, report, digits, self._files, visit.at)
        except RefusedCode as error:
            return await self._confirm(visit, draft, wrong=words.code(error.why, error.tries_left), status=422)
        except RefusedReceipt as error:
            log.warning("a unit's report was refused: %s", error)
            return self._form(visit, draft, status=422, errors=[("text", words.field("refused"))])
        self._send_now()
        return self._received(visit)

    async def _taking(self, request: Request) -> tuple[Visit, FormData]:
        visit, form = await self._door.posted(request)
        if not visit.page.takes_report:
            await form.close()
            raise Turned(words.CLOSED, 409)
        return visit, form

    async def _keep(self, visit: Visit, file: object) -> str:
        """Keep one uploaded file; return what is wrong with it, with its name, or nothing."""
        if not isinstance(file, UploadFile) or not file.filename:
            return ""
        try:
            await keep_upload(self._world, visit.page, file.filename, file.file, self._files, visit.at)
        except StrangeFile as error:
            return words.file(file.filename, error.why, error.kind)
        except TooManyFiles:
            return words.file(file.filename, "too-many")
        except RefusedReceipt:
            return words.file(file.filename, "too-large")
        return ""

    def _report(self, visit: Visit, draft: Draft) -> Report:
        return read_report(
            draft.content, files=len(draft.files), takes_names=visit.page.takes_names, today=clock.local_day(visit.at)
        )

    def _form(
        self, visit: Visit, draft: Draft | None, *, content: dict[str, str] | None = None, status: int = 200,
        errors: list[tuple[str, str]] | None = None, done: str = "",
    ) -> Response:  # fmt: skip
        return self._door.page(
            "page", visit, status=status, draft=draft, content=typed(content or (draft.content if draft else {})),
            errors=errors or [], wrong=dict(errors or []), done=done,
        )  # fmt: skip

    async def _send_code(self, visit: Visit, draft: Draft) -> Response:
        try:
            await send_code(self._world, visit.page, visit.link.person_id, visit.at)
        except RefusedCode as error:
            return await self._confirm(visit, draft, wrong=words.code(error.why), status=429)
        self._send_now()
        return RedirectResponse(f"{visit.here}/send", 303)

    async def _confirm(self, visit: Visit, draft: Draft, *, wrong: str = "", status: int = 200) -> Response:
        sent = await code_waits(self._world, visit.page, visit.at)
        return self._door.page(
            "confirm", visit, status=status, draft=draft, report=self._report(visit, draft), sent=sent, wrong=wrong
        )

    def _received(self, visit: Visit) -> Response:
        return RedirectResponse(f"{visit.here}?done=sent#received", 303)

    def _send_now(self) -> None:
        """Let codes and acknowledgements leave at once, whatever else waits; what fails is tried again by the round."""
        task = asyncio.create_task(self._send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self) -> None:
        try:
            await send_messages(self._world, self._world.database.now(), _AT_ONCE)
        except Exception:
            log.exception("a code or acknowledgement could not be sent at once; the next round tries again")

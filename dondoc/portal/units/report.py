"""Sending a report: a form that is saved as a draft, files beside it, a code, one submission."""

import asyncio
import logging
import re
from collections.abc import Iterable
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dondoc import clock
from dondoc.portal.attachment import attachment
from dondoc.portal.units import signature_words, words
from dondoc.portal.units.door import Door, TooLarge, Turned, Visit, read_form, text_of
from dondoc.portal.units.sheet import filled_in, sheet, whose
from dondoc.portal.web import number_of
from dondoc.reports.form_file import WRITERS, written
from dondoc.store.drafts import Draft, DraftFile, draft_of, files_of
from dondoc.store.unit_page import ReceivedFile
from tasks.file_kinds import StrangeFile
from tasks.form_file import READERS, StrangeForm, read_form_file
from tasks.receipts import RefusedReceipt
from tasks.report_form import Report, read_report, typed
from tasks.send_messages import send_messages
from tasks.signatures import Notary
from tasks.submit_codes import RefusedCode, code_waits, send_code
from tasks.submit_report import already_sent, save, send_report
from tasks.uploads import TooManyFiles, begin_upload, drop_upload, keep_upload, take_piece

log = logging.getLogger(__name__)
LARGEST_PIECE = 1_000_000  # bytes; the page's script sends no larger ones
_AT_ONCE = ("code", "acknowledgement")
_SENDERS = 2  # at the same time: one whose relay answers slowly does not hold up everybody


class ReportPages:
    """The form of a report on a unit's page; `files` is where what is uploaded is kept by its hash."""

    def __init__(self, door: Door, files: Path) -> None:
        self._door, self._world, self._files = door, door.world, files
        self._notary = Notary(files, files.with_name("signature-roots"))
        self._sending: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_SENDERS)
        self._waits = False  # a sending that has not begun will take what is queued by then

    async def show(self, request: Request) -> Response:
        """Show what is due, what was received, and the form as it was saved."""
        visit = await self._door.visit(request)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        shown: list[DraftFile | ReceivedFile] = list(draft.files if draft else ())
        shown += [file for each in visit.page.row.received for file in each.files]
        signed = await self._signed(visit, shown)
        return self._form(visit, draft, done=request.query_params.get("done", ""), signed=signed)

    async def _signed(self, visit: Visit, files: Iterable[DraftFile | ReceivedFile]) -> dict[str, list[str]]:
        """Return what the digital signatures of files say, by the files' hashes."""
        found = await self._notary.of([(each.name, each.sha256) for each in files], visit.at)
        return {sha256: [signature_words.told(each) for each in signed] for sha256, signed in found.items()}

    async def save(self, request: Request) -> Response:
        """Save the draft with its files; then stay, or go on to the code."""
        visit, form = await self._taking(request)
        try:
            wrong = [each for each in [await self._keep(visit, file) for file in form.getlist("files")] if each]
        finally:
            await form.close()
        act, content = text_of(form, "act"), typed(form, visit.page.form)
        if match := re.fullmatch(r"drop-(\d{1,18})", act):
            await drop_upload(self._world, visit.page, int(match[1]), self._files)
        said = ""
        if match := re.fullmatch(r"read-(\d{1,18})", act):
            said, strange = await self._read(visit, int(match[1]), content)
            wrong += strange
        saved = await save(self._world, visit.page, content, number_of(text_of(form, "version")), visit.at)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        if saved is None:
            return self._form(visit, draft, content=content, status=409, done="changed")
        if wrong:
            return self._form(visit, draft, status=422, errors=[("files", each) for each in wrong])
        if said:
            return self._form(visit, draft, said=said)
        if act != "send" or draft is None:
            return RedirectResponse(f"{visit.here}?done=saved#report", 303)
        errors = self._report(visit, draft).errors
        if errors:
            told = [(name, words.field(why, visit.page, name)) for name, why in errors.items()]
            return self._form(visit, draft, status=422, errors=told)
        return await self._send_code(visit, draft)

    async def _read(self, visit: Visit, upload: int, content: dict[str, str]) -> tuple[str, list[str]]:
        """Put what a filled form among the files says into the form; return what is said of it, or what is wrong."""
        kept = await files_of(self._world.database, visit.link.assignment_id)
        file = next((each for each in kept if each.id == upload and each.kind in READERS), None)
        if file is None:
            return "", []
        path = self._files / file.sha256
        try:
            read = await asyncio.to_thread(read_form_file, path, file.kind, visit.page.form, whose(visit.page))
        except StrangeForm as error:
            return "", words.strange_form(file.name, error)
        content |= read.fields
        report = read_report(
            content, files=0, takes_names=visit.page.takes_names, today=clock.local_day(visit.at), form=visit.page.form
        )
        wrong = [
            words.in_file(file.name, read.place(name), words.field(why, visit.page, name))
            for name, why in report.errors.items()
            if read.place(name)
        ]
        return ("" if wrong else words.form_read(file.name, read.fields)), wrong

    async def blank(self, request: Request) -> Response:
        """Hand out the form as a Word outline or an Excel workbook, with what was written already."""
        visit = await self._door.visit(request)
        kind = request.path_params["kind"]
        if kind not in WRITERS:
            raise Turned(words.NOT_FOUND, 404)
        draft = await draft_of(self._world.database, visit.link.assignment_id)
        shown = sheet(visit.page, filled_in(visit.page, draft))
        content = await asyncio.to_thread(written, shown, kind)
        name = f"{visit.page.row.duty}-{visit.page.row.period}-{visit.page.row.unit_code}.{kind}"
        return Response(content, media_type=WRITERS[kind].media_type, headers=attachment(name))

    async def autosave(self, request: Request) -> Response:
        """Save what the page's script sends while somebody writes; returns the draft's new version."""
        visit = await self._sent(request)
        form = await read_form(request)
        version = await save(
            self._world, visit.page, typed(form, visit.page.form), number_of(text_of(form, "version")), visit.at
        )
        if version is None:
            return JSONResponse({"said": words.DONE["changed"]}, 409)
        return JSONResponse({"said": words.autosaved(visit.at), "version": version})

    async def begin(self, request: Request) -> Response:
        """Begin a file that comes in pieces, or find how far an earlier attempt at it has come."""
        visit = await self._sent(request)
        form = await read_form(request)
        name, size = text_of(form, "name"), number_of(text_of(form, "size"))
        try:
            begun = await begin_upload(self._world, visit.page, name, size, self._files, visit.at)
        except TooManyFiles:
            return JSONResponse({"said": words.file(name, "too-many")}, 422)
        except RefusedReceipt:
            return JSONResponse({"said": words.file(name, "too-large")}, 422)
        except StrangeFile as error:
            return JSONResponse({"said": words.file(name, error.why)}, 422)
        return JSONResponse({"number": begun.id, "received": begun.received, "done": False})

    async def piece(self, request: Request) -> Response:
        """Take the next piece of a file; with the last one it is looked at and kept beside the draft."""
        assignment_id, begun = await self._door.sent_piece(request)
        at, piece = number_of(request.query_params.get("at", "")), bytearray()
        try:
            async for part in request.stream():
                piece += part
                if len(piece) > LARGEST_PIECE:
                    raise TooLarge
        except ClientDisconnect:  # the line broke: what has come stays, unless the rest has come by another line
            assignment_id, begun = await self._door.sent_piece(request)
        try:
            received = await take_piece(self._world, assignment_id, begun, at, piece, self._files)
        except StrangeFile as error:
            return JSONResponse({"said": words.file(begun.name, error.why, error.kind)}, 422)
        done = received == begun.size
        return JSONResponse({"received": received, "done": done, "said": words.kept(begun.name) if done else ""})

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

    async def _sent(self, request: Request) -> Visit:
        visit = await self._door.sent(request)
        if not visit.page.takes_report:
            raise Turned(words.CLOSED, 409)
        return visit

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
            draft.content, files=len(draft.files), takes_names=visit.page.takes_names, today=clock.local_day(visit.at),
            form=visit.page.form, last=visit.page.last,
        )  # fmt: skip

    def _form(
        self, visit: Visit, draft: Draft | None, *, content: dict[str, str] | None = None, status: int = 200,
        errors: list[tuple[str, str]] | None = None, done: str = "", said: str = "",
        signed: dict[str, list[str]] | None = None,
    ) -> Response:  # fmt: skip
        typed_in = typed(content or filled_in(visit.page, draft), visit.page.form)
        return self._door.page(
            "page", visit, status=status, draft=draft, content=typed_in, errors=errors or [],
            wrong=words.beside(errors or [], visit.page),
            done=done, said=said, signed=signed or {},
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
            "confirm", visit, status=status, draft=draft, report=self._report(visit, draft), sent=sent, wrong=wrong,
            signed=await self._signed(visit, draft.files),
        )  # fmt: skip

    def _received(self, visit: Visit) -> Response:
        return RedirectResponse(f"{visit.here}?done=sent#received", 303)

    def _send_now(self) -> None:
        """Let codes and acknowledgements leave at once, whatever else waits; what fails is tried again by the round."""
        if self._waits:
            return
        self._waits = True
        task = asyncio.create_task(self._send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self) -> None:
        async with self._turns:
            self._waits = False
            try:
                await send_messages(self._world, self._world.database.now(), _AT_ONCE)
            except Exception:
                log.exception("a code or acknowledgement could not be sent at once; the next round tries again")

"""The desk's pages on the register of incoming documents: upload, columns, answers line by line, confirm, take back."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import Refused
from dondoc.portal import intake_words as say
from dondoc.portal.forms import Problem
from dondoc.portal.frame import Frame
from dondoc.portal.web import number_of
from dondoc.registry.register import FIELDS, NEEDED, VIETNAMESE, find_head, guess_columns
from dondoc.registry.register_file import REGISTER_LIMITS, read_register
from dondoc.store import intake as store
from dondoc.store import intake_batches as batch_store
from dondoc.store.campaigns import offices
from dondoc.store.intake_batches import BatchRow, LineRow
from tasks.answer_intake import answer_lines, drop_batch
from tasks.confirm_intake import RefusedBatch, confirm_batch, keep_reading
from tasks.file_kinds import safe_name
from tasks.read_intake import ColumnsMissing, read_intake
from tasks.receipts import keep_stream
from tasks.undo_intake import undo_batch
from tasks.world import World

_LINES = 35  # of a page
_SHOWN = ("probable", "unmatched", "sure", "all")


class IntakeDesk:
    """The pages by which an office's register is taken over and taken back."""

    def __init__(self, world: World, frame: Frame, folder: Path) -> None:
        """`folder` is where an uploaded register lies until its columns are known."""
        self._world = world
        self._frame = frame
        self._folder = folder
        self._one_by_one = asyncio.Lock()

    async def batches(self, request: Request) -> Response:
        """Show the batches read so far and the form that brings another file."""
        return await self._batches(request, [])

    async def upload(self, request: Request, fields: dict[str, str]) -> Response:
        """Read a register's file; where a column cannot be told, ask which it is."""
        mine = {row.key: row for row in await self._offices(request)}
        office = mine.get(fields.get("office", ""))
        given = [each for each in request.state.files if each.filename]
        if office is None or (not given and "file" not in fields):
            return await self._batches(request, [Problem("files", say.NO_FILE)], 422)
        async with self._one_by_one:  # the same form sent twice: the file of the first is not taken away by the second
            if given:
                if (given[0].size or 0) > REGISTER_LIMITS.max_bytes:
                    return await self._batches(request, [Problem("files", say.FILE_LIKE)], 422)
                name = safe_name(given[0].filename or "")
                digest = (await asyncio.to_thread(keep_stream, name, given[0].file, self._folder)).sha256
            else:
                digest, name = fields["file"], fields.get("name", "")
                own = self._sign(request, digest, name)  # nobody reads what another has uploaded, or any other file
                if not secrets.compare_digest(fields.get("sign", "").encode(), own.encode()):
                    return await self._batches(request, [Problem("files", say.NOT_KEPT)], 422)
            return await self._read(request, fields, office, self._folder / digest, name)

    async def _read(self, request: Request, fields: dict[str, str], office: Any, path: Path, name: str) -> Response:
        world, now = self._world, self._world.database.now()
        said = {fields[f"column-{field}"]: field for field in FIELDS if fields.get(f"column-{field}")}
        try:
            reading = await read_intake(world, office, path, as_of=now, said=said, name=name)
        except ColumnsMissing:
            return await self._columns(request, fields, office, path, name)
        except Refused as error:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            return await self._batches(request, [Problem("files", say.unread(error))], 422)
        code = await keep_reading(world, reading, by=_login(request), as_of=now, form_key=fields.get("key", ""))
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return RedirectResponse(f"/intake/{code}", 303)

    async def _columns(self, request: Request, fields: dict[str, str], office: Any, path: Path, name: str) -> Response:
        head = find_head(await asyncio.to_thread(read_register, path, name))
        guessed = {field: head.names[at] for field, at in guess_columns(head).items()}
        problems = [Problem(f"column-{field}", f"{VIETNAMESE[field]}: chưa chọn cột.") for field in NEEDED
                    if field not in guessed and not fields.get(f"column-{field}")]  # fmt: skip
        return await self._frame.page(
            request, "intake_columns", say.COLUMNS, "reconciliation", status=422, say=say, problems=problems,
            office=office, names=[each for each in head.names if each], fields=VIETNAMESE, needed=NEEDED,
            chosen={field: fields.get(f"column-{field}") or guessed.get(field, "") for field in FIELDS},
            file=path.name, file_name=name, sign=self._sign(request, path.name, name), key=fields.get("key", ""),
        )  # fmt: skip

    async def batch(self, request: Request) -> Response:
        """Show the lines of a batch, the doubtful ones first, with what each may be."""
        return await self._batch(request, [])

    async def answer(self, request: Request, fields: dict[str, str]) -> Response:
        """Keep the answers of a page; confirm or drop the batch where asked to."""
        batch, _lines = await self._found(request)
        world, by, now, path = self._world, _login(request), self._world.database.now(), request.url.path
        answers = {line: value for name, value in fields.items() if name[:1] == "a" and (line := number_of(name[1:]))}
        units = {line: value.strip() for name, value in fields.items()
                 if name[:1] == "u" and (line := number_of(name[1:])) and value.strip()}  # fmt: skip
        try:
            if fields.get("do") == "drop":
                await drop_batch(world, batch.code, by=by, as_of=now)
                return RedirectResponse("/intake", 303)
            wrong = await answer_lines(world, batch.code, answers, units, by=by, as_of=now)
            if wrong:
                words = {"unit": say.NO_UNIT, "owes": say.OWES_NOTHING}
                problems = [
                    Problem(f"u{each.line_id}", f"“{units[each.line_id]}”: {words[each.why]}") for each in wrong
                ]
                return await self._batch(request, problems, 422)
            if fields.get("do") == "confirm":
                await confirm_batch(world, batch.code, by=by, as_of=now)
                return RedirectResponse(f"{path}?done=confirmed&show=all", 303)
        except RefusedBatch as error:
            return await self._batch(request, [Problem("lines", say.refused(error))], 409)
        show, page = fields.get("show", ""), fields.get("page", "")
        return RedirectResponse(f"{path}?done=saved&show={_shown(show)}&page={number_of(page) or 1}", 303)

    async def undo(self, request: Request, fields: dict[str, str]) -> Response:
        """Take a confirmed batch back as a whole."""
        batch, _lines = await self._found(request)
        if fields.get("sure") != "yes":
            return await self._batch(request, [Problem("sure", say.NOT_SURE)], 422)
        try:
            await undo_batch(self._world, batch.code, by=_login(request), as_of=self._world.database.now())
        except RefusedBatch as error:
            return await self._batch(request, [Problem("sure", say.refused(error))], 409)
        return RedirectResponse(f"/intake/{batch.code}?done=undone&show=all", 303)

    async def _batches(self, request: Request, problems: list[Problem], status: int = 200) -> Response:
        rows = await self._offices(request)
        names = {row.id: row.short_name for row in rows}
        return await self._frame.page(
            request, "intake", say.INTAKE, "reconciliation", status=status, say=say, problems=problems, offices=rows,
            names=names, batches=await batch_store.batches(self._world.database, list(names)),
            key=secrets.token_hex(16),
        )  # fmt: skip

    async def _batch(self, request: Request, problems: list[Problem], status: int = 200) -> Response:
        batch, lines = await self._found(request)
        counts = {word: sum(each.certainty == word for each in lines) for word in say.CERTAINTY}
        asked = request.query_params.get("show", "")
        show = _shown(asked) if asked else next((word for word in _SHOWN if counts.get(word)), "all")
        wanted = [each for each in lines if show in ("all", each.certainty)]
        page, pages = _page_of(request, len(wanted))
        rows = wanted[(page - 1) * _LINES : page * _LINES]
        ids = sorted({key for each in rows for key in (*each.choices, each.assignment_id) if key})
        async with self._world.database.read() as connection:
            owed = await store.owed_rows(connection, self._world.database, batch.office_id, ids)
        return await self._frame.page(
            request, "intake_batch", f"{say.INTAKE}: {batch.file_name}", "reconciliation", status=status, say=say,
            problems=problems, batch=batch, rows=rows, counts=counts, total=len(lines), show=show, page=page,
            pages=pages, query=f"show={show}&", owed={row.assignment.id: row for row in owed},
            done=request.query_params.get("done"), taking=sum(each.answer == "take" for each in lines),
        )  # fmt: skip

    async def _found(self, request: Request) -> tuple[BatchRow, list[LineRow]]:
        """Return a batch of an office one may see, with its lines. Errors: `UnknownBatch`."""
        code = request.path_params["batch"]
        async with self._world.database.read() as connection:
            batch = await batch_store.batch_of(connection, self._world.database, code)
            if not request.state.visitor.sees(batch.office_id):
                raise batch_store.UnknownBatch(f"batch '{code}': not in this database")
            return batch, await batch_store.lines_of(connection, batch.id)

    async def _offices(self, request: Request) -> list[Any]:
        mine = {each.office_id for each in await self._frame.campaigns(request)}
        return [row for row in await offices(self._world.database) if row.id in mine]

    def _sign(self, request: Request, digest: str, name: str) -> str:
        """Return what shows that an uploaded file is one's own."""
        return self._world.code("SO", _login(request), digest, name)


def _shown(text: str) -> str:
    return text if text in _SHOWN else "all"


def _page_of(request: Request, rows: int) -> tuple[int, int]:
    pages = max(1, -(-rows // _LINES))
    return min(max(number_of(request.query_params.get("page", "")), 1), pages), pages


def _login(request: Request) -> str:
    login: str = request.state.visitor.account.login
    return login

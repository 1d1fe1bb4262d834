"""A report sent from a unit's page: its draft becomes one submission, however often the form arrives."""

import asyncio
import secrets
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from config.errors import Refused
from dondoc.store import drafts
from dondoc.store.drafts import Draft
from dondoc.store.submissions import submission_of_form
from tasks.file_kinds import kind_of, safe_name
from tasks.receipts import StoredFile, keep_stream
from tasks.record_submission import AlreadyRecorded, record_submission
from tasks.report_form import Report
from tasks.submit_codes import spend_code
from tasks.unit_page import UnitPage
from tasks.world import World

NARRATIVE: Final = "noi-dung-bao-cao.txt"
MOST_FILES: Final = 20


class TooManyFiles(Refused):
    """A draft holds as many files as it may."""


async def save(world: World, page: UnitPage, content: dict[str, str], version: int, at: datetime) -> bool:
    """Save the form as it stands; false when another was saved meanwhile."""
    async with world.database.write() as connection:
        return await drafts.save_draft(
            world.database, connection, page.row.assignment_id, content, version, secrets.token_urlsafe(24), at
        )


async def keep_upload(world: World, page: UnitPage, name: str, content: BinaryIO, store: Path, at: datetime) -> None:
    """Keep a file beside the draft: under its hash, of a kind known by its content, under a harmless name.

    Errors: `TooManyFiles`, `tasks.file_kinds.StrangeFile`, `RefusedReceipt` for one that is too large.
    """
    kept = await drafts.files_of(world.database, page.row.assignment_id)
    if len(kept) >= MOST_FILES:
        raise TooManyFiles(f"{name}: {MOST_FILES} files are there already")
    harmless = safe_name(name, [NARRATIVE, *(each.name for each in kept)])
    kind = await asyncio.to_thread(kind_of, content, harmless)
    stored = await asyncio.to_thread(keep_stream, harmless, content, store)
    file = {"name": stored.name, "size": stored.size, "sha256": stored.sha256, "kind": kind}
    async with world.database.write() as connection:
        await drafts.add_file(connection, page.row.assignment_id, file, at)


async def drop_upload(world: World, page: UnitPage, upload_id: int) -> None:
    """Take a file away from the draft."""
    async with world.database.write() as connection:
        await drafts.drop_file(connection, page.row.assignment_id, upload_id)


async def already_sent(world: World, page: UnitPage, form_key: str) -> str | None:
    """Return the look-up code of what a form has become; null while it was not sent."""
    async with world.database.read() as connection:
        return await submission_of_form(connection, page.row.assignment_id, form_key)


async def send_report(
    world: World, page: UnitPage, draft: Draft, report: Report, digits: str, store: Path, at: datetime
) -> str:
    """Record what was confirmed, as data received when the last byte of the request was; return its look-up code.

    Sent twice, also at the same time, it is one submission. Errors: `RefusedCode`, `RefusedReceipt`.
    """
    row = page.row
    contact = await spend_code(world, page, digits, draft.form_key, at)
    files = [StoredFile(each.name, each.sha256, each.size) for each in draft.files]
    if report.text:
        files.insert(0, await asyncio.to_thread(keep_stream, NARRATIVE, BytesIO(report.text.encode()), store))
    try:
        receipt = await record_submission(
            world, page.owner.key, row.duty, row.period, row.unit_code, as_of=at, files=tuple(files),
            names=report.names, by=contact.name, channel="portal", announced=report.announced,
            form_key=draft.form_key,
        )  # fmt: skip
        code = receipt.code
    except AlreadyRecorded as same:
        code = same.code
    async with world.database.write() as connection:
        await drafts.clear_draft(connection, row.assignment_id, draft.form_key)
    return code

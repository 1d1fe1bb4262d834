"""A report sent from a unit's page: its draft becomes one submission, however often the form arrives."""

import asyncio
import secrets
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from dondoc.messages.catalogue import shipped
from dondoc.store import drafts
from dondoc.store.drafts import Draft
from dondoc.store.submissions import submission_of_form
from tasks.receipts import StoredFile, keep_stream
from tasks.record_submission import AlreadyRecorded, record_submission
from tasks.report_form import Report
from tasks.submit_codes import spend_code
from tasks.unit_page import UnitPage
from tasks.world import World

NARRATIVE: Final = "noi-dung-bao-cao.txt"


def narrative(report: Report) -> str:
    """Return the text of a report as one piece, its parts under their names; empty when it has none."""
    said = shipped("vi")
    parts = [f"{said.text(f'section.{section}')}\n\n{text}" for section, text in report.reported.texts]
    return "\n\n".join(filter(None, [report.text, *parts]))


async def save(world: World, page: UnitPage, content: dict[str, str], version: int, at: datetime) -> int | None:
    """Save the form as it stands and return its version; null when another was saved meanwhile.

    The same content saved again (the answer was lost on the way) is no other.
    """
    key, row = secrets.token_urlsafe(24), page.row
    async with world.database.write(one_statement=True) as connection:
        if await drafts.save_draft(world.database, connection, row.assignment_id, content, version, key, at):
            return version + 1
    draft = await drafts.draft_of(world.database, row.assignment_id)
    return draft.version if draft and draft.content == content else None


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
    if written := narrative(report):
        files.insert(0, await asyncio.to_thread(keep_stream, NARRATIVE, BytesIO(written.encode()), store))
    try:
        receipt = await record_submission(
            world, page.owner.key, row.duty, row.period, row.unit_code, as_of=at, files=tuple(files),
            names=report.names, by=contact.name, channel="portal", announced=report.announced,
            form_key=draft.form_key, reported=report.reported,
        )  # fmt: skip
        code = receipt.code
    except AlreadyRecorded as same:
        code = same.code
    async with world.database.write() as connection:
        await drafts.clear_draft(connection, draft)
    return code

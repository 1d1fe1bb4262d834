"""A filled form at the desk: read whole, or refused with every place that cannot be read; nothing is written."""

import asyncio
from datetime import datetime
from pathlib import Path

from config.errors import Refused
from dondoc import clock
from dondoc.reports.form_file import Whose
from dondoc.store.reported import Reported
from tasks.form_file import READERS, StrangeForm, read_form_file
from tasks.report_form import read_report
from tasks.unit_page import assignment_page, pages_asked
from tasks.world import World

_WHY = {
    "number": "is no number; write 1.234 or 95,5",
    "yes-no": "is neither 'có' nor 'không'",
    "share": "must lie between 0 and 100",
    "below": "cannot lie below 0",
    "whole": "must be a whole number",
}


async def read_filled(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, path: Path, as_of: datetime
) -> Reported:
    """Return what a filled form says of a unit's report. Errors: `Refused` with file, place, value and way out."""
    [(assignment_id, code)] = await pages_asked(world, campaign_key, duty, period, unit_text, as_of)
    page = await assignment_page(world, assignment_id, as_of)
    kind, whose = path.suffix.lower().removeprefix("."), Whose(campaign_key, duty, period, code)
    if kind not in READERS:
        raise Refused(f"--form {path}: is no .xlsx or .docx; write one with 'dondoc form'")
    try:
        read = await asyncio.to_thread(read_form_file, path, kind, page.form, whose)
    except StrangeForm as error:
        raise Refused(_strange(path, error)) from None
    today = clock.local_day(as_of)
    report = read_report(read.fields, files=1, takes_names=page.takes_names, today=today, form=page.form)
    if report.errors:
        told = [
            f"{read.place(name)}: '{read.fields.get(name, '')}' {_told(why)}" for name, why in report.errors.items()
        ]
        raise Refused(f"--form {path}: {'; '.join(told)}")
    return report.reported


def _told(why: str) -> str:
    return _WHY.get(why.removeprefix("figure-"), f"cannot be read ({why}); write it as the form says")


def _strange(path: Path, error: StrangeForm) -> str:
    if error.why == "another" and error.whose:
        return (
            f"--form {path}: is the form of {error.whose.code.partition(':')[2]}; name that report, or the right file"
        )
    told = "; ".join(error.lines) if error.lines else "is no form written by 'dondoc form'"
    return f"--form {path}: {told}"

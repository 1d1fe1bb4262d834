"""A unit says that its report goes by the secret route: no content and no file is taken, the desk waits for it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dondoc import clock
from dondoc.portal.units import words
from dondoc.portal.units.door import Door, Turned, Visit
from dondoc.store.secret_route import announce
from tasks.report_form import read_report, typed

_DOCUMENT = ("number", "date", "signer")


class SecretPages:
    """The page on which a unit announces a report by the secret route; reminders go on until the desk has it."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, request: Request) -> Response:
        """Show what may be said, and what may not."""
        visit = await self._door.visit(request)
        if not visit.page.takes_report:
            raise Turned(words.CLOSED, 409)
        return self._form(visit, {}, {})

    async def announce(self, request: Request) -> Response:
        """Write down that it goes by the secret route, with its number, day and signer or without."""
        visit, form = await self._door.posted(request)
        content = typed(form)
        await form.close()
        if not visit.page.takes_report:
            raise Turned(words.CLOSED, 409)
        said = {name: content[name] for name in _DOCUMENT}
        report = read_report(said, files=1, takes_names=False, today=clock.local_day(visit.at))
        if report.errors:
            return self._form(visit, said, {name: words.field(why) for name, why in report.errors.items()}, 422)
        document = report.announced
        values = {
            "document_number": document.number if document else None,
            "document_date": document.date if document else None,
            "signer": document.signer if document else None,
        }
        database = self._door.world.database
        async with database.write() as connection:
            await announce(database, connection, visit.link.assignment_id, values, visit.at)
        return RedirectResponse(f"{visit.here}?done=secret", 303)

    def _form(self, visit: Visit, said: dict[str, str], wrong: dict[str, str], status: int = 200) -> Response:
        return self._door.page(
            "secret", visit, status=status, content={**dict.fromkeys(_DOCUMENT, ""), **said}, wrong=wrong
        )

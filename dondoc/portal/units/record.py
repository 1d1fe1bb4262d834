"""A unit's record in closed books: it sees how it stands, and may contest that until the last day."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dondoc import clock
from dondoc.portal.units import words
from dondoc.portal.units.door import Door, Turned, Visit, text_of
from dondoc.registry.text import clean_text, strange_character
from tasks.close_books import LONGEST_SAID, RefusedBooks, closed_for, contest_record


class RecordPages:
    """The page of a unit's closed record."""

    def __init__(self, door: Door) -> None:
        self._door, self._world = door, door.world

    async def show(self, request: Request) -> Response:
        """Show the closed record, what was contested of it, and the form while it may be contested."""
        return await self._page(await self._door.visit(request))

    async def contest(self, request: Request) -> Response:
        """Record that the unit contests its record; sent twice, it is one."""
        visit, form = await self._door.posted(request)
        try:
            said = clean_text(" ".join(text_of(form, "said").split()))
        finally:
            await form.close()
        if not said or strange_character(said) or len(said) > LONGEST_SAID:
            return await self._page(visit, said=said, wrong=words.CONTEST_WRONG, status=422)
        try:
            await contest_record(
                self._world, visit.link.assignment_id, said, by=visit.page.row.unit_code, as_of=visit.at
            )
        except RefusedBooks:  # it waits already, or the last day is over: the page says which
            return RedirectResponse(f"{visit.here}/record", 303)
        return RedirectResponse(f"{visit.here}/record?done=1", 303)

    async def _page(self, visit: Visit, said: str = "", wrong: str = "", status: int = 200) -> Response:
        found = await closed_for(self._world, visit.link.assignment_id)
        if found is None:
            raise Turned(words.NOT_FOUND, 404)
        record, contests = found
        waits = bool(contests) and contests[0].verdict is None
        return self._door.page(
            "record", visit, status=status, record=record, contests=contests, said=said, wrong=wrong,
            takes=not waits and clock.local_day(visit.at) <= record.contest_by, longest=LONGEST_SAID,
        )  # fmt: skip

"""The page of one's own account: another password, and what the account is."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deadlines.sign_in import SHORTEST, password_problem
from dondoc.portal import account_words as say
from dondoc.portal.door import SESSION
from dondoc.portal.forms import Problem
from dondoc.portal.frame import Frame
from tasks.accounts import change_own_password
from tasks.sign_in import hash_of
from tasks.world import World


class OwnAccount:
    """Lets whoever is signed in choose a password of their own."""

    def __init__(self, world: World, frame: Frame) -> None:
        self._world = world
        self._frame = frame

    async def form(self, request: Request) -> Response:
        """Show the form."""
        return await self._page(request, [])

    async def change(self, request: Request, fields: dict[str, str]) -> Response:
        """Change the password, if the old one is known; sessions elsewhere end."""
        account, new = request.state.visitor.account, fields.get("new", "")
        if password_problem(new, account.login, account.name) is not None:
            return await self._page(request, [Problem("new", say.poor(SHORTEST))], 422)
        if fields.get("again") != new:
            return await self._page(request, [Problem("again", say.DIFFERENT)], 422)
        done = await change_own_password(
            self._world, account, fields.get("old", ""), new, token=hash_of(request.cookies[SESSION]),
            as_of=self._world.database.now(),
        )  # fmt: skip
        if not done:
            return await self._page(request, [Problem("old", say.WRONG)], 403)
        return RedirectResponse("/account?done=1", 303)

    async def _page(self, request: Request, problems: list[Problem], status: int = 200) -> Response:
        return await self._frame.page(
            request, "account", say.TITLE, "account", status=status, problems=problems, say=say,
            done=request.query_params.get("done") == "1",
        )  # fmt: skip

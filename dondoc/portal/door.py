"""The way into the desk's pages: the form, its answers, and whom a request comes from."""

import asyncio
import secrets
import time
from collections import deque
from hmac import compare_digest
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import Refused
from dondoc import clock
from dondoc.portal import door_words as words
from dondoc.portal.web import Templates
from tasks.sign_in import RefusedSignIn, SecondFactorMissing, Tried, Visitor, form_token, sign_in, sign_out, visitor_of
from tasks.world import World

SESSION, _BEFORE = "dondoc_desk", "dondoc_door"  # cookies: of a session, of the form that leads to one
_MOST_TRIES, _WITHIN = 20, 300.0  # from one address, in seconds
_MOST_ADDRESSES = 10_000


class Tries:
    """Counts tries to sign in by address; in this process's memory, for a few minutes."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}

    def wait(self, address: str, now: float) -> int:
        """Count a try; return how many seconds to wait, 0 if it may go on."""
        if len(self._at) >= _MOST_ADDRESSES:
            self._at = {each: tries for each, tries in self._at.items() if tries[-1] > now - _WITHIN}
        tries = self._at.setdefault(address, deque(maxlen=_MOST_TRIES))
        if len(tries) == _MOST_TRIES and tries[0] > now - _WITHIN:
            return int(tries[0] + _WITHIN - now) + 1
        tries.append(now)
        return 0

    def forgive(self, address: str) -> None:
        """Take back the last try of an address: it was good, and a whole office may sit behind one address."""
        if tries := self._at.get(address):
            tries.pop()


class Door:
    """Lets people in and out of the pages of one world."""

    def __init__(self, world: World, templates: Templates) -> None:
        self._world = world
        self._templates = templates
        self.tries = Tries()

    async def visitor(self, request: Request) -> Visitor | None:
        """Return whom a request comes from; null: somebody must sign in first."""
        return await visitor_of(self._world, request.cookies.get(SESSION), as_of=self._world.database.now())

    def to_form(self, request: Request) -> Response:
        """Send somebody to the form, and back to where they wanted to go afterwards."""
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}", 303)

    async def form(self, request: Request) -> Response:
        """Show the form; it changes nothing."""
        if await self.visitor(request) is not None:  # signed in, or no accounts here yet
            return RedirectResponse("/", 303)
        return self._page(request, secrets.token_urlsafe(32), own_path(request.query_params.get("next")))

    async def enter(self, request: Request, fields: dict[str, str]) -> Response:
        """Let somebody in: 303 to where they wanted to go, 403 without a reason, 429 after many tries."""
        before, target = request.cookies.get(_BEFORE, ""), own_path(fields.get("next"))
        if not before or not compare_digest(fields.get("form", ""), form_token(self._world, before)):
            return self._page(request, secrets.token_urlsafe(32), target, problem=words.STALE, status=403)
        address = request.client.host if request.client else ""
        begun = time.monotonic()
        if wait := self.tries.wait(address, begun):
            answer = self._page(request, before, target, problem=words.too_many(wait), status=429)
            answer.headers["retry-after"] = str(wait)
            return answer
        tried = Tried(fields.get("login", ""), fields.get("password", ""), fields.get("code", ""), address)
        try:
            token = await sign_in(
                self._world, tried, as_of=self._world.database.now(), code_at=clock.now(),
                before=request.cookies.get(SESSION),
            )  # fmt: skip
        except Refused as error:
            # Whatever is wrong takes the same time to be told: its length gives no reason away.
            await asyncio.sleep(max(0.0, self._world.sign_in.answer_seconds - (time.monotonic() - begun)))
            return self._refused(request, before, target, tried.login, error)
        self.tries.forgive(address)
        answer = RedirectResponse(target, 303)
        self._set(request, answer, SESSION, token)
        answer.delete_cookie(_BEFORE)
        return answer

    async def leave(self, request: Request, _fields: dict[str, str]) -> Response:
        """End the session."""
        await sign_out(self._world, request.cookies[SESSION], as_of=self._world.database.now())
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(SESSION)
        return answer

    def _refused(self, request: Request, before: str, target: str, login: str, error: Refused) -> Response:
        match error:
            case SecondFactorMissing():
                problem = words.SECOND_FACTOR_MISSING
            case RefusedSignIn():
                problem = words.WRONG
            case _:
                raise error
        return self._page(request, before, target, problem=problem, login=login, status=403)

    def _page(
        self, request: Request, before: str, target: str, *, problem: str = "", login: str = "", status: int = 200
    ) -> Response:
        answer = self._templates.page(
            "sign_in", status=status, title=words.TITLE, problem=problem, login=login[:40], target=target, words=words,
            form=form_token(self._world, before),
        )  # fmt: skip
        self._set(request, answer, _BEFORE, before)
        return answer

    def _set(self, request: Request, answer: Response, name: str, value: str) -> None:
        secure = request.url.scheme == "https"  # on this machine itself it is http
        answer.set_cookie(name, value, httponly=True, samesite="lax", secure=secure)


def own_path(text: str | None) -> str:
    """Return a path of ours to go to, the overview for anything else: nobody is sent elsewhere."""
    text = text or "/"
    good = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if good and len(text) <= 500 else "/"

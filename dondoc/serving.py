"""Serve a web application on 127.0.0.1 inside this process; Ctrl-C stays with whoever has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

# Longer than a proxy in front keeps its connections (nginx: 60 s), or it sends a form into one that is being closed.
# And whoever reads a page on a poor line does not pay for a new connection with the next one.
_KEPT_SECONDS = 75


def local_server(app: Any, port: int, log_level: str) -> uvicorn.Server:
    """Return a server of `app` that answers this machine only and writes no log of who asked."""
    return uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, access_log=False, log_level=log_level, lifespan="off",
            server_header=False, timeout_keep_alive=_KEPT_SECONDS,
        )
    )  # fmt: skip


@asynccontextmanager
async def serving(app: Any, port: int, log_level: str = "warning") -> AsyncIterator[None]:
    """Serve `app`; it is up when the body begins and gone when that has ended."""
    server = local_server(app, port, log_level)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server._serve())  # `serve` would take Ctrl-C for itself
    while not server.started and not running.done():  # noqa: ASYNC110 (uvicorn has no event for this)
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await running

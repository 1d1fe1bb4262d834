"""`dondoc round` with Prefect's server absent, frozen or running: the same ledger, and hardly any longer."""

import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dondoc import clock
from dondoc.messages.smtp import Route
from dondoc.prefect_face.server import PrefectServer
from dondoc.store import tables as t
from dondoc.store.engine import Database, open_database
from flows.round import round_
from tasks.open_world import world_of
from tests.kill_sender import SECRET, UNITS_2024, environment, finish, live_campaign, rows, start_round
from tests.kill_server import ScriptedServer, scripted_server
from tests.story import at

LOADED = "2024-10-14 08:00"
ROUNDS = ["2024-10-16 10:00", "2024-11-07 10:00"]  # T-30, T-7: each has something to send and to show
CONNECTIONS = 2
EXTRA_SECONDS = 2.0
# Which process it was, and the real instant at which a row happened to be written.
PER_PROCESS = {"message": ("claimed_by",), "shown_run": ("card", "shelved_at")}
OF_ONE_PROCESS = ("shown_run", "heartbeat", "meta")  # what is shown, when it worked, which database it is
LEDGER = tuple(table for table in t.metadata.sorted_tables if table.name not in OF_ONE_PROCESS)

NewDatabase = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Hand out as many fresh, migrated databases of one kind as a test asks for."""
    request.node.user_properties.append(("database", request.param))
    made: list[str] = []
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")

        def fresh() -> str:
            made.append(str(tmp_path / f"{len(made)}.db"))
            shutil.copyfile(template, made[-1])
            return f"sqlite+aiosqlite:///{made[-1]}"

        yield fresh
        return
    databases = request.getfixturevalue("postgresql_databases")

    def fresh_postgresql() -> str:
        made.append(databases.fresh())
        return made[-1]

    yield fresh_postgresql
    for url in made:
        databases.drop(url)


@contextmanager
def deaf_port() -> Iterator[int]:
    """Lend a port that takes connections into its queue and never says a word, as a frozen server does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield int(listener.getsockname()[1])


@contextmanager
def dead_port() -> Iterator[int]:
    """Lend a port that nobody listens on, and that nobody else can take meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


async def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return every table of the ledger, whole, ids included; only what names the process is left out."""
    return {table.name: await rows(database, table, *PER_PROCESS.get(table.name, ())) for table in LEDGER}


async def round_process(url: str, home: Path, server: ScriptedServer, as_of: str, **settings: object) -> float:
    """Do a round as a process of its own and return how many seconds it took."""
    env = environment(
        url, home, relay_host="127.0.0.1", relay_port=server.port, relay_connections=CONNECTIONS, **settings
    )
    began = clock.monotonic()
    printed = await finish(await start_round(env, as_of))
    assert "annual-report 2024" in printed  # it had something to do, and so something to show
    return clock.monotonic() - began


@asynccontextmanager
async def prefects() -> AsyncIterator[dict[str, dict[str, object]]]:
    """Yield the settings of each kind of absence."""
    with dead_port() as dead, deaf_port() as deaf, dead_port() as usual:
        yield {
            # The port `dondoc up` would use, on this host perhaps in use by somebody: another one, as empty.
            "nothing configured": {"prefect_port": usual},
            "no server": {"prefect_api_url": f"http://127.0.0.1:{dead}/api"},
            "frozen": {"prefect_api_url": f"http://127.0.0.1:{deaf}/api"},
        }


async def in_process(url: str, server: ScriptedServer) -> dict[str, list[dict[str, Any]]]:
    """Do the rounds in this process, without any face, and return the ledger."""
    async with live_campaign(url, LOADED) as database:
        route = Route("127.0.0.1", server.port, CONNECTIONS)
        world = await world_of(database, SECRET.encode(), {"live": route})
        for as_of in ROUNDS:
            await round_(world, at(as_of))
        assert await rows(database, t.shown_run) == []
        return await content(database)


async def test_without_prefect_the_ledger_is_the_same_and_the_round_as_fast(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    took: dict[str, list[float]] = {}
    ledgers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    async with scripted_server() as server, prefects() as absences:
        expected = await in_process(new_database(), server)
        assert len(expected["notice"]) >= len(ROUNDS) * UNITS_2024
        mails = len(server.mails)
        urls = {name: new_database() for name in absences}
        for url in urls.values():
            async with live_campaign(url, LOADED):
                pass
        for as_of in ROUNDS:  # side by side, so that whatever else this host does befalls all three alike
            for name, settings in absences.items():
                home = tmp_path / name.replace(" ", "-")
                took.setdefault(name, []).append(await round_process(urls[name], home, server, as_of, **settings))
        assert len(server.mails) == 4 * mails
        for name, url in urls.items():
            database = await open_database(url)
            ledgers[name] = await content(database)
            shelf = await rows(database, t.shown_run)
            await database.close()
            assert len(shelf) >= 2 * len(ROUNDS)  # a stage and the dispatch
            assert {(row["posted_at"], row["prefect_id"]) for row in shelf} == {(None, None)}
    for name, ledger in ledgers.items():
        for table, found in expected.items():
            assert ledger[table] == found, (name, table)
    # The quickest of each: a busy host only ever adds.
    quickest = {name: min(seconds) for name, seconds in took.items()}
    usual = quickest.pop("nothing configured")
    print(f"nothing configured: {usual:.2f} s")
    for name, seconds in quickest.items():
        print(f"{name}: {seconds:.2f} s, {seconds - usual:+.2f} s")
        assert seconds - usual < EXTRA_SECONDS


async def test_what_could_not_be_shown_is_shown_by_a_later_round(
    sqlite_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    """Also by one that itself has nothing to do; only the showing was late, and the run says so."""
    prefect = PrefectServer(tmp_path, free_port())
    async with (
        scripted_server() as server,
        live_campaign(sqlite_url, LOADED) as on_sqlite,
        live_campaign(postgresql_url, LOADED) as on_postgresql,
    ):
        envs = {
            url: environment(url, tmp_path, relay_host="127.0.0.1", relay_port=server.port, prefect_port=prefect.port)
            for url in (sqlite_url, postgresql_url)
        }
        for env, database in zip(envs.values(), (on_sqlite, on_postgresql), strict=True):
            await finish(await start_round(env, ROUNDS[0]))
            shelf = await rows(database, t.shown_run)
            assert [row["posted_at"] for row in shelf] == [None, None]  # the stage and the dispatch
        mails = len(server.mails)
        await prefect.start()
        try:
            for env, database in zip(envs.values(), (on_sqlite, on_postgresql), strict=True):
                for row in await shown(database, env):
                    run = await run_of(prefect, row["prefect_id"])
                    assert (run["name"], run["state_type"]) == (row["card"]["name"], "COMPLETED")
                    assert set(row["card"]["tags"]) <= set(run["tags"])
        finally:
            await prefect.stop()
        assert len(server.mails) == mails


async def shown(database: Database, env: dict[str, str]) -> list[dict[str, Any]]:
    """Do quiet rounds until the shelf has been shown; a busy host may miss the one second of a first check."""
    for _ in range(3):
        assert "không có việc đến hạn" in await finish(await start_round(env, ROUNDS[0]))
        shelf = await rows(database, t.shown_run)
        if all(row["posted_at"] for row in shelf):
            return shelf
    raise AssertionError(f"after three rounds beside a running server: {shelf}")


async def run_of(prefect: PrefectServer, run_id: str) -> dict[str, Any]:
    """Return a run as Prefect's API tells it."""
    auth = httpx.BasicAuth(*prefect.auth.split(":", 1))
    async with httpx.AsyncClient(base_url=prefect.api_url, auth=auth, trust_env=False, timeout=20) as client:
        answer = await client.get(f"/flow_runs/{run_id}")
        assert answer.is_success, answer.text
        return dict(answer.json())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

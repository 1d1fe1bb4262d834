"""What every test may ask for, and the count of tests per database at the end of a run."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dondoc.store.migrate import migrate
from tests.databases import PostgresqlDatabases, in_own_thread, postgresql_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite-template") / "dondoc.db"
    in_own_thread(lambda: migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """A PostgreSQL server with a migrated template; one for each process of a test run."""
    with postgresql_server() as url:
        databases = PostgresqlDatabases(url)
        try:
            databases.prepare()
            yield databases
        finally:
            databases.close()


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    request.node.user_properties.append(("database", "sqlite"))
    path = tmp_path / "dondoc.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgresql_databases: PostgresqlDatabases) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    request.node.user_properties.append(("database", "postgresql"))
    url = postgresql_databases.fresh()
    yield url
    postgresql_databases.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database; a test that asks for it runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran on each database, also when several processes shared them."""
    ran: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                used = {str(value) for name, value in report.user_properties if name == "database"}
                ran.update(used or {"none"})
    on_each = f"{ran['sqlite']} tests on sqlite, {ran['postgresql']} on postgresql, {ran['none']} without a database"
    terminalreporter.write_line(f"databases: {on_each}")

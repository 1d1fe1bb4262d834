"""Health, readiness and figures: what a monitor asks, and what it hears when something is wrong."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, text, update

from deadlines.health import Check, aged, counted, overall, room
from dondoc.cli import main
from dondoc.store import tables as t
from flows.audit import audit
from tasks.health import health, ready
from tests.story import Story, at, story
from tests.test_portal import pages_of


async def states(s: Story, home: Path) -> dict[str, str]:
    """Return what is not well."""
    s.world.database.stand_at(s.now)
    return {check.name: check.state for check in await health(s.world, home) if check.state != "well"}


def figures(answer: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a scrape: name and label values → value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer)
        for sample in family.samples
    }


def test_a_whole_is_as_well_as_its_worst_part() -> None:
    now = at("2026-10-14")
    assert overall([]) == "well"
    assert overall([Check("a", "well"), Check("b", "degraded")]) == "degraded"
    assert overall([Check("a", "down"), Check("b", "degraded")]) == "down"
    assert aged("x", now - timedelta(minutes=10), timedelta(minutes=10), as_of=now) == Check("x", "well", 600)
    assert aged("x", now - timedelta(seconds=601), timedelta(minutes=10), as_of=now) == Check("x", "degraded", 601)
    assert aged("x", None, timedelta(), as_of=now, never="degraded") == Check("x", "degraded")
    assert [counted("x", n).state for n in (0, 1)] == ["well", "degraded"]
    assert [room(free).state for free in (500_000_000, 499_999_999, 10_000_000)] == ["well", "degraded", "down"]


async def test_silence_of_the_clock_and_of_the_auditor_is_noticed(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-14 07:00")
        assert await states(s, tmp_path) == {"last-audit": "degraded"}  # there has never been one
        await audit(s.world, s.now)
        assert await states(s, tmp_path) == {}
        s.now = at("2026-10-14 09:00")  # T-30 was to go at eight
        assert await states(s, tmp_path) == {"clock-lag": "degraded"}
        await s.round_only("2026-10-15 08:01")
        assert await states(s, tmp_path) == {"last-audit": "degraded"}  # 25 hours and a minute


async def test_what_waits_is_held_or_found_degrades(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.routes.pop("live")
        await s.forward("2026-10-14 08:10")
        await audit(s.world, s.now)
        assert await states(s, tmp_path) == {}
        s.now = at("2026-10-14 08:31")
        assert await states(s, tmp_path) == {"queue-age": "degraded"}
        async with s.world.database.write() as connection:
            await connection.execute(
                insert(t.pause).values(officer="Chuyên viên mẫu", reason="kiểm tra", paused_at=s.now)
            )
            await connection.execute(
                update(t.message).values(state="claimed", claimed_by="gone", lease_until=at("2020-01-01"))
            )
        assert await states(s, tmp_path) == {"held-by-pause": "degraded", "claims-lapsed": "degraded"}


async def test_an_older_database_is_not_ready(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s, pages_of(s) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.text) == (200, "ready")
            async with s.world.database.write() as connection:
                await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "not ready")
            assert (await client.get("/healthz")).text == "ok"
            assert (await client.get("/readyz", headers={"host": "evil.example"})).status_code == 421
        assert await ready(s.world) == Check("database", "down", "0001")
        assert [check.name for check in await health(s.world, tmp_path)] == ["database"]


async def test_figures_are_read_when_asked_for_and_name_nobody(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-14 09:00")
        await audit(s.world, s.now)
        async with pages_of(s) as address, httpx.AsyncClient(base_url=address) as client:
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=")
            found = figures(answer.text)
            assert found["dondoc_messages", "email", "accepted"] == 124
            assert found["dondoc_queue_age_seconds",] == 0
            assert found["dondoc_clock_lag_seconds",] == 0
            assert found["dondoc_relay_outcomes", f"127.0.0.1:{s.server.port}", "accepted"] == 124
            async with s.world.database.write() as connection:
                await connection.execute(
                    update(t.message).where(t.message.c.id == 1).values(state="deferred", fence=2, not_before=s.now)
                )
                await connection.execute(update(t.message).where(t.message.c.id == 2).values(channel="sms", cost=450))
                await connection.execute(update(t.step).where(t.step.c.rung == "T-30").values(fired_at=None))
            found = figures((await client.get("/metrics")).text)
            assert found["dondoc_messages", "email", "deferred"] == 1
            assert found["dondoc_messages_claimed_again",] == 1
            assert found["dondoc_sms_cost_dong_total",] == 450
            assert found["dondoc_clock_lag_seconds",] >= 3600
            assert 0 <= found["dondoc_queue_age_seconds",] < 60
            assert "so-noi-vu" not in answer.text
            assert "@" not in answer.text


def test_the_commands_end_with_codes_a_monitor_understands(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DONDOC_DATABASE_URL", database_url)
    monkeypatch.setenv("DONDOC_PREFECT_API_URL", "http://127.0.0.1:9/api")
    run = CliRunner().invoke
    answer = run(main, ["health", "--format", "json"])
    said = json.loads(answer.stdout)
    assert (answer.exit_code, said["state"]) == (1, "degraded")
    wrong = [check["name"] for check in said["checks"] if check["state"] != "well"]
    assert wrong == ["last-round", "last-audit"]
    assert run(main, ["audit"]).exit_code == 0
    assert run(main, ["round"]).exit_code == 0
    answer = run(main, ["health"])
    assert (answer.exit_code, answer.stdout.splitlines()[0]) == (0, "Tình trạng: tốt")
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/none.sqlite")
    answer = run(main, ["health"])
    assert (answer.exit_code, answer.stdout, "no such file" in answer.stderr) == (2, "", True)

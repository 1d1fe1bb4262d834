"""Prefect's own REST API, as far as showing a finished run needs it.

Plain httpx on purpose. Prefect's Python client takes 2.5 s to import, repeats a failed connection on its own schedule,
and offers no idempotency key for a run without a deployment; the API does (`POST /flow_runs/`: same flow and key, same
run). The server dates a run's states by the moment it is told of them, so the true times stand in the run's expected
start, its message, its log lines and its steps, which Prefect takes as dated.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from dondoc.clock import LOCAL
from dondoc.prefect_face.cards import Artifact, LinkArtifact, MarkdownArtifact, RunCard, RunStep, TableArtifact

# A waiting run is over for the machine. Prefect's own Paused would show a Resume button that approves nothing:
# the question lives in our table and is answered on our desk.
STATE_TYPES = {"completed": "COMPLETED", "failed": "FAILED", "waiting": "COMPLETED"}
STATE_NAMES = {"completed": "Completed", "failed": "Failed", "waiting": "Chờ duyệt"}
OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
LOG_LEVELS = {"completed": logging.INFO, "failed": logging.ERROR, "waiting": logging.WARNING}
BUSY = frozenset({429, 503})  # SQLite under Prefect answers so for a moment after a flow with tasks
PATIENCE = 5
SPACE = uuid.UUID("b7f7a2a4-6c0b-4d0c-9d3b-0c6d5f1f3a52")  # of our step ids; any fixed value does


class Gone(Exception):
    """Prefect's server cannot be used now: no connection, an error of its own, or it does not let us in."""


class Refused(Exception):
    """Prefect's server understood and will never take this card."""


class PrefectApi:
    """Where Prefect's API is and how to be let in; `auth` is `user:password`."""

    def __init__(self, url: str, auth: str | None) -> None:
        self.url = url.rstrip("/")
        self._auth = httpx.BasicAuth(*auth.split(":", 1)) if auth else None

    def _client(self) -> httpx.AsyncClient:
        # Proxies of the surroundings are not asked: the server is ours, mostly on this very host.
        return httpx.AsyncClient(auth=self._auth, trust_env=False, verify=self.url.startswith("https:"), timeout=5)

    async def healthy(self) -> bool:
        """Return whether a Prefect server answers at all; waits as long as its caller lets it."""
        async with self._client() as client:
            answer = await client.get(f"{self.url}/health")
        return answer.status_code == httpx.codes.OK and answer.text == "true"

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Session"]:
        """Open a connection with the cross-site token Prefect asks for where that protection is on."""
        async with self._client() as client:
            session = Session(client, self.url)
            await session.enter()
            yield session


class Session:
    """One connection to Prefect on which cards are posted."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def enter(self) -> None:
        """Fetch the cross-site token; raises Gone where the server does not let us in."""
        client = str(uuid.uuid4())
        try:
            answer = await self._client.get(f"{self._url}/csrf-token", params={"client": client})
        except httpx.HTTPError as error:
            raise Gone(f"{type(error).__name__} {error}") from error
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise Gone(f"it answers {answer.status_code}: the auth string is not the one it was started with")
        if answer.is_success:  # else the protection is off, which Prefect says with 422
            self._client.headers.update({"Prefect-Csrf-Client": client, "Prefect-Csrf-Token": answer.json()["token"]})

    async def post_card(self, card: RunCard, tags: tuple[str, ...]) -> str:
        """Record the card as a run with these tags and return its id in Prefect; the same key gives the same run.

        The final state comes last: a run whose posting broke off is taken up again, a run that has it is left alone.
        """
        flow = await self._post("/flows/", {"name": card.flow})
        run = await self._post(
            "/flow_runs/",
            {
                "flow_id": flow["id"],
                "name": card.name,
                "tags": list(tags),
                "idempotency_key": card.key,
                # Scheduled for the moment it truly began: Prefect keeps that as the run's expected start.
                "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": card.started_at.isoformat()}},
            },
        )
        run_id, kind, name = str(run["id"]), run["state_type"], run["state_name"]
        if kind in OVER and name in (STATE_NAMES[card.state], "Completed", "Failed"):
            return run_id
        await self._set_state(run_id, "RUNNING", "Running", "")
        present = await self._post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
        known = {artifact["key"] for artifact in present}
        for artifact in card.artifacts:
            if artifact.key not in known:
                await self._post("/artifacts/", {"flow_run_id": run_id, **_artifact_body(artifact)})
        if card.steps:
            await self._post("/events", [_step_event(card.key, run_id, n, step) for n, step in enumerate(card.steps)])
        await self._post("/logs/", _log_lines(run_id, card))
        await self._set_state(run_id, STATE_TYPES[card.state], STATE_NAMES[card.state], _dated(card))
        return run_id

    async def _set_state(self, run_id: str, kind: str, name: str, message: str) -> None:
        state = {"type": kind, "name": name, "message": message}
        answer = await self._post(f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})
        if answer["status"] != "ACCEPT":
            raise Refused(f"state {kind} of run {run_id}: {answer['status']}")

    async def _post(self, path: str, body: Any) -> Any:
        """Return the server's JSON answer; raises Gone or Refused."""
        try:
            answer = await self._client.post(self._url + path, json=body)
            for _ in range(PATIENCE):
                if answer.status_code not in BUSY:
                    break
                await asyncio.sleep(0.3)
                answer = await self._client.post(self._url + path, json=body)
        except httpx.HTTPError as error:
            raise Gone(f"{type(error).__name__} {error}") from error
        if answer.is_success:
            return answer.json() if answer.content else None
        if answer.is_server_error or answer.status_code in (401, 403, 408, 429):
            raise Gone(f"it answers {answer.status_code} to {path}")
        raise Refused(f"{answer.status_code} to {path}: {answer.text[:300]}")


def _dated(card: RunCard) -> str:
    start, end = card.started_at.astimezone(LOCAL), card.ended_at.astimezone(LOCAL)
    return f"{card.message} (Chạy từ {_instant(start)} đến {_instant(end)}.)"


def _log_lines(run_id: str, card: RunCard) -> list[dict[str, Any]]:
    """Return the card as log lines at their true times: the first thing Prefect's page of a run shows."""
    lines = [(card.started_at, logging.INFO, f"Bắt đầu: {card.name}")]
    lines += [(step.ended_at, LOG_LEVELS[step.state], f"Xong bước: {step.name}") for step in card.steps]
    lines += [(card.ended_at, LOG_LEVELS[card.state], card.message)]
    return [
        {"name": "dondoc", "level": level, "message": text, "timestamp": at.isoformat(), "flow_run_id": run_id}
        for at, level, text in lines
    ]


def _instant(local: datetime) -> str:
    return local.strftime("%H:%M:%S ngày %d/%m/%Y")


def _artifact_body(artifact: Artifact) -> dict[str, Any]:
    common = {"key": artifact.key, "description": artifact.description}
    match artifact:
        case TableArtifact():
            return {"type": "table", "data": json.dumps(list(artifact.rows), ensure_ascii=False), **common}
        case MarkdownArtifact():
            return {"type": "markdown", "data": artifact.markdown, **common}
        case LinkArtifact():
            return {"type": "markdown", "data": f"[{artifact.text}]({artifact.url})", **common}


def _step_event(card_key: str, run_id: str, number: int, step: RunStep) -> dict[str, Any]:
    """Return the event by which Prefect's own engine reports a finished task run, with its true times."""
    task_id = uuid.uuid5(SPACE, f"{card_key} {number}")
    kind, name = STATE_TYPES[step.state], STATE_NAMES[step.state]
    start, end = step.started_at.isoformat(), step.ended_at.isoformat()
    return {
        "id": str(uuid.uuid5(SPACE, f"{card_key} {number} {name}")),
        "occurred": end,
        "event": f"prefect.task-run.{name}",
        "resource": {
            "prefect.resource.id": f"prefect.task-run.{task_id}",
            "prefect.resource.name": step.name,
            "prefect.state-type": kind,
            "prefect.state-name": name,
            "prefect.state-timestamp": end,
            "prefect.orchestration": "client",
        },
        "related": [{"prefect.resource.id": f"prefect.flow-run.{run_id}", "prefect.resource.role": "flow-run"}],
        "payload": {
            "intended": {"from": "RUNNING", "to": kind},
            "validated_state": {"type": kind, "name": name, "message": ""},
            "task_run": {
                "name": step.name,
                "task_key": step.name,
                "dynamic_key": str(number),
                "expected_start_time": start,
                "start_time": start,
                "end_time": end,
                "total_run_time": (step.ended_at - step.started_at).total_seconds(),
                "run_count": 1,
            },
        },
    }

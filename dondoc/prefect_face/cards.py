"""What an operator sees of one piece of work: a card with its name, times, outcome and tables.

A card is plain data, so that it can lie on a shelf in our own database while Prefect's server is down.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

State = Literal["completed", "failed", "waiting"]
Row = dict[str, str | int]

STATES: tuple[State, ...] = ("completed", "failed", "waiting")


@dataclass(frozen=True, slots=True)
class TableArtifact:
    """A table under a run. `key` is lower-case with dashes; `description` is a Vietnamese sentence."""

    key: str
    description: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class MarkdownArtifact:
    """A page of Markdown under a run."""

    key: str
    description: str
    markdown: str


@dataclass(frozen=True, slots=True)
class LinkArtifact:
    """A link from a run to a page of our own board."""

    key: str
    description: str
    url: str
    text: str


Artifact = TableArtifact | MarkdownArtifact | LinkArtifact


@dataclass(frozen=True, slots=True)
class RunStep:
    """One part of a run with its own times, shown as a bar inside it."""

    name: str
    started_at: datetime
    ended_at: datetime
    state: State = "completed"


@dataclass(frozen=True, slots=True)
class RunCard:
    """One run as it is shown in Prefect: which campaign, stage and year, when, and how it ended.

    `key` is stable and unique: the same key is shown once for ever. `flow` is the stage (`annual-report`), `name`
    the line an operator reads (`dien-bien · annual-report 2026 · T-7`), `tags` are `campaign:…`, `stage:…`, `year:…`.
    Times are aware and real (UTC); `message` is one Vietnamese sentence beside the state.
    """

    key: str
    flow: str
    name: str
    tags: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    state: State
    message: str
    artifacts: tuple[Artifact, ...] = ()
    steps: tuple[RunStep, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values, instants as ISO 8601 text."""
        return {
            "key": self.key,
            "flow": self.flow,
            "name": self.name,
            "tags": list(self.tags),
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "state": self.state,
            "message": self.message,
            "artifacts": [_artifact_to_json(artifact) for artifact in self.artifacts],
            "steps": [
                {
                    "name": step.name,
                    "started_at": step.started_at.isoformat(),
                    "ended_at": step.ended_at.isoformat(),
                    "state": step.state,
                }
                for step in self.steps
            ],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RunCard":
        """Return the card that `to_json` wrote down; raises KeyError or ValueError for anything else."""
        return cls(
            key=value["key"],
            flow=value["flow"],
            name=value["name"],
            tags=tuple(value["tags"]),
            started_at=datetime.fromisoformat(value["started_at"]),
            ended_at=datetime.fromisoformat(value["ended_at"]),
            state=_state(value["state"]),
            message=value["message"],
            artifacts=tuple(_artifact_from_json(artifact) for artifact in value["artifacts"]),
            steps=tuple(
                RunStep(
                    step["name"],
                    datetime.fromisoformat(step["started_at"]),
                    datetime.fromisoformat(step["ended_at"]),
                    _state(step["state"]),
                )
                for step in value["steps"]
            ),
        )


def _state(value: str) -> State:
    if value not in STATES:
        raise ValueError(f"a run ends completed, failed or waiting, not {value!r}")
    return value


def _artifact_to_json(artifact: Artifact) -> dict[str, Any]:
    common = {"key": artifact.key, "description": artifact.description}
    match artifact:
        case TableArtifact():
            return {"type": "table", **common, "rows": list(artifact.rows)}
        case MarkdownArtifact():
            return {"type": "markdown", **common, "markdown": artifact.markdown}
        case LinkArtifact():
            return {"type": "link", **common, "url": artifact.url, "text": artifact.text}


def _artifact_from_json(value: dict[str, Any]) -> Artifact:
    key, description = value["key"], value["description"]
    match value["type"]:
        case "table":
            return TableArtifact(key, description, tuple(value["rows"]))
        case "markdown":
            return MarkdownArtifact(key, description, value["markdown"])
        case "link":
            return LinkArtifact(key, description, value["url"], value["text"])
        case other:
            raise ValueError(f"no artifact of type {other!r}")

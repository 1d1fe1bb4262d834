"""Logs: a sentence with its keys, as JSON lines under the state folder; no telephone number, mailbox or token."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

_OURS: Final = ("config", "deadlines", "dondoc", "flows", "tasks")
_BYTES, _KEPT = 10_000_000, 5  # a log file, and how many older ones are kept
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_MASKS: Final = (
    (re.compile(r"(?<=://)[^/\s@]+@"), "***@"),  # an account in an address
    (re.compile(r"[^\s<>\"'(),:;@\[\]{}=/]+@(?=[\w-]+(?:\.[\w-]+)*)"), "***@"),  # a mailbox; its domain says enough
    (re.compile(r"(?i)\b(bearer|basic|token|password|secret|auth|api[_-]?key)(['\"]?\s*[:=]\s*['\"]?|\s+)[^\s'\"&,;]+"),
     r"\1\2***"),
    (re.compile(r"\b([A-Z]{2,4})-[A-Z0-9]{4}-[A-Z0-9]{4}\b"), r"\1-***"),  # a look-up code
    (re.compile(r"(?<=/l/)[\w-]{16,}"), "***"),  # a link to a unit's page
    (re.compile(r"\b[0-9a-f]{32,}\b"), "***"),
    (re.compile(r"\b(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{24,}"), "***"),  # what looks random is a token
    (re.compile(r"(?<![\w.])(?:\(?\+?84\)?|\(?0)(?:[ .()-]{0,2}\d){8,10}(?!\d)"), "***"),  # a telephone number
)  # fmt: skip


def masked(text: str) -> str:
    """Return text without what identifies a person or opens a door: numbers, mailboxes, codes and tokens."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: `at`, `level`, `logger`, `message`, its own keys, `error` with its trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname, "logger": record.name, "message": masked(record.getMessage())}
        return json.dumps({**line, **_keys(record), **_error(record)}, ensure_ascii=False)


class Sentences(logging.Formatter):
    """Writes a record as a sentence with its keys behind it, for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines."""
        keys = " ".join(f"{key}={value}" for key, value in _keys(record).items())
        head = " ".join(filter(None, (f"{record.levelname}:", masked(record.getMessage()), keys)))
        return "\n".join((head, *_error(record).values()))


@contextmanager
def logging_to(folder: Path, command: str, form: str, *, largest: int = _BYTES) -> Iterator[None]:
    """Keep the log of a command: JSON lines in `folder`, a file for each command, and on standard error as `form` says.

    `text`: warnings, for people; `json`: everything, for a collector. Files are turned over at `largest` bytes.
    """
    path = folder / f"{command}.jsonl"
    file = _OwnFile(path, maxBytes=largest, backupCount=_KEPT, encoding="utf-8", delay=True)
    file.setFormatter(JsonLines())
    said = _Stderr()
    said.setFormatter(JsonLines() if form == "json" else Sentences())
    said.setLevel(logging.INFO if form == "json" else logging.WARNING)
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in _OURS]
    for logger in ours:
        logger.setLevel(logging.INFO)
    for handler in (file, said):
        root.addHandler(handler)
    try:
        yield
    finally:
        for handler in (file, said):
            root.removeHandler(handler)
            handler.close()
        for logger in ours:
            logger.setLevel(logging.NOTSET)


class _OwnFile(RotatingFileHandler):
    """A file only its owner can read, made with the first line: a command that is refused leaves nothing."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        return super()._open()


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at the time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _keys(record: logging.LogRecord) -> dict[str, Any]:
    extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
    return {key: value if isinstance(value, int | float | None) else masked(str(value)) for key, value in extra.items()}


def _error(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    return {"error": masked("".join(traceback.format_exception(*record.exc_info)).strip())}

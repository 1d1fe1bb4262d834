"""Prefect's server as a child of ours: started on loopback behind a random password, ended with us.

All it keeps lies under DONDOC_HOME/prefect; its log is DONDOC_HOME/logs/prefect.log.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.errors import Refused
from dondoc import clock
from dondoc.prefect_face.api import PrefectApi

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 5.0
DYING_SECONDS = 4.0
LOG_BYTES = 5_000_000


class ServerError(Refused):
    """Prefect's server could not be started; the message names the port or file and the way out."""


@dataclass(frozen=True, slots=True)
class _Child:
    """A server started earlier: its process, the kernel's start mark of that process, and its port."""

    pid: int
    born: str
    port: int


class PrefectServer:
    """One Prefect server under `home` (DONDOC_HOME) on 127.0.0.1:`port`."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.api_url = f"http://{HOST}:{port}/api"
        self.ui_url = f"http://{HOST}:{port}"
        self.log = home / "logs" / "prefect.log"
        self.auth = ""  # user:password, known once started
        self._pages = home / "prefect" / "pages"
        self._pid_file = home / "prefect.pid"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, progress: Callable[[str], None] = lambda sentence: None) -> None:
        """Start the server and wait until it is healthy; raises ServerError naming port and way out.

        `progress` gets a short Vietnamese sentence now and then.
        """
        await self._refuse_left_behind()
        self._refuse_taken_port()
        self.auth = auth_string(self.home)
        progress(f"Đang khởi động máy chủ Prefect ở cổng {self.port} …")
        self._bar_second_pages()
        with self._open_log() as log:
            self._process = await asyncio.create_subprocess_exec(
                *_dying_with_us(),
                *(sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(self.port)),
                cwd=self.home / "prefect",  # Prefect also reads settings from files of the working directory
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C on the terminal is ours to pass on, in our order
            )
        self._note_child(self._process.pid)
        try:
            await self._until_healthy(self._process, progress)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the server and whatever it started, politely first; does nothing when it is not running."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                _signal_group(process.pid, signal.SIGKILL)
                await process.wait()
        self._process = None
        self._pid_file.unlink(missing_ok=True)

    async def _until_healthy(self, process: asyncio.subprocess.Process, progress: Callable[[str], None]) -> None:
        api, began = PrefectApi(self.api_url, self.auth), clock.monotonic()
        told = 0
        while (waited := clock.monotonic() - began) < START_SECONDS:
            if process.returncode is not None:
                raise ServerError(
                    f"Prefect's server on port {self.port} ended at once (code {process.returncode}): "
                    f"{self._last_words()} See {self.log}."
                )
            with suppress(Exception):  # not yet: refused, reset or silent all mean the same here
                async with asyncio.timeout(1):
                    if await api.healthy():
                        return
            if int(waited) // 5 > told:
                told = int(waited) // 5
                progress(f"Prefect đang khởi động, đã chờ {int(waited)} giây …")
            await asyncio.sleep(0.25)
        raise ServerError(
            f"Prefect's server on port {self.port} is not healthy after {START_SECONDS:.0f} s; see {self.log}."
        )

    def _environment(self) -> dict[str, str]:
        # Settings of another Prefect on this host must not leak into ours.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        return inherited | {
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
            "PREFECT_HOME": str(self.home / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_SERVER_UI_API_URL": self.api_url,
            "PREFECT_SERVER_UI_V2_ENABLED": "false",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self._pages),
            "PREFECT_SERVER_API_AUTH_STRING": self.auth,
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{self.ui_url},http://localhost:{self.port}",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        }

    def _bar_second_pages(self) -> None:
        """Keep Prefect's second set of pages from being served: it asks a foreign analytics host at every load.

        No setting of Prefect 3.8.8 turns that off (its first set of pages stays on this host). The server copies each
        set into a folder of its own and leaves out one it cannot write: a link to nowhere in its place.
        """
        self._pages.mkdir(parents=True, exist_ok=True, mode=0o700)
        second = self._pages / "v2"
        if not second.is_symlink():
            second.symlink_to(self._pages / "not-served" / "v2")

    def _open_log(self) -> IO[bytes]:
        for folder in (self.home / "prefect", self.log.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.open("ab")

    def _last_words(self) -> str:
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing."

    def _note_child(self, pid: int) -> None:
        self._pid_file.write_text(json.dumps({"pid": pid, "born": _born(pid), "port": self.port}), "utf-8")

    async def _refuse_left_behind(self) -> None:
        try:
            child = _Child(**json.loads(self._pid_file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return  # nothing noted, or nothing readable: then the port speaks for itself
        began = clock.monotonic()
        # The kernel gives process numbers again; the moment of birth tells ours from a stranger.
        while _born(child.pid) == child.born:
            if clock.monotonic() - began < DYING_SECONDS:  # its starter was killed just now and took it along
                await asyncio.sleep(0.1)
                continue
            raise ServerError(
                f"Prefect's server of an earlier run still holds port {child.port} (process {child.pid}); "
                f"end it with `kill {child.pid}` and start again."
            )

    def _refuse_taken_port(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                raise ServerError(
                    f"port {self.port} on {HOST} cannot be used for Prefect's server ({error.strerror}); "
                    "end the program that holds it or set DONDOC_PREFECT_PORT to a free port."
                ) from error


def _dying_with_us() -> list[str]:
    """Return what lets the kernel end the child when this process is killed (util-linux; empty where it lacks)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def auth_string(home: Path) -> str:
    """Return the password of Prefect's API, `dondoc:…`, made once and kept where only its owner reads it.

    Raises ServerError where the file is there but unusable.
    """
    path = home / "prefect-auth"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"dondoc:{secrets.token_urlsafe(24)}\n")
    auth = path.read_text("ascii").strip()
    if ":" not in auth:
        raise ServerError(f"{path} holds no user:password; delete the file and start again.")
    path.chmod(0o600)
    return auth


def _born(pid: int) -> str | None:
    """Return the kernel's start mark of a process, or None when there is no such process (a zombie counts as none)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)

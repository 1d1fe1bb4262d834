"""`dondoc up`: everything on one machine, in rehearsal, until Ctrl-C."""

import asyncio
import contextlib
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config.errors import Refused
from config.plan import available_plans, load_plan, plan_path
from config.settings import Settings
from dondoc import clock
from dondoc.messages.spool import SpoolServer
from dondoc.portal import words
from dondoc.portal.alarm import Alarm
from dondoc.portal.film import Company, Film
from dondoc.portal.lock import only_one
from dondoc.portal.pages import Pages
from dondoc.portal.units.app import UnitPages
from dondoc.prefect_face.server import PrefectServer, ServerError
from dondoc.registry import load_bundle
from dondoc.serving import serving
from dondoc.sms.simulator import simulated_gateway
from dondoc.store.campaigns import campaigns
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.letters import waiting_messages
from dondoc.store.migrate import migrate_async
from dondoc.store.status import coming_steps, waiting_steps
from tasks.accounts import list_accounts
from tasks.load_campaign import first_state, load_campaign
from tasks.open_world import open_world, refresh_names
from tasks.send_messages import give_back
from tasks.show_runs import face_of
from tasks.world import World

Say = Callable[[str], None]
Companies = Callable[[World], Company]


async def up(
    settings: Settings, *, as_of: datetime | None, say: Say, speed: int | None = None, company: Companies | None = None
) -> None:
    """Start database, sample in rehearsal, catcher, pages, Prefect and the clock; stop them all on Ctrl-C.

    `as_of` starts on another day, in a database of its own that is marked as a simulation: a live one is
    never moved in time. With `speed` the period plays like a film, so many seconds in one of ours; `company` makes
    the units and the desk that act in it.
    Errors: `Refused`, naming the port or file and the way out.
    """
    stop = _asked_to_stop()
    if as_of is not None:
        settings = _elsewhere(settings, as_of)
    with only_one(settings.home):
        _refuse_taken_ports(settings)
        await migrate_async(settings.database)
        if as_of is not None:
            await _mark(settings.database, as_of)
        world = await open_world(settings)
        try:
            if not stop.is_set():
                await _load(world, say)
            if not stop.is_set():
                await _serve(world, settings, stop, say, speed, company)
        finally:
            await world.database.close()
    say("Đã dừng. Chạy lại để tiếp tục từ chỗ này.")


def _asked_to_stop() -> asyncio.Event:
    """Return what is set when the user presses Ctrl-C or the system ends us; from the first line on."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as Ctrl-C does
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # unless nohup says otherwise
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _elsewhere(settings: Settings, as_of: datetime) -> Settings:
    if settings.database_url is not None:
        raise Refused("--as-of: a live database refuses a simulated clock; unset DONDOC_DATABASE_URL")
    local = as_of.astimezone(clock.LOCAL)
    home = settings.home / f"demo-{local:%Y-%m-%dT%H%M}"
    return settings.model_copy(update={"home": home})


async def _mark(url: str, as_of: datetime) -> None:
    database = await open_database(url)
    try:
        if not database.simulated:  # a second start goes on where the first one's clock has come to
            await mark_simulation(database, as_of)
    finally:
        await database.close()


async def _load(world: World, say: Say) -> None:
    now = world.database.now()
    since = date(clock.local_day(now).year, 1, 1)
    for key in available_plans():
        plan = load_plan(plan_path(key))
        state = first_state(plan)
        loaded = await load_campaign(world, plan, load_bundle(key), as_of=now, state=state, since=since)
        if loaded.new:
            said = "bản thảo, chưa gửi gì khi chưa có số, ngày" if state == "draft" else "chạy thử"
            say(f"Đã nạp {key} cùng dữ liệu mẫu, ở trạng thái {said}.")
        elif loaded.plan_differs:
            say(f"{key}: tệp kế hoạch đã khác bản đang dùng; bản đang dùng được giữ nguyên.")
    await refresh_names(world)


async def _serve(
    world: World, settings: Settings, stop: asyncio.Event, say: Say, speed: int | None, company: Companies | None
) -> None:
    spool = settings.home / "catcher"
    async with contextlib.AsyncExitStack() as running:
        catcher = SpoolServer(spool, settings.catcher_port, clock=world.database.now)
        await catcher.start()
        running.push_async_callback(catcher.stop)
        sms = simulated_gateway(settings.home / "sms", settings.sms_port, world.database.now)
        await running.enter_async_context(sms)
        prefect = PrefectServer(settings.home, settings.prefect_port)
        command = _command(settings)
        pages = Pages(world, spool=spool, prefect_url=prefect.ui_url, port=settings.web_port, command=command)
        await running.enter_async_context(web(pages, settings.web_port))
        units = UnitPages(world, port=settings.unit_port, files=settings.home / "files")
        await running.enter_async_context(serving(units.app, settings.unit_port))
        begun = await _start_prefect(prefect, stop, say)
        if not begun:
            pages.prefect_url = None
        running.push_async_callback(prefect.stop)
        pages.alarm = pages.desk.alarm = alarm = Alarm(world, face_of(world, settings), settings.round_seconds)
        running.push_async_callback(give_back, world, world.database.now())
        running.push_async_callback(alarm.stop)
        if not stop.is_set() and await _unless_stopped(alarm.ring(), stop):
            await _report(world, settings, prefect if begun else None, command, say)
            if speed is None:
                alarm.start()
            else:
                pages.frame.film = words.pace(speed)
                say(f"Phim, {pages.frame.film}:")
                film = Film(world, alarm, speed, say, company(world) if company else None)
                await _unless_stopped(film.play(), stop)
        await stop.wait()
        say("Đang dừng …")


async def _start_prefect(prefect: PrefectServer, stop: asyncio.Event, say: Say) -> bool:
    """Start Prefect's server unless the user stops first; without it everything else still runs."""
    try:
        return await _unless_stopped(prefect.start(say), stop)
    except ServerError as error:
        say(f"Không có Prefect, mọi việc khác vẫn chạy: {error}")
        return False


async def _unless_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Do some work, broken off when the user stops; return whether it came to its end."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
    try:
        await working
    except asyncio.CancelledError:
        return False
    return True


@contextlib.asynccontextmanager
async def web(pages: Pages, port: int) -> AsyncIterator[None]:
    """Serve the pages in this process."""
    async with serving(pages.app, port):
        yield


async def _report(world: World, settings: Settings, prefect: PrefectServer | None, command: str, say: Say) -> None:
    now = world.database.now()
    say("")
    say(f"Bảng theo dõi   http://127.0.0.1:{settings.web_port}/")
    if not await list_accounts(world):
        say(f"                ai vào được máy này đều xem được; tạo tài khoản: {command} accounts add")
    say(f"Trang đơn vị    http://127.0.0.1:{settings.unit_port}/   (mở bằng liên kết trong thư)")
    say(f"Thư chạy thử    http://127.0.0.1:{settings.web_port}/mails")
    say(f"Tin nhắn        http://127.0.0.1:{settings.web_port}/sms")
    if prefect is not None:
        say(f"Prefect         {prefect.ui_url}/runs   (mật khẩu: {prefect.auth})")
    say(f"Bây giờ là {words.instant(now)}. {words.at_rest(now, world.calendar) or ''}".rstrip())
    say("")
    waiting = await waiting_steps(world.database)
    queued = await waiting_messages(world.database)
    say("Đang chờ:" if waiting or queued else "Không có gì đang chờ gửi.")
    for step in waiting:
        why = words.WAITS.get(step.waits_for, step.waits_for)
        say(f"  {words.task(step.title, step.period)}, {words.rung(step.rung)}: {why}")
    for row in queued:
        why = words.message_waits(row.state, row.not_before, now)
        say(f"  {row.key}: {row.messages} {words.KINDS.get(row.kind, 'thư')}, {why}")
    say("Sắp tới:")
    for each in await campaigns(world.database):
        for step in await coming_steps(world.database, each.id, now, limit=5):
            who = words.MODALITIES[step.modality]
            what = f"{words.task(step.title, step.period)}, {words.rung(step.rung)} ({who})"
            say(f"  {words.instant(step.fire_at)}: {what}")
    year = clock.local_day(now).year
    say("")
    say("Thử tiếp ở cửa sổ khác:")
    say(f"  {command} status dien-bien annual-report {year}")
    say(f"  {command} submit dien-bien annual-report {year} 11-so-noi-vu")
    say(f"  {command} link 11-so-y-te")
    say(f"  {command} reconcile-intake --confirm")
    say("Ctrl-C để dừng.")


def _command(settings: Settings) -> str:
    """Return how the program is called from another window of the same folder for this state folder."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "dondoc" else "dondoc"
    usual = Path(str(Settings.model_fields["home"].default)).absolute()
    home = "" if settings.home == usual else f"DONDOC_HOME={shlex.quote(str(settings.home))} "
    return f"{home}{shlex.quote(program)}"


def _refuse_taken_ports(settings: Settings) -> None:
    for port, name in (
        (settings.catcher_port, "DONDOC_CATCHER_PORT"),
        (settings.web_port, "DONDOC_WEB_PORT"),
        (settings.sms_port, "DONDOC_SMS_PORT"),
        (settings.unit_port, "DONDOC_UNIT_PORT"),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise Refused(f"port {port}: is taken by another program; set {name} to a free one") from None

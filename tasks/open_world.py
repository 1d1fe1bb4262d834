"""Build the world a process works in: from settings, or from parts a simulation chooses."""

import os
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from config.secrets import secret_key
from config.settings import Settings
from config.sms_gateway import Gateway, load_gateway
from deadlines.calendar import vietnam
from deadlines.sign_in import SignInRules
from dondoc.messages.journal import Journal
from dondoc.messages.pilot import Pilot, pilot_of
from dondoc.messages.smtp import Route
from dondoc.sms.gateway import SmsRoute
from dondoc.store.engine import Database, WrongDatabase, open_database
from dondoc.store.registry import office_names
from tasks.calendars import refresh_calendars
from tasks.replay_journal import journal_of
from tasks.world import World

if TYPE_CHECKING:
    from dondoc.messages.dkim import Signer

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def open_world(settings: Settings) -> World:
    """Open the database and everything around it.

    Rehearsal mail goes to the catcher whatever relay is set; a simulation refuses any other host than
    loopback. Errors: `DatabaseUnreachable`, `UnsafeSecret`, `UnusableKey`, `WrongDatabase`.
    """
    database = await open_database(settings.database)
    catcher = Route("127.0.0.1", settings.catcher_port, 2)
    routes = {"rehearsal": catcher}
    if database.simulated:
        hosts = [settings.relay_host, *(relay.host for relay in settings.relays)]
        if far := [host for host in hosts if host not in (None, *_LOOPBACK)]:
            await database.close()
            raise WrongDatabase(
                f"relay {far[0]}: a simulation sends to loopback only; unset DONDOC_RELAY_HOST, _RELAYS"
            )
        if settings.heartbeat_url is not None and (at := urlsplit(settings.heartbeat_url).hostname) not in _LOOPBACK:
            await database.close()
            raise WrongDatabase(f"DONDOC_HEARTBEAT_URL at {at}: a simulation calls loopback only")
        relays = [catcher]
    else:
        relays = _relays(settings)
    if relays:
        routes["live"] = relays[0]
    try:
        world = await world_of(
            database,
            secret_key(settings),
            routes,
            lease_seconds=settings.lease_seconds,
            message_id_domain=settings.message_id_domain,
            board_url=f"http://127.0.0.1:{settings.web_port}",
            journal=await journal_of(database, settings.home / "journal"),
            pilot=pilot_of(settings.only_to, settings.redirect_to),
        )
        world.reply_domain = settings.reply_domain
        world.dkim = None if database.simulated else signer_of(settings)
        world.most_per_duty, world.most_per_day = settings.most_per_duty, settings.most_per_day
        world.further_routes["live"] = tuple(relays[1:])
        world.portal, world.link_days = portal_of(settings, database.simulated), settings.link_days
        world.sms = sms_routes(settings, world)
        world.sign_in = SignInRules(
            frozenset(filter(None, settings.totp_roles.split(","))),
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_hours),
        )
        world.heartbeat_to, world.heartbeat_url = settings.heartbeat_to, settings.heartbeat_url
        return world
    except BaseException:
        await database.close()
        raise


def portal_of(settings: Settings, simulated: bool) -> dict[str, str]:
    """Return the address of the units' pages by mode: live mail carries links only to one that is set.

    Rehearsed mail, and all mail of a simulation, reaches nobody: there the pages on this machine do.
    """
    here = dict.fromkeys(
        ("rehearsal", "live") if simulated else ("rehearsal",), f"http://127.0.0.1:{settings.unit_port}"
    )
    if settings.portal_url is None:
        return here
    return dict.fromkeys(("rehearsal", "live"), settings.portal_url.rstrip("/"))


def _relays(settings: Settings) -> list[Route]:
    """Return the relays of live campaigns: the one of its own settings, then those of the list."""
    first = []
    if settings.relay_host is not None:
        first = [
            Route(
                settings.relay_host, settings.relay_port, settings.relay_connections, settings.relay_tls,
                settings.relay_user, _revealed(settings.relay_password), per_minute=settings.relay_per_minute,
            )
        ]  # fmt: skip
    return first + [
        Route(
            relay.host, relay.port, relay.connections, relay.tls, relay.user, _revealed(relay.password),
            name=relay.name, per_minute=relay.per_minute,
        )
        for relay in settings.relays
    ]  # fmt: skip


def signer_of(settings: Settings) -> "Signer | None":
    """Return who signs our mail; null: nobody is set. Errors: `UnusableKey`."""
    if settings.dkim_selector is None and settings.dkim_key_file is None:
        return None
    from dondoc.messages.dkim import UnusableKey, read_signer  # loads OpenSSL, which most commands do without

    if settings.dkim_selector is None or settings.dkim_key_file is None:
        raise UnusableKey("DONDOC_DKIM_SELECTOR and DONDOC_DKIM_KEY_FILE are set together, or neither of them")
    return read_signer(settings.dkim_selector, settings.dkim_key_file)


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def sms_routes(settings: Settings, world: World) -> dict[str, SmsRoute]:
    """Return by which gateway SMS of each mode leave: outside `live`, and in a simulation, by the simulator.

    Errors: `WrongGateway`.
    """
    known = at_port(load_gateway("simulator"), settings.sms_port)
    pages = f"http://127.0.0.1:{settings.web_port}"
    simulator = SmsRoute(known, callback_url=report_url(world, pages, known.gateway), simulated=True)
    routes = {"rehearsal": simulator}
    if world.database.simulated:
        routes["live"] = simulator
    elif settings.only_to is not None:
        routes["live"] = simulator  # a pilot's list names mailboxes: no telephone is on it
    elif settings.sms_gateway is not None:
        gateway = load_gateway(settings.sms_gateway)
        told = settings.sms_report_url
        routes["live"] = SmsRoute(
            gateway,
            settings.sms_api_key.get_secret_value() if settings.sms_api_key else "",
            settings.sms_api_secret.get_secret_value() if settings.sms_api_secret else "",
            report_url(world, told, gateway.gateway) if told else None,
        )
    return routes


def at_port(gateway: Gateway, port: int) -> Gateway:
    """Return a gateway of this machine as it is reached at another port."""

    def there(url: str) -> str:
        return urlsplit(url)._replace(netloc=f"127.0.0.1:{port}").geturl()

    status = gateway.status and replace(gateway.status, url=there(gateway.status.url))
    return replace(gateway, url=there(gateway.url), status=status)


def report_url(world: World, pages: str, gateway: str) -> str:
    """Return where a gateway's delivery reports are believed; the address itself is the secret."""
    return f"{pages.rstrip('/')}/sms/reports/{gateway}/{world.report_secret(gateway)}"


async def world_of(
    database: Database,
    key: bytes,
    routes: dict[str, Route],
    *,
    lease_seconds: int = 60,
    message_id_domain: str = "dondoc.example",
    board_url: str | None = None,
    journal: Journal | None = None,
    pilot: Pilot | None = None,
) -> World:
    """Return the world around an open database."""
    world = World(
        database=database,
        calendar=vietnam(),
        key=key,
        routes=routes,
        sender=f"{socket.gethostname()[:30]}:{os.getpid()}",
        lease_seconds=lease_seconds,
        message_id_domain=message_id_domain,
        board_url=board_url,
        journal=journal,
        pilot=pilot,
    )
    await refresh_names(world)
    await refresh_calendars(world)
    return world


async def refresh_names(world: World) -> None:
    """Learn anew how letters address the organisations that hold roles."""
    world.names.clear()
    world.names.update(await office_names(world.database))

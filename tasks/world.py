"""The world a task may touch: one database, one calendar, one key, and the routes mail takes."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from config.plan import Plan, load_plan_text
from deadlines.calendar import Calendar
from deadlines.rulings import plan_under
from deadlines.sign_in import SignInRules
from dondoc.messages.journal import Journal
from dondoc.messages.pilot import Pilot
from dondoc.messages.smtp import Route
from dondoc.sms.gateway import SmsRoute
from dondoc.store.campaigns import CampaignRow
from dondoc.store.engine import Database

if TYPE_CHECKING:
    from dondoc.messages.dkim import Signer  # loads OpenSSL, which most commands do without

_REPLY = re.compile(r"r\+([0-9a-f]{32})\.([0-9a-f]{16})@(.+)")


@dataclass(slots=True)
class World:
    """Everything that is not decided but given. Built once per process, handed to every task.

    `routes` says by which SMTP host mail of a mode leaves (`rehearsal` the catcher, `live` the relay);
    a mode without a route keeps its mail queued. `further_routes` are relays that share a mode's mail.
    """

    database: Database
    calendar: Calendar
    key: bytes
    routes: dict[str, Route]
    further_routes: dict[str, tuple[Route, ...]] = field(default_factory=dict)
    sender: str = "sender"
    lease_seconds: int = 60
    message_id_domain: str = "dondoc.example"
    reply_domain: str | None = None  # where answers are taken in; null: they go to the office's own address
    dkim: "Signer | None" = None  # signs what leaves; null: the office's relay does, or nobody
    board_url: str | None = None
    portal: dict[str, str] = field(default_factory=dict)  # mode → address of the units' pages; without one no link
    link_days: int = 30  # how long after its due date a link to a unit's page opens
    journal: Journal | None = None  # what has been accepted, outside the database; null: nobody asks after a restore
    pilot: Pilot | None = None  # whom live mail may reach while all other is redirected or held; null: everybody
    most_per_duty: int = 4  # reminders one unit is sent of one duty; the last before the date always goes
    most_per_day: int = 4  # reminders one mailbox or telephone is sent on a day, whatever the campaign
    heartbeat_to: str | None = None  # the office's own address, which hears of every day's audit
    heartbeat_url: str | None = None  # what is called after it
    stopping: bool = False  # this process was asked to end: the batch in hand is finished, no other is begun
    names: dict[str, list[tuple[date, str]]] = field(
        default_factory=dict
    )  # unit code → how letters address it, from when
    sms: dict[str, SmsRoute] = field(default_factory=dict)  # the gateway of each mode; without one its SMS wait
    calendars: dict[str, Calendar] = field(default_factory=dict)  # those beside the country's own, by key
    sign_in: SignInRules = field(default_factory=SignInRules)  # who needs a second factor, how long a session lasts
    terminal: str | None = None  # under which account of the operating system a command acts; the trail keeps it
    calendars_seen: tuple[int, int, int] = (-1, -1, -1)  # how far the entries of calendars have been read
    _plans: dict[tuple[str, str], Plan] = field(default_factory=dict)

    def routes_of(self, mode: str) -> tuple[Route, ...]:
        """Return every relay by which mail of a mode may leave, the first one first."""
        first = self.routes.get(mode)
        return (() if first is None else (first,)) + self.further_routes.get(mode, ())

    def name_on(self, code: str, day: date) -> str | None:
        """Return how a letter addresses an organisation on `day`; before its first day, as on that; null: not known."""
        named = self.names.get(code, [])
        return next((name for first, name in reversed(named) if first <= day), named[0][1] if named else None)

    def plan_of(self, campaign: CampaignRow) -> Plan:
        """Return a campaign's plan with what rulings have found since; parsed once for each state of both."""
        key = (campaign.plan_sha256, json.dumps(campaign.found, sort_keys=True))
        plan = self._plans.get(key)
        if plan is None:
            text = load_plan_text(campaign.plan_text, f"{campaign.key}.yaml")
            plan = self._plans[key] = plan_under(text, campaign.found)
        return plan

    def calendar_of(self, campaign: CampaignRow) -> Calendar:
        """Return the calendar of working days a campaign goes by."""
        return self.calendars.get(campaign.calendar, self.calendar)

    def code(self, prefix: str, *parts: object) -> str:
        """Return a look-up code: eight letters and digits that nobody guesses, the same for the same thing."""
        digest = hmac.new(self.key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).digest()
        letters = base64.b32encode(digest).decode()[:8].replace("O", "8").replace("I", "9")
        return f"{prefix}-{letters[:4]}-{letters[4:]}"

    def thread_of(self, campaign_id: int, person_id: int) -> str:
        """Return the Message-ID under which a mail program gathers all that one campaign writes to one person."""
        return self.header_id("thread", campaign_id, person_id)

    def reply_to(self, header_id: str) -> str | None:
        """Return the signed address for answers to one message; null where none are taken in."""
        if self.reply_domain is None:
            return None
        token = header_id[1:].partition("@")[0]
        return f"r+{token}.{self._signed(token)}@{self.reply_domain}"

    def answered(self, address: str) -> str | None:
        """Return the Message-ID an answer belongs to by the address it was sent to; null if the address is not ours.

        Whoever does not know the key cannot make one up; letters' case does not count, as mail programs change it.
        """
        match = _REPLY.fullmatch(address.lower())
        if match is None or match[3] != (self.reply_domain or "").lower():
            return None
        if not hmac.compare_digest(match[2], self._signed(match[1])):
            return None
        return f"<{match[1]}@{self.message_id_domain}>"

    def _signed(self, token: str) -> str:
        return hmac.digest(self.key, f"reply\x1f{token}".encode(), hashlib.sha256)[:8].hex()

    def link_token(self, assignment_id: int, person_id: int, generation: int) -> str:
        """Return what opens a unit's page of one assignment for one person; a revoked one is followed by another."""
        return self.seal("link", assignment_id, person_id, generation)[:32]

    def submit_digits(self, nonce: str) -> str:
        """Return the six digits of a code; only whoever has our key can make them from its nonce."""
        digest = hmac.digest(self.key, f"submit-code\x1f{nonce}".encode(), hashlib.sha256)
        return f"{int.from_bytes(digest[:8]) % 1_000_000:06}"

    def seal(self, purpose: str, *parts: object) -> str:
        """Return what shows that we said this, for one purpose: 43 letters, digits, "-" and "_"."""
        said = "\x1f".join((f"seal-{purpose}", *map(str, parts))).encode()
        return base64.urlsafe_b64encode(hmac.digest(self.key, said, hashlib.sha256)).decode().rstrip("=")

    def request_id(self, *parts: object) -> str:
        """Return the number under which a gateway knows an SMS: a copy of the same message carries the same one."""
        return hmac.new(self.key, "\x1f".join(("sms", *map(str, parts))).encode(), hashlib.sha256).hexdigest()[:32]

    def report_secret(self, gateway: str) -> str:
        """Return what a gateway's delivery report must name for us to believe it."""
        return hmac.new(self.key, f"sms-report\x1f{gateway}".encode(), hashlib.sha256).hexdigest()[:40]

    def header_id(self, *parts: object) -> str:
        """Return a Message-ID made from a message's key: a copy of the same message carries the same one."""
        digest = hmac.digest(self.key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256)
        return f"<{digest[:16].hex()}@{self.message_id_domain}>"

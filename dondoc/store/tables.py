"""The tables: campaign, dated unit, duty period, cohort, assignment, step, notice, message, submission, brief.

Read top to bottom they follow the data's path. Keys are those of ARCHITECTURE.md; a row is never
rewritten to mean something else, it is closed and followed by another.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from dondoc.store.types import Id, Instant, Json

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=nullable)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# The states in which an envelope still has somewhere to go. Spelled out, not bound: a database uses the
# partial index below only for a query that names the same words.
_OPEN_STATES = "IN ('queued', 'claimed', 'deferred', 'unknown')"
message_is_open = text(f"message.state {_OPEN_STATES}")

# A notice that stands aside: its address refused for good, or it must wait for the desk once more. Few rows ever.
notice_stands_aside = text(
    "notice.reason IN ('suppressed', 'not-reconciled') AND notice.state IN ('queued', 'failed', 'withdrawn')"
)

# What this database is: kind (live | simulation), epoch, and, in a simulation only, the clock's offset; how far each
# journal is known to it (journal:…); the last outcomes of each relay (relay:…).
meta = Table("meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))

# ── the campaign and who runs it ────────────────────────────────────────────────────────────────
office = Table(
    "office",
    metadata,
    _id(),
    Column("key", String(80), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("short_name", String(80), nullable=False),
    Column("sender_name", String(200), nullable=False),
    Column("sender_address", String(254), nullable=False),
    Column("contact_role", String(200), nullable=False),
    Column("contact_phone", String(40), nullable=False),
)
campaign = Table(
    "campaign",
    metadata,
    _id(),
    _ref("office_id", "office"),
    Column("key", String(80), nullable=False, unique=True),
    Column("name", String(400), nullable=False),
    Column("state", String(12), nullable=False),
    Column("since", Date, nullable=False),  # steps before this day are born `before-go-live`
    Column("plan_text", Text, nullable=False),
    Column("plan_sha256", String(64), nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("found", Json, nullable=False),  # what rulings have found since: number, date, role holders, readings
    Column("calendar", String(40), nullable=False),
    Column("ended_on", Date),  # the first day on which it asks for nothing any more (superseded, merged)
    _one_of("state", "draft", "rehearsal", "live"),
)
plan_version = Table(  # every text a campaign has had; the last one is the campaign's own
    "plan_version",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    Column("plan_sha256", String(64), nullable=False),
    Column("plan_text", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    _ref("ruling_id", "ruling", nullable=True),  # null: the text it was first loaded with
    Index("ix_plan_version_campaign", "campaign_id"),
)

# ── the registry: everything dated, units keyed by (code, valid_from) ──────────────────────────
unit = Table(
    "unit",
    metadata,
    _id(),
    Column("code", String(60), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # the first day on which it no longer exists
    Column("kind", String(30), nullable=False),
    Column("name", String(300), nullable=False),
    Column("office_name", String(300), nullable=False),
    Column("search_key", String(300), nullable=False),
    Column("parent_code", String(60)),
    Column("province_code", String(10), nullable=False),
    Column("territory", String(10), nullable=False),  # on which province's ground it lies, by the plans' own time
    Column("protocol_order", Integer, nullable=False),
    Column("sample", Boolean, nullable=False),
    UniqueConstraint("code", "valid_from"),
    Index("ix_unit_kind", "territory", "kind", "valid_from"),
    Index("ix_unit_valid_to", "valid_to"),
    Index("ix_unit_parent", "parent_code"),
)
succession = Table(
    "succession",
    metadata,
    _ref("predecessor_id", "unit"),
    _ref("successor_id", "unit"),
    Column("on_date", Date, nullable=False),
    Column("rule", String(30), nullable=False),
    UniqueConstraint("predecessor_id", "successor_id"),
    Index("ix_succession_successor", "successor_id"),
)
registry_event = Table(  # the days on which units open or close; each is followed once per campaign
    "registry_event",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    Column("on_date", Date, nullable=False),
    Column("followed_at", Instant),
    UniqueConstraint("campaign_id", "on_date"),
)
registry_change = Table(  # an officer's act upon the registry: open, close, rename, move, merge, split
    "registry_change",
    metadata,
    _id(),
    Column("act", String(20), nullable=False),
    Column("on_date", Date, nullable=False),
    Column("value", Json, nullable=False),
    Column("officer", String(200), nullable=False),
    Column("document", String(300)),
    Column("made_at", Instant, nullable=False),
)
person = Table(  # a person is a normalised address on a channel
    "person",
    metadata,
    _id(),
    Column("channel", String(10), nullable=False),
    Column("address", String(254), nullable=False),
    UniqueConstraint("channel", "address"),
)
contact = Table(
    "contact",
    metadata,
    _id(),
    _ref("unit_id", "unit"),
    _ref("person_id", "person"),
    Column("role", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("position", String(200), nullable=False),
    Column("phone", String(40)),  # as typed …
    Column("mobile_id", Id),  # … and the person of channel sms it is; null: takes none, or not yet looked at
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("sample", Boolean, nullable=False),
    UniqueConstraint("unit_id", "role", "person_id", "valid_from"),
    _one_of("role", "officer", "office", "head", "leader"),
)
suppression = Table(  # an address that refused for good; reversible
    "suppression",
    metadata,
    _id(),
    _ref("person_id", "person"),
    Column("reason", String(400), nullable=False),
    Column("since", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", String(200)),
    Index(
        "ix_suppression_open",
        "person_id",
        unique=True,
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)
role_holder = Table(
    "role_holder",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    Column("role", String(40), nullable=False),
    Column("unit_code", String(60), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    UniqueConstraint("campaign_id", "role", "valid_from"),
)
ruling = Table(
    "ruling",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    Column("kind", String(30), nullable=False),
    Column("duty", String(80)),
    Column("period", String(20)),
    _ref("unit_id", "unit", nullable=True),  # for one unit and its successors …
    Column("scope_kind", String(30)),  # … or one kind of unit …
    Column("scope_under", String(60)),  # … or a unit and all under it; all three null: everybody
    Column("value", Json, nullable=False),
    Column("officer", String(200), nullable=False),
    Column("document", String(300)),
    Column("reason", Text),
    Column("made_at", Instant, nullable=False),
    _ref("undoes_id", "ruling", nullable=True),
    Index("ix_ruling_campaign", "campaign_id", "duty"),
)
calendar = Table(  # a calendar beside the shipped one; `extends` names the one it adds to
    "calendar",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("extends", String(40)),
)
calendar_entry = Table(
    "calendar_entry",
    metadata,
    _id(),
    Column("calendar", String(40), nullable=False),
    Column("day", Date, nullable=False),  # of a year's notice: its 1 January
    Column("kind", String(6), nullable=False),
    Column("name", String(200), nullable=False),
    Column("source", String(300), nullable=False),
    Column("status", String(10), nullable=False),
    Column("officer", String(200), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index("ix_calendar_entry_calendar", "calendar", "day"),
    _one_of("kind", "off", "worked", "notice"),
    _one_of("status", "official", "dự kiến"),
)

# ── duties → cohorts → assignments → steps ─────────────────────────────────────────────────────
duty_period = Table(
    "duty_period",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    Column("duty", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("title", String(400), nullable=False),
    Column("opens_on", Date),
    Column("due_on", Date),
    Column("target_on", Date),
    Column("bound_on", Date),
    Column("confirmed", Boolean, nullable=False),
    Column("tracked", Boolean, nullable=False),  # false: this period ended before go-live
    Column("binding", Boolean, nullable=False),  # false: waits for the decision it is conditional on
    Column("withdrawn_at", Instant),  # an amended plan no longer has it
    Column("opened_at", Instant),
    _ref("ruling_id", "ruling", nullable=True),
    Column("facts", Json, nullable=False),  # the row of `dondoc deadlines`, as shown
    Column("milestones", Json),  # cut-off, draft, comment, signature → day, as the plan or a ruling gives them
    UniqueConstraint("campaign_id", "duty", "period"),
    Index(
        "ix_duty_period_opens",
        "opens_on",
        sqlite_where=text("opened_at IS NULL"),
        postgresql_where=text("opened_at IS NULL"),
    ),
)
cohort = Table(
    "cohort",
    metadata,
    _id(),
    _ref("duty_period_id", "duty_period"),
    Column("key", String(16), nullable=False),  # hash of due instant, ladder and cause
    Column("modality", String(12), nullable=False),
    Column("due_on", Date),
    Column("target_on", Date),
    Column("ladder", Json, nullable=False),  # the snapshot its steps were made from
    Column("cause", String(80), nullable=False),
    _ref("ruling_id", "ruling", nullable=True),  # the ruling that sets its units apart; null: all others
    _ref("made_by_id", "ruling", nullable=True),  # the ruling that made it, which its announcement cites
    Column("awaited_on", Date),  # late reports are awaited until then; who came after due_on stays late
    Column("generation", Integer, nullable=False),
    Column("withdrawn_at", Instant),
    UniqueConstraint("duty_period_id", "key"),
)
assignment = Table(
    "assignment",
    metadata,
    _id(),
    _ref("duty_period_id", "duty_period"),
    _ref("cohort_id", "cohort"),
    _ref("unit_id", "unit"),
    Column("modality", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(80)),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("data_received_at", Instant),
    Column("document_received_at", Instant),
    Column("first_received_at", Instant),
    Column("judged_at", Instant),  # when the fact came by which it is judged; null: that one has not come
    Column("judged", String(8)),
    Column("review", String(10)),  # waiting | returned | accepted: what its receivers say together; null: none asked
    Column("review_since", Instant),
    Column("supplement_by", Date),  # last day of a supplement, while it is returned
    _ref("predecessor_id", "assignment", nullable=True),
    UniqueConstraint("duty_period_id", "unit_id"),
    Index("ix_assignment_cohort", "cohort_id", "state"),
    Index("ix_assignment_unit", "unit_id", "state"),
    Index("ix_assignment_predecessor", "predecessor_id"),
    Index(
        "ix_assignment_review",
        "review",
        "review_since",
        sqlite_where=text("review IN ('waiting', 'returned')"),
        postgresql_where=text("review IN ('waiting', 'returned')"),
    ),
    _one_of("state", "open", "submitted", "transferred", "withdrawn", "waived"),
)
step = Table(
    "step",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    _ref("cohort_id", "cohort"),
    Column("duty", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("cohort_key", String(16), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("rung", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("tone", String(20), nullable=False),
    Column("recipient", String(60), nullable=False),  # officer | office | head | role:<slug>
    Column("channel", String(10), nullable=False, server_default="email"),
    Column("late", String(6), nullable=False),
    Column("reconciled", Boolean, nullable=False),  # waits for a confirmed reconciliation
    Column("fire_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("fired_at", Instant),
    Column("reason", String(20)),  # why it did not go out, from the closed list
    Column("waits_for", String(20)),
    UniqueConstraint("campaign_id", "duty", "period", "cohort_key", "due_on", "rung"),
    Index(
        "ix_step_due",
        "fire_at",
        sqlite_where=text("fired_at IS NULL AND reason IS NULL"),
        postgresql_where=text("fired_at IS NULL AND reason IS NULL"),
    ),
    Index("ix_step_cohort", "cohort_id"),
    _one_of("kind", "remind", "overdue", "brief"),
)

# ── notices → messages ─────────────────────────────────────────────────────────────────────────
notice = Table(
    "notice",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    _ref("step_id", "step", nullable=True),  # null: an acknowledgement or a notice of a changed date
    Column("rung", String(60), nullable=False),
    Column("due_key", String(10), nullable=False),  # due_on, or "undated"
    Column("recipient", String(60), nullable=False),
    Column("mode", String(10), nullable=False),  # the campaign's state when it was written
    _ref("person_id", "person", nullable=True),
    Column("state", String(10), nullable=False),
    Column("reason", String(20)),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("assignment_id", "rung", "due_key", "recipient", "mode"),
    Index("ix_notice_step", "step_id", "state"),
    Index(
        "ix_notice_aside",
        "step_id",
        sqlite_where=text("reason IN ('suppressed', 'not-reconciled') AND state IN ('queued', 'failed', 'withdrawn')"),
        postgresql_where=text(
            "reason IN ('suppressed', 'not-reconciled') AND state IN ('queued', 'failed', 'withdrawn')"
        ),
    ),
    _one_of("state", "queued", "accepted", "failed", "laid", "released", "skipped", "withdrawn"),
)
message = Table(
    "message",
    metadata,
    _id(),
    _ref("campaign_id", "campaign"),
    _ref("person_id", "person"),
    Column("channel", String(10), nullable=False),
    Column("local_day", Date, nullable=False),
    Column("wave", String(40), nullable=False),  # 08:00, 14:00, or what is not a digest: ack-CODE, document-CODE
    Column("part", Integer, nullable=False),  # a later envelope of a wave whose first has left already
    Column("mode", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("queued_at", Instant, nullable=False),
    Column("claimed_by", String(60)),
    Column("lease_until", Instant),  # in the database's own time
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", String(400)),
    Column("message_id", String(200)),
    Column("template_version", String(40)),
    Column("parameters", Json),
    Column("sha256", String(64)),
    Column("accepted_at", Instant),
    Column("relay", String(40)),  # the relay or gateway that took it last
    Column("provider_id", String(100)),  # the gateway's own number for it
    Column("delivered_at", Instant),
    Column("segments", Integer),  # SMS: how many the network counts …
    Column("cost", Integer),  # … and what they cost, in đồng
    Column("urgent", Boolean, nullable=False, server_default=false()),  # an officer's word: no hour and no cap holds it
    Column("ask_at", Instant),  # when its gateway is next asked whether it arrived; null: not (any more)
    UniqueConstraint("person_id", "channel", "campaign_id", "local_day", "wave", "part", "mode"),
    Index(
        "ix_message_provider",
        "provider_id",
        sqlite_where=text("provider_id IS NOT NULL"),
        postgresql_where=text("provider_id IS NOT NULL"),
    ),
    Index(
        "ix_message_ask",
        "ask_at",
        sqlite_where=text("ask_at IS NOT NULL"),
        postgresql_where=text("ask_at IS NOT NULL"),
    ),
    Index(
        "ix_message_ready",
        "not_before",
        "id",
        sqlite_where=text(f"state {_OPEN_STATES}"),
        postgresql_where=text(f"state {_OPEN_STATES}"),
    ),
    Index("ix_message_campaign_state", "campaign_id", "state"),
    _one_of(
        "state", "queued", "claimed", "accepted", "delivered", "bounced", "unknown", "deferred", "withdrawn", "failed"
    ),
)
message_item = Table(
    "message_item",
    metadata,
    _ref("message_id", "message"),
    _ref("notice_id", "notice"),
    UniqueConstraint("message_id", "notice_id"),
    Index("ix_message_item_notice", "notice_id"),
)

message_form = Table(  # what many messages of one dispatch say alike: their parameters but for the names
    "message_form",
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of the parameters
    Column("parameters", Json, nullable=False),
)
template_set = Table(  # every set of templates a message was ever written with
    "template_set",
    metadata,
    Column("version", String(40), primary_key=True),
    Column("sources", Json, nullable=False),  # path below templates/ → text
)

# ── what keeps the outbox from doing harm ──────────────────────────────────────────────────────
pause = Table(  # the stop button: everything, a campaign, a channel, or a campaign's channel
    "pause",
    metadata,
    _id(),
    _ref("campaign_id", "campaign", nullable=True),
    Column("channel", String(10)),
    Column("officer", String(200), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("paused_at", Instant, nullable=False),
    Column("resumed_at", Instant),
    Column("resumed_by", String(200)),
    Index("ix_pause_open", "id", sqlite_where=text("resumed_at IS NULL"), postgresql_where=text("resumed_at IS NULL")),
)
relay_trip = Table(  # a relay or gateway that refused too many addresses at once: it, not they, is at fault
    "relay_trip",
    metadata,
    _id(),
    Column("relay", String(40), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("tripped_at", Instant, nullable=False),
    Column("reset_at", Instant),
    Column("reset_by", String(200)),
    Index(
        "ix_relay_trip_open",
        "relay",
        unique=True,
        sqlite_where=text("reset_at IS NULL"),
        postgresql_where=text("reset_at IS NULL"),
    ),
)
guard_stop = Table(  # a round that would have sent far more than forecast, or after a leap of the clock: it asked
    "guard_stop",
    metadata,
    _id(),
    Column("kind", String(10), nullable=False),
    Column("forecast", Integer),
    Column("found", Integer),
    Column("detail", String(400), nullable=False),
    Column("stopped_at", Instant, nullable=False),
    Column("released_at", Instant),
    Column("released_by", String(200)),
    Index(
        "ix_guard_stop_open",
        "kind",
        unique=True,
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
    _one_of("kind", "volume", "clock", "restored"),
)
sent_before = Table(  # what the journal knows to be sent and a restored database did not: it is not sent again
    "sent_before",
    metadata,
    _id(),
    Column("campaign", String(80), nullable=False),
    Column("duty", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("unit_code", String(60), nullable=False),
    Column("rung", String(60), nullable=False),
    Column("due_key", String(10), nullable=False),
    Column("recipient", String(60), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("header_id", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("settled_at", Instant),  # when the ledger took it over; null: its notice has not come up yet
    UniqueConstraint("campaign", "duty", "period", "unit_code", "rung", "due_key", "recipient", "mode"),
    Index(
        "ix_sent_before_open",
        "id",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)
heartbeat = Table(  # each process that works: when it last was well, by its own two clocks and the database's
    "heartbeat",
    metadata,
    Column("process", String(80), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("wall_at", Instant, nullable=False),
    Column("monotonic", Float, nullable=False),
    Column("boot", String(40), nullable=False),
    Column("seen_at", Instant, nullable=False),
)
finding = Table(  # what the auditor found wrong; one row as long as it lasts
    "finding",
    metadata,
    _id(),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Json, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("cleared_at", Instant),
    Index(
        "ix_finding_open",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
)

# ── SMS: what the carrier has approved, and what it reports back ───────────────────────────────
sms_template = Table(
    "sms_template",
    metadata,
    _id(),
    Column("gateway", String(40), nullable=False),
    Column("kind", String(40), nullable=False),  # which message it is for
    Column("provider_ref", String(80), nullable=False),  # the carrier's number of the approval
    Column("text", String(1000), nullable=False),  # fixed words and {slots}
    Column("slots", Json, nullable=False),  # slot → most characters
    Column("brandname", String(11), nullable=False),
    Column("approved_on", Date, nullable=False),
    Column("entered_by", String(200), nullable=False),
    Column("retired_at", Instant),
    Index(
        "ix_sms_template_open",
        "gateway",
        "kind",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
        postgresql_where=text("retired_at IS NULL"),
    ),
)
delivery_report = Table(  # each report of a carrier or mail server, once
    "delivery_report",
    metadata,
    _id(),
    Column("relay", String(40), nullable=False),
    Column("provider_id", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("detail", String(400)),
    Column("at", Instant, nullable=False),
    Column("applied_at", Instant),  # null: no message of ours bears that number (yet)
    UniqueConstraint("relay", "provider_id", "state"),
)

# ── reports in ─────────────────────────────────────────────────────────────────────────────────
submission = Table(
    "submission",
    metadata,
    _id(),
    Column("code", String(20), nullable=False, unique=True),
    _ref("assignment_id", "assignment"),
    Column("version", Integer, nullable=False),
    Column("fact", String(10), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("receiver", String(40), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("document_number", String(80)),
    Column("document_date", Date),
    Column("signer", String(200)),
    Column("names", Json),  # who is registered by it: pilots, participants
    _ref("served_by_id", "submission", nullable=True),  # the other campaign's report that serves here too
    Column("form_key", String(64)),  # of a form on the unit's page: posted twice it is one submission
    Column("undone_at", Instant),  # its batch of a register was taken back: it is no receipt any more
    Column("void", String(10)),  # refused | recalled: it does not count as received
    UniqueConstraint("assignment_id", "version"),
    Index("ix_submission_form_key", "form_key", unique=True),
    _one_of("fact", "data", "document"),
)
submission_file = Table(
    "submission_file",
    metadata,
    _ref("submission_id", "submission"),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Id, nullable=False),
    UniqueConstraint("submission_id", "name"),
)
reported_value = Table(  # the figures a report gives, each under its target; a later version may leave them out
    "reported_value",
    metadata,
    _ref("submission_id", "submission"),
    Column("indicator", String(80), nullable=False),
    Column("measure", String(80), nullable=False),
    Column("value", Float, nullable=False),  # in the target's unit; 1 or 0 of a yes or no
    Column("estimate", Boolean, nullable=False),  # "ước": another value follows
    Column("as_of", Date),  # measured as of which day; null: not told
    UniqueConstraint("submission_id", "indicator"),
)
reported_text = Table(
    "reported_text",
    metadata,
    _ref("submission_id", "submission"),
    Column("section", String(20), nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("submission_id", "section"),
)
secret_route = Table(  # a unit says that its report goes by the secret route; the desk records it when it has come
    "secret_route",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    Column("document_number", String(80)),
    Column("document_date", Date),
    Column("signer", String(200)),
    Column("announced_at", Instant, nullable=False),
    Column("ended_at", Instant),  # when it had come, or was said anew
    _ref("submission_id", "submission", nullable=True),  # what the desk recorded of it
    Index(
        "ix_secret_route_open",
        "assignment_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
review = Table(  # what a receiver said about a receipt
    "review",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    _ref("submission_id", "submission"),
    Column("receiver", String(40), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("points", Json, nullable=False),  # what it lacks, or why it does not count: item, content, basis, how
    Column("supplement_by", Date),
    Column("officer", String(200), nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_review_assignment", "assignment_id"),
    Index(  # each receiver decides once on a version, also when two officers press at the same time
        "ix_review_decided",
        "submission_id",
        "receiver",
        unique=True,
        sqlite_where=text("verdict IN ('accepted', 'returned')"),
        postgresql_where=text("verdict IN ('accepted', 'returned')"),
    ),
    _one_of("verdict", "accepted", "returned", "refused", "recalled"),
)
supplement_step = Table(  # one rung of the ladder of a supplement; closed when it arrives
    "supplement_step",
    metadata,
    _id(),
    _ref("review_id", "review"),
    Column("rung", String(20), nullable=False),
    Column("side", String(6), nullable=False),
    Column("fire_at", Instant, nullable=False),
    Column("fired_at", Instant),
    Column("reason", String(20)),
    Column("waits_for", String(20)),
    UniqueConstraint("review_id", "rung"),
    Index(
        "ix_supplement_step_due",
        "fire_at",
        sqlite_where=text("fired_at IS NULL AND reason IS NULL"),
        postgresql_where=text("fired_at IS NULL AND reason IS NULL"),
    ),
    _one_of("side", "before", "on", "after"),
)
reconciliation = Table(
    "reconciliation",
    metadata,
    _id(),
    _ref("office_id", "office"),
    Column("confirmed_at", Instant, nullable=False),
    Column("confirmed_by", String(200), nullable=False),
    Column("undone_at", Instant),
)

# ── the incoming-document register, taken over in batches ──────────────────────────────────────
intake_mapping = Table(  # what the columns of an office's register are called: name of a column → field
    "intake_mapping",
    metadata,
    Column("office_id", Id, ForeignKey("office.id"), primary_key=True, autoincrement=False),
    Column("columns", Json, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String(200), nullable=False),
)
intake_batch = Table(  # one register file: read, then confirmed or dropped; undone as a whole
    "intake_batch",
    metadata,
    _id(),
    Column("code", String(20), nullable=False, unique=True),
    _ref("office_id", "office"),
    Column("file_name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("read_by", String(200), nullable=False),
    Column("confirmed_at", Instant),
    Column("confirmed_by", String(200)),
    _ref("reconciliation_id", "reconciliation", nullable=True),
    Column("undone_at", Instant),
    Column("undone_by", String(200)),
    Index("ix_intake_batch_office", "office_id", "id"),
    _one_of("state", "read", "confirmed", "dropped", "undone"),
)
intake_line = Table(  # a line of it: what it says, what it was taken for, what has become of it
    "intake_line",
    metadata,
    _id(),
    _ref("batch_id", "intake_batch"),
    Column("line", Integer, nullable=False),
    Column("entry", String(40), nullable=False),
    Column("arrived_at", Instant),  # null: the register gives no day that can be read
    Column("number", String(80), nullable=False),
    Column("dated", Date),
    Column("issuer", String(300), nullable=False),
    Column("abstract", Text, nullable=False),
    Column("signer", String(200), nullable=False),
    Column("certainty", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("choices", Json, nullable=False),  # assignments it may be, the likeliest first
    Column("answer", String(10), nullable=False),  # take | leave | none (no report of a campaign) | known
    _ref("assignment_id", "assignment", nullable=True),
    _ref("submission_id", "submission", nullable=True),
    UniqueConstraint("batch_id", "line"),
    Index("ix_intake_line_submission", "submission_id"),
    _one_of("certainty", "sure", "probable", "unmatched"),
    _one_of("answer", "take", "leave", "none", "known"),
)

# ── the unit's own page ────────────────────────────────────────────────────────────────────────
books = Table(  # a round whose record is closed: only what stands in it counts for awards
    "books",
    metadata,
    _id(),
    _ref("duty_period_id", "duty_period"),
    Column("closed_at", Instant, nullable=False),
    Column("officer", String(200), nullable=False),
    Column("contest_by", Date, nullable=False),  # last day on which a unit may contest its record
    UniqueConstraint("duty_period_id"),
)
closed_record = Table(  # how a unit stood when the books were closed, or when a contest was upheld
    "closed_record",
    metadata,
    _ref("books_id", "books"),
    _ref("assignment_id", "assignment"),
    Column("modality", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("judged", String(8)),
    Column("first_received_at", Instant),
    UniqueConstraint("books_id", "assignment_id"),
    Index("ix_closed_record_assignment", "assignment_id"),
)
contest = Table(  # a unit says that its closed record is not right
    "contest",
    metadata,
    _id(),
    Column("code", String(20), nullable=False, unique=True),
    _ref("books_id", "books"),
    _ref("assignment_id", "assignment"),
    Column("said", String(500), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("officer", String(200), nullable=False),
    Column("verdict", String(10)),
    Column("answer", String(500)),
    Column("answered_at", Instant),
    Column("answered_by", String(200)),
    Index(  # one at a time
        "ix_contest_open",
        "assignment_id",
        unique=True,
        sqlite_where=text("answered_at IS NULL"),
        postgresql_where=text("answered_at IS NULL"),
    ),
    _one_of("verdict", "upheld", "dismissed"),
)
unit_link = Table(  # a signed link that a mail carried; the token itself is nowhere, it can be made again
    "unit_link",
    metadata,
    _id(),
    Column("token_sha256", String(64), nullable=False, unique=True),
    _ref("assignment_id", "assignment"),
    _ref("person_id", "person"),
    Column("generation", Integer, nullable=False),  # a revoked link is followed by another
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(200)),
    Column("disowned_at", Instant),  # whoever opened it says: not my unit
    UniqueConstraint("assignment_id", "person_id", "generation"),
    Index(
        "ix_unit_link_disowned",
        "disowned_at",
        sqlite_where=text("disowned_at IS NOT NULL"),
        postgresql_where=text("disowned_at IS NOT NULL"),
    ),
)
draft = Table(  # what a unit has written and not sent yet; gone when it is sent
    "draft",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    Column("form_key", String(64), nullable=False),  # what the submission made of it will carry
    Column("content", Json, nullable=False),  # field of the form → what stands in it
    Column("version", Integer, nullable=False),
    Column("saved_at", Instant, nullable=False),
    UniqueConstraint("assignment_id"),
)
upload = Table(  # a file on its way into a draft
    "upload",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    Column("name", String(255), nullable=False),
    Column("size", Id, nullable=False),
    Column("received", Id, nullable=False),  # bytes that are here
    Column("sha256", String(64)),
    Column("kind", String(10)),  # by its content: pdf, docx, …
    Column("state", String(10), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Index("ix_upload_assignment", "assignment_id"),
    _one_of("state", "partial", "kept"),
)
submit_code = Table(  # six digits sent to a registered contact; they are made from the nonce and our key
    "submit_code",
    metadata,
    _id(),
    _ref("assignment_id", "assignment"),
    _ref("person_id", "person"),
    Column("nonce", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("used_at", Instant),
    Column("used_for", String(64)),  # the form it let in
    Index("ix_submit_code_assignment", "assignment_id"),
)

# ── what climbs: briefs on the desk ────────────────────────────────────────────────────────────
brief = Table(
    "brief",
    metadata,
    _id(),
    Column("code", String(20), nullable=False, unique=True),
    _ref("campaign_id", "campaign"),
    Column("step_id", Id, ForeignKey("step.id"), nullable=False, unique=True),
    Column("rung", String(40), nullable=False),
    Column("recipient", String(60), nullable=False),
    Column("state", String(10), nullable=False),
    Column("parameters", Json, nullable=False),
    Column("laid_at", Instant, nullable=False),
    Column("released_at", Instant),
    Column("released_by", String(200)),
    Column("document", String(300)),
    _one_of("state", "laid", "released", "withdrawn"),
)
brief_item = Table(
    "brief_item",
    metadata,
    _ref("brief_id", "brief"),
    _ref("notice_id", "notice"),
    UniqueConstraint("brief_id", "notice_id"),
    Index("ix_brief_item_notice", "notice_id"),
)

# ── who may act, and what they did ─────────────────────────────────────────────────────────────
account = Table(  # who may sign in to the desk's pages
    "account",
    metadata,
    _id(),
    _ref("office_id", "office", nullable=True),  # null: an administrator of the whole installation
    Column("login", String(40), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(14), nullable=False),
    Column("password", String(200), nullable=False),  # its argon2 hash
    Column("totp", String(200)),  # the secret of the second factor, sealed with this installation's key
    Column("totp_step", Id),  # the last 30 seconds whose code was used: it is good for one sign-in
    Column("failures", Integer, nullable=False),  # wrong passwords or codes since the last good one
    Column("locked_until", Instant),  # after several of them, for a while
    Column("locked_at", Instant),  # by an administrator, until unlocked
    Column("made_at", Instant, nullable=False),
    Column("password_at", Instant, nullable=False),
    Column("closed_at", Instant),  # for good
    _one_of("role", "viewer", "receiver", "desk", "administrator"),
)
account_session = Table(  # somebody signed in, from one browser
    "account_session",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of what the browser holds
    _ref("account_id", "account"),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("address", String(64), nullable=False),  # a keyed hash of where it came from
    Index("ix_account_session_account", "account_id"),
)
trail = Table(  # what officers did, each row chained to the one before; a trigger keeps it append-only
    "trail",
    metadata,
    Column("serial", Id, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(200), nullable=False),
    Column("act", String(40), nullable=False),
    Column("what", Text, nullable=False),  # JSON, to the letter as it was hashed
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# ── what the operators' view still owes ────────────────────────────────────────────────────────
shown_run = Table(
    "shown_run",
    metadata,
    _id(),
    Column("key", String(200), nullable=False, unique=True),
    Column("card", Json, nullable=False),
    Column("shelved_at", Instant, nullable=False),
    Column("posted_at", Instant),
    Column("prefect_id", String(40)),
    Index(
        "ix_shown_run_missed", "id", sqlite_where=text("posted_at IS NULL"), postgresql_where=text("posted_at IS NULL")
    ),
)

"""Figures for Prometheus, read from the database when they are asked for; no unit and no person has a label."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dondoc.portal.alarm import Alarm
from dondoc.store import watch
from dondoc.store.engine import Database
from dondoc.store.watch import Backlog, Beat, MessageCount


class Figures(Collector):
    """What was read for one scrape."""

    def __init__(
        self, now: datetime, backlog: Backlog, counts: list[MessageCount], beats: list[Beat], findings: dict[str, int],
        holds: dict[str, int], lapsed: int, alarm: Alarm | None,
    ) -> None:  # fmt: skip
        self._now = now
        self._backlog = backlog
        self._counts = counts
        self._beats = beats
        self._findings = findings
        self._holds = holds
        self._lapsed = lapsed
        self._alarm = alarm

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        yield _gauge("clock_lag_seconds", "Age of the oldest due step a round has not settled", self._age("due"))
        yield _gauge(
            "oldest_unfired_step_seconds", "Age of the oldest due step, also of those that wait for the desk",
            self._age("unsettled"),
        )  # fmt: skip
        yield _gauge("queue_age_seconds", "Age of the oldest message that may leave and has not", self._age("ready"))
        yield _gauge("claims_lapsed", "Messages held by a sender whose lease has run out", self._lapsed)
        yield from self._messages()
        for name, text, found in (
            ("findings", "What the last audit found wrong, by kind", self._findings),
            ("holds", "Stops, pauses and tripped relays that hold mail", self._holds),
        ):
            family = GaugeMetricFamily(f"dondoc_{name}", text, labels=["kind"])
            for kind, count in sorted(found.items()):
                family.add_metric([kind], count)
            yield family
        heard = GaugeMetricFamily("dondoc_last_beat_seconds", "How long ago each role last worked", labels=["role"])
        for role in sorted({beat.role for beat in self._beats}):
            latest = max(beat.wall_at for beat in self._beats if beat.role == role)
            heard.add_metric([role], (self._now - latest).total_seconds())
        yield heard
        if self._alarm is not None:
            yield CounterMetricFamily("dondoc_rounds", "Rounds of this process", value=self._alarm.rounds)
            yield CounterMetricFamily("dondoc_round_failures", "Rounds that failed", value=self._alarm.failures)

    def _messages(self) -> Iterator[Metric]:
        by_state: dict[tuple[str, str], int] = {}
        outcomes = GaugeMetricFamily(
            "dondoc_relay_outcomes", "Messages by the relay that answered last", labels=["relay", "state"]
        )
        for each in self._counts:
            key = (each.channel, each.state)
            by_state[key] = by_state.get(key, 0) + each.messages
            if each.relay:
                outcomes.add_metric([each.relay, each.state], each.messages)
        states = GaugeMetricFamily("dondoc_messages", "Messages by channel and state", labels=["channel", "state"])
        for key, count in sorted(by_state.items()):
            states.add_metric(key, count)
        yield states
        yield outcomes
        yield _gauge(
            "messages_claimed_again", "Messages claimed more than once: tried again or their sender lost its lease",
            sum(each.claimed_again for each in self._counts),
        )  # fmt: skip
        cost = sum(each.cost for each in self._counts if each.channel == "sms")
        yield CounterMetricFamily("dondoc_sms_cost_dong", "What SMS have cost", value=cost)

    def _age(self, name: str) -> float:
        since: datetime | None = getattr(self._backlog, name)
        return 0.0 if since is None else max(0.0, (self._now - since).total_seconds())


async def metrics(database: Database, alarm: Alarm | None) -> bytes:
    """Return the figures as Prometheus reads them."""
    now = database.now()
    async with database.read() as connection:
        figures = Figures(
            now,
            await watch.backlog(connection, now),
            await watch.message_counts(connection),
            await watch.beats(connection),
            await watch.findings_by_kind(connection),
            await watch.holds(connection),
            await watch.lapsed_claims(database, connection),
            alarm,
        )
    registry = CollectorRegistry()
    registry.register(figures)
    return generate_latest(registry)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dondoc_{name}", text, value=value)

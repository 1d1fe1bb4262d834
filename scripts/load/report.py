"""One table of what was measured, and the figures beside their targets."""

from collections.abc import Iterator, Sequence
from statistics import quantiles

from scripts.bench.figures import Figure
from scripts.load.evening import Played
from scripts.load.judge import Verdict

SUBMIT_SECONDS = 2.0


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many per cent of all do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def lines(played: Played, verdict: Verdict) -> Iterator[str]:
    """Yield the lines of the table of one evening."""
    shape, log = played.shape, played.log
    requests = sum(len(each) for kind, each in log.took.items() if kind not in ("whole file", "code in the mailbox"))
    yield (
        f"{played.kind}: {shape.officers:,} officers in {shape.minutes:g} min, {shape.file_bytes:,} bytes each, "
        f"{shape.messages:,} messages; {played.seconds:.0f} s, {requests:,} requests, {requests / played.seconds:.0f}/s"
    )
    yield f"  {'seconds':24}{'count':>9}{'p50':>9}{'p95':>9}{'p99':>9}{'most':>9}{'bytes each':>12}"
    for kind, took in log.took.items():
        each = f"{log.came[kind] / len(took):,.0f}" if log.came[kind] else ""
        numbers = "".join(f"{percentile(took, percent):9.3f}" for percent in (50, 95, 99))
        yield f"  {kind:24}{len(took):9,}{numbers}{max(took):9.3f}{each:>12}"
    if log.came["compressed"]:
        yield f"  compressed to {log.came['compressed'] / log.came['uncompressed']:.2f} of what pages hold"
    yield f"  errors: {', '.join(f'{what} × {count}' for what, count in log.errors.most_common()) or 'none'}"
    given_up = sum(bool(each.gave_up) for each in played.evenings)
    told = sum(bool(each.code) for each in played.evenings)
    yield (
        f"  reports acknowledged {told:,}, given up {given_up}; lost {verdict.lost}, twice {verdict.twice}, "
        f"another file {verdict.other_file}; mails of acknowledgement {played.acknowledged:,}"
    )
    yield from _dispatch(played)
    total = sum(played.processor.values())
    yield f"  processor seconds {total:.0f}: " + ", ".join(f"{k} {v:.1f}" for k, v in played.processor.items())
    yield f"  memory of the pages' process at most {played.peak:.0f} MB"


def _dispatch(played: Played) -> Iterator[str]:
    if not played.sent:
        return
    rate = played.sent["accepted"] / played.sent["seconds"]
    said = f"  dispatch: {played.sent['accepted']:,} in {played.sent['seconds']:.0f} s, {rate:,.0f}/s"
    if played.alone:
        alone = played.alone["accepted"] / played.alone["seconds"]
        said += f"; alone {alone:,.0f}/s; ratio {rate / alone:.2f}"
    yield said


def figures(played: Played, verdict: Verdict) -> list[Figure]:
    """Return what should hold; the time of a submission is a target on PostgreSQL alone."""
    kind = played.kind
    missing = sum(not each.code for each in played.evenings)
    found = [
        Figure(f"{kind}: errors", sum(played.log.errors.values()), 0, "at most"),
        Figure(f"{kind}: reports not sent", missing, 0, "at most"),
        Figure(f"{kind}: reports lost", verdict.lost, 0, "at most"),
        Figure(f"{kind}: reports twice", verdict.twice, 0, "at most"),
        Figure(f"{kind}: files other than sent", verdict.other_file, 0, "at most"),
    ]
    if kind == "postgresql" and (took := played.log.took.get("submit")):
        target = SUBMIT_SECONDS * played.shape.ease
        found.append(Figure(f"{kind}: submit, p99, seconds", percentile(took, 99), target, "at most"))
    return found

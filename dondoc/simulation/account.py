"""The account at the end of a simulation: what went out by the SMTP server's spool, what came in, what climbed."""

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from dondoc import clock
from dondoc.messages.spool import read_spool
from dondoc.simulation.year import DiaryEntry, Played
from dondoc.store.accounts import (
    brief_totals,
    briefed_assignments,
    items_by_message_id,
    notice_totals,
    per_duty,
    step_totals,
)


async def account_of(played: Played, until: datetime) -> dict[str, Any]:
    """Return the account as plain values: no durations, paths or random ids, so that two runs compare equal.

    Messages, duplicates and nagging are judged from the spool by Message-ID, not from our own counters.
    """
    database = played.world.database
    steps = {row.what: row.steps for row in await step_totals(database, until)}
    notices = list(await notice_totals(database))
    briefs = await brief_totals(database)
    duties = [dict(row._mapping) for row in await per_duty(database, played.campaign_id)]
    for duty in duties:
        duty["due_on"] = duty["due_on"].isoformat() if duty["due_on"] else None
    sent = judge_spool(played.spool, await items_by_message_id(database), played.diary)
    wrongly_briefed = sum(
        row[3] for row in await briefed_assignments(database) if row[0] != "mandated" or row[1] is None or not row[2]
    )
    fired, folded, waiting = steps.pop("fired", 0), steps.pop("folded", 0), steps.pop("waiting", 0)
    last_day = clock.local_day(until).isoformat()
    dated = [duty for duty in duties if duty["modality"] == "mandated"]
    return {
        "steps_fired": fired,
        "steps_folded": folded,
        "steps_skipped": dict(sorted(steps.items())),
        "steps_waiting": waiting,
        "notices": sum(row.notices for row in notices),
        "notices_by_outcome": {
            f"{row.state}{f' ({row.reason})' if row.reason else ''}": row.notices
            for row in sorted(notices, key=lambda row: (row.state, row.reason or ""))
        },
        "messages": sent["messages"],
        "duplicates": sent["duplicates"],
        "nagged": sent["nagged"],
        "unknown_messages": sent["unknown"],
        "chased_wrongly": sent["chased_wrongly"] + wrongly_briefed,
        "submissions": {
            "on_time": sum(duty["on_time"] for duty in dated),
            "late": sum(duty["late"] for duty in dated),
            "missing": sum(duty["not_recorded"] for duty in dated if duty["due_on"] and duty["due_on"] < last_day),
        },
        "answered_uncommanded": sum(  # requested and invited units: apart, never added
            duty["on_time"] + duty["late"] + duty["received_undated"]
            for duty in duties
            if duty["modality"] != "mandated"
        ),
        "escalations": {
            "laid": sum(briefs.values()),
            "released": briefs.get("released", 0),
            "withdrawn": briefs.get("withdrawn", 0),
            "on_desk": briefs.get("laid", 0),
        },
        "per_duty": duties,
    }


def judge_spool(spool: Path, items: list[Any], diary: list[DiaryEntry]) -> dict[str, int]:
    """Return how many mails the server took, copies by Message-ID, and wrong ones among them.

    *Nagged*: a reminder whose unit had reported before the server took the mail. *Chased wrongly*: an overdue
    notice for a requested, invited, undated or unconfirmed duty.
    """
    carries: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        carries[item.message_id].append(item)
    reported_at_mail = {entry.assignment_id: entry.mails_before for entry in diary}
    seen: Counter[str] = Counter()
    nagged = unknown = chased = 0
    for mail in read_spool(spool):
        seen[mail.message_id] += 1
        if mail.message_id not in carries:
            unknown += 1
        for item in carries[mail.message_id]:
            before = reported_at_mail.get(item.assignment_id)
            if item.kind is not None and before is not None and mail.n > before:
                nagged += 1
            if item.kind == "overdue" and (item.modality != "mandated" or item.due_on is None or not item.confirmed):
                chased += 1
    return {
        "messages": sum(seen.values()),
        "duplicates": sum(count - 1 for count in seen.values()),
        "nagged": nagged,
        "unknown": unknown,
        "chased_wrongly": chased,
    }

"""Eight years of Điện Biên, judged from what the SMTP server really took."""

import asyncio
import json
import re
from collections import Counter, defaultdict
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from config.plan import load_plan, plan_path
from dondoc.messages.spool import read_spool
from dondoc.registry import load_bundle
from dondoc.simulation.behaviour import UnknownProfile
from dondoc.simulation.run import simulate
from dondoc.simulation.year import BadSpan

SVG = "{http://www.w3.org/2000/svg}"
PLAN = load_plan(plan_path("dien-bien"))
FIRST, LAST = date(2023, 5, 26), date(2031, 1, 1)


@pytest.fixture(scope="module")
def eight_years(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("eight-years")
    account = asyncio.run(
        simulate(
            PLAN, first=FIRST, until=LAST, profile="typical", seed=7, folder=folder,
            picture=(folder / "picture.svg").write_text,
        )
    )  # fmt: skip
    return folder, account


def mails(folder: Path) -> list[EmailMessage]:
    """Return every mail as the server took it, in its order."""
    spool = folder / "spool"
    return [
        message_from_bytes((spool / f"{mail.n}.eml").read_bytes(), policy=policy.default) for mail in read_spool(spool)
    ]


def test_eight_annual_rounds_of_all_real_units(eight_years: tuple[Path, dict[str, Any]]) -> None:
    _folder, account = eight_years
    asked = {
        (row["period"], row["modality"]): (row["asked"], row["transferred"])
        for row in account["per_duty"]
        if row["duty"] == "annual-report"
    }
    assert sorted({period for period, _modality in asked}) == [str(year) for year in range(2023, 2031)]
    assert asked["2023", "mandated"][0] + asked["2023", "mandated"][1] >= 95  # 20 + 5 + 10 + 60 on its first day
    assert asked["2026", "mandated"] == (80, 0)  # 15 + 5 + 60
    assert all(asked[str(year), "invited"][0] == 45 for year in range(2025, 2031))
    assert ("2024", "invited") not in asked
    assert all(asked[str(year), "requested"] == (1, 0) for year in range(2023, 2031))


def test_nothing_twice_nobody_nagged_nobody_chased_wrongly(eight_years: tuple[Path, dict[str, Any]]) -> None:
    folder, account = eight_years
    every = mails(folder)
    copies = Counter(str(mail["message-id"]) for mail in every)
    assert max(copies.values()) == 1
    assert len(every) == account["messages"] > 2_500
    assert (account["duplicates"], account["nagged"], account["chased_wrongly"], account["unknown_messages"]) == (
        0, 0, 0, 0,
    )  # fmt: skip


def test_no_reminder_after_the_acknowledgement_by_the_mails_alone(eight_years: tuple[Path, dict[str, Any]]) -> None:
    """Reads nothing of ours but the mails: once a unit's report was acknowledged, no reminder names it again."""
    folder, _account = eight_years
    acknowledged: dict[str, set[str]] = defaultdict(set)
    reminders = 0
    for mail in mails(folder):
        subject = str(mail["subject"])
        year = re.search(r"năm (20\d\d)|kỳ (20\d\d)", subject + words_of(mail))
        # One unit may owe a report of its own and the consolidation of all: each is a matter of its own.
        matter = "tổng hợp" if "Tổng hợp" in subject else "báo cáo"
        key = f"{mail['to']} {matter} {next(filter(None, year.groups())) if year else subject}"
        unit = units_named(mail)
        if subject.startswith("Xác nhận tiếp nhận"):
            acknowledged[key] |= unit
        else:
            reminders += 1
            assert not acknowledged[key] & unit, (key, unit, subject)
    assert reminders > 1_500


def words_of(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def units_named(mail: EmailMessage) -> set[str]:
    """Return the lines that say to whom a mail is addressed."""
    return {line.strip() for line in words_of(mail).splitlines() if line.startswith("Kính gửi")}


def test_invited_and_requested_bodies_hear_two_courtesies_and_never_of_lateness(
    eight_years: tuple[Path, dict[str, Any]],
) -> None:
    folder, _account = eight_years
    courtesy = {c.email for c in load_bundle("dien-bien").contacts if c.unit_code == "11-mttq"}
    communes = {
        c.email for c in load_bundle("dien-bien").contacts
        if any(u.key == c.unit and u.kind == "commune" for u in load_bundle("dien-bien").units)
    }  # fmt: skip
    told: Counter[str] = Counter()
    for mail in mails(folder):
        address = mail["to"].addresses[0].addr_spec
        if address in courtesy | communes:
            words = words_of(mail).lower()
            assert "chưa ghi nhận" not in words
            assert "quá hạn" not in words
            told[address] += 1
    assert max(told.values()) <= 2 * 8 + 8  # two courtesies a year, one acknowledgement
    assert len(told) == 46


def test_the_same_seed_gives_the_same_account(tmp_path: Path) -> None:
    pictures: list[str] = []
    accounts = [
        asyncio.run(
            simulate(
                PLAN, first=date(2026, 9, 1), until=date(2026, 12, 20), profile="typical", seed=seed,
                folder=tmp_path / str(number), picture=pictures.append,
            )
        )
        for number, seed in enumerate((3, 3, 4))
    ]  # fmt: skip
    same, again, other = (json.dumps(account, ensure_ascii=False, sort_keys=True) for account in accounts)
    assert same == again
    assert same != other
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]


def test_the_picture_of_eight_years_shows_what_the_ledger_and_the_plan_say(
    eight_years: tuple[Path, dict[str, Any]],
) -> None:
    folder, account = eight_years
    drawn = ElementTree.fromstring((folder / "picture.svg").read_text())
    said = [str(text.text) for text in drawn.iter(f"{SVG}text")]
    assert PLAN.name in said
    assert [year for year in said if re.fullmatch(r"20\d\d", year)] == [str(year) for year in range(2023, 2031)]
    assert (said.count("14/11"), said.count("4/12"), said.count("30/9")) == (8, 8, 1)
    assert {"01/03/2025: thôi 7, lập 2 đơn vị", "01/07/2025: thôi 139, lập 45 đơn vị"} <= set(said)
    assert "31/12 (chưa xác nhận)" in said
    tips = [str(title.text) for title in drawn.iter(f"{SVG}title")]

    def drawn_as(name: str) -> int:
        return sum(int(tip.rpartition(": ")[2]) for tip in tips if f", {name}: " in tip)

    dated = [row for row in account["per_duty"] if row["due_on"]]
    mandated = [row for row in dated if row["modality"] == "mandated"]
    asked = [row for row in dated if row["modality"] != "mandated"]
    assert drawn_as("báo cáo sau thời hạn") == sum(row["late"] for row in dated) > 100
    assert drawn_as("báo cáo trong thời hạn") == sum(row["on_time"] for row in dated)

    def ended_as(name: str) -> int:
        return sum(int(tip.rpartition(": ")[2]) for tip in tips if tip.startswith(f"{name}: "))

    assert ended_as("trong thời hạn") == sum(row["on_time"] for row in mandated)
    assert ended_as("sau thời hạn") == sum(row["late"] for row in mandated)
    assert ended_as("chưa ghi nhận") == sum(row["not_recorded"] for row in mandated)
    assert ended_as("được mời, đề nghị: đã gửi") == sum(row["on_time"] + row["late"] for row in asked)
    notices = sum(drawn_as(name) for name in ("nhắc trước thời hạn", "báo chưa ghi nhận", "báo văn bản đã phát hành"))
    acknowledgements = account["notices_by_outcome"]["accepted"] - notices
    assert acknowledgements == sum(row["on_time"] + row["late"] for row in dated)  # everybody who reported has one


def test_escalations_are_briefs_and_only_of_the_mandated(eight_years: tuple[Path, dict[str, Any]]) -> None:
    _folder, account = eight_years
    climbed = account["escalations"]
    assert climbed["laid"] == climbed["released"] + climbed["withdrawn"] + climbed["on_desk"]
    assert climbed["released"] >= 8
    assert account["steps_skipped"] == {"not-confirmed": 2}  # the interim review of 2025 was never confirmed


async def test_contradictions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSpan, match="must lie after"):
        await simulate(PLAN, first=LAST, until=FIRST, profile="typical", seed=1, folder=tmp_path)
    with pytest.raises(BadSpan, match="before the plan's own date"):
        await simulate(PLAN, first=date(2020, 1, 1), until=LAST, profile="typical", seed=1, folder=tmp_path)
    with pytest.raises(UnknownProfile, match="there are typical, diligent, silent"):
        await simulate(PLAN, first=FIRST, until=LAST, profile="lazy", seed=1, folder=tmp_path)

"""An address that refuses for good: the unit's next contact, its office, then the telephone; never its head."""

import asyncio
from datetime import date
from pathlib import Path

from sqlalchemy import insert, select, update

from dondoc.messages.smtp import Route
from dondoc.registry import load_bundle
from dondoc.store import tables as t
from dondoc.store.calls import Call, call_list
from dondoc.store.engine import Database
from tasks.take_up import take_up_again
from tests.kill_server import Mail, scripted_server
from tests.story import KEY, Story, at, story

UNIT = "11-so-noi-vu"


def addresses(role: str) -> list[str]:
    """Return the registered addresses of the unit's contacts in a role."""
    return [contact.email for contact in load_bundle(KEY).contacts if (contact.unit_code, contact.role) == (UNIT, role)]


async def second_officer(database: Database) -> str:
    """Register another officer of the unit."""
    address = "can-bo-thu-hai@so-noi-vu.example"
    async with database.write() as connection:
        unit = (await connection.execute(select(t.unit.c.id).where(t.unit.c.code == UNIT))).scalar_one()
        added = insert(t.person).values(channel="email", address=address).returning(t.person.c.id)
        person = (await connection.execute(added)).scalar_one()
        await connection.execute(
            insert(t.contact).values(
                unit_id=unit, person_id=person, role="officer", name="Cán bộ mẫu thứ hai", position="Chuyên viên mẫu",
                phone="0215 000 0002", valid_from=date(2020, 1, 1), sample=True,
            )
        )  # fmt: skip
    return address


async def notices(s: Story) -> list[tuple[str, str, str | None]]:
    """Return the ledger of the unit: rung, state, reason."""
    n = t.notice.c
    async with s.world.database.read() as connection:
        found = await connection.execute(
            select(n.rung, n.state, n.reason)
            .join(t.assignment, t.assignment.c.id == n.assignment_id)
            .join(t.unit, t.unit.c.id == t.assignment.c.unit_id)
            .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
            .where(t.unit.c.code == UNIT, t.duty_period.c.duty == "annual-report")
            .order_by(n.id)
        )
        return [(row.rung, row.state, row.reason) for row in found]


async def test_the_next_contact_then_the_office_then_the_telephone(database_url: str, tmp_path: Path) -> None:
    [officer], [office] = addresses("officer"), addresses("office")
    refused: set[str] = {officer}
    heard: list[str] = []

    async def script(turn: str, mail: Mail) -> str | None:
        if turn == "rcpt":
            heard.append(mail.recipient)
        return "550 5.1.1 no such user" if turn == "rcpt" and mail.recipient in refused else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        second = await second_officer(s.world.database)
        refused.add(second)

        def asked() -> list[str]:
            mine = {officer, second, office, *addresses("head"), *addresses("leader")}
            ours = [address for address in heard if address in mine]
            heard.clear()
            return ours

        await s.round_only("2026-10-14 08:00")
        assert asked() == [officer]
        await s.round_only("2026-10-14 08:01")
        assert asked() == [second]
        await s.round_only("2026-10-14 08:02")
        assert asked() == [office]
        assert await notices(s) == [("T-30", "accepted", None)]  # one ledger row, whoever had to be asked
        assert await call_list(s.world.database, None, date(2026, 10, 14)) == []

        refused.add(office)
        await s.round_only("2026-11-06 08:00")
        await s.round_only("2026-11-06 08:01")
        assert asked() == [office]
        assert await notices(s) == [("T-30", "accepted", None), ("T-7", "failed", "no-address")]
        [call] = await call_list(s.world.database, None, date(2026, 11, 6))
        assert isinstance(call, Call)
        assert (call.unit_code, call.rung, call.last_told, call.last_told_at) == (
            UNIT, "T-7", "T-30", at("2026-10-14 08:02"),
        )  # fmt: skip
        assert ("Cán bộ mẫu thứ hai", "Chuyên viên mẫu", "0215 000 0002") in call.contacts
        assert len(call.contacts) <= 3  # officers and office; a head is not telephoned for this
        await s.submit(UNIT, "annual-report", "2026")
        assert await call_list(s.world.database, None, date(2026, 11, 6)) == []


async def test_a_late_refusal_does_not_repeat_what_a_later_reminder_says(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        [officer], [office] = addresses("officer"), addresses("office")
        await s.forward("2026-11-06 12:00")
        s.new_mails()
        async with s.world.database.write() as connection:  # weeks later a bounce says that T-30 never arrived
            person = select(t.person.c.id).where(t.person.c.address == officer).scalar_subquery()
            n = t.notice.c
            await connection.execute(
                update(t.notice).where(n.person_id == person).values(state="failed", reason="suppressed")
            )
            await connection.execute(insert(t.suppression).values(person_id=person, reason="550", since=s.now))
            inside = select(t.message_item.c.message_id).join(t.notice, n.id == t.message_item.c.notice_id)
            await connection.execute(
                update(t.message).where(t.message.c.id.in_(inside.where(n.person_id == person))).values(state="failed")
            )
        await s.forward("2026-11-06 13:00")
        [mail] = s.new_mails()
        assert mail.rcpt_tos == [office]
        assert await notices(s) == [("T-30", "withdrawn", "folded"), ("T-7", "accepted", None)]


async def test_an_acknowledgement_finds_the_office_too(database_url: str, tmp_path: Path) -> None:
    [officer], [office] = addresses("officer"), addresses("office")

    asked: list[str] = []

    async def script(turn: str, mail: Mail) -> str | None:
        if turn == "rcpt":
            asked.append(mail.recipient)
        return "550 5.1.1 no such user" if turn == "rcpt" and mail.recipient == officer else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        await s.round_only("2026-10-01 09:00")
        await s.submit(UNIT, "annual-report", "2026")
        await s.round_only("2026-10-01 09:01")
        await s.round_only("2026-10-01 09:02")
        assert asked == [officer, office]
        assert await notices(s) == [("ack-1", "accepted", None)]


async def test_two_clocks_find_the_same_other_way_once(database_url: str, tmp_path: Path) -> None:
    [officer], [office] = addresses("officer"), addresses("office")

    async def script(turn: str, mail: Mail) -> str | None:
        return "550 5.1.1 no such user" if turn == "rcpt" and mail.recipient == officer else None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        await s.round_only("2026-10-01 09:00")
        await s.submit(UNIT, "annual-report", "2026")
        await s.round_only("2026-10-01 09:01")
        await asyncio.gather(*(take_up_again(s.world, s.now) for _ in range(4)))
        await s.round_only("2026-10-01 09:02")
        assert await notices(s) == [("ack-1", "accepted", None)]
        assert [mail.recipient for mail in server.complete()] == [office]

"""A pilot reaches a few chosen mailboxes; what is for others is turned to one mailbox or held, and says so."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from dondoc.messages.pilot import REDIRECTED_FOR, BadPilot, Destination, pilot_of, redirected_for
from dondoc.store import tables as t
from tests.kill_sender import rows, states
from tests.story import story

HOME_AFFAIRS = "so-noi-vu.dien-bien.example"


@pytest.mark.parametrize(
    ("address", "act"),
    [
        ("a@so-mau.example", "as-addressed"),
        ("A@SO-MAU.EXAMPLE", "as-addressed"),
        ("b@khac.example", "as-addressed"),
        ("a@khac.example", "redirected"),
        ("a@sub.so-mau.example", "redirected"),  # a domain is that domain
        ("a@so-mau.example.khac.example", "redirected"),
    ],
)
def test_who_is_reached(address: str, act: str) -> None:
    pilot = pilot_of("so-mau.example, B@khac.example", "thu@so-mau.example")
    assert pilot is not None
    assert pilot.destination(address).act == act
    nowhere = pilot_of("@so-mau.example b@khac.example", None)
    assert nowhere is not None
    assert nowhere.destination("a@khac.example") == Destination("held", "a@khac.example")


def test_settings_that_mean_nothing_are_refused() -> None:
    assert pilot_of(None, None) is None
    for only_to, redirect_to, words in (
        (None, "thu@so-mau.example", "set DONDOC_ONLY_TO as well"),
        (" , ", None, "names nobody"),
        ("so-mau.example", "thu", "'thu': is no address"),
    ):
        with pytest.raises(BadPilot, match=words):
            pilot_of(only_to, redirect_to)


def test_the_header_names_no_person() -> None:
    assert redirected_for("nguyen.van.mau@so-mau.example", ("Sở Mẫu",)) == "Sở Mẫu (…@so-mau.example)"


async def test_all_but_one_office_is_turned_to_the_pilots_mailbox(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.pilot = pilot_of(HOME_AFFAIRS, "thi-diem@so-khcn.example")
        await s.forward("2026-10-14 08:00")
        mails = s.new_mails()
        turned = [mail for mail in mails if mail.rcpt_tos == ["thi-diem@so-khcn.example"]]
        assert (len(mails), len(turned)) == (124, 123)
        assert all(HOME_AFFAIRS in mail.rcpt_tos[0] for mail in mails if mail not in turned)
        parsed = message_from_bytes((s.spool / f"{turned[0].n}.eml").read_bytes(), policy=policy.default)
        assert parsed["To"] == "thi-diem@so-khcn.example"
        assert "(…@" in parsed[REDIRECTED_FOR]
        assert "chuyen-vien" not in str(parsed[REDIRECTED_FOR])
        said = [row["last_error"] for row in await rows(s.world.database, t.message) if row["last_error"]]
        assert said == ["redirected to thi-diem@so-khcn.example"] * 123


async def test_without_a_mailbox_all_others_are_held_and_leave_when_the_pilot_ends(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.pilot = pilot_of(HOME_AFFAIRS, None)
        await s.forward("2026-10-14 09:00")
        assert len(s.new_mails()) == 1
        assert await states(s.world.database, t.message) == {"accepted": 1, "deferred": 123}
        s.world.pilot = None
        await s.forward("2026-10-15 09:00")
        assert len(s.new_mails()) == 123

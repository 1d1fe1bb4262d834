"""Where answers go: a signed address for each message, and one thread for all a campaign writes to a person."""

from email import policy
from email.parser import BytesParser
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.messages.smtp import Connection, Route
from tests.kill_server import scripted_server
from tests.story import story


async def test_an_answer_finds_its_message_and_a_forged_one_none(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-01") as s:
        s.world.reply_domain = "tra-loi.so-mau.example"
        await s.forward("2026-10-14 09:00")
        await s.forward("2026-11-06 09:00")
        threads: dict[str, set[str]] = {}
        for mail in s.new_mails():
            read = BytesParser(policy=policy.default).parsebytes((s.spool / f"{mail.n}.eml").read_bytes())
            to = str(read["reply-to"])
            assert s.world.answered(to) == mail.message_id
            assert s.world.answered(to.upper()) == mail.message_id
            assert s.world.answered(to.replace("tra-loi", "tra-lo1")) is None
            flipped = to[:2] + ("0" if to[2] != "0" else "1") + to[3:]
            assert s.world.answered(flipped) is None
            assert str(read["references"]) == str(read["in-reply-to"])
            threads.setdefault(mail.rcpt_tos[0], set()).add(str(read["references"]))
        assert len(threads) > 50
        assert {len(each) for each in threads.values()} == {1}
        assert len({next(iter(each)) for each in threads.values()}) == len(threads)
        s.world.key = b"another key"
        assert s.world.answered(to) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_no_address_is_made_up(address: str) -> None:
    from tasks.world import World

    world = World.__new__(World)
    world.key, world.reply_domain, world.message_id_domain = b"k" * 32, "tra-loi.example", "dondoc.example"
    assert world.answered(address) is None


async def test_a_message_larger_than_the_relay_takes_is_told_before_it_is_sent() -> None:
    async with scripted_server(size=2_000) as server:
        connection = Connection(Route("127.0.0.1", server.port))
        attempt = await connection.send(
            "a@so-mau.example", "b@so-mau.example", b"Message-ID: <1@mau>\r\n\r\n" + b"x" * 2_000
        )
        assert (attempt.state, attempt.address_refused, attempt.relay_down) == ("failed", False, False)
        assert attempt.error == "message of 2,023 bytes; the relay takes at most 2,000: shorten it, or raise its limit"
        small = await connection.send("a@so-mau.example", "b@so-mau.example", b"Message-ID: <2@mau>\r\n\r\nx\r\n")
        assert small.state == "accepted"
        await connection.close()
        assert len(server.mails) == 1

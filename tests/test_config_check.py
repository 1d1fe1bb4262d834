"""`dondoc config check`: every setting with its source, no secret, real relays and a real name server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import dns.asyncresolver
import dns.message
import dns.rrset
import pytest

from config.settings import Settings
from dondoc.messages.sender_dns import SenderDns, dmarc_words, sender_dns, spf_words
from dondoc.messages.smtp import Route
from tasks.check_config import probe_relays, settings_shown
from tests.kill_server import scripted_server

RECORDS = {
    "so-mau.example.": "v=spf1 ip4:192.0.2.7 -all",
    "_dmarc.so-mau.example.": "v=DMARC1; p=reject; rua=mailto:a@so-mau.example",
    "mo.example.": "v=spf1 +all",
}


class _NameServer(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        name = asked.question[0].name.to_text().lower()
        if name in RECORDS:
            pieces = (RECORDS[name][at : at + 200] for at in range(0, len(RECORDS[name]), 200))  # a string has 255
            written = " ".join(json.dumps(piece) for piece in pieces)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", written))
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[dns.asyncresolver.Resolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_NameServer, local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
    try:
        yield resolver
    finally:
        transport.close()


async def test_dns_is_explained() -> None:
    async with name_server() as resolver:
        strict, open_, none = [
            await sender_dns(name, resolver) for name in ("so-mau.example", "mo.example", "x.example")
        ]
    assert "bị từ chối" in spf_words(strict)
    assert "thì từ chối" in dmarc_words(strict)
    assert "không chặn" in spf_words(open_)
    assert none == SenderDns("x.example", asked=True)
    assert spf_words(none).startswith("chưa công bố SPF")
    assert dmarc_words(open_).startswith("chưa công bố DMARC")
    silent = dns.asyncresolver.Resolver(configure=False)
    silent.nameservers, silent.port = ["127.0.0.1"], 9
    assert spf_words(await sender_dns("so-mau.example", silent)).startswith("không hỏi được DNS")


async def test_relays_are_called_and_nothing_is_sent() -> None:
    async with scripted_server() as server:
        well, gone = await probe_relays((Route("127.0.0.1", server.port, name="a"), Route("127.0.0.1", 9, name="b")))
        assert (well.relay, well.error, well.encrypted) == ("a", None, False)
        assert {"pipelining", "8bitmime"} <= set(well.extensions)
        assert gone.error
        assert server.mails == []


def test_every_setting_is_shown_and_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DONDOC_HOME", str(tmp_path))
    monkeypatch.setenv("DONDOC_RELAY_PASSWORD", "geheim")
    monkeypatch.setenv("DONDOC_DATABASE_URL", "postgresql://u:geheim@127.0.0.1/d")
    monkeypatch.setenv("DONDOC_RELAYS", '[{"name": "b", "host": "127.0.0.1", "password": "geheim"}]')
    shown = {each.name: each for each in settings_shown(Settings())}
    assert len(shown) == len(Settings.model_fields)
    assert all(each.description for each in shown.values())
    assert "geheim" not in str(shown)
    assert (shown["DONDOC_HOME"].source, shown["DONDOC_RELAY_PORT"].source) == ("environment", "default")
    assert shown["DONDOC_RELAYS"].value == "b 127.0.0.1:25"

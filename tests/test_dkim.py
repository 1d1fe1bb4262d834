"""Our signature is one a stranger can check, breaks when anything is changed, and is kept with what was sent."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Settings
from dondoc.messages.dkim import Signer, UnusableKey, read_signer, relaxed_body
from dondoc.messages.sender_dns import SenderDns, dkim_words, sender_dns
from dondoc.store.messages import list_messages
from tasks.open_world import signer_of
from tasks.preview import sent_again
from tests.dkim_reader import verdict
from tests.story import at, story
from tests.strict_mail import defects
from tests.test_config_check import RECORDS, name_server
from tests.test_hostile import T_30, only
from tests.test_strict_mail import a_mail

KEY = rsa.generate_private_key(65537, 2048)
SIGNER = Signer("mau-2026", KEY)
# The signed message of RFC 8463, appendix A.3, with the key of A.2: the reader reads what others wrote.
PUBLISHED = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16"
    "JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l"
    "/K4w3QIDAQAB"
)
STRANGE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
    b" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n"
    b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    b" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    b" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
)


def published(name: str) -> str:
    """Answer for DNS."""
    assert name == "mau-2026._domainkey.so-mau.example"
    return f"v=DKIM1; k=rsa; p={SIGNER.published()}"


def signed(mail: bytes, domain: str = "so-mau.example") -> bytes:
    return SIGNER.signature(mail, domain, at("2026-11-06")) + mail


def test_the_reader_believes_the_example_of_the_standard_and_no_other() -> None:
    assert verdict(STRANGE, lambda name: PUBLISHED) == "pass"
    assert verdict(STRANGE.replace(b"hungry", b"angry"), lambda name: PUBLISHED) == "the body was changed"
    changed = verdict(STRANGE.replace(b"dinner", b"supper"), lambda name: PUBLISHED)
    assert changed == "a header was changed, or another key signed"


def test_a_stranger_believes_our_signature_and_finds_no_defect_in_the_mail() -> None:
    mail = signed(a_mail())
    assert verdict(mail, published) == "pass"
    assert defects(mail) == []
    assert mail == signed(a_mail())  # the same mail, the same bytes
    assert verdict(mail.replace(b"\r\nSubject: ", b"\r\nSubject:   "), published) == "pass"  # as relays fold anew
    for before, after in (
        (b"From: ", b"From: x@y.example\r\nFrom: "), (b"\r\nTo: ", b"\r\nTo: x@y.example\r\nTo: "),
        (b"Reply-To: ", b"Reply-To: x"), (b"08:00:00", b"09:00:00"), (b"text/html", b"text/plain"),
        (b"Message-ID: <1", b"Message-ID: <2"), (b"t=17", b"t=18"), (b"d=so-mau", b"d=so-mau"[:-1] + b"x"),
    ):  # fmt: skip
        assert verdict(
            mail.replace(before, after, 1), lambda name: published("mau-2026._domainkey.so-mau.example")
        ) != ("pass"), before


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=120), st.text(max_size=60), st.text("a \t\r\n.", max_size=60))
def test_whatever_a_mail_says_the_signature_holds(subject: str, name: str, body: str) -> None:
    assert verdict(signed(a_mail(subject=subject, name=name)), published) == "pass"
    raw = b"From: a@so-mau.example\r\nX: y\r\n\r\n" + body.replace("\r", "").replace("\n", "\r\n").encode() + b"x\r\n"
    assert verdict(signed(raw), published) == "pass"


def test_a_body_is_brought_to_one_form() -> None:
    assert relaxed_body(b" a\t b \r\n\r\nc  \r\n\r\n \r\n") == b" a b\r\n\r\nc\r\n"  # the example of RFC 6376, 3.4.4
    assert relaxed_body(b"") == relaxed_body(b"\r\n\r\n") == b""
    assert relaxed_body(b"a") == b"a\r\n"


async def test_what_was_signed_and_sent_is_shown_again_without_the_key(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01") as s:
        s.world.dkim = SIGNER
        await only(s, 6)
        await s.round_only(T_30)
        spooled = {mail.message_id: (s.spool / f"{mail.n}.eml").read_bytes() for mail in s.new_mails()}
        s.world.dkim = None
        for row in await list_messages(s.world.database, states=["accepted"], limit=500):
            kept, content = await sent_again(s.world, row.id)
            assert kept.header_id is not None
            assert content == spooled[kept.header_id]
        record = f"v=DKIM1; p={SIGNER.published()}"
        assert {verdict(mail, lambda name: record) for mail in spooled.values()} == {"pass"}
        assert len(spooled) == 6


def test_a_key_others_can_read_or_nobody_can_use_is_refused(tmp_path: Path) -> None:
    def written(content: bytes, mode: int = 0o600) -> Path:
        path = tmp_path / "dkim.pem"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, word: bytes | None = None) -> bytes:
        hidden = serialization.BestAvailableEncryption(word) if word else serialization.NoEncryption()
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)

    good = written(pem(KEY))
    signer = signer_of(Settings(dkim_selector="mau", dkim_key_file=good))
    assert signer is not None
    assert (signer.selector, signer.published()) == ("mau", SIGNER.published())
    assert signer_of(Settings()) is None
    for content, mode, why in (
        (pem(KEY), 0o640, "others can read it; run 'chmod 600"),
        (b"", 0o600, "holds no private key in PEM"),
        (pem(KEY, b"word"), 0o600, "without a passphrase; make one: openssl genrsa -out dkim.pem 2048"),
        (pem(ec.generate_private_key(ec.SECP256R1())), 0o600, "an RSA key of at least 1024 bits is wanted"),
    ):
        with pytest.raises(UnusableKey, match=why):
            read_signer("mau", written(content, mode))
    with pytest.raises(UnusableKey, match=r"gone\.pem: cannot be read"):
        read_signer("mau", tmp_path / "gone.pem")
    with pytest.raises(UnusableKey, match="are set together, or neither"):
        signer_of(Settings(dkim_selector="mau"))
    assert "PrivateKey" not in repr(signer)


async def test_dns_is_compared_with_the_key() -> None:
    name = "mau-2026._domainkey.so-mau.example."
    said = []
    async with name_server() as resolver:
        for record in (None, "v=DKIM1; p=", f"k=rsa; p={PUBLISHED[19:]}", f"v=DKIM1; p={SIGNER.published()}"):
            RECORDS.pop(name, None)
            if record is not None:
                RECORDS[name] = record
            said.append(dkim_words(await sender_dns("so-mau.example", resolver, selector="mau-2026"), SIGNER))
        del RECORDS[name]
    missing, revoked, other, fits = said
    publish = f"công bố bản ghi TXT {name[:-1]}: v=DKIM1; k=rsa; p={SIGNER.published()}"
    assert [each.endswith(publish) for each in said] == [True, True, True, False]
    assert ("chưa công bố" in missing, "thu hồi" in revoked, "không phải khóa đang ký" in other) == (True, True, True)
    assert fits == "ký bằng khóa mau-2026, 2048 bit; khóa trong DNS khớp"
    assert "không hỏi được DNS" in dkim_words(SenderDns("so-mau.example", asked=False), SIGNER)
    assert "chương trình không ký" in dkim_words(SenderDns("so-mau.example", asked=True), None)

"""The strict reader finds what is wrong with a mail, and in ours, whatever a unit is called, it finds nothing."""

from base64 import b64encode

import pytest
from fast_mail_parser import parse_email
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.messages.mime import assemble
from dondoc.messages.model import Rendered, Sender, one_line
from tests.story import at
from tests.strict_mail import defects, headers_of, parts_of, spoken

PAGE = (
    '<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="x"><title>t</title>'
    "</head><body>%s</body></html>\n"
)
SENDER = Sender(
    office_name="Sở Mẫu", short_name="Sở Mẫu", sender_name="Văn phòng Sở Khoa học và Công nghệ tỉnh Mẫu",
    sender_address="phongtrao@so-mau.example", contact_role="Chuyên viên", contact_phone="0215 300 0000",
)  # fmt: skip
# What somebody might call a unit, or a person, to make a mail say something else.
NAMES = (
    'Ủy ban nhân dân xã "Mường" <P,>', "a\r\nBcc: x@y.example", "=?utf-8?q?=0D=0ABcc:_x@y.example?=", "x@y.example",
    "\u202eoãx nâd nâhn nab yủ\u202c", "Sở\u200b \u00adMẫu\u2066\u061c\U000e0041", "Ủy ban nhân dân " * 60, "ư" * 500,
    "%0d%0aBcc: x@y.example", "Subject: x\n\nbody", "\ue0000\ue001", "\ud83d", "🏢 Công ty", "(chú thích) \\ ; :", "",
)  # fmt: skip


REPLY_TO = "r+1@tra-loi.example"


def a_mail(
    subject: str = "Thông báo thời hạn", name: str = "Văn thư Sở Mẫu", page: str = "<p>Nội dung</p>",
    reply_to: str = REPLY_TO,
) -> bytes:  # fmt: skip
    return assemble(
        Rendered(subject, "Nội dung\n", PAGE % page, "1-x", "vi"), sender=SENDER, to_name=name,
        to_address="van-thu@so-mau.example", message_id="<1.a@so-mau.example>", date=at("2026-11-06"),
        reply_to=reply_to, references=("<goc@so-mau.example>",),
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_makes_a_mail_say_more_than_a_name(name: str) -> None:
    raw = a_mail(subject=f"Chưa ghi nhận: báo cáo của {name}", name=name)
    assert defects(raw) == []
    headers = headers_of(raw)
    assert [header for header, _ in headers] == [header for header, _ in headers_of(a_mail())]
    assert spoken(dict(headers)["subject"]) == one_line(f"Chưa ghi nhận: báo cáo của {name}")


def test_a_signed_address_for_answers_stands_on_a_line_that_is_short_enough() -> None:
    long = f"r+{'0' * 32}.{'a' * 16}@tra-loi.so-mau.example"
    raw = a_mail(reply_to=long)
    assert defects(raw) == []
    assert dict(headers_of(raw))["reply-to"] == parse_email(raw).headers["Reply-To"][0].strip() == long


@settings(deadline=None, max_examples=60)  # a busy machine is no defect of the mail
@given(st.text(max_size=200), st.text(max_size=120))
def test_two_readers_of_different_make_read_the_same(subject: str, name: str) -> None:
    raw = a_mail(subject=subject, name=name)
    assert defects(raw) == []
    other = parse_email(raw)
    parts = parts_of(raw)
    assert other.subject == spoken(dict(headers_of(raw))["subject"]) == one_line(subject)
    assert [text.replace("\r\n", "\n") for text in other.text_plain] == [parts["text/plain"]]
    assert [text.replace("\r\n", "\n") for text in other.text_html] == [parts["text/html"]]
    assert other.attachments == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"MIME-Version: 1.0\r\n", b"", "no mime-version"),
        (b"Date: Fri,", b"Date: Thu,", "date: no Thu"),
        (b"Date: Fri, 06 Nov 2026 08:00:00 +0700", b"Date: 06/11/2026 08:00", "date: '06/11/2026 08:00'"),
        (b"Auto-Submitted", b"Subject: x\r\nAuto-Submitted", "subject stands 2 times"),
        (b"Subject: ", b"Subject : ", "not a header line"),
        (b"Subject: ", b"Subject: \r\n \r\n ", "a folded line of white space alone"),
        (b"Subject: ", b"Subject: \xe1\xbb\x9f ", "an octet above 127"),
        (b"Subject: ", b"Subject: \r", "a bare CR or LF"),
        (b"Subject: =?utf-8?b?", b"Subject: x=?utf-8?b?", "an encoded word without white space"),
        (b"Subject: =?utf-8?b?", b"Subject: =?utf-8?b? ", "half an encoded word"),
        (b"Subject: =?utf-8?b?", b"Subject: =?utf-8?b?4bs=?= =?utf-8?b?", "is not a text by itself"),
        (b"Subject: =?utf-8?b?", b"Subject: =?latin-1?q?", "an encoded word in latin-1, q"),
        (b"Subject: =?utf-8?b?", b"Subject: =?utf-8?b?4oCu?=\r\n =?utf-8?b?", "characters nobody sees"),
        (b"Subject: =?utf-8?b?", b"Subject: =?utf-8?b?b8ybzIk=?=\r\n =?utf-8?b?", "not put together"),
        (b"Subject: ", b"Subject: " + b"x" * 71, "a line of"),
        (b"<van-thu@so-mau.example>", b"<van-thu@so-mau.example>, <x@y.example>", "to: not one mailbox"),
        (b"r+1@tra-loi.example", b"r+1@tra loi.example", "reply-to: not one mailbox"),
        (b"Message-ID: <1.a@so-mau.example>", b"Message-ID: 1.a@so-mau.example", "message-id: '1.a@so-mau.example'"),
        (b"In-Reply-To: <goc@", b"In-Reply-To: <other@", "references: does not end"),
        (b"In-Reply-To: <goc@so-mau.example>\r\n", b"", "stand only together"),
        (b"auto-generated", b"no", "auto-submitted: neither"),
        (b"multipart/alternative", b"multipart/mixed", "content-type: 'multipart/mixed"),
        (b"Content-Language: vi", b"Content-Disposition: attachment; filename=bao cao.pdf", "content-disposition"),
        (b"text/plain; charset=utf-8", b"text/html; charset=utf-8", "plain text comes first"),
        (b"Encoding: base64", b"Encoding: 8bit", "a part in '8bit'"),
        (b"--\r\n", b"", "not two parts between three delimiters"),
    ],
)  # fmt: skip
def test_a_defect_is_found(old: bytes, new: bytes, said: str) -> None:
    spoiled = a_mail().replace(old, new) if old != b"--\r\n" else a_mail().removesuffix(b"--\r\n") + b"\r\n"
    assert spoiled != a_mail()
    assert [found for found in defects(spoiled) if said in found], defects(spoiled)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>x", "</body> closes nothing"),
        ("<img alt='x' src='https://so-mau.example/x.png'>", "<img src>"),
        ("<a href='javascript:x()'>x</a>", "a link to 'javascript:x()'"),
        ("<p style='background:url(https://so-mau.example)'>x</p>", "calls something"),
        ("<p onclick='x()'>x</p>", "<p onclick>"),
        ("<script>x</script>", "no scripts, frames and forms"),
        ("\u202e", "control characters"),
    ],
)
def test_a_page_that_does_more_than_say_something_is_found(page: str, said: str) -> None:
    assert [found for found in defects(a_mail(page=page)) if said in found]


def test_a_text_with_other_line_ends_or_letters_is_found() -> None:
    raw = a_mail()
    encoded = b64encode("Nội dung\r\n".encode())
    for text, said in ((b"a\nb\r\n", "do not end with CRLF"), (b"\xff\r\n", "cannot be read"), (b"\r\n", "empty text")):
        assert [found for found in defects(raw.replace(encoded, b64encode(text))) if said in found]
    long = raw.replace(encoded, b64encode(b"Content\r\n" * 20))
    assert [found for found in defects(long) if "base64 above 76" in found]

"""Debian's postfix takes a campaign's mails and strict readers look at what it delivered: `make postfix`.

Exit code 1 if a figure does not hold; every figure is one line of JSON on standard output.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from fast_mail_parser import parse_email

from dondoc.messages.dkim import Signer
from dondoc.messages.smtp import Connection, Route, probe
from dondoc.store.migrate import migrate
from tests.databases import in_own_thread
from tests.dkim_reader import verdict
from tests.postfix.campaign import PAGES, Sent, play, rehearse, send_samples
from tests.postfix.server import SMALL, Postfix, postfix
from tests.strict_mail import defects, headers_of, parts_of, spoken

SECONDS = 420  # after which postfix ends by itself
TRACE = ("return-path", "x-original-to", "delivered-to", "received")  # what postfix puts on top
# What a campaign's sender writes in a year; the rest is seen in the samples.
BY_SENDER = frozenset({
    "informs", "courteous", "brief", "overdue", "date-changed", "extended", "late-accepted", "waived", "document",
    "several", "acknowledgement",
})  # fmt: skip

# What asks for something still names the page; a waiver, a document of the office and an acknowledgement do not.
LINKED = ("informs", "courteous", "brief", "overdue", "several", "date-changed", "extended", "late-accepted")


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.postfix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder in which the mails and postfix's log stay")
    keep = parser.parse_args().keep
    with postfix(seconds=SECONDS) as server, tempfile.TemporaryDirectory(prefix="dondoc-mails-") as temporary:
        figures = asyncio.run(_run(server, Path(temporary), keep))
    for metric, value, target in figures:
        print(json.dumps({"metric": metric, "value": value, "target": target, "holds": value == target}))
    return 0 if all(value == target for _, value, target in figures) else 1


async def _run(server: Postfix, folder: Path, keep: Path | None) -> list[tuple[str, int, int]]:
    relays = [
        Route("127.0.0.1", server.starttls, 2, "starttls", name="starttls"),
        Route("127.0.0.1", server.tls, 2, "tls", name="tls"),
        Route("127.0.0.1", server.plain, 1, name="plain", per_minute=1200),
    ]
    stranger = await _unknown_certificate(relays[0])
    os.environ["SSL_CERT_FILE"] = str(server.certificate)  # as an administrator makes an internal CA known
    urls = [f"sqlite+aiosqlite:///{folder}/{name}.sqlite" for name in ("live", "rehearsal")]
    for url in urls:
        in_own_thread(lambda url=url: migrate(url))  # type: ignore[misc]
    signer = Signer("mau", rsa.generate_private_key(65537, 2048))
    sent = [
        await play(urls[0], folder / "live", relays, signer),
        await rehearse(urls[1], folder / "rehearsal", relays[2]),
        await send_samples(relays[0]),
    ]
    large = await _too_large(relays[2])
    mails = [mail for each in sent for mail in each.mails]
    delivered = await asyncio.to_thread(server.delivered, len(mails) + 2)  # the sign of life, and the last one
    if keep is not None:
        _keep(keep, delivered, server.log())
    return [
        *_figures(sent, mails, delivered, server.log(), stranger, large),
        ("postfix.signatures_that_hold", _signatures(delivered, signer), len(sent[0].mails)),
        ("postfix.links_whole_in_both_parts", _links(delivered), sum(sent[0].types[each] for each in LINKED)),
    ]


async def _unknown_certificate(relay: Route) -> int:
    """Return 1 if a server whose certificate nobody vouches for gets nothing, and the reason is said."""
    found = await probe(relay)
    attempt = await Connection(relay).send("a@so-mau.example", "b@so-mau.example", b"Subject: x\r\n\r\nx\r\n")
    said = all("certificate" in str(error).lower() for error in (found.error, attempt.error))
    print(f"unknown certificate: {attempt.state}: {attempt.error}", file=sys.stderr)
    return int(said and attempt.state == "deferred" and attempt.relay_down)


async def _too_large(relay: Route) -> int:
    """Return 1 if a mail above the relay's limit is not begun, the reason names both sizes, and the next one leaves."""
    connection = Connection(relay)
    content = b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * SMALL
    refused = await connection.send("a@so-mau.example", "b@so-mau.example", content)
    next_one = await connection.send("a@so-mau.example", "b@so-mau.example", b"X-Last: x\r\n\r\nx\r\n")
    await connection.close()
    print(f"too large: {refused.state}: {refused.error}", file=sys.stderr)
    clear = f"{len(content):,}" in str(refused.error) and f"{SMALL:,}" in str(refused.error)
    return int(clear and next_one.state == "accepted")


def _figures(
    sent: list[Sent], mails: list[bytes], delivered: list[bytes], log: str, stranger: int, large: int
) -> list[tuple[str, int, int]]:
    wanted = {_id(mail): mail for mail in mails}
    campaigns = [_without_trace(mail) for mail in delivered if not _is_last(mail)]
    found = Counter(defect for mail in campaigns for defect in defects(mail))
    others = [mail for mail in campaigns if not _read_alike(mail)]
    for defect, times in found.most_common(10):
        print(f"defect: {times} × {defect}", file=sys.stderr)
    for each in sent:
        print(f"sent: {dict(each.types)}; not: {each.unsent}", file=sys.stderr)
    doors = Counter(re.findall(r"postfix/(plain|starttls|tls)/smtpd\S+: [0-9A-F]+: client=", log))
    print(f"doors: {dict(doors)}; longest mail {max(map(len, mails)):,} bytes", file=sys.stderr)
    complaints = [line for line in log.splitlines() if _complains(line)]
    print("\n".join(complaints[:10]), file=sys.stderr)
    return [
        ("postfix.mails_delivered", len(campaigns), len(mails) + 1),
        ("postfix.mails_lost", len(set(wanted) - {_id(mail) for mail in campaigns}), 0),
        ("postfix.mails_twice", len(campaigns) - len({_id(mail) for mail in campaigns}), 0),
        ("postfix.mails_not_sent", sum(len(each.unsent) for each in sent), 0),
        ("postfix.types_by_the_sender", len(BY_SENDER & set(sent[0].types)), len(BY_SENDER)),
        ("postfix.other_bytes_than_the_evidence", sum(mail != wanted.get(_id(mail), mail) for mail in campaigns), 0),
        ("postfix.wrong_envelopes", sum(not _envelope_fits(mail) for mail in delivered if not _is_last(mail)), 0),
        ("postfix.strict_defects", found.total(), 0),
        ("postfix.read_otherwise_by_another_parser", len(others), 0),
        ("postfix.complaints_in_its_log", len(complaints), 0),
        ("postfix.doors_used", len(doors), 3),
        ("postfix.unknown_certificate_refused", stranger, 1),
        ("postfix.too_large_refused", large, 1),
    ]


def _without_trace(delivered: bytes) -> bytes:
    """Return a delivered mail as it came: with CRLF, without what postfix put on top."""
    lines = delivered.replace(b"\n", b"\r\n").split(b"\r\n")
    at = 0
    while lines[at].lower().startswith(tuple(f"{name}:".encode() for name in TRACE)) or lines[at].startswith(b"\t"):
        at += 1
    return b"\r\n".join(lines[at:])


def _signatures(delivered: list[bytes], signer: Signer) -> int:
    """Return how many mails bear a signature that a stranger believes after postfix has handled them."""
    record = f"v=DKIM1; k=rsa; p={signer.published()}"
    return sum(verdict(_without_trace(mail), lambda name: record) == "pass" for mail in delivered)


def _links(delivered: list[bytes]) -> int:
    """Return how many mails name the unit's own page alike in text and HTML, whole and each unit its own."""
    found = set()
    for mail in delivered:
        parts = parts_of(_without_trace(mail))
        said = set(re.findall(rf"{PAGES}/\S+", parts.get("text/plain", "")))
        if said and said == set(re.findall(rf'href="({PAGES}/[^"]+)"', parts.get("text/html", ""))):
            found.add(_id(mail))
    return len(found)


def _is_last(delivered: bytes) -> bool:
    return b"\nX-Last: " in delivered


def _id(mail: bytes) -> str:
    return next((value for name, value in headers_of(mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                 if name == "message-id"), "")  # fmt: skip


def _envelope_fits(delivered: bytes) -> bool:
    """Return whether the envelope's addresses are those the mail names."""
    headers = dict(headers_of(delivered.replace(b"\n", b"\r\n")))
    return (
        headers["return-path"].strip("<>") == headers["from"].rpartition("<")[2].rstrip(">")
        and headers["delivered-to"] == headers["to"].rpartition("<")[2].rstrip(">")
    )  # fmt: skip


def _read_alike(mail: bytes) -> bool:
    """Return whether Rust's mailparse reads the same subject, texts and addresses."""
    other, parts, headers = parse_email(mail), parts_of(mail), dict(headers_of(mail))
    plain, html = "".join(other.text_plain), "".join(other.text_html)
    return (
        other.subject == spoken(headers["subject"])
        and plain.replace("\r\n", "\n") == parts["text/plain"]
        and html.replace("\r\n", "\n") == parts["text/html"]
        and [spoken(headers["from"])] == other.headers["From"]
        and not other.attachments
    )


def _complains(line: str) -> bool:
    """Return whether postfix warns, refuses or bounces; what it was meant to refuse is not counted."""
    meant = "lost connection after STARTTLS" in line or "SSL_accept error" in line or "certificate unknown" in line
    return not meant and any(word in line for word in ("warning:", "reject:", "fatal:", "panic:", "status=bounced"))


def _keep(folder: Path, delivered: list[bytes], log: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "maillog").write_text(log, encoding="utf-8")
    for number, mail in enumerate(delivered, 1):
        (folder / f"{number}.eml").write_bytes(mail)


if __name__ == "__main__":
    sys.exit(main())

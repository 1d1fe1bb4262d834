"""Signatures of files: valid, invalid, unknown, against roots in a folder; certificates are made here."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dondoc.portal.units.signature_words import told
from tasks.signatures import Notary, Signature, signatures_of
from tasks.unit_links import links_for_desk
from tests.story import story
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import PDF, Officer

AS_OF = datetime(2026, 11, 16, 1, tzinfo=UTC)
SIGNER = "Người ký mẫu, UBND xã Mẫu"


class Authority:
    """A root made for a test, and a signer under it."""

    def __init__(self, days: int = 400) -> None:
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("Gốc mẫu", self.root_key, 4_000, ca=True)
        self.signer = self._certificate(SIGNER, self.key, days, ca=False)

    def _certificate(self, name: str, key: ec.EllipticCurvePrivateKey, days: int, *, ca: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gốc mẫu")])
        usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(AS_OF - timedelta(days=300))
            .not_valid_after(AS_OF - timedelta(days=300) + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca, None), critical=True).add_extension(usage, critical=True)
            .sign(self.root_key, hashes.SHA256())
        )  # fmt: skip

    def install(self, folder: Path) -> Path:
        """Put the root where the administrator puts it, beside a file that is none."""
        folder.mkdir(exist_ok=True)
        (folder / "goc.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        (folder / "hong.crt").write_bytes(b"no certificate")
        return folder

    async def pdf(self) -> bytes:
        """Return a signed PDF of one empty page."""
        writer = PdfFileWriter()
        writer.insert_page(
            PageObject(contents=writer.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 9, 9))
        )
        plain = io.BytesIO()
        writer.write(plain)
        encoding = serialization.Encoding.DER
        key = self.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        certificate = asn1.Certificate.load(self.signer.public_bytes(encoding))
        signer = signers.SimpleSigner(
            signing_cert=certificate, signing_key=keys.PrivateKeyInfo.load(key), cert_registry=SimpleCertificateStore()
        )
        out = await signers.async_sign_pdf(
            IncrementalPdfFileWriter(plain), signers.PdfSignatureMetadata(field_name="Ky1"), signer=signer
        )
        return bytes(out.getvalue())

    def p7m(self, *, apart: bool = False) -> bytes:
        """Return a report signed as CMS, with what it signs inside unless it lies `apart`."""
        options = [pkcs7.PKCS7Options.Binary] + ([pkcs7.PKCS7Options.DetachedSignature] if apart else [])
        builder = pkcs7.PKCS7SignatureBuilder().set_data(b"report " * 99)
        return builder.add_signer(self.signer, self.key, hashes.SHA256()).sign(serialization.Encoding.DER, options)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def judged(tmp_path: Path, content: bytes, kind: str, roots: Path) -> list[tuple[str, str, bool | None, str]]:
    """Return what is said of a file: state, signer, whether it is covered whole, why."""
    file = tmp_path / "file"
    file.write_bytes(content)
    found: tuple[Signature, ...] = await signatures_of(file, kind, roots, AS_OF)
    return [(each.state, each.signer, each.whole, each.why) for each in found]


async def test_a_pdf_is_valid_changed_or_of_an_unknown_root(authority: Authority, tmp_path: Path) -> None:
    signed, roots, none = await authority.pdf(), authority.install(tmp_path / "roots"), tmp_path / "none"
    assert await judged(tmp_path, signed, "pdf", roots) == [("valid", SIGNER, True, "")]
    assert await judged(tmp_path, signed, "pdf", none) == [("unknown", SIGNER, True, "no-root")]
    changed = signed.replace(b"9 9", b"8 9", 1)
    assert changed != signed
    assert await judged(tmp_path, changed, "pdf", roots) == [("invalid", SIGNER, True, "changed")]
    added = IncrementalPdfFileWriter(io.BytesIO(signed))
    added.root["/Lang"] = generic.pdf_string("vi")
    added.update_root()
    out = io.BytesIO()
    added.write(out)
    [(state, _, whole, _)] = await judged(tmp_path, out.getvalue(), "pdf", roots)
    assert (state, whole) == ("invalid", False)  # something was added behind the signature


async def test_a_p7m_is_valid_changed_unknown_or_signs_another_file(authority: Authority, tmp_path: Path) -> None:
    signed, roots = authority.p7m(), authority.install(tmp_path / "roots")
    assert await judged(tmp_path, signed, "p7m", roots) == [("valid", SIGNER, True, "")]
    changed = signed.replace(b"report report", b"report rePort", 1)
    assert await judged(tmp_path, changed, "p7m", roots) == [("invalid", SIGNER, True, "changed")]
    assert await judged(tmp_path, Authority().p7m(), "p7m", roots) == [("unknown", SIGNER, True, "no-root")]
    assert await judged(tmp_path, authority.p7m(apart=True), "p7m", roots) == [("unknown", "", None, "apart")]


async def test_a_file_made_to_do_harm_ends_its_own_process(tmp_path: Path) -> None:
    endless = (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/AcroForm<</Fields[1 0 R]>>/Kids[1 0 R]>>\nendobj\n"
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Prev 90>>\nstartxref\n90\n%%EOF"
    )
    for content, kind in ((endless, "pdf"), (b"[" * 2_000_000 + b"%%EOF", "pdf"), (b"\x30\x80" * 500_000, "p7m")):
        assert await judged(tmp_path, content, kind, tmp_path) == [("unreadable", "", None, "broken")]
    assert await judged(tmp_path, b"", "docx", tmp_path) == []


async def test_a_page_tells_a_signature_in_a_line_and_reads_a_file_once(authority: Authority, tmp_path: Path) -> None:
    roots = authority.install(tmp_path / "roots")
    (tmp_path / "ab").write_bytes(authority.p7m())
    notary, files = Notary(tmp_path, roots), [("Báo cáo.P7M", "ab"), ("Phụ lục.docx", "cd")]
    while (found := await notary.of(files, AS_OF))["ab"][0].why == "still":
        pass  # a busy machine; each view of a page waits three seconds
    assert list(found) == ["ab"]
    assert told(found["ab"][0]).startswith(f"Chữ ký số: hợp lệ; người ký: {SIGNER}; ký lúc ")
    (tmp_path / "ef").write_bytes(PDF)  # not signed: no process reads it
    assert await notary.of([("a.pdf", "ef")], AS_OF) == {"ef": ()}
    (tmp_path / "ab").unlink()
    assert await notary.of(files, AS_OF) == found
    changed = Signature("invalid", "A", "2026-11-14T18:05:00+00:00", whole=False, why="changed")
    assert told(changed) == (
        "Chữ ký số: không hợp lệ: tệp đã thay đổi sau khi ký; người ký: A; ký lúc 01:05 15/11/2026; "
        "tệp có phần thêm sau khi ký"
    )


async def test_a_units_page_tells_who_signed_what_was_uploaded(
    authority: Authority, sqlite_url: str, tmp_path: Path
) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-10-01 08:00")
        authority.install(s.spool.with_name("signature-roots"))
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        changed = authority.p7m().replace(b"report report", b"report rePort", 1)
        files = [("bao-cao.p7m", authority.p7m()), ("da-sua.p7m", changed)]
        assert await officer.press("/draft", files, act="save", text="x") == 200
        while "đang kiểm tra" in officer.page:
            await officer.open(officer.here)
        shown = re.findall(r"<li>(\S+) .*?(Chữ ký số: [^;<]+)", officer.page)
        assert shown == [
            ("bao-cao.p7m", "Chữ ký số: hợp lệ"),
            ("da-sua.p7m", "Chữ ký số: không hợp lệ: tệp đã thay đổi sau khi ký"),
        ]
        assert await officer.press("/draft", act="send", text="x") == 200
        assert officer.page.count(f"người ký: {SIGNER}") == 2  # once more before the code is asked for
        assert await officer.code()  # its mail has left before the story ends

"""The process that reads one signed file: limits itself, prints what it found as JSON, and ends. See `signatures`."""

import asyncio
import json
import resource
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_MEMORY, _SECONDS = 512 * 1024 * 1024, 9
_MOST: Final = 20  # signatures that are judged, and roots in one file
_LONGEST: Final = 200  # characters of a signer's name


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def roots_in(folder: Path) -> list[Any]:
    """Return the certificates of a folder; a file that holds none is passed over."""
    from asn1crypto import pem, x509

    found = []
    for each in sorted(folder.iterdir()) if folder.is_dir() else []:
        if each.suffix.lower() not in (".pem", ".crt", ".cer"):
            continue
        content = each.read_bytes()
        try:
            blocks = [der for _, _, der in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
            found += [x509.Certificate.load(der, strict=True) for der in blocks]
        except ValueError:
            continue
    return found


async def _pdf(file: Path, roots: Sequence[Any], as_of: datetime) -> list[dict[str, Any]]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    with file.open("rb") as content:
        reader = PdfFileReader(content, strict=False)
        found = []
        for each in reader.embedded_regular_signatures[:_MOST]:
            status = await async_validate_pdf_signature(each, _context(roots, as_of), key_usage_settings=_any_usage())
            whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            found.append(_told(status, sound=_sound(status) and status.docmdp_ok is not False, whole=whole))
    return found


async def _p7m(file: Path, roots: Sequence[Any], as_of: datetime) -> list[dict[str, Any]]:
    from asn1crypto import cms, pem
    from pyhanko.sign.validation.generic_cms import async_validate_cms_signature

    with file.open("rb") as kept:
        content = kept.read()
    if pem.detect(content):
        content = pem.unarmor(content)[2]
    signed = cms.ContentInfo.load(content, strict=True)["content"]
    if signed["encap_content_info"]["content"].native is None:
        return [{"state": "unknown", "why": "apart"}]  # what it signs is another file, not known here
    status = await async_validate_cms_signature(
        signed, validation_context=_context(roots, as_of), key_usage_settings=_any_usage()
    )
    told = _told(status, sound=_sound(status), whole=True)
    for attribute in signed["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            told["signed_at"] = attribute["values"][0].native.isoformat()
    return [told]


def _context(roots: Sequence[Any], as_of: datetime) -> Any:
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(trust_roots=list(roots), moment=as_of, allow_fetching=False)


def _any_usage() -> Any:
    """Vietnamese offices' certificates differ in what usage they name; a signature is shown, not enforced."""
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    return KeyUsageConstraints(key_usage=set())


def _sound(status: Any) -> bool:
    return bool(status.intact and status.valid)


def _told(status: Any, *, sound: bool, whole: bool) -> dict[str, Any]:
    said = getattr(status, "signer_reported_dt", None)
    name = status.signing_cert.subject.native.get("common_name") or status.signing_cert.subject.human_friendly
    return {
        "state": "invalid" if not sound else "valid" if status.trusted else "unknown",
        "signer": "".join(c for c in str(name) if c.isprintable())[:_LONGEST],
        "signed_at": said.isoformat() if said else None,
        "whole": whole,
        "why": "" if sound and status.trusted else "changed" if not sound else "no-root",
    }


def main(file: str, kind: str, roots: str, as_of: str) -> None:
    """Print the signatures of a file."""
    _limit()
    read = _pdf if kind == "pdf" else _p7m
    found = asyncio.run(read(Path(file), roots_in(Path(roots)), datetime.fromisoformat(as_of)))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What DNS says about who may send for a domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.exception
import dns.resolver

if TYPE_CHECKING:
    from dondoc.messages.dkim import Signer

_PATIENCE = 3.0  # seconds for one question; a server at a data centre may have no way out


@dataclass(frozen=True, slots=True)
class SenderDns:
    """The records of a sender's domain as published; null: none. `asked` is false where DNS does not answer."""

    domain: str
    asked: bool
    spf: str | None = None
    dmarc: str | None = None
    dkim: str | None = None  # the key under our selector, where we have one


async def sender_dns(
    domain: str, resolver: dns.asyncresolver.Resolver | None = None, *, selector: str | None = None
) -> SenderDns:
    """Ask for all records. `resolver` is the system's own if none is given."""
    try:
        ask = resolver or dns.asyncresolver.Resolver()
        spf = await _text(ask, domain, "v=spf1")
        dmarc = await _text(ask, f"_dmarc.{domain}", "v=DMARC1")
        # RFC 6376, 3.6.1: the version need not be told, and what stands under this name is a key.
        dkim = await _text(ask, f"{selector}._domainkey.{domain}", "") if selector else None
    except (dns.exception.DNSException, OSError):
        return SenderDns(domain, asked=False)
    return SenderDns(domain, True, spf, dmarc, dkim)


async def _text(resolver: dns.asyncresolver.Resolver, name: str, begins: str) -> str | None:
    try:
        found = await resolver.resolve(name, "TXT", lifetime=_PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    texts = (b"".join(record.strings).decode("utf-8", "replace") for record in found)
    return next((text for text in texts if text.lower().startswith(begins.lower())), None)


def spf_words(found: SenderDns) -> str:
    """Return what a domain's SPF record means for our mail, in a sentence."""
    if not found.asked:
        return "không hỏi được DNS từ máy này; nhờ đơn vị quản trị tên miền kiểm tra"
    if found.spf is None:
        way = "thêm bản ghi TXT “v=spf1 … -all” có địa chỉ máy chủ gửi"
        return f"chưa công bố SPF: hộp thư nhận có thể coi là thư rác; {way}"
    end = found.spf.split()[-1].lower()
    strict = {"-all": "máy chủ ngoài danh sách bị từ chối", "~all": "máy chủ ngoài danh sách bị nghi ngờ"}
    return f"{found.spf}: {strict.get(end, 'không chặn máy chủ ngoài danh sách')}; máy chủ gửi phải nằm trong danh sách"


def dkim_words(found: SenderDns, signer: "Signer | None") -> str:
    """Return whether receivers can check our signature, in a sentence."""
    if signer is None:
        return (
            "chương trình không ký; máy chủ thư của cơ quan ký khi chuyển đi, hoặc đặt DONDOC_DKIM_SELECTOR, _KEY_FILE"
        )
    name = f"{signer.selector}._domainkey.{found.domain}"
    publish = f"công bố bản ghi TXT {name}: v=DKIM1; k=rsa; p={signer.published()}"
    if not found.asked:
        return f"ký bằng khóa {signer.selector}; không hỏi được DNS từ máy này; đơn vị quản trị tên miền phải {publish}"
    if found.dkim is None:
        return f"ký bằng khóa {signer.selector} nhưng chưa công bố, chữ ký không kiểm tra được: {publish}"
    tags = dict(part.strip().partition("=")[::2] for part in found.dkim.split(";") if "=" in part)
    key = "".join(tags.get("p", "").split())
    if not key:
        return f"khóa {signer.selector} đã bị thu hồi trong DNS: {publish}"
    if key != signer.published():
        return f"khóa {signer.selector} trong DNS không phải khóa đang ký, nơi nhận coi chữ ký là sai: {publish}"
    return f"ký bằng khóa {signer.selector}, {signer.key.key_size} bit; khóa trong DNS khớp"


def dmarc_words(found: SenderDns) -> str:
    """Return what a domain's DMARC record means for our mail, in a sentence."""
    if not found.asked:
        return "không hỏi được DNS từ máy này"
    if found.dmarc is None:
        return "chưa công bố DMARC: nơi nhận tự quyết định với thư không xác thực được"
    tags = dict(part.strip().partition("=")[::2] for part in found.dmarc.split(";") if "=" in part)
    meant = {"none": "chỉ theo dõi", "quarantine": "đưa vào thư rác", "reject": "từ chối"}
    policy = meant.get(tags.get("p", "").strip().lower(), "không rõ")
    return f"{found.dmarc}: thư không khớp SPF hoặc DKIM thì {policy}"

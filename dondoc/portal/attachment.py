"""How a file is handed out: always to be kept, never shown in the browser, under a name no header breaks on."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from tasks.file_kinds import safe_name

_KEPT: Final = re.compile(r"[^A-Za-z0-9._-]+")


def attachment(name: str) -> dict[str, str]:
    """Return the headers of a file to download: RFC 6266, the name in plain letters and again as RFC 8187 has it."""
    harmless = safe_name(name)
    letters = unicodedata.normalize("NFD", harmless).replace("đ", "d").replace("Đ", "D")
    plain = _KEPT.sub("_", "".join(c for c in letters if not unicodedata.combining(c))).strip("_") or "tep"
    said = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(harmless, safe='')}"
    return {"content-disposition": said, "cache-control": "no-store", "x-content-type-options": "nosniff"}

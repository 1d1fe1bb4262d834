"""The daily sign of life in words: what the auditor found, or that all is well, and what its absence would mean."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dondoc.clock import LOCAL
from dondoc.messages.findings import title, told, way_out
from dondoc.messages.model import Rendered
from dondoc.messages.own import render_own

_MOST = 20


def render_life(found: Sequence[tuple[str, str, dict[str, Any]]], *, as_of: datetime) -> Rendered:
    """Return the mail about findings, (kind, subject, detail) each; none: all is well. No person is named in it."""
    local = as_of.astimezone(LOCAL)
    view: dict[str, Any] = {
        "day": f"{local:%d/%m/%Y}", "instant": f"{local:%H:%M} ngày {local:%d/%m/%Y}", "most": _MOST,
        "findings": [
            {"title": title(kind), "subject": subject, "told": told(detail), "way_out": way_out(kind)}
            for kind, subject, detail in found
        ],
    }  # fmt: skip
    return render_own("watch", view)

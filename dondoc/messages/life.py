"""The daily sign of life in words: what the auditor found, or that all is well, and what its absence would mean."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from dondoc.clock import LOCAL
from dondoc.messages.findings import title, told, way_out
from dondoc.messages.model import Rendered, one_line

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
    get = _environment().get_template
    view["subject"] = one_line(get("subject.txt").render(view))
    return Rendered(view["subject"], get("body.txt").render(view), get("body.html").render(view), "watch", "vi")


@cache
def _environment() -> Environment:
    sources = {each.name: each.read_text("utf-8") for each in files("templates").joinpath("watch").iterdir()}
    return Environment(
        loader=DictLoader(sources), autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

"""Mails to the office itself (findings, reports that lie): three templates of one folder, in one frame."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from dondoc.messages.model import Rendered, one_line


def render_own(folder: str, view: Mapping[str, Any]) -> Rendered:
    """Return the mail whose subject, text and HTML lie in a folder below templates/, with what it shows."""
    get = _environment(folder).get_template
    subject = one_line(get("subject.txt").render(view))
    shown = {**view, "subject": subject}
    return Rendered(subject, get("body.txt").render(shown), get("body.html").render(shown), folder, "vi")


@cache
def _environment(folder: str) -> Environment:
    found = [each for part in (folder, "own") for each in files("templates").joinpath(part).iterdir()]
    return Environment(
        loader=DictLoader({each.name: each.read_text("utf-8") for each in found}),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

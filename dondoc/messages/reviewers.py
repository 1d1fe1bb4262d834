"""The mail to an office whose received reports wait too long for a reviewer: one for all of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

from dondoc.clock import LOCAL
from dondoc.messages.model import Rendered, one_line


def render_reviewers(
    lying: Sequence[tuple[str, int, datetime]], *, days: int, gap: int, as_of: datetime, rehearsal: bool
) -> Rendered:
    """Return the mail about (campaign, reports, since when the first of them) each; no unit is named in it."""
    view = {
        "instant": f"{as_of.astimezone(LOCAL):%H:%M} ngày {as_of.astimezone(LOCAL):%d/%m/%Y}", "days": days, "gap": gap,
        "rehearsal": rehearsal, "total": sum(reports for _name, reports, _since in lying),
        "campaigns": [
            {"name": name, "reports": reports, "since": f"{since.astimezone(LOCAL):%d/%m/%Y}"}
            for name, reports, since in lying
        ],
    }  # fmt: skip
    get = _environment().get_template
    view["subject"] = one_line(get("subject.txt").render(view))
    subject = str(view["subject"])
    return Rendered(subject, get("body.txt").render(view), get("body.html").render(view), "reviewers", "vi")


@cache
def _environment() -> Environment:
    sources = {each.name: each.read_text("utf-8") for each in files("templates").joinpath("reviewers").iterdir()}
    return Environment(
        loader=DictLoader(sources), autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

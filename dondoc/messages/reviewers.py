"""The mail to an office whose received reports wait too long for a reviewer: one for all of them."""

from collections.abc import Sequence
from datetime import datetime

from dondoc.clock import LOCAL
from dondoc.messages.model import Rendered
from dondoc.messages.own import render_own


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
    return render_own("reviewers", view)

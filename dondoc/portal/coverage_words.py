"""How coverage is put: who has, who has not, what the plan asks for, in the words of an office."""

from typing import TYPE_CHECKING

from deadlines.coverage import Reached, Standing, comparator

if TYPE_CHECKING:
    from config.plan import Count
    from tasks.see_coverage import Covered

STANDINGS = {
    "has": "đã có",
    "has-not": "chưa ghi nhận",
    "too-few": "đã báo cáo, chưa đủ số lượng",
    "too-many": "đã có, nhiều hơn số lượng kế hoạch nêu",
}
UNKNOWN = {
    "untracked": "kỳ này kết thúc trước ngày chính thức nên không theo dõi",
    "not-binding": "chờ quyết định, chưa giao cho đơn vị nào",
}
_COMPARED = {">=": "", ">": "trên ", "about": "khoảng "}


def asked_for(covered: "Covered") -> str | None:
    """Return what share and how many names the plan asks for; null where it is silent."""
    wanted = covered.coverage
    percent = f"{_COMPARED[comparator(wanted)]}{wanted.percent}% số đơn vị" if wanted else ""
    names = f"mỗi đơn vị {numbers(covered.count)}" if covered.count and numbers(covered.count) else ""
    return "; ".join(filter(None, (percent, names))) or None


def numbers(count: "Count") -> str:
    """Return the fewest and most names a plan asks for; empty where it is silent."""
    least = f"tối thiểu {count.min:02}" if count.min is not None else ""
    most = f"tối đa {count.max:02}" if count.max is not None else ""
    return ", ".join(filter(None, (least, most)))


def share(each: Reached) -> str | None:
    """Return a share in percent as Vietnamese readers write it; null where nobody is named."""
    return None if each.percent is None else f"{each.percent:g}%".replace(".", ",")


def reached(each: Reached) -> str:
    """Return how far a duty has come, as figures in a sentence."""
    return f"đã có {each.has}/{each.asked}{f'; {beside(each)}' if beside(each) else ''}"


def beside(each: Reached) -> str:
    """Return what stands beside the figures: the share, whether the plan's is reached, what to look at."""
    return "; ".join(filter(None, (share(each), target(each), to_look_at(each))))


def target(each: Reached) -> str | None:
    """Return whether the share the plan names is reached; null where it names none."""
    if each.target is None or each.comparator is None:
        return None
    met = {True: ": đã đạt", False: ": chưa đạt", None: ""}[each.met]
    return f"kế hoạch nêu {_COMPARED[each.comparator]}{each.target}%{met}"


def to_look_at(each: Reached) -> str | None:
    """Return what an officer should look at: reports with fewer or more names than the plan says, work passed on."""
    counts = (
        (each.too_few, "chưa đủ số lượng"), (each.too_many, "nhiều hơn số lượng kế hoạch nêu"),
        (each.transferred, "chuyển tiếp"),
    )  # fmt: skip
    return ", ".join(f"{units} {what}" for units, what in counts if units) or None


def stands(standing: Standing, names: int) -> str:
    """Return how one unit stands; where the number of names is the matter, it is said."""
    return f"{STANDINGS[standing]} ({names})" if standing in ("too-few", "too-many") else STANDINGS[standing]

"""How pages and the command line say that mail stands still, who or what holds it, and how it is let go."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dondoc.portal.words import instant

if TYPE_CHECKING:
    from dondoc.store.brakes import Pause, Stop
    from tasks.brakes import Resumed

_STOPS = {
    "volume": "số thư vượt xa dự báo",
    "clock": "đồng hồ máy chủ nhảy vọt",
    "restored": "cơ sở dữ liệu cũ hơn nhật ký gửi thư",
}
_WAY_OUT = {
    "volume": "xem lại rồi chạy: {command} guard --release volume",
    "clock": "chỉnh đồng hồ rồi chạy: {command} guard --release clock",
    "restored": "đối chiếu nhật ký: {command} reconcile-journal",
}
_CHANNELS = {"email": "thư điện tử", "sms": "tin nhắn SMS"}


def stop_words(kind: str) -> str:
    """Return what a guard has found."""
    return _STOPS[kind]


def held_lines(stops: "Sequence[Stop]", pauses: "Sequence[Pause]", command: str = "dondoc") -> Iterator[str]:
    """Yield a line for everything that keeps mail from leaving, with the way out."""
    for stop in stops:
        numbers = f" ({stop.found} thư, dự báo {stop.forecast})" if stop.forecast is not None else f" ({stop.detail})"
        way = _WAY_OUT[stop.kind].format(command=command)
        yield f"DỪNG GỬI từ {instant(stop.stopped_at)}: {_STOPS[stop.kind]}{numbers}; {way}"
    for each in pauses:
        what = ", ".join(filter(None, (each.campaign or "mọi phong trào", _CHANNELS.get(each.channel or ""))))
        scope = f" {each.campaign}" if each.campaign else ""
        scope += f" --channel {each.channel}" if each.channel else ""
        yield (
            f"TẠM DỪNG từ {instant(each.paused_at)}: {what}; {each.officer}: {each.reason}; "
            f"gửi tiếp: {command} resume{scope}"
        )


def resumed_words(done: "Resumed") -> str:
    """Return what became of mail that was held."""
    parts = [f"{done.queued} thông báo xếp hàng gửi"]
    if done.folded:
        parts.append(f"{done.folded} gộp vào lần nhắc sau")
    if done.lapsed:
        parts.append(f"{done.lapsed} bỏ vì quá thời điểm")
    if done.aside:
        parts.append(f"{done.aside} chờ đối chiếu sổ văn bản đến: dondoc reconcile-intake")
    return ", ".join(parts)

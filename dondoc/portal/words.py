"""How the pages put things: states, reasons, dates, in the words of an office."""

from datetime import date, datetime

from deadlines.calendar import Calendar
from deadlines.waves import NEVER, allowed_from
from dondoc import clock
from dondoc.store.status import UnitStatus

STATES = {"draft": "dự thảo", "rehearsal": "chạy thử", "live": "chính thức"}
WAITS = {
    "not-reconciled": "chờ xác nhận đối chiếu sổ văn bản đến",
    "queued": "chờ đến giờ gửi",
    "deferred": "chưa gửi được, sẽ gửi lại",
    "unknown": "chưa rõ kết quả, sẽ gửi lại với cùng mã thư",
    "claimed": "đang gửi",
}
KINDS = {
    "digest": "thư nhắc",
    "sms": "tin nhắn nhắc",
    "acknowledgement": "xác nhận tiếp nhận",
    "document": "báo văn bản đã phát hành",
    "code": "mã xác nhận gửi báo cáo",
    "supplement": "đề nghị bổ sung",
}
MODALITIES = {
    "mandated": "được giao",
    "requested": "được đề nghị",
    "invited": "được mời, chờ hướng dẫn",
    "encouraged": "được khuyến khích",
}
UNIT_STATES = {
    "open": "chưa ghi nhận",
    "submitted": "đã ghi nhận",
    "transferred": "đã chuyển tiếp do sắp xếp tổ chức",
    "withdrawn": "không theo dõi",
    "waived": "được miễn",
}
JUDGED = {"on-time": "trong thời hạn", "late": "sau thời hạn"}
RUNGS = {
    "announced": "thông báo yêu cầu, thời hạn",
    "date-changed": "thông báo điều chỉnh thời hạn",
    "T-30": "thông báo trước 30 ngày",
    "T-7": "nhắc trước 7 ngày",
    "T-1": "nhắc trước 1 ngày",
    "overdue-1": "báo chưa ghi nhận",
    "brief-1": "phiếu trình về đơn vị chưa ghi nhận",
    "brief-1-document": "báo văn bản đã phát hành",
    "brief-2": "phiếu trình lãnh đạo cơ quan chủ trì",
}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def rung(slug: str) -> str:
    """Return a rung in words; a ladder of the province's own may have others."""
    if slug.startswith("ack-"):
        return "xác nhận tiếp nhận"
    if slug.startswith("code-"):
        return "mã xác nhận gửi báo cáo"
    return RUNGS.get(slug, slug)


def task(title: str, period: str) -> str:
    """Return a duty and its period as one names them."""
    return title if period == "once" else f"{title} ({period})"


def day(value: date | None) -> str:
    """Return a day with its weekday, or that none is set."""
    return f"{_WEEKDAYS[value.weekday()]}, {value:%d/%m/%Y}" if value else "chưa ấn định thời hạn"


def last_day(value: date | None) -> str:
    """Return a last acceptable day within a sentence."""
    return f"hạn cuối {day(value)}" if value else day(value)


def instant(value: datetime | None) -> str:
    """Return an instant as a Vietnamese clock shows it, with the weekday."""
    if value is None:
        return "–"
    local = value.astimezone(clock.LOCAL)
    return f"{local:%H:%M} {_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"


def judgement(row: UnitStatus) -> str:
    """Return whether a unit's report was in time; empty for who is not bound, and while nothing came or binds."""
    if row.modality != "mandated" or row.due_on is None or row.first_received_at is None:
        return ""
    if row.judged:
        return JUDGED[row.judged]
    return f"chờ {'dữ liệu' if row.document_received_at else 'văn bản'} để xét thời hạn"


def pace(speed: int) -> str:
    """Return how fast a film runs: what one second of ours is in the campaign."""
    for seconds, name in ((7 * 86_400, "tuần"), (86_400, "ngày"), (3_600, "giờ"), (60, "phút")):
        if speed % seconds == 0:
            return f"1 giây = {speed // seconds} {name}"
    return f"1 giây = {speed} giây"


def message_waits(state: str, not_before: datetime, now: datetime, *, held: bool = False) -> str:
    """Return why mail has not left yet; `held`: by the stop button or the guard."""
    if held and not_before <= now:
        return "đang bị giữ lại"
    if state == "unknown" and not_before >= NEVER:
        return "chưa rõ kết quả; không tự gửi lại, chờ báo cáo của nhà mạng hoặc quyết định của cán bộ"
    if not_before > now and state == "queued":
        return f"ngoài giờ làm việc: gửi lúc {instant(not_before)}"
    if not_before > now:
        return f"{WAITS.get(state, state)} lúc {instant(not_before)}"
    return "đến lượt quét kế tiếp" if state == "queued" else WAITS.get(state, state)


def at_rest(now: datetime, calendar: Calendar) -> str | None:
    """Return from when reminders leave if no office is at its desk now; null in working hours."""
    first = allowed_from(now, calendar)
    if first == now:
        return None
    name = calendar.name_of(clock.local_day(now))
    why = f"Hôm nay là ngày nghỉ ({name})" if name else "Đang ngoài giờ làm việc"
    return f"{why}: thư nhắc gửi từ {instant(first)}."

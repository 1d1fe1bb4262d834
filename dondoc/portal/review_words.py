"""The words of the pages on which reports are reviewed, in Vietnamese."""

from datetime import date, datetime
from typing import Final

from dondoc import clock

TITLE, ALL = "Báo cáo chờ xem xét", "Báo cáo đã nhận"
STATES: Final = {"waiting": "chờ xem xét", "returned": "đã đề nghị bổ sung", "accepted": "đã chấp nhận"}
FILTERS: Final = {"waiting": "Chờ xem xét", "returned": "Đã đề nghị bổ sung", "accepted": "Đã chấp nhận"}
VERDICTS: Final = {
    "accepted": "chấp nhận", "returned": "đề nghị bổ sung, hoàn thiện", "refused": "từ chối tiếp nhận",
    "recalled": "thu hồi",
}  # fmt: skip
ACTS: Final = {
    "accepted": "Chấp nhận", "returned": "Đề nghị bổ sung", "refused": "Từ chối tiếp nhận", "recalled": "Thu hồi",
}  # fmt: skip
SUMMARY = "Chưa thực hiện được"
BY, LACKS, WORDS, RECEIVER = "Bổ sung đến hết ngày", "Nội dung cần bổ sung", "Nêu cụ thể", "Nơi nhận xem xét"
WHY = "Lý do không tính là đã nhận"
KEPT = "Thời điểm tiếp nhận lần đầu và kết quả ghi nhận được giữ nguyên."
REOPENS = "Nếu không còn bản nào đã nhận, nhiệm vụ được theo dõi lại; thư nhắc của các ngày đã qua không gửi bù."
_REFUSED: Final = {
    "unknown": ("act", "Không có báo cáo này."),
    "void": ("act", "Bản này đã được từ chối hoặc thu hồi trước đó."),
    "older": ("act", "Đơn vị đã gửi bản mới hơn; đề nghị xem xét bản mới nhất."),
    "ended": ("act", "Phong trào đã kết thúc; kết quả ghi nhận chỉ thay đổi bằng quyết định."),
    "decided": ("act", "Nơi nhận này đã có ý kiến về bản này; đề nghị xem lại trang."),
    "receiver": ("receiver", "Nơi nhận xem xét: chưa chọn."),
    "by": ("by", "Bổ sung đến hết ngày: ghi dạng ngày/tháng/năm, từ ngày mai trở đi và không quá xa."),
    "words": ("words", "Nêu cụ thể: ghi trên một dòng, nhiều nhất 500 ký tự."),
    "reason": ("words", "Chưa chọn hoặc chưa ghi lý do."),
}
NO_ACT = "Chưa chọn ý kiến."


def refused(why: str) -> tuple[str, str]:
    """Return the field and the words of what kept a review from being recorded."""
    return _REFUSED[why]


def waits(since: datetime | None, now: datetime) -> str:
    """Return for how many days a report has stood as it does."""
    days = (clock.local_day(now) - clock.local_day(since)).days if since else 0
    return f"{days} ngày" if days else "hôm nay"


def left(by: date, today: date) -> str:
    """Return how many days are left for a supplement."""
    days = (by - today).days
    return f"còn {days} ngày" if days > 0 else "hôm nay là ngày cuối" if days == 0 else f"đã qua {-days} ngày"

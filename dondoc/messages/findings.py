"""How a finding of the auditor is put into words: for pages, the command line, Prefect and the daily mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dondoc.clock import LOCAL

TITLES: Final = {
    "step-missing": "thiếu bước trong lịch nhắc",
    "step-late": "bước đến hạn chưa được xử lý",
    "no-step": "việc còn mở mà không còn bước nào",
    "waits-too-long": "bước chờ quá lâu",
    "notices-missing": "bước đã chạy nhưng thiếu dòng trong sổ thông báo",
    "notice-loose": "thông báo chưa có kết quả và không nằm trong thư nào",
    "message-stuck": "thư chưa gửi được",
    "message-refused": "thư bị từ chối hẳn, nơi nhận chưa được báo",
    "claim-lapsed": "thư bị tiến trình gửi bỏ dở",
    "unreachable": "đơn vị không còn đầu mối nào nhận được thư",
    "not-opened": "nhiệm vụ đã đến ngày bắt đầu nhưng chưa giao",
    "brief-waits": "phiếu trình nằm trên bàn quá 30 ngày",
    "stands-still": "gửi thư đang dừng",
    "heartbeat": "tín hiệu hằng ngày không gửi đi được",
    "trail-broken": "nhật ký thao tác của cán bộ không còn nguyên vẹn",
}
_REASONS: Final = {
    "undated": "chưa ấn định thời hạn",
    "not-confirmed": "thời hạn chưa được xác nhận",
    "not-reconciled": "chờ xác nhận đối chiếu sổ văn bản đến",
    "not-chased": "đơn vị được đề nghị, được mời; đã qua thời hạn",
    "ladder-ended": "đã nhắc, trình hết các bước",
}
_ALTERED: Final = {
    "changed": "dòng bị sửa", "removed": "dòng bị xóa", "swapped": "dòng bị đổi chỗ",
    "restored": "bản cũ được đặt lại", "rewritten": "nhật ký bị viết lại",
}  # fmt: skip
_WAY_OUT: Final = {
    "step-missing": "báo người quản trị: bước bị xóa phải lấy lại từ bản sao lưu",
    "step-late": "xem nhật ký và dondoc health; chạy ngay: dondoc round",
    "no-step": "cán bộ quyết định: dondoc submit, dondoc rule waive hoặc dondoc rule extend",
    "waits-too-long": "dondoc reconcile-intake --confirm",
    "notices-missing": "xem dondoc status; báo người quản trị",
    "notice-loose": "xem dondoc messages; báo người quản trị",
    "message-stuck": "xem dondoc messages --state open và máy chủ chuyển thư",
    "message-refused": "xem dondoc messages --state failed; sửa xong thì dondoc messages retry",
    "claim-lapsed": "chạy lại: dondoc round",
    "unreachable": "bổ sung đầu mối, hoặc gọi điện: dondoc calls",
    "not-opened": "chạy ngay: dondoc round",
    "brief-waits": "phát hành: dondoc release",
    "stands-still": "xem dondoc guard, dondoc relays",
    "trail-broken": "xem dondoc audit verify; báo lãnh đạo cơ quan và người quản trị",
    "heartbeat": "xem DONDOC_HEARTBEAT_TO, DONDOC_HEARTBEAT_URL và máy chủ chuyển thư",
}


def title(kind: str) -> str:
    """Return what was found, in a few words."""
    return TITLES[kind]


def way_out(kind: str) -> str:
    """Return what to do about it."""
    return _WAY_OUT[kind]


def told(detail: Mapping[str, Any]) -> str:
    """Return the figures of a finding: which rungs, how many, since when, why."""
    parts = []
    if rungs := detail.get("rungs"):
        parts.append(", ".join(rungs))
    for key, what in (("units", "đơn vị"), ("notices", "thông báo"), ("messages", "thư"), ("duties", "nhiệm vụ")):
        if detail.get(key):
            parts.append(f"{detail[key]} {what}")
    if first := detail.get("first"):
        parts.append(f"đầu tiên: thư số {first}")
    if reason := detail.get("reason"):
        parts.append(f"{_REASONS[reason]}, đã {detail['days']} ngày")
    if how := detail.get("how"):
        parts.append(_ALTERED[how])
    if since := detail.get("since"):
        parts.append(f"từ {_day(since)}")
    if error := detail.get("error"):
        parts.append(str(error))
    return "; ".join(parts)


def _day(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{at.astimezone(LOCAL) if at.tzinfo else at:%d/%m/%Y}"

"""What a timeline's picture says, in the words of an office."""

from datetime import date

DATED = "Nhiệm vụ có thời hạn"
UNDATED = "Nhiệm vụ chưa ấn định thời hạn"
ELSEWHERE = "Ngoài khoảng thời gian này"
CLAUSE = "Mục {clause}"
EVENTS = "Sự kiện"
PHASES = "Giai đoạn"
LIVE = "chính thức"
NOT_AFTER = "không quá {day}"
CONDITIONAL = "chờ quyết định"
UNCONFIRMED = "{day} (chưa xác nhận)"
REGISTRY = "{day}: thôi {ended}, lập {begun} đơn vị"
DAY_BIN, WEEK_BIN, MONTH_BIN = "ngày", "tuần", "30 ngày"
BINS = {1: DAY_BIN, 7: WEEK_BIN, 30: MONTH_BIN}
NOTICES = {
    "remind": "nhắc trước thời hạn",
    "overdue": "báo chưa ghi nhận",
    "brief": "báo văn bản đã phát hành",
    "ruled": "báo quyết định của cán bộ",
}
REPORTS = {"on-time": "báo cáo trong thời hạn", "late": "báo cáo sau thời hạn", "received": "báo cáo đã nhận"}
BRIEFS = {"laid": "phiếu trình đặt lên bàn", "released": "phiếu trình đã phát hành"}
OUTCOMES = {"on_time": "trong thời hạn", "late": "sau thời hạn", "not_recorded": "chưa ghi nhận"}
ASKED = {"answered": "được mời, đề nghị: đã gửi", "unanswered": "được mời, đề nghị: chưa gửi (không tính là thiếu)"}
WINDOW = "từ ngày mở đến hạn cuối"
DUE = "hạn cuối"
BOUND = "giới hạn ngoài, không phải thời hạn"
REGISTRY_LINE = "ngày thay đổi đơn vị"
RULING = "quyết định của cán bộ"
RULINGS = {
    "set-date": "ấn định thời hạn", "confirm": "xác nhận thực hiện", "go-live": "chính thức", "extend": "gia hạn",
    "accept-late": "tiếp nhận bổ sung", "waive": "miễn", "settle": "chốt cách đọc", "hold-role": "giao vai trò",
    "fact": "ghi số, ngày kế hoạch", "relate": "gắn với phong trào khác", "undo": "hủy quyết định trước",
}  # fmt: skip
PROFILES = {
    "typical": "đơn vị phần lớn đúng hạn",
    "diligent": "đơn vị gần như đúng hạn cả",
    "silent": "đơn vị phần lớn im lặng",
}
SPAN = "Mô phỏng từ {first} đến trước {until} · {profile} · hạt giống {seed}"
ISSUED = "kế hoạch không ghi ngày, coi như ban hành {day}"
TOTALS = (
    "{messages} thư máy chủ đã nhận, {duplicates} trùng, {nagged} nhắc sau khi đã nộp · "
    "{on_time} báo cáo trong thời hạn, {late} sau thời hạn, {missing} chưa ghi nhận · "
    "{laid} phiếu trình, {released} đã phát hành"
)
SCALE = (
    "Cột lên: thông báo mỗi {bin}, cao nhất {notices}; cột xuống: báo cáo nhận mỗi {bin}, cao nhất {reports} "
    "(chiều cao theo căn bậc hai)."
)
MONTH, SHORT_MONTH, QUARTER = "tháng {number}", "T{number}", ("I", "II", "III", "IV")


def day(value: date) -> str:
    """Return a day as it is written in documents."""
    return f"{value:%d/%m/%Y}"


def short_day(value: date) -> str:
    """Return a day whose year stands on the axis."""
    return f"{value.day}/{value.month}"

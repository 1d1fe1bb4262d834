"""The words of what an officer does on the desk's pages, in Vietnamese."""

from config.errors import Refused
from tasks.lay_briefs import Released

SUMMARY = "Chưa thực hiện được"
RECONCILIATION = "Đối chiếu sổ văn bản đến"
COMPARED = "Tôi đã so sánh sổ văn bản đến với danh sách ghi nhận của cơ quan này."
CONFIRM = "Xác nhận đối chiếu"
CONFIRMED = "Đã xác nhận đối chiếu."
NOT_COMPARED = "Cần đánh dấu rằng sổ văn bản đến đã được so sánh với danh sách."
WHICH_OFFICE = "Không có cơ quan này."
NEVER = "chưa có lần nào"
WHY = (
    "Thư báo chưa ghi nhận và phiếu trình chỉ được gửi khi cơ quan đã đối chiếu sổ văn bản đến trong ngày hoặc "
    "ngày làm việc trước đó."
)
RELEASE, RELEASED = "Phát hành phiếu trình", "Đã phát hành"
RELEASE_BY = "Phiếu được phát hành theo một văn bản của cơ quan, do người có thẩm quyền ký."
GONE = "Phiếu này đã được phát hành hoặc đã rút, hoặc không có trên bàn."
NUMBER, DATE, SIGNER = "Số, ký hiệu văn bản", "Ngày ký", "Người ký"
DAY_LIKE = "ngày/tháng/năm, ví dụ 18/11/2026"
RECORD, RECEIVED_ON, RECEIVED_TIME = "Ghi nhận báo cáo", "Ngày nhận", "Giờ nhận"
TIME_LIKE = "giờ:phút, ví dụ 14:30"
RECEIVER, NAMES = "Nơi nhận", "Danh sách đăng ký"
NAMES_LIKE = "mỗi dòng một tên; danh sách mới thay danh sách trước"
FIELDS = "Số liệu và nội dung ghi trong báo cáo"
FIELDS_LIKE = "Không bắt buộc. Không nhập nội dung, số liệu thuộc danh mục bí mật nhà nước."
SEEN = "Đã xem lại với bản giấy: số liệu đúng như báo cáo ghi"
SAID = "Đã ghi theo báo cáo"
DOCUMENT = "Văn bản chính thức"
DOCUMENT_OR_DATA = "Để trống cả ba ô nếu mới nhận được dữ liệu, chưa có văn bản."
SCAN, SCAN_LIKE = "Bản chụp, tệp kèm theo", "mỗi tệp không quá 50 MB; chọn lại nếu trang báo lỗi"
RECEIVED_MISSING = "Ngày nhận: chưa ghi hoặc không phải là ngày."
TIME_MISSING = "Giờ nhận: chưa ghi hoặc không phải là giờ."
RECEIVED_AHEAD = "Ngày, giờ nhận: sau lúc này."
BACK_WITHOUT_DOCUMENT = "Ghi nhận lùi quá 3 ngày phải có số, ngày văn bản và người ký."
WHICH_RECEIVER = "Nơi nhận: chưa chọn."
FACTS = {"data": "dữ liệu", "document": "văn bản chính thức"}
CHANNELS = {
    "desk": "bộ phận tiếp nhận ghi",
    "portal": "trang của đơn vị",
    "document-system": "hệ thống quản lý văn bản",
    "secret": "đường văn bản mật",
}
SECRET = "Đã nhận theo đường văn bản mật"
SECRET_LIKE = "không cần số, ngày, người ký; không đính tệp, không ghi nội dung"
SECRET_NO_FILES = "Báo cáo theo đường văn bản mật không được tải tệp hoặc ghi danh sách lên đây."
NUMBER_MISSING = "Số, ký hiệu văn bản: chưa ghi."
SIGNER_MISSING = "Người ký: chưa ghi."
DATE_MISSING = "Ngày ký: chưa ghi hoặc không phải là ngày."
DATE_AHEAD = "Ngày ký: sau ngày hôm nay."


def not_plain(longest: int) -> str:
    """Return what is told of a number or name that cannot be taken as it is."""
    return f"Chỉ ghi trên một dòng, không có dấu chấm phẩy, không quá {longest} ký tự."


def refused(error: Refused) -> str:
    """Return in Vietnamese why a brief was not released; what is rare stays in the program's own words."""
    if "no reconciliation was confirmed" in str(error):
        return "Chưa đối chiếu sổ văn bản đến trong ngày hoặc ngày làm việc trước đó; đề nghị đối chiếu trước."
    if "already" in str(error) or "another officer" in str(error):
        return GONE
    return str(error)


def released(done: Released, document: str) -> list[str]:
    """Return what releasing a brief did, a line each."""
    return [
        f"Phiếu {done.code} đã phát hành theo văn bản {document}.",
        f"Còn {done.units} đơn vị trong danh sách; rút {done.withdrawn} đơn vị đã gửi báo cáo.",
        f"{done.messages} thư báo văn bản tới hộp thư cơ quan đang chờ gửi.",
    ]

"""The words of the desk's pages on the register of incoming documents, in Vietnamese."""

from config.errors import Refused

SUMMARY = "Cần xem lại"
INTAKE = "Sổ văn bản đến"
WHY = (
    "Xuất sổ văn bản đến từ hệ thống quản lý văn bản ra tệp CSV hoặc XLSX rồi tải lên. Từng dòng được đối "
    "chiếu với báo cáo đang chờ; chưa ghi gì cho đến khi xác nhận cả đợt."
)
FILE, FILE_LIKE = "Tệp sổ văn bản đến", "CSV hoặc XLSX, không quá 8 MB"
READ = "Đọc tệp"
OFFICE = "Cơ quan"
BATCHES, NO_BATCHES = "Các đợt đã đọc", "Chưa có đợt nào."
STATES = {"read": "chờ xác nhận", "confirmed": "đã xác nhận", "dropped": "đã bỏ", "undone": "đã thu lại"}
CERTAINTY = {"sure": "Chắc chắn", "probable": "Có thể", "unmatched": "Chưa khớp"}
ANSWERS = {
    "take": "đã ghi nhận", "leave": "để lại", "none": "không phải báo cáo của phong trào",
    "known": "đã ghi nhận từ trước",
}  # fmt: skip
LEAVE, NONE = "Để lại, chưa quyết định", "Không phải báo cáo của phong trào"
WHOSE = "Báo cáo của đơn vị (tên hoặc mã)"
IS = "Dòng này là"
SAVE, CONFIRM, DROP = "Lưu trang này", "Lưu và xác nhận cả đợt", "Bỏ đợt này"
UNDO = "Thu lại cả đợt"
UNDO_WHY = (
    "Các văn bản của đợt này không còn được tính; xác nhận tiếp nhận chưa gửi được rút; lần đối chiếu sổ của đợt này "
    "hết hiệu lực. Xác nhận đã gửi thì không lấy lại được."
)
SURE_TO_UNDO = "Tôi muốn thu lại cả đợt này."
NOT_SURE = "Cần đánh dấu rằng cả đợt được thu lại."
CONFIRM_WHY = (
    "Xác nhận là ghi nhận các dòng đã chọn và xác nhận cơ quan đã đối chiếu sổ văn bản đến; thư báo chưa ghi nhận đang "
    "chờ có thể được gửi sau đó."
)
COLUMNS = "Cột nào ghi nội dung gì"
COLUMNS_WHY = "Chỉ cần chọn một lần; lựa chọn được giữ cho cơ quan này."
NO_COLUMN = "(không có)"
NO_FILE = "Tệp sổ văn bản đến: chưa chọn."
NOT_KEPT = "Tệp không còn ở đây; đề nghị tải lên lại."
NO_UNIT = "không có đơn vị tên này, hoặc có nhiều; ghi mã đơn vị."
OWES_NOTHING = "đơn vị này không có báo cáo nào đang theo dõi."
SAVED = "Đã lưu các lựa chọn của trang."
ALREADY = "Đợt này đã được xác nhận hoặc đã bỏ; không có gì được ghi thêm."


def unread(error: Refused) -> str:
    """Return in Vietnamese why a register's file could not be read; what is rare stays in the program's own words."""
    said = str(error)
    for part, words in _UNREAD.items():
        if part in said:
            return words
    return said


_UNREAD = {
    "no row names the columns": (
        "Tệp không có dòng tiêu đề cột (Ngày đến, Số ký hiệu, Ngày văn bản, Cơ quan gửi, Trích yếu)."
    ),
    "is empty": "Tệp trống.",
    "is not UTF-8": "Tệp không phải văn bản UTF-8; lưu lại dạng “CSV UTF-8” hoặc .xlsx.",
    "holds a NUL": "Tệp không phải văn bản UTF-8; lưu lại dạng “CSV UTF-8” hoặc .xlsx.",
    "cannot be read as a workbook": "Không đọc được bảng tính; mở tệp, lưu lại dạng .xlsx.",
    "password-protected": "Bảng tính có mật khẩu hoặc là dạng cũ (.xls); lưu lại dạng .xlsx, bỏ mật khẩu.",
    "is larger than": "Tệp quá lớn; xuất sổ trong khoảng thời gian ngắn hơn.",
    "unpacks to more": "Tệp quá lớn; xuất sổ trong khoảng thời gian ngắn hơn.",
    "has more than": "Tệp có quá 5.000 dòng; xuất sổ trong khoảng thời gian ngắn hơn.",
}


def refused(error: Refused) -> str:
    """Return in Vietnamese why a batch was not confirmed or taken back."""
    said = str(error)
    if "have moved on" in said:
        listed = said.partition("(")[2].rpartition(")")[0]
        named = listed.replace("later receipts", "lần nhận sau đó")
        return (
            f"Không thu lại được cả đợt: có báo cáo đã được ghi nhận tiếp hoặc chuyển đi ({named}); sửa từng báo cáo."
        )
    if "no longer awaited" in said:
        line = said.partition(" line ")[2].partition(":")[0]
        return f"Dòng {line}: báo cáo này không còn được chờ (đã chuyển, miễn hoặc rút); chọn lại hoặc để lại."
    return ALREADY

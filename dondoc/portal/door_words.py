"""The words of the way into the desk's pages, in Vietnamese."""

TITLE = "Đăng nhập"
LOGIN, PASSWORD = "Tên đăng nhập", "Mật khẩu"
CODE = "Mã xác thực 6 số (nếu tài khoản có)"
ENTER, LEAVE = "Đăng nhập", "Đăng xuất"
SUMMARY = "Chưa đăng nhập được"
WRONG = "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng, hoặc tài khoản đang bị khóa."
SECOND_FACTOR_MISSING = (
    "Vai trò của tài khoản này phải dùng mã xác thực, nhưng tài khoản chưa được cấp. Đề nghị liên hệ quản trị viên."
)
STALE = "Trang đăng nhập đã mở quá lâu hoặc trình duyệt không nhận cookie. Đề nghị nhập lại."
FOREIGN = "Yêu cầu không được gửi từ trang này; đề nghị mở lại trang và thực hiện lại."
FORBIDDEN = "Tài khoản của bạn không có quyền xem hoặc làm việc này."
NOT_FOUND = "Không có trang hoặc nội dung này trong phạm vi của tài khoản. Đề nghị mở lại từ trang tổng quan."
NO_DATABASE = "Hệ thống tạm thời không dùng được; đề nghị thử lại sau ít phút."
ROLES = {"viewer": "xem", "receiver": "tiếp nhận", "desk": "chuyên viên", "administrator": "quản trị"}
TOO_LARGE = "Nội dung gửi lên quá lớn."


def too_many(seconds: int) -> str:
    """Return what is told after too many tries from one place."""
    return f"Đã thử quá nhiều lần từ máy này. Đề nghị thử lại sau {-(-seconds // 60)} phút."

"""The words of the page of one's own account, in Vietnamese."""

TITLE = "Tài khoản của bạn"
SUMMARY = "Chưa đổi được mật khẩu"
OLD, NEW, AGAIN = "Mật khẩu hiện tại", "Mật khẩu mới", "Nhập lại mật khẩu mới"
CHANGE, CHANGED = "Đổi mật khẩu", "Đã đổi mật khẩu; các phiên đăng nhập ở nơi khác đã kết thúc."
LIKE = "từ 12 ký tự; một câu của riêng mình thì dễ nhớ"
WRONG = "Mật khẩu hiện tại không đúng."
DIFFERENT = "Hai lần nhập mật khẩu mới khác nhau."
NO_FACTOR, FACTOR = "chưa dùng mã xác thực", "có mã xác thực"


def poor(shortest: int) -> str:
    """Return what is told of a password that is not good enough."""
    least = f"Mật khẩu mới cần ít nhất {shortest} ký tự"
    return f"{least}, không trùng tên đăng nhập, họ tên và không thuộc loại hay bị thử trước."

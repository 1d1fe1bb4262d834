"""Which role each page and act of the desk needs: the one table by which requests are let in and the manual is made."""

from dataclasses import dataclass

from deadlines.sign_in import ROLES, at_least

ANYBODY = "anybody"  # without an account: the way in, and what monitors and gateways call


@dataclass(frozen=True, slots=True)
class Access:
    """One route: how it is called, the least role it needs, the function of the pages that answers it.

    `all_offices`: shows what cannot be told apart by office, so only to whom sees all of them. `files`: its form may
    bring some.
    """

    method: str
    path: str
    least: str
    answers: str
    what: str
    all_offices: bool = False
    files: bool = False


ROUTES = (
    Access("GET", "/", "viewer", "overview", "tổng quan"),
    Access("GET", "/board/{campaign}", "viewer", "board", "bảng theo dõi"),
    Access("GET", "/board/{campaign}/{duty}/{period}", "viewer", "units", "tình trạng từng đơn vị"),
    Access("GET", "/board/{campaign}/{duty}/{period}/{unit}", "receiver", "paper_form", "báo cáo một đơn vị"),
    Access("POST", "/board/{campaign}/{duty}/{period}/{unit}", "receiver", "paper", "ghi nhận báo cáo", files=True),
    Access("GET", "/coverage/{campaign}/{duty}/{period}", "viewer", "coverage", "độ phủ"),
    Access("GET", "/briefs/{code}", "viewer", "brief", "phiếu trình"),
    Access("GET", "/reports", "receiver", "reports", "báo cáo chờ xem xét"),
    Access("GET", "/reports/{report}", "receiver", "report", "một báo cáo với các bản, tệp và ý kiến"),
    Access("POST", "/reports/{report}", "receiver", "review", "chấp nhận, đề nghị bổ sung, từ chối, thu hồi"),
    Access("GET", "/reports/{report}/files/{n:int}", "receiver", "report_file", "tải một tệp của báo cáo"),
    Access("GET", "/reconciliation", "viewer", "reconciliation", "đối chiếu sổ văn bản đến"),
    Access("POST", "/reconciliation", "receiver", "reconcile", "xác nhận đối chiếu"),
    Access("GET", "/intake", "viewer", "intake", "sổ văn bản đến: các đợt"),
    Access("POST", "/intake", "receiver", "intake_upload", "đọc tệp sổ văn bản đến", files=True),
    Access("GET", "/intake/{batch}", "receiver", "intake_batch", "một đợt sổ văn bản đến"),
    Access("POST", "/intake/{batch}", "receiver", "intake_answer", "trả lời, xác nhận một đợt"),
    Access("POST", "/intake/{batch}/undo", "receiver", "intake_undo", "thu lại một đợt"),
    Access("GET", "/briefs/{code}/release", "desk", "release_form", "phát hành phiếu trình"),
    Access("POST", "/briefs/{code}/release", "desk", "release", "phát hành phiếu trình"),
    Access("GET", "/mails", "desk", "mails", "thư chạy thử", all_offices=True),
    Access("GET", "/mails/{n:int}", "desk", "mail", "một thư chạy thử", all_offices=True),
    Access("GET", "/mails/{n:int}/html", "desk", "mail_html", "nội dung thư chạy thử", all_offices=True),
    Access("GET", "/mails/{n:int}/raw", "desk", "mail_raw", "tệp thư chạy thử", all_offices=True),
    Access("GET", "/sms", "desk", "sms_list", "tin nhắn chạy thử", all_offices=True),
    Access("GET", "/sign-in", ANYBODY, "sign_in_form", "trang đăng nhập"),
    Access("POST", "/sign-in", ANYBODY, "enter", "đăng nhập"),
    Access("GET", "/account", "viewer", "account", "tài khoản của mình"),
    Access("POST", "/account", "viewer", "new_password", "đổi mật khẩu của mình"),
    Access("POST", "/sign-out", "viewer", "leave", "đăng xuất"),
    Access("GET", "/sms/reports/{gateway}/{secret}", ANYBODY, "sms_report", "báo cáo của nhà mạng (địa chỉ bí mật)"),
    Access("POST", "/sms/reports/{gateway}/{secret}", ANYBODY, "sms_report", "báo cáo của nhà mạng (địa chỉ bí mật)"),
    Access("GET", "/style.css", ANYBODY, "sheet", "kiểu chữ"),
    Access("GET", "/healthz", ANYBODY, "healthz", "máy chủ còn chạy"),
    Access("GET", "/readyz", ANYBODY, "readyz", "cơ sở dữ liệu dùng được"),
    Access("GET", "/metrics", ANYBODY, "metrics", "số liệu giám sát, không có tên đơn vị, người"),
)  # fmt: skip
# Posted by machines, not from a form of ours: these look after themselves.
BY_MACHINES = frozenset(each.path for each in ROUTES if each.answers == "sms_report")


def allowed(access: Access, role: str | None) -> bool:
    """Return whether a role may use a route; null: not signed in."""
    return access.least == ANYBODY or (role is not None and at_least(role, access.least))


def table() -> str:
    """Return the routes and roles as the manual shows them, in Markdown."""
    lines = ["| | what | anybody | " + " | ".join(ROLES) + " |", "|---|---|---|" + "---|" * len(ROLES)]
    for each in ROUTES:
        marks = ["✓" if allowed(each, role) else "–" for role in (None, *ROLES)]
        what = each.what + (" ¹" if each.all_offices else "")
        lines.append(f"| `{each.method} {each.path}` | {what} | {' | '.join(marks)} |")
    return "\n".join(lines)

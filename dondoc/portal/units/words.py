"""How a unit's page puts things: dates, days left, states, and what went wrong, in the words of an office."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from deadlines.figures import shown_figure
from dondoc import clock
from dondoc.messages.catalogue import dmy, shipped
from dondoc.portal.words import day
from tasks.file_kinds import ACCEPTED, safe_name
from tasks.receipts import LONGEST_NAME, MOST_NAMES
from tasks.report_form import FIGURE, SECTION
from tasks.uploads import MOST_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from deadlines.report_form import Figure, ReportForm
    from dondoc.store.books import ClosedRecord
    from dondoc.store.reported import Value
    from dondoc.store.unit_page import Received
    from tasks.form_file import StrangeForm
    from tasks.report_form import Asked
    from tasks.unit_page import UnitPage

STATES: Final = {
    "open": "chưa ghi nhận",
    "submitted": "đã ghi nhận",
    "transferred": "đã chuyển tiếp do sắp xếp tổ chức",
    "withdrawn": "không theo dõi",
    "waived": "không phải thực hiện",
}
REVIEWS: Final = {"waiting": "đang xem xét", "accepted": "đã chấp nhận", "returned": "đề nghị bổ sung, hoàn thiện"}
REMARKS: Final = {
    "returned": "Đề nghị bổ sung, hoàn thiện",
    "refused": "Không tính là đã tiếp nhận",
    "recalled": "Đã thu hồi",
}
NO_LINK: Final = (
    "Liên kết không mở được",
    "Liên kết đã hết hạn, đã được thay bằng liên kết khác, hoặc chép chưa đủ. "
    "Đề nghị mở liên kết trong thư mới nhất, hoặc liên hệ đầu mối ghi ở cuối thư.",
)
NO_SESSION: Final = (
    "Cần mở lại liên kết",
    "Trang này chỉ mở từ liên kết trong thư. Đề nghị mở lại liên kết đó; bản nháp đã lưu vẫn còn.",
)
NO_FORM: Final = (
    "Chưa nhận được biểu mẫu",
    "Biểu mẫu này không thuộc phiên làm việc đang mở. Đề nghị mở lại liên kết trong thư rồi làm lại bước vừa rồi.",
)
NOT_FOUND: Final = ("Không có trang này", "Đề nghị mở liên kết trong thư.")
DISOWNED: Final = (
    "Đã báo cơ quan theo dõi",
    "Cảm ơn đã cho biết. Liên kết này không mở được nữa; bộ phận theo dõi sẽ rà soát lại đầu mối của đơn vị.",
)

TOO_LARGE: Final = (
    "Tệp quá lớn",
    "Một lần tải lên nhiều nhất 60 MB, mỗi tệp nhiều nhất 50 MB. Bản nháp đã lưu trước đó vẫn còn.",
)
FAILED: Final = (
    "Máy chủ chưa xử lý được",
    "Chưa ghi nhận được bước vừa rồi; bản nháp đã lưu trước đó vẫn còn. Đề nghị thử lại sau ít phút.",
)
CLOSED: Final = (
    "Không còn tiếp nhận",
    "Nội dung này không còn chờ báo cáo của đơn vị. Mọi điều đã tiếp nhận vẫn được giữ.",
)
_FIELDS: Final = {
    "nothing": "Nhập nội dung báo cáo, tải tệp lên hoặc cho biết số, ngày, người ký văn bản",
    "names": f"Mỗi dòng một tên, nhiều nhất {MOST_NAMES} tên, mỗi tên nhiều nhất {LONGEST_NAME} ký tự",
    "names-twice": "Có tên được ghi hai lần; mỗi tên ghi một lần",
    "number-missing": "Thiếu số, ký hiệu của văn bản",
    "date-missing": "Thiếu ngày ký văn bản",
    "signer-missing": "Thiếu người ký văn bản",
    "date": "Ngày ký chưa đúng; ghi dạng ngày/tháng/năm, ví dụ 12/11/2026",
    "date-future": "Ngày ký ở sau hôm nay; ghi lại ngày trên văn bản",
    "as_of-date": "Ngày chốt số liệu chưa đúng; ghi dạng ngày/tháng/năm, ví dụ 31/10/2026",
    "as_of-date-future": "Ngày chốt số liệu ở sau hôm nay",
    "figure-number": "chưa phải là số; ghi dạng 1.234 hoặc 95,5",
    "figure-yes-no": "chọn có hoặc không",
    "figure-share": "tỷ lệ phải từ 0 đến 100",
    "figure-below": "không thể nhỏ hơn 0",
    "figure-whole": "phải là số nguyên",
    "refused": "Chưa ghi nhận được báo cáo này; đề nghị gọi đầu mối ghi ở cuối trang",
}
_FILES: Final = {
    "empty": "tệp rỗng",
    "other-name": "nội dung là {kind} nhưng tên tệp không có đuôi tương ứng; chọn đúng tệp hoặc đổi tên",
    "cut-short": "tệp thiếu phần cuối; tải lên lại",
    "old-office": "là tệp Word, Excel kiểu cũ; mở ra và lưu lại thành .docx, .xlsx hoặc .pdf",
    "unknown": f"không phải loại tệp được nhận ({', '.join(ACCEPTED)})",
    "two-in-one": "chứa thêm một tệp khác bên trong; xuất lại tệp từ phần mềm soạn thảo",
    "too-large-inside": "mở nén ra quá lớn hoặc quá nhiều mục; gửi riêng từng tệp bên trong",
    "broken": "tệp nén bị hỏng; nén lại rồi tải lên",
    "macros": "có macro; lưu lại thành .docx hoặc .xlsx không có macro",
    "bad-path": "tệp nén chứa đường dẫn không hợp lệ; nén lại thư mục rồi tải lên",
    "locked": "tệp nén có mật khẩu nên không kiểm tra được; nén lại không đặt mật khẩu",
    "archive-inside": "tệp nén chứa tệp nén khác; nén lại thành một lớp",
    "program-inside": "tệp nén chứa chương trình hoặc trang mạng; bỏ các tệp đó rồi nén lại",
    "too-large": "lớn hơn 50 MB; chia nhỏ hoặc giảm độ phân giải bản quét",
    "too-many": f"đã có {MOST_FILES} tệp hoặc 200 MB; nén lại thành một tệp .zip hoặc bỏ bớt",
}
_CODES: Final = {
    "over": "Mã không còn dùng được; bấm “Gửi lại mã” để nhận mã mới",
    "too-many": "Đã gửi mã nhiều lần; đợi 15 phút rồi gửi lại, hoặc gọi đầu mối ghi ở cuối trang",
    "nobody": "Đơn vị chưa có địa chỉ thư đăng ký để nhận mã; gọi đầu mối ghi ở cuối trang",
}
CONTESTS: Final = {
    None: "Đang xem xét",
    "upheld": "Đã điều chỉnh kết quả ghi nhận",
    "dismissed": "Giữ nguyên kết quả ghi nhận",
}
CONTEST_WRONG: Final = "Nêu nội dung đề nghị xem lại, nhiều nhất 500 ký tự"
DONE: Final = {
    "saved": "Đã lưu bản nháp. Bản nháp còn đến khi gửi; mở lại bằng liên kết trong thư.",
    "sent": "Đã gửi báo cáo. Xác nhận tiếp nhận ở dưới đây và được gửi tới địa chỉ đã đăng ký.",
    "secret": "Đơn vị đã báo gửi theo đường văn bản mật. Việc nhắc dừng khi bộ phận tiếp nhận xác nhận đã nhận được.",
    "changed": "Bản nháp đã được lưu hoặc gửi từ nơi khác. Đề nghị xem lại nội dung dưới đây rồi lưu lại.",
}


def field(why: str, page: "UnitPage | None" = None, name: str = "") -> str:
    """Return what is wrong with a field of the form; of a figure, with its name."""
    figure = page.form.figure(name.removeprefix(FIGURE)) if page and name.startswith(FIGURE) else None
    said = _FIELDS.get(f"{name}-{why}", _FIELDS[why])
    return f"{figure.label}: {said}" if figure else said


def beside(errors: "Sequence[tuple[str, str]]", page: "UnitPage") -> dict[str, str]:
    """Return what stands beside each field that is wrong; a figure's name stands above it already."""
    labels = {f"{FIGURE}{figure.slug}": f"{figure.label}: " for figure in page.form.figures}
    return {name: said.removeprefix(labels.get(name, "")) for name, said in errors}


def in_file(name: str, place: str, said: str) -> str:
    """Return what is wrong at one place of a filled form."""
    return f"{safe_name(name)}, {place}: {said}"


def form_read(name: str, fields: "Mapping[str, str]") -> str:
    """Return that a filled form was read, and how much of it."""
    figures = sum(1 for field_, text in fields.items() if field_.startswith(FIGURE) and text)
    parts = sum(1 for field_, text in fields.items() if field_.startswith((SECTION, "text")) and text)
    return (
        f"Đã đọc từ tệp {safe_name(name)}: {figures} số liệu, {parts} phần nội dung. Đề nghị xem lại dưới đây rồi gửi."
    )


def strange_form(name: str, error: "StrangeForm") -> list[str]:
    """Return why nothing was taken from a file, one line for each place."""
    if error.why == "cells":
        return [f"{safe_name(name)}, {line}" for line in error.lines]
    if error.why == "another" and error.whose:
        other = f"{error.whose.unit}, {period(error.whose.period) or error.whose.duty}"
        return [f"{safe_name(name)}: là biểu mẫu của báo cáo khác ({other}); tải biểu mẫu ở trang này rồi nhập lại"]
    told = "; ".join(("không phải biểu mẫu tải từ trang này", *error.lines))
    return [f"{safe_name(name)}: {told}; tệp vẫn được gửi kèm, số liệu thì nhập vào các ô bên dưới"]


def section(name: str) -> str:
    """Return the name of a part of a report."""
    return shipped("vi").text(f"section.{name}")


def target(figure: "Figure") -> str:
    """Return the target of a figure as the plan prints it, with its clause."""
    return f"Kế hoạch nêu: “{figure.words}” (mục {figure.clause})"


def unit_of(figure: "Figure") -> str:
    """Return in what a figure is given."""
    return "có hay không" if figure.yes_no else figure.unit or "như kế hoạch nêu"


def number(value: "Fraction | float", figure: "Figure") -> str:
    """Return a value of a figure in its unit."""
    if figure.yes_no:
        return "có" if value else "không"
    given = "" if figure.unit is None else figure.unit if figure.share else f" {figure.unit}"
    return f"{shown_figure(value)}{given}"


def last(figure: "Figure", page: "UnitPage") -> str:
    """Return what the unit reported of a figure before; empty when it never did."""
    if figure.measure not in page.last:
        return ""
    told, value = page.last[figure.measure]
    return f"Đã báo cáo {period(told) or 'lần trước'}: {number(value, figure)}"


def reported(value: "Value", page: "UnitPage") -> str:
    """Return a figure that was reported: its name, value, whether provisional, and as of which day."""
    figure = page.form.figure(value.indicator)
    shown = number(value.value, figure) if figure else shown_figure(value.value)
    as_of = f", tính đến {dmy(value.as_of)}" if value.as_of else ""
    return f"{figure.label if figure else value.indicator}: {shown}{' (ước)' if value.estimate else ''}{as_of}"


def asked(each: "Asked", form: "ReportForm") -> str:
    """Return why a figure is worth a second look."""
    figure = next(figure for figure in form.figures if figure.label == each.label)
    before = f"{period(each.period) or 'lần trước'} là {number(each.last, figure)}"
    return f"{each.label}: {number(each.value, figure)}, khác nhiều so với {before}"


def file(name: str, why: str, kind: str = "") -> str:
    """Return what is wrong with a file."""
    return f"{safe_name(name)}: {_FILES[why].format(kind=kind)}"


def autosaved(at: datetime) -> str:
    """Return that the draft was saved while somebody writes."""
    return f"Đã tự lưu bản nháp lúc {clock.local_time(at):%H:%M}."


def kept(name: str) -> str:
    """Return that a file is there whole."""
    return f"Đã nhận tệp {name}."


def code(why: str, tries_left: int = 0) -> str:
    """Return why a code is not taken or not sent."""
    return _CODES.get(why, f"Mã chưa đúng; còn thử được {tries_left} lần")


def until(page: "UnitPage") -> str:
    """Return until when the report is awaited, as the plan says it."""
    if page.until is None:
        return "chưa ấn định thời hạn"
    if page.strict:
        return f"trước ngày {dmy(page.until + timedelta(days=1))} (hết {day(page.until)})"
    return f"hết {day(page.until)}"


def left(page: "UnitPage") -> str:
    """Return how many days are left; empty where nothing is awaited any more."""
    if page.days_left is None or page.row.state != "open":
        return ""
    if page.days_left < 0:
        return f"đã qua {-page.days_left} ngày, vẫn tiếp nhận"
    if page.days_left == 0:
        return "hôm nay là ngày cuối"
    return f"còn {page.days_left} ngày ({page.working_days_left or 0} ngày làm việc)"


def judged_by(page: "UnitPage") -> str:
    """Return by which receipt the unit is judged; empty where the first of the two facts does, or nobody is judged."""
    if page.row.modality != "mandated" or page.until is None:
        return ""
    facts = {"data": "lúc nhận được dữ liệu", "document": "lúc nhận được văn bản chính thức"}
    return facts.get(page.timeliness, "")


def supplement(page: "UnitPage", now: datetime) -> str:
    """Return until when a supplement is awaited; empty where none is."""
    if page.supplement_by is None:
        return ""
    days = (page.supplement_by - clock.local_day(now)).days
    left = f"còn {days} ngày" if days > 0 else "hôm nay là ngày cuối" if days == 0 else f"đã qua {-days} ngày"
    return f"hết {day(page.supplement_by)} ({left})"


def basis(page: "UnitPage") -> str:
    """Return the plan's number, date and clause with its deciding words."""
    number = f"số {page.plan_number}" if page.plan_number else ""
    dated = f"ngày {dmy(page.plan_date)}" if page.plan_date else ""
    return f"{' '.join(filter(None, ('Kế hoạch', number, dated)))}, mục {page.clause}: “{page.words}”"


def receivers(page: "UnitPage") -> str:
    """Return who receives the report, and for what."""
    return "; ".join(f"{name} ({function})" if function else name for name, function in page.receivers)


def period(text: str) -> str:
    """Return a period in words; empty for what is done once."""
    return shipped("vi").period(text)


def fact(received: "Received") -> str:
    """Return what a receipt is: data, or the official document."""
    return shipped("vi").text(f"acknowledgement.fact.{received.fact}")


def channel(received: "Received") -> str:
    """Return by which channel a receipt came."""
    catalogue, key = shipped("vi"), f"acknowledgement.channel.{received.channel}"
    return catalogue.text(key) if key in catalogue else received.channel


def size(count: int) -> str:
    """Return the size of a file as people read it."""
    return shipped("vi").size(count)


def verdict(page: "UnitPage", received: "Received") -> str:
    """Return whether a receipt was in time; empty for units that are asked or invited and owe nothing."""
    late = page.late_by(received.received_at, received.fact)
    if late is None:
        return ""
    return f"sau thời hạn {late} ngày" if late else "trong thời hạn"


def closed_record(record: "ClosedRecord", modality: str) -> str:
    """Return how a unit stands in closed books; whoever is only asked or invited is never late."""
    if record.first_received_at is None:
        return STATES[record.state]
    if modality != "mandated" or record.judged is None:
        return "đã ghi nhận"
    return "đã ghi nhận, sau thời hạn" if record.judged == "late" else "đã ghi nhận, trong thời hạn"


def document(number: str | None, signed_on: date | None, signer: str | None) -> str:
    """Return a document's number, date and signer, as far as they are known."""
    dated = f"ngày {dmy(signed_on)}" if signed_on else ""
    return ", ".join(filter(None, (" ".join(filter(None, (number, dated))), signer)))

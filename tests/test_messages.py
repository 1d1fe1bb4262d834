"""The words and the bytes of every mail and of the brief."""

import base64
import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.messages import catalogue as catalogue_module
from dondoc.messages.catalogue import LANGUAGES, Catalogue, CatalogueError, parse
from dondoc.messages.mime import AddressError, assemble
from dondoc.messages.model import (
    ITEM_KINDS,
    RANKS,
    Acknowledgement,
    Brief,
    CodeLetter,
    Digest,
    DraftLetter,
    Item,
    Message,
    Missing,
    Rendered,
    Sender,
    SenderRank,
    SupplementRequest,
    Urging,
    from_json,
    one_line,
    to_json,
)
from dondoc.messages.papers import ANNEX_FROM, told_words
from dondoc.messages.render import Templates, render, render_acknowledgement, render_brief, render_digest, shipped
from dondoc.messages.wording import due_words, left_words

CAMPAIGN = "Phong trào thi đua “Chuyển đổi số giai đoạn 2023 - 2030” trên địa bàn tỉnh Điện Biên"
SENDER = Sender(
    office_name="Sở Khoa học và Công nghệ tỉnh Điện Biên",
    short_name="Sở KH&CN",
    sender_name="Sở Khoa học và Công nghệ tỉnh Điện Biên",
    sender_address="thidua@skhcn.dienbien.example",
    contact_role="Chuyên viên đầu mối, Phòng Chuyển đổi số",
    contact_phone="0215 300 0000",
)
RECONCILED = datetime(2026, 11, 16, 3, 30, tzinfo=UTC)
# What an item of a kind cannot be without.
NEEDED: dict[str, dict[str, Any]] = {
    "overdue": {"reconciled_at": RECONCILED},
    "extended": {"document": "4321/UBND-KGVX ngày 10/11/2026", "previous_due_on": date(2026, 11, 4)},
    "late-accepted": {"accepted_until": date(2026, 11, 24)},
    "waived": {"document": "4321/UBND-KGVX ngày 10/11/2026"},
    "transferred": {"previous_unit": "Sở Thông tin và Truyền thông"},
}
UNIT_KINDS = (
    "department", "mass-organisation", "front", "district", "commune", "sub-unit", "enterprise", "cooperative",
    "health-facility", "school", "business-association", "party-body", "province", "person",
)  # fmt: skip
DUTY_KINDS = (
    "own-plan", "launch", "registration", "pilot", "annual-report", "ad-hoc-report", "consolidated-report",
    "interim-review", "interim-report", "final-review", "final-report", "inspection", "ranking", "award-nomination",
    "award-appraisal", "award-round", "phase-decision", "guidance",
)  # fmt: skip
MODALITIES = ("mandated", "requested", "invited", "encouraged")
# What no office would write to another, or what only a document or a receipt may carry.
FORBIDDEN = (
    "vi phạm", "chưa nộp", "chưa gửi báo cáo", "quá hạn", "nghiêm túc", "rút kinh nghiệm", "phê bình", "yêu cầu",
    "qua han", "lần cuối", "nhắc", "đôn đốc", "trả lại", "tạo điều kiện", "giấy biên nhận", "số:", "cộng hòa xã hội",
    "./.", "!",
)  # fmt: skip
FORBIDDEN_ENGLISH = (
    "violat", "overdue", "remind", "must", "failed", "wrong", "last time", "reject", "returned", "require you",
    "no.:", "!",
)  # fmt: skip


def an_item(kind: str = "informs", **changes: Any) -> Item:
    values: dict[str, Any] = {
        "kind": kind,
        "rung": "t-30",
        "assignment_id": 1,
        "unit_name": "Sở Tài chính",
        "unit_kind": "department",
        "modality": "mandated",
        "duty_kind": "annual-report",
        "duty_title": "Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026",
        "clause": "V.8",
        "words": "trước ngày 15/11",
        "plan_number": "2158/KH-UBND",
        "plan_date": date(2023, 5, 26),
        "campaign_name": CAMPAIGN,
        "period": "2026",
        "due_on": date(2026, 11, 14),
        "strict": True,
        "target_on": date(2026, 11, 13),
        "receivers": (("Sở Khoa học và Công nghệ", "để tổng hợp"), ("Sở Nội vụ", "để theo dõi")),
        "days_left": 8,
        "working_days_left": 5,
    }
    return Item(**values | NEEDED.get(kind, {}) | changes)


def a_digest(*items: Item, **changes: Any) -> Digest:
    values: dict[str, Any] = {
        "sender": SENDER,
        "to_name": "Văn thư Sở Tài chính",
        "to_address": "vanthu@stc.dienbien.example",
        "unit_names": tuple(dict.fromkeys(item.unit_name for item in items)),
        "campaign_key": "dien-bien",
        "campaign_name": CAMPAIGN,
        "items": items,
        "as_of": datetime(2026, 11, 6, 1, tzinfo=UTC),
        "rehearsal": False,
    }
    return Digest(**values | changes)


def an_acknowledgement(**changes: Any) -> Acknowledgement:
    values: dict[str, Any] = {
        "sender": SENDER,
        "to_name": "Văn thư Sở Tài chính",
        "to_address": "vanthu@stc.dienbien.example",
        "unit_name": "Sở Tài chính",
        "unit_kind": "department",
        "modality": "mandated",
        "duty_kind": "annual-report",
        "duty_title": "Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026",
        "period": "2026",
        "clause": "V.8",
        "plan_number": "2158/KH-UBND",
        "plan_date": date(2023, 5, 26),
        "campaign_key": "dien-bien",
        "campaign_name": CAMPAIGN,
        "code": "DB26-7K3M-Q2",
        "received_at": datetime(2026, 11, 16, 2, 5, tzinfo=UTC),
        "clock_words": "giờ bộ phận tiếp nhận ghi sổ",
        "channel": "document-system",
        "fact": "document",
        "document_number": "512/BC-STC",
        "document_date": date(2026, 11, 13),
        "document_signer": "Giám đốc",
        "files": (("bao-cao.pdf", "9f" * 32, 1_234_567),),
        "due_on": date(2026, 11, 14),
        "strict": True,
        "verdict": "late",
        "days_late": 2,
        "awaited": ("data",),
        "rehearsal": False,
        "as_of": datetime(2026, 11, 16, 2, 6, tzinfo=UTC),
    }
    return Acknowledgement(**values | changes)


def a_supplement_request(**changes: Any) -> SupplementRequest:
    values: dict[str, Any] = {
        "sender": SENDER,
        "to_name": "Văn thư Sở Tài chính",
        "to_address": "vanthu@stc.dienbien.example",
        "unit_name": "Sở Tài chính",
        "unit_kind": "department",
        "modality": "mandated",
        "duty_kind": "annual-report",
        "duty_title": "Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026",
        "period": "2026",
        "clause": "V.8",
        "plan_number": "2158/KH-UBND",
        "plan_date": date(2023, 5, 26),
        "campaign_key": "dien-bien",
        "campaign_name": CAMPAIGN,
        "code": "DB26-7K3M-Q2",
        "first_received_at": datetime(2026, 11, 13, 2, 5, tzinfo=UTC),
        "clock_words": "giờ bộ phận tiếp nhận ghi sổ",
        "points": (
            Missing(item="Mục 2. Kết quả thực hiện", content="Chưa có số liệu quý IV", basis="Đề cương, mục 2",
                    how="Bổ sung số liệu, ghi rõ “tạm tính”"),
            Missing(item="Phụ lục", content="Chưa có chữ ký số", basis="Mục V.8", how="Ký số và gửi lại phụ lục"),
        ),
        "supplement_by": date(2026, 11, 20),
        "receivers": (("Sở Khoa học và Công nghệ", "để tổng hợp"),),
        "rehearsal": False,
        "as_of": datetime(2026, 11, 16, 2, 6, tzinfo=UTC),
    }  # fmt: skip
    return SupplementRequest(**values | changes)


MISSING = (
    ("Sở Tài chính", "department"),
    ("Sở Xây dựng", "department"),
    ("Hội Nông dân tỉnh", "mass-organisation"),
    ("Công ty TNHH Mẫu Mường Thanh", "enterprise"),
)


def a_brief(missing: tuple[tuple[str, str], ...] = MISSING, **changes: Any) -> Brief:
    values: dict[str, Any] = {
        "sender": SENDER,
        "code": "PT-26-0001",
        "rung": "brief-1",
        "to_words": "Lãnh đạo Sở Khoa học và Công nghệ",
        "campaign_key": "dien-bien",
        "campaign_name": CAMPAIGN,
        "plan_number": "2158/KH-UBND",
        "plan_date": date(2023, 5, 26),
        "clause": "V.8",
        "words": "trước ngày 15/11",
        "duty_kind": "annual-report",
        "duty_title": "Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026",
        "period": "2026",
        "due_on": date(2026, 11, 14),
        "strict": True,
        "reconciled_at": RECONCILED,
        "asked": 62,
        "on_time": 60 - len(missing),
        "late": 2,
        "not_recorded": len(missing),
        "invited": 45,
        "invited_received": 12,
        "missing": missing,
        "history": ("14/10/2026 08 giờ 00: thông báo thời hạn, 62 cơ quan, đơn vị",),
        "receivers": (("Sở Khoa học và Công nghệ", "để tổng hợp"), ("Sở Nội vụ", "để theo dõi")),
        "draft": DraftLetter(
            parent_name="Ủy ban nhân dân tỉnh Điện Biên",
            issuer_name="Sở Khoa học và Công nghệ",
            number_suffix="SKHCN-CĐS",
            place="Điện Biên",
            year=2026,
            signer_title="Giám đốc",
            recipients=tuple(name for name, _ in missing),
            copied=("Sở Nội vụ (để theo dõi)",),
            filed_by="VT, CĐS",
        ),
        "as_of": datetime(2026, 11, 19, 1, tzinfo=UTC),
        "rehearsal": False,
    }
    return Brief(**values | changes)


def every_item() -> list[Item]:
    """Return an item for every kind, unit kind, modality and duty kind that may be written to."""
    items = []
    for kind, unit_kind, modality in product(ITEM_KINDS, UNIT_KINDS, MODALITIES):
        if kind == "overdue" and modality != "mandated":
            continue
        extra = {"document": "1234/SKHCN-CĐS ngày 20/11/2026"} if kind in ("document", "date-changed") else {}
        items.append(an_item(kind, unit_kind=unit_kind, modality=modality, **extra))
    items += [an_item(kind, duty_kind=duty, document="1/A") for kind, duty in product(ITEM_KINDS, DUTY_KINDS)]
    return items


# ── the table of office.md, line by line ────────────────────────────────────────────────────────

HEAD = f"""Kính gửi: Sở Tài chính

Sở Khoa học và Công nghệ tỉnh Điện Biên thông báo nội dung dưới đây thuộc {CAMPAIGN}.

Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026

"""
DUE = """- Thời hạn: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)
"""
TARGET = """- Ngày làm việc cuối cùng trong thời hạn: thứ Sáu 13/11/2026 (14/11/2026 là ngày nghỉ)
"""
BASIS = """- Nơi nhận: Sở Khoa học và Công nghệ (để tổng hợp); Sở Nội vụ (để theo dõi)
- Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8 (“trước ngày 15/11”)
"""
SECRET = """
Nội dung thuộc bí mật nhà nước gửi theo đường văn bản mật, không gửi qua thư điện tử.
"""
FOOT = """
Thông tin tính đến 08 giờ 00 ngày thứ Sáu 06/11/2026.
Đầu mối liên hệ: Chuyên viên đầu mối, Phòng Chuyển đổi số, điện thoại 0215 300 0000.
Trân trọng.

--
Thư này là thông báo tự động, không thay thế văn bản của Sở Khoa học và Công nghệ tỉnh Điện Biên.
"""


def test_t30_informs() -> None:
    rendered = render_digest(a_digest(an_item("informs")))
    assert rendered.subject == (
        "Thông báo thời hạn: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026 (trước ngày 15/11/2026)"
    )
    assert rendered.text == (
        HEAD
        + "Đề nghị quý cơ quan gửi báo cáo trong thời hạn dưới đây.\n\n"
        + DUE
        + TARGET
        + BASIS
        + """- Mốc chốt số liệu: chưa ấn định (ghi rõ ngày chốt trong báo cáo; số liệu chưa đủ kỳ ghi “tạm tính”)
- Đề cương gợi ý:
  1. Công tác chỉ đạo, phổ biến, tổ chức thực hiện
  2. Kết quả thực hiện các nội dung, mục tiêu, chỉ tiêu thi đua
  3. Mô hình, cách làm hay; công tác khen thưởng
  4. Khó khăn, vướng mắc và nguyên nhân
  5. Phương hướng và kiến nghị, đề xuất
"""
        + SECRET
        + FOOT
    )


def test_t7_is_courteous() -> None:
    rendered = render_digest(a_digest(an_item("courteous")))
    assert rendered.subject == (
        "Còn 8 ngày (5 ngày làm việc): Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert rendered.text == (
        HEAD
        + """Còn 8 ngày (5 ngày làm việc).
Để kịp trình ký, đề nghị quý cơ quan hoàn thiện báo cáo.
Nếu đã gửi, đề nghị cho biết số, ngày văn bản.

"""
        + DUE
        + TARGET
        + BASIS
        + SECRET
        + FOOT
    )


def test_t1_is_brief() -> None:
    rendered = render_digest(a_digest(an_item("brief")))
    assert rendered.subject == (
        "Chậm nhất hết ngày thứ Bảy 14/11/2026: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert rendered.text == (
        HEAD
        + """Thời hạn gửi báo cáo kết thúc lúc 24 giờ 00 ngày thứ Bảy 14/11/2026.
Đề nghị quý cơ quan gửi báo cáo theo cách dưới đây.

"""
        + TARGET
        + """- Cách gửi: văn bản điện tử ký số, gửi qua hệ thống quản lý văn bản
- Nơi nhận: Sở Khoa học và Công nghệ (để tổng hợp); Sở Nội vụ (để theo dõi)
- Điện thoại: 0215 300 0000
- Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8 (“trước ngày 15/11”)
"""
        + SECRET
        + FOOT
    )


def test_overdue_is_factual() -> None:
    rendered = render_digest(a_digest(an_item("overdue")))
    assert rendered.subject == (
        "Chưa ghi nhận: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026 của Sở Tài chính"
    )
    assert rendered.text == (
        HEAD
        + """Đến 10 giờ 30 ngày thứ Hai 16/11/2026, chưa ghi nhận báo cáo của Sở Tài chính.
Thông tin theo kết quả đối chiếu sổ văn bản đến tại thời điểm nêu trên.
Nếu đã gửi, đề nghị quý cơ quan cho biết số, ngày văn bản và nơi nhận để đối chiếu, cập nhật.
Nếu đang hoàn thiện, đề nghị quý cơ quan gửi báo cáo sau khi hoàn thành.

"""
        + DUE
        + BASIS
        + FOOT
    )


def test_an_office_that_only_advises_informs() -> None:
    advising = replace(SENDER, urges="advising")
    said = {
        kind: render_digest(a_digest(an_item(kind), sender=advising)).text.splitlines()[6:10]
        for kind in ("informs", "courteous", "brief", "overdue")
    }
    assert said["informs"][0] == "Thông báo để quý cơ quan chủ động gửi báo cáo trong thời hạn dưới đây."
    assert said["courteous"][1:3] == [
        "Thông báo để quý cơ quan chủ động hoàn thiện báo cáo, kịp trình ký.",
        "Nếu đã gửi, đề nghị cho biết số, ngày văn bản.",
    ]
    assert said["brief"][1] == "Thông báo để quý cơ quan chủ động gửi báo cáo theo cách dưới đây."
    assert said["overdue"][2:4] == [
        "Nếu đã gửi, đề nghị quý cơ quan cho biết số, ngày văn bản và nơi nhận để đối chiếu, cập nhật.",
        "Nếu đang hoàn thiện, báo cáo vẫn được tiếp nhận khi quý cơ quan gửi.",
    ]


def test_invited_commune_gets_a_courtesy_with_its_reason() -> None:
    reason = "Chưa có văn bản giao nhiệm vụ báo cáo cho cấp xã; nội dung này chờ hướng dẫn."
    item = an_item(
        "courteous", unit_name="Ủy ban nhân dân xã Mường Phăng", unit_kind="commune", modality="invited",
        invited_reason=reason,
    )  # fmt: skip
    rendered = render_digest(a_digest(item))
    lines = rendered.text.splitlines()
    assert rendered.subject == (
        "Trân trọng đề nghị phối hợp: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert lines[0] == "Kính gửi: Ủy ban nhân dân xã Mường Phăng"
    assert lines[7] == "Để kịp trình ký, trân trọng đề nghị quý cơ quan xem xét, phối hợp hoàn thiện báo cáo."
    assert lines[10] == "- Thời gian đề nghị: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)"
    assert f"- Lưu ý: {reason}" in lines
    silent = render_digest(a_digest(replace(item, invited_reason=None))).text.splitlines()
    assert (
        "- Lưu ý: Hiện chưa có văn bản giao nội dung này; việc phối hợp chờ hướng dẫn của cấp có thẩm quyền." in silent
    )
    assert "thời hạn" not in rendered.text.lower()  # nothing binds it, so nothing limits it


def test_acknowledgement_of_a_late_document() -> None:
    rendered = render_acknowledgement(an_acknowledgement())
    assert rendered.subject == (
        "Xác nhận tiếp nhận DB26-7K3M-Q2: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert rendered.text == (
        """Kính gửi: Sở Tài chính

Xác nhận tiếp nhận

Sở Khoa học và Công nghệ tỉnh Điện Biên đã tiếp nhận báo cáo của Sở Tài chính và trân trọng cảm ơn quý cơ quan.

- Mã tra cứu: DB26-7K3M-Q2
- Đơn vị: Sở Tài chính
- Nội dung: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026
- Kỳ: năm 2026
- Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8
- Thời điểm tiếp nhận: 09 giờ 05 ngày thứ Hai 16/11/2026 (theo giờ bộ phận tiếp nhận ghi sổ)
- Kênh tiếp nhận: hệ thống quản lý văn bản
- Hình thức: văn bản chính thức
- Văn bản: số 512/BC-STC ngày 13/11/2026
- Người ký: Giám đốc
- Thời hạn: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)
- Ghi nhận: sau thời hạn 2 ngày
- Tệp đã nhận:
  1. bao-cao.pdf (1,2 MB)
     SHA-256: """
        + "9f" * 32
        + """
- Còn chờ: dữ liệu báo cáo

Nếu thông tin chưa khớp, đề nghị cho biết kèm mã tra cứu để đối chiếu, cập nhật.
"""
        + FOOT.replace("08 giờ 00 ngày thứ Sáu 06/11/2026", "09 giờ 06 ngày thứ Hai 16/11/2026")
    )


def test_a_request_to_complete_names_each_point_and_keeps_the_first_arrival() -> None:
    rendered = render(a_supplement_request())
    assert rendered.subject == (
        "Đề nghị bổ sung, hoàn thiện (mã DB26-7K3M-Q2): Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert rendered.text == (
        """Kính gửi: Sở Tài chính

Đề nghị bổ sung, hoàn thiện

Sở Khoa học và Công nghệ tỉnh Điện Biên đã tiếp nhận báo cáo của Sở Tài chính và trân trọng cảm ơn.
Đề nghị quý cơ quan bổ sung, hoàn thiện các nội dung nêu tại bảng dưới đây.

- Mã tra cứu: DB26-7K3M-Q2
- Đơn vị: Sở Tài chính
- Nội dung: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026
- Kỳ: năm 2026
- Tiếp nhận lần đầu: 09 giờ 05 ngày thứ Sáu 13/11/2026 (theo giờ bộ phận tiếp nhận ghi sổ)
- Thời gian bổ sung: đến hết ngày thứ Sáu 20/11/2026
- Nơi nhận: Sở Khoa học và Công nghệ (để tổng hợp)
- Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8

1. Mục 2. Kết quả thực hiện
   Nội dung: Chưa có số liệu quý IV
   Căn cứ: Đề cương, mục 2
   Cách bổ sung: Bổ sung số liệu, ghi rõ “tạm tính”

2. Phụ lục
   Nội dung: Chưa có chữ ký số
   Căn cứ: Mục V.8
   Cách bổ sung: Ký số và gửi lại phụ lục

Thời điểm tiếp nhận lần đầu và kết quả ghi nhận được giữ nguyên.
"""
        + FOOT.replace("08 giờ 00 ngày thứ Sáu 06/11/2026", "09 giờ 06 ngày thứ Hai 16/11/2026")
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"points": ()}, "request DB26-7K3M-Q2: names no point to complete"),
        ({"supplement_by": date(2026, 11, 12)}, "request DB26-7K3M-Q2: 12/11/2026 lies before the first arrival"),
    ],
)
def test_a_request_to_complete_without_a_point_or_in_the_past_is_refused(changes: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}$"):
        a_supplement_request(**changes)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"verdict": "on-time", "days_late": 0}, "- Ghi nhận: trong thời hạn"),
        ({"verdict": "late", "days_late": 17}, "- Ghi nhận: sau thời hạn 17 ngày"),
        ({"due_on": None, "verdict": None}, "- Ghi nhận: nội dung chưa ấn định thời hạn"),
        ({"verdict": None}, None),
        ({"modality": "invited", "unit_kind": "commune"}, None),  # not judged, whatever was computed
        ({"modality": "requested", "unit_kind": "front"}, None),
    ],
)
def test_acknowledgement_judges_only_whom_a_date_binds(changes: dict[str, Any], line: str | None) -> None:
    lines = render_acknowledgement(an_acknowledgement(**changes)).text.splitlines()
    assert [each for each in lines if each.startswith("- Ghi nhận")] == ([] if line is None else [line])


def test_acknowledgement_of_data_says_what_is_still_awaited() -> None:
    ack = an_acknowledgement(
        fact="data", document_number=None, document_date=None, document_signer=None, files=(), channel="cuộc gọi",
        awaited=("document",),
    )  # fmt: skip
    lines = render_acknowledgement(ack).text.splitlines()
    assert "- Hình thức: dữ liệu (chưa phải văn bản chính thức)" in lines
    assert "- Còn chờ: văn bản chính thức (số, ngày, người ký)" in lines
    assert "- Kênh tiếp nhận: cuộc gọi" in lines  # a channel without a text is shown in its own words
    assert not [line for line in lines if line.startswith(("- Văn bản:", "- Người ký:", "- Tệp"))]


def test_a_period_is_named_where_the_title_does_not() -> None:
    title = "Báo cáo kết quả thực hiện Phong trào thi đua"
    for period, shown in (
        ("2026-11", "tháng 11/2026"),
        ("2026-Q4", "quý IV/2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-11-05", "05/11/2026"),
    ):
        for kind in ITEM_KINDS:
            document = NEEDED.get(kind, {}).get("document", "1/A")
            lines = render_digest(a_digest(an_item(kind, period=period, duty_title=title, document=document))).text
            assert f"- Kỳ: {shown}" in lines.splitlines(), (kind, period)


def test_changed_date_tells_old_new_and_by_which_document() -> None:
    item = an_item(
        "date-changed", strict=False, previous_due_on=date(2026, 11, 14), due_on=date(2026, 11, 24),
        target_on=date(2026, 11, 23), document="4321/UBND-KGVX ngày 10/11/2026", lateness_kept=True,
        decided_by="Ủy ban nhân dân tỉnh Điện Biên",
    )  # fmt: skip
    text = render_digest(a_digest(item)).text
    assert text == (
        HEAD
        + """Thời hạn gửi báo cáo được điều chỉnh như sau.

- Thời hạn trước: chậm nhất hết ngày thứ Bảy 14/11/2026
- Thời hạn mới: chậm nhất hết ngày thứ Ba 24/11/2026
- Ngày làm việc cuối cùng trong thời hạn: thứ Hai 23/11/2026 (24/11/2026 là ngày nghỉ)
- Cấp quyết định: Ủy ban nhân dân tỉnh Điện Biên
- Theo văn bản: số 4321/UBND-KGVX ngày 10/11/2026
"""
        + BASIS
        + "\nKết quả ghi nhận theo thời hạn trước được giữ nguyên.\n"
        + FOOT
    )


def test_an_extension_says_who_by_which_document_from_when_to_when() -> None:
    item = an_item(
        "extended", strict=False, previous_due_on=date(2026, 11, 14), previous_strict=True, due_on=date(2026, 11, 24),
        target_on=date(2026, 11, 24), requested_on=date(2026, 11, 9), lateness_kept=False,
        decided_by="Ủy ban nhân dân tỉnh Điện Biên",
    )  # fmt: skip
    rendered = render_digest(a_digest(item))
    assert rendered.subject == (
        "Gia hạn: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026 (hết ngày 24/11/2026)"
    )
    assert rendered.text == (
        HEAD
        + """Thời hạn gửi báo cáo được gia hạn như sau.

- Thời hạn trước: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)
- Thời hạn mới: chậm nhất hết ngày thứ Ba 24/11/2026
- Cấp quyết định: Ủy ban nhân dân tỉnh Điện Biên
- Theo văn bản: số 4321/UBND-KGVX ngày 10/11/2026
- Ngày đơn vị đề nghị: thứ Hai 09/11/2026
"""
        + BASIS
        + "\nViệc ghi nhận đúng thời hạn tính theo thời hạn mới.\n"
        + FOOT
    )


def test_late_acceptance_keeps_the_original_date_and_the_lateness() -> None:
    rendered = render_digest(a_digest(an_item("late-accepted", decided_by="Sở Nội vụ", lateness_kept=True)))
    assert rendered.subject == (
        "Tiếp nhận bổ sung: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026 (hết ngày 24/11/2026)"
    )
    assert rendered.text == (
        HEAD
        + """Sở Nội vụ tiếp nhận bổ sung báo cáo của Sở Tài chính đến hết ngày thứ Ba 24/11/2026.

- Tiếp nhận: đến hết ngày thứ Ba 24/11/2026
- Thời hạn ban đầu: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)
"""
        + BASIS
        + "\nThời hạn ban đầu và việc ghi nhận sau thời hạn được giữ nguyên.\n"
        + FOOT
    )


def test_a_waiver_frees_for_one_period_by_its_document() -> None:
    text = render_digest(a_digest(an_item("waived", decided_by="Ủy ban nhân dân tỉnh Điện Biên"))).text
    assert text == (
        HEAD
        + """Theo văn bản dưới đây, quý cơ quan không phải gửi báo cáo.
Áp dụng riêng cho kỳ nêu dưới đây; kỳ đó không có thêm thông báo về nội dung này.

- Kỳ: năm 2026
- Cấp quyết định: Ủy ban nhân dân tỉnh Điện Biên
- Theo văn bản: số 4321/UBND-KGVX ngày 10/11/2026
- Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8 (“trước ngày 15/11”)
"""
        + FOOT
    )


def test_a_successor_is_told_whose_work_it_takes_over() -> None:
    lines = render_digest(a_digest(an_item("transferred"))).text.splitlines()
    assert lines[6:8] == [
        "Do sắp xếp tổ chức, nội dung này của Sở Thông tin và Truyền thông được chuyển tiếp đến quý cơ quan.",
        "Đề nghị quý cơ quan tiếp tục gửi báo cáo trong thời hạn dưới đây.",
    ]
    assert "- Đơn vị trước đây: Sở Thông tin và Truyền thông" in lines


def test_document_pointer_names_the_document() -> None:
    rendered = render_digest(a_digest(an_item("document", document="1234/SKHCN-CĐS ngày 20/11/2026")))
    assert rendered.subject == (
        "Văn bản số 1234/SKHCN-CĐS ngày 20/11/2026: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert "- Văn bản: số 1234/SKHCN-CĐS ngày 20/11/2026" in rendered.text.splitlines()


def test_what_the_province_owes_is_prepared_by_the_office_and_has_no_limit_before_it_is_confirmed() -> None:
    item = an_item(
        "prepare", unit_name="Ủy ban nhân dân tỉnh Điện Biên", unit_kind="province", duty_kind="interim-review",
        duty_title="Sơ kết giai đoạn I", confirmed=False, strict=False, due_on=date(2025, 12, 31), period="2025",
        target_on=date(2025, 12, 31), clause="II.4", words="quý IV năm 2025", receivers=(), days_left=None,
    )  # fmt: skip
    lines = render_digest(a_digest(item)).text.splitlines()
    assert lines[0] == "Kính gửi: Sở Khoa học và Công nghệ tỉnh Điện Biên"  # no leader is written to by machine
    assert lines[2] == f"Thông báo nội bộ về nội dung dưới đây thuộc {CAMPAIGN}."
    assert lines[6:12] == [
        "Đề nghị bộ phận được giao nhiệm vụ chuẩn bị nội dung kính báo cáo Ủy ban nhân dân tỉnh Điện Biên xem xét, "
        "chỉ đạo.",
        "Thời gian thực hiện chờ cấp có thẩm quyền xác nhận.",
        "",
        "- Đơn vị: Ủy ban nhân dân tỉnh Điện Biên",
        "- Kỳ: năm 2025",
        "- Thời gian dự kiến: chậm nhất hết ngày thứ Tư 31/12/2025",
    ]


# ── who is spoken to how ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unit_kind", "name", "address"),
    [
        ("department", "Sở Tài chính", "quý cơ quan"),
        ("enterprise", "Công ty Mẫu", "quý doanh nghiệp"),
        ("cooperative", "Hợp tác xã Mẫu", "quý hợp tác xã"),
        ("school", "Trường Mẫu", "quý đơn vị"),
        ("department", SENDER.office_name, "bộ phận được giao nhiệm vụ"),
    ],
)
def test_the_unit_is_addressed_as_what_it_is(unit_kind: str, name: str, address: str) -> None:
    text = render_digest(a_digest(an_item("courteous", unit_kind=unit_kind, unit_name=name))).text
    assert f"Để kịp trình ký, đề nghị {address} hoàn thiện báo cáo." in text.splitlines()


def test_an_enterprise_sends_to_the_mailbox_not_through_the_document_system() -> None:
    text = render_digest(a_digest(an_item("brief", unit_kind="enterprise"))).text
    way = "- Cách gửi: văn bản do người đứng đầu ký, gửi đến hộp thư thidua@skhcn.dienbien.example"
    assert [line for line in text.splitlines() if line.startswith("- Cách gửi")] == [way]


def test_one_person_for_two_units_sees_which_is_which() -> None:
    items = (
        an_item("courteous"),
        an_item("informs", unit_name="Quỹ Đầu tư Mẫu", unit_kind="sub-unit", duty_title="Kế hoạch năm"),
    )
    rendered = render_digest(a_digest(*items))
    lines = rendered.text.splitlines()
    assert rendered.subject == f"Thông báo 2 nội dung thuộc {CAMPAIGN}"
    assert lines[0] == "Kính gửi: Sở Tài chính; Quỹ Đầu tư Mẫu"
    assert [line for line in lines if re.match(r"\d\. (Báo cáo t|Kế)", line)] == [
        "1. Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026",
        "2. Kế hoạch năm",
    ]
    assert "- Đơn vị: Sở Tài chính" in lines
    assert "- Đơn vị: Quỹ Đầu tư Mẫu" in lines
    assert "Đề nghị Quỹ Đầu tư Mẫu gửi báo cáo trong thời hạn dưới đây." in lines
    assert "quý cơ quan" not in rendered.text


@pytest.mark.parametrize(("language", "forbidden"), [("vi", FORBIDDEN), ("en", FORBIDDEN_ENGLISH)])
@pytest.mark.parametrize("urges", ["own-name", "advising"])
@pytest.mark.parametrize("rank", ["province", "department", "commune"])
def test_nothing_forbidden_is_said_to_anyone(
    rank: SenderRank, urges: Urging, language: str, forbidden: tuple[str, ...]
) -> None:
    sender = replace(SENDER, rank=rank, urges=urges)
    said: list[tuple[Item | None, Rendered]] = [
        (item, render_digest(a_digest(item, sender=sender, language=language))) for item in every_item()
    ]
    said += [
        (None, render_acknowledgement(an_acknowledgement(sender=sender, duty_kind=duty, unit_kind=unit,
                                                         modality=modality, language=language)))
        for duty, unit, modality in product(DUTY_KINDS, UNIT_KINDS, MODALITIES)
    ]  # fmt: skip
    said += [
        (None, render(a_supplement_request(sender=sender, unit_kind=unit, modality=modality, language=language)))
        for unit, modality in product(UNIT_KINDS, MODALITIES)
    ]
    for item, rendered in said:
        spoken = f"{rendered.subject}\n{rendered.text}".lower()
        found = [word for word in forbidden if word in spoken] + re.findall(r"\bsai\b", spoken)
        assert found == [], (item, found)


def test_nobody_unbound_is_spoken_to_of_a_limit_or_of_silence() -> None:
    unbound = [item for item in every_item() if item.modality != "mandated"]
    assert len(unbound) == (len(ITEM_KINDS) - 1) * len(UNIT_KINDS) * 3
    for item in unbound:
        text = render_digest(a_digest(item)).text.lower()
        assert [word for word in ("thời hạn", "chưa ghi nhận", "sau thời") if word in text] == [], item


def test_respected_bodies_are_never_asked_plainly() -> None:
    for item in every_item():
        if item.unit_kind in ("front", "party-body", "mass-organisation"):
            text = render_digest(a_digest(item)).text
            assert re.findall(r"(?<!rân trọng )(?<!Thời gian )đề nghị|Đề nghị", text) == [], item


# ── dates as the plan words them ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("due_on", "strict", "expected"),
    [
        (date(2026, 11, 14), True, "trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)"),
        (date(2027, 11, 14), True, "trước ngày 15/11/2027 (hết ngày Chủ nhật 14/11/2027)"),
        (date(2027, 12, 4), True, "trước ngày 05/12/2027 (hết ngày thứ Bảy 04/12/2027)"),
        (date(2023, 9, 30), False, "chậm nhất hết ngày thứ Bảy 30/09/2023"),
        (date(2030, 12, 31), True, "trước ngày 01/01/2031 (hết ngày thứ Ba 31/12/2030)"),
        (None, True, "chưa ấn định thời hạn"),
    ],
)
def test_due_words(due_on: date | None, strict: bool, expected: str) -> None:
    assert due_words(due_on, strict, catalogue_module.shipped("vi")) == expected


@pytest.mark.parametrize(
    ("days", "working", "expected"),
    [
        (8, 5, "Còn 8 ngày (5 ngày làm việc)"),
        (1, 0, "Còn 1 ngày (không có ngày làm việc)"),
        (3, None, "Còn 3 ngày"),
        (0, 0, "Hôm nay là ngày cuối"),
        (-1, 0, ""),  # over: never a negative number of days
        (None, None, ""),
    ],
)
def test_left_words(days: int | None, working: int | None, expected: str) -> None:
    assert left_words(days, working, catalogue_module.shipped("vi")) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026", "năm 2026"), ("2026-Q4", "quý IV/2026"), ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-11", "tháng 11/2026"), ("2026-11-05", "05/11/2026"), ("once", ""),
    ],
)  # fmt: skip
def test_period_words(period: str, expected: str) -> None:
    assert catalogue_module.shipped("vi").period(period) == expected


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        (datetime(2026, 11, 14, 16, 59, tzinfo=UTC), "23 giờ 59 ngày thứ Bảy 14/11/2026"),
        (datetime(2026, 11, 14, 17, 0, tzinfo=UTC), "00 giờ 00 ngày Chủ nhật 15/11/2026"),
    ],
)
def test_instants_are_told_in_vietnamese_time(utc: datetime, expected: str) -> None:
    assert catalogue_module.shipped("vi").instant(utc) == expected


def test_a_working_last_day_is_not_explained() -> None:
    item = an_item("informs", due_on=date(2025, 11, 14), target_on=date(2025, 11, 14))
    text = render_digest(a_digest(item)).text
    assert "- Thời hạn: trước ngày 15/11/2025 (hết ngày thứ Sáu 14/11/2025)" in text.splitlines()
    assert "ngày nghỉ" not in text


@pytest.mark.parametrize("kind", ["courteous", "brief"])
def test_an_undated_duty_only_informs(kind: str) -> None:
    rendered = render_digest(a_digest(an_item(kind, due_on=None, target_on=None, strict=False)))
    assert rendered.subject.startswith("Thông báo thời hạn: ")
    assert rendered.subject.endswith(" (chưa ấn định thời hạn)")
    assert "Còn " not in rendered.text


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"modality": "invited"}, "a mandated duty"),
        ({"modality": "requested"}, "a mandated duty"),
        ({"due_on": None}, "due_on"),
        ({"confirmed": False}, "a confirmed duty"),
        ({"reconciled_at": None}, "reconciled_at"),
    ],
)
def test_no_overdue_notice_without_its_grounds(changes: dict[str, Any], lacks: str) -> None:
    with pytest.raises(ValueError, match=f"^assignment 1: an overdue notice needs {lacks}$"):
        an_item("overdue", **changes)


@pytest.mark.parametrize(
    ("kind", "without", "lacks"),
    [
        ("document", {}, "a pointer to a document needs its document, number and date"),
        ("extended", {"document": None}, "an extension needs its document, number and date"),
        ("extended", {"due_on": None}, "an extension needs the new due_on"),
        ("late-accepted", {"accepted_until": None}, "a late acceptance needs accepted_until"),
        ("waived", {"document": None}, "a waiver needs its document, number and date"),
        ("transferred", {"previous_unit": None}, "a transfer needs previous_unit"),
    ],
)
def test_nothing_is_announced_without_what_it_says(kind: str, without: dict[str, Any], lacks: str) -> None:
    with pytest.raises(ValueError, match=f"^assignment 1: {lacks}$"):
        an_item(kind, **without)


def test_a_digest_without_items_is_refused() -> None:
    with pytest.raises(ValueError, match="no item left"):
        a_digest()


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        a_digest(an_item(), as_of=datetime(2026, 11, 6, 8))  # noqa: DTZ001


def test_a_brief_whose_figures_contradict_is_refused() -> None:
    with pytest.raises(ValueError, match="is not 61 asked"):
        a_brief(asked=61)
    with pytest.raises(ValueError, match="4 units listed, 3 not recorded"):
        a_brief(not_recorded=3, on_time=57)


# ── the brief ───────────────────────────────────────────────────────────────────────────────────


def test_brief_puts_figures_first_and_keeps_protocol_order() -> None:
    rendered = render_brief(a_brief())
    assert rendered.subject == (
        "PHIẾU TRÌNH PT-26-0001: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026"
    )
    assert rendered.text.startswith(
        f"""PHIẾU TRÌNH
Mã: PT-26-0001
Kính trình: Lãnh đạo Sở Khoa học và Công nghệ

1. Số liệu
Đã gửi 58/62 cơ quan, đơn vị.
- Trong thời hạn: 56
- Sau thời hạn: 2
- Chưa ghi nhận: 4
Cơ quan, đơn vị được mời (tính riêng, không cộng vào số trên): đã gửi 12/45.

Kính báo cáo Lãnh đạo Sở Khoa học và Công nghệ để nắm, cho ý kiến về \
báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026, thuộc {CAMPAIGN}.
Thời hạn: trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026).
Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8 (“trước ngày 15/11”).
Số liệu theo kết quả đối chiếu sổ văn bản đến lúc 10 giờ 30 ngày thứ Hai 16/11/2026.

2. Danh sách chưa ghi nhận
Sở, ban, ngành
  1. Sở Tài chính
  2. Sở Xây dựng
Đoàn thể, tổ chức chính trị - xã hội
  3. Hội Nông dân tỉnh
Doanh nghiệp
  4. Công ty TNHH Mẫu Mường Thanh

3. Nội dung đã gửi
- 14/10/2026 08 giờ 00: thông báo thời hạn, 62 cơ quan, đơn vị

4. Đề xuất
Xem xét, ký ban hành công văn theo dự thảo kèm theo, gửi 4 cơ quan, đơn vị chưa ghi nhận báo cáo.
"""
    )


def test_draft_letter_leaves_number_date_and_signature_blank() -> None:
    draft = render_brief(a_brief()).text.partition("DỰ THẢO CÔNG VĂN\n")[2]
    assert (
        draft
        == f"""
ỦY BAN NHÂN DÂN TỈNH ĐIỆN BIÊN
SỞ KHOA HỌC VÀ CÔNG NGHỆ
Số:        /SKHCN-CĐS
V/v gửi báo cáo tình hình tổ chức thực hiện Phong trào thi đua năm 2026

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Điện Biên, ngày      tháng      năm 2026

Kính gửi:
- Sở Tài chính;
- Sở Xây dựng;
- Hội Nông dân tỉnh;
- Công ty TNHH Mẫu Mường Thanh.

Thực hiện Kế hoạch số 2158/KH-UBND ngày 26/05/2023 về {CAMPAIGN} (mục V.8), thời hạn gửi báo cáo là \
trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026).
Đến 10 giờ 30 ngày thứ Hai 16/11/2026, Sở Khoa học và Công nghệ chưa ghi nhận báo cáo của các cơ quan, \
đơn vị nêu trên.
Sở Khoa học và Công nghệ trân trọng đề nghị quý cơ quan, đơn vị gửi báo cáo; nơi nhận: Sở Khoa học và Công nghệ \
(để tổng hợp); Sở Nội vụ (để theo dõi).
Trường hợp đã gửi, trân trọng đề nghị cho biết số, ngày văn bản để đối chiếu, cập nhật./.

GIÁM ĐỐC
(chờ ký)

Nơi nhận:
- Như trên;
- Sở Nội vụ (để theo dõi);
- Lưu: VT, CĐS.
"""
    )


def test_draft_letter_speaks_plainly_only_when_no_respected_body_is_addressed() -> None:
    plain = render_brief(a_brief(MISSING[:2])).text
    assert "Sở Khoa học và Công nghệ đề nghị quý cơ quan, đơn vị gửi báo cáo;" in plain
    assert "trân trọng đề nghị" not in plain


CHAIRMAN: dict[str, Any] = {
    "parent_name": "", "issuer_name": "Ủy ban nhân dân tỉnh Điện Biên", "rank": "province", "signer_title": "",
    "speaks_as": "Chủ tịch Ủy ban nhân dân tỉnh Điện Biên", "on_report_of": "Sở Khoa học và Công nghệ",
    "number_suffix": "UBND-",
}  # fmt: skip


def in_the_chairmans_name(missing: tuple[tuple[str, str], ...], **changes: Any) -> Brief:
    brief = a_brief(missing, **changes)
    return replace(brief, draft=replace(brief.draft, **CHAIRMAN))


def test_a_letter_in_the_chairmans_name_requires_of_his_own_and_asks_the_others() -> None:
    text = render_brief(in_the_chairmans_name(MISSING)).text
    assert (
        "Xem xét, trình Chủ tịch Ủy ban nhân dân tỉnh Điện Biên ký ban hành công văn theo dự thảo kèm theo, gửi 4 cơ "
        "quan, đơn vị chưa ghi nhận báo cáo."
    ) in text.splitlines()
    draft = text.partition("DỰ THẢO CÔNG VĂN\n")[2]
    assert draft.startswith("\nỦY BAN NHÂN DÂN TỈNH ĐIỆN BIÊN\nSố:        /UBND-\n")
    assert (
        "Theo báo cáo của Sở Khoa học và Công nghệ, đến 10 giờ 30 ngày thứ Hai 16/11/2026 chưa ghi nhận báo cáo của "
        "các cơ quan, đơn vị nêu trên."
    ) in draft.splitlines()
    assert (
        "Chủ tịch Ủy ban nhân dân tỉnh Điện Biên yêu cầu các sở, ban, ngành; trân trọng đề nghị các đoàn thể, tổ chức "
        "chính trị - xã hội; đề nghị các doanh nghiệp gửi báo cáo; nơi nhận: Sở Khoa học và Công nghệ (để tổng hợp); "
        "Sở Nội vụ (để theo dõi)."
    ) in draft.splitlines()
    assert "\nCHỦ TỊCH\n(chờ ký)\n" in draft


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        (MISSING[:2], "yêu cầu các cơ quan, đơn vị nêu trên gửi báo cáo;"),
        (MISSING[2:3], "trân trọng đề nghị quý cơ quan, đơn vị gửi báo cáo;"),
        (MISSING[3:], "đề nghị quý cơ quan, đơn vị gửi báo cáo;"),
        (MISSING[2:], "trân trọng đề nghị quý cơ quan, đơn vị gửi báo cáo;"),
        (
            (MISSING[0], ("Ủy ban nhân dân xã Mẫu", "commune"), MISSING[3]),
            "yêu cầu các sở, ban, ngành; Ủy ban nhân dân các xã, phường; đề nghị các doanh nghiệp gửi báo cáo;",
        ),
    ],
)
def test_the_chairmans_verb_follows_the_addressee(missing: tuple[tuple[str, str], ...], asked: str) -> None:
    text = render_brief(in_the_chairmans_name(missing)).text
    assert f"Chủ tịch Ủy ban nhân dân tỉnh Điện Biên {asked}" in text


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        ({"plan_number": None, "plan_date": None}, "Kế hoạch số ……… ngày …/…/……"),
        ({"plan_number": None}, "Kế hoạch số ……… ngày 26/05/2023"),
        ({"plan_date": None}, "Kế hoạch số 2158/KH-UBND ngày …/…/……"),
    ],
)
def test_a_letter_on_a_plan_without_number_or_date_is_marked_as_not_ready(changes: dict[str, Any], basis: str) -> None:
    mark = "Chưa đủ căn cứ ban hành – kế hoạch chưa có số, ngày; cần bổ sung trước khi ký."
    rendered = render_brief(a_brief(**changes))
    assert rendered.text.splitlines().count(mark) == rendered.html.count(mark) == 2  # on the brief and on the letter
    assert f"Thực hiện {basis} về {CAMPAIGN}" in rendered.text
    assert mark not in render_brief(a_brief()).text


def test_brief_and_letter_name_a_period_that_the_title_does_not() -> None:
    text = render_brief(a_brief(period="2026-Q3", duty_title="Báo cáo quý")).text
    assert "\nKỳ: quý III/2026.\n" in text
    assert "\nV/v gửi báo cáo quý (quý III/2026)\n" in text


@pytest.mark.parametrize(("count", "annexed"), [(1, False), (ANNEX_FROM - 1, False), (ANNEX_FROM, True), (40, True)])
def test_a_long_list_of_addressees_goes_to_an_annex(count: int, annexed: bool) -> None:
    text = render_brief(a_brief(tuple((f"Sở Mẫu {n}", "department") for n in range(count)))).text
    assert ("Các cơ quan, đơn vị có tên tại Phụ lục kèm theo." in text) is annexed
    assert ("Danh sách cơ quan, đơn vị nhận công văn" in text) is annexed


def test_brief_without_missing_units_or_history_says_so() -> None:
    text = render_brief(a_brief((), history=(), invited=None, invited_received=None)).text
    assert "Không có cơ quan, đơn vị nào chưa được ghi nhận." in text
    assert "Chưa gửi thông báo nào." in text
    assert "được mời" not in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rung": "brief-2"}, "Xem xét, cho ý kiến và ký ban hành công văn theo dự thảo kèm theo, gửi 4 cơ quan, "),
        ({"rung": "brief-9"}, "Xem xét công văn theo dự thảo kèm theo, gửi 4 cơ quan, "),
        ({"proposal": "Giao phòng chuyên môn liên hệ trực tiếp."}, "Giao phòng chuyên môn liên hệ trực tiếp."),
    ],
)
def test_brief_makes_one_proposal(changes: dict[str, Any], expected: str) -> None:
    after = render_brief(a_brief(**changes)).text.partition("4. Đề xuất\n")[2]
    assert after.startswith(expected)


# ── rehearsal, catalogue, storage ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "make",
    [
        lambda on: a_digest(an_item(), rehearsal=on),
        lambda on: an_acknowledgement(rehearsal=on),
        lambda on: a_brief(rehearsal=on),
    ],
)
def test_rehearsal_is_the_first_line(make: Any) -> None:
    banner = "CHẠY THỬ – chưa gửi tới đơn vị"
    rehearsed, live = render(make(True)), render(make(False))
    assert rehearsed.text == f"{banner}\n\n{live.text}"
    assert banner in rehearsed.html
    assert "CHẠY THỬ" not in live.subject + live.text + live.html


def test_rehearsal_shows_in_the_subject_of_a_mail() -> None:
    assert render(an_acknowledgement(rehearsal=True)).subject.startswith("[CHẠY THỬ] Xác nhận tiếp nhận DB26")


def test_both_languages_have_the_same_keys_and_slots() -> None:
    vietnamese, english = (catalogue_module.shipped(language) for language in ("vi", "en"))
    assert vietnamese.slots == english.slots


def test_every_text_of_the_catalogue_is_used() -> None:
    asked: set[str] = set()

    class Listening(Catalogue):
        def text(self, key: str, /, **values: object) -> str:
            asked.add(key)
            return super().text(key, **values)

    templates = Templates(shipped().sources)
    listening = Listening("vi", templates.catalogues["vi"].texts)
    templates.catalogues["vi"] = listening
    for message in every_message():
        render(message, templates)
    for day in range(1, 8):
        listening.day(date(2026, 11, day))
    for period in ("2026", "2026-11", *(f"2026-Q{n}" for n in range(1, 5)), "2026-H1", "2026-H2"):
        listening.period(period)
    for rung in ("T-30", "T-7", "T-1", "overdue-1", "brief-1", "brief-2"):
        told_words(rung, RECONCILED, 2, listening)
    # The words around the printed samples are asked for in test_samples.py, those of an SMS in test_sms.py, the parts
    # of a report in test_report_figures.py.
    assert asked == {key for key in listening.texts if not key.startswith(("sample.", "sms.", "section."))}


def every_message() -> list[Message]:
    """Return messages that together say every sentence of the catalogue."""
    digests = [a_digest(item) for item in every_item()]
    special: list[tuple[str, dict[str, Any]]] = [
        *((kind, {"unit_name": SENDER.office_name, "document": "1/A"}) for kind in ITEM_KINDS),
        ("courteous", {"days_left": 0}),
        ("courteous", {"days_left": 1, "working_days_left": 0}),
        ("courteous", {"working_days_left": None}),
        ("brief", {"due_on": None}),
        ("brief", {"due_on": None, "modality": "requested"}),
        ("informs", {"plan_number": None, "strict": False}),
        ("informs", {"plan_date": None, "data_cutoff": date(2026, 10, 31)}),
        ("informs", {"unit_kind": "front", "modality": "requested", "invited_reason": "Lý do."}),
        ("prepare", {"confirmed": False}),
        ("waived", {"period": "once"}),
        ("informs", {"link": "https://nop.tinh.example/l/x"}),
        ("extended", {"requested_on": date(2026, 11, 9)}),
        ("date-changed", {"lateness_kept": True, "decided_by": "B"}),
        ("date-changed", {"lateness_kept": False}),
    ]
    digests += [a_digest(an_item(kind, **changes)) for kind, changes in special]
    digests += [
        a_digest(an_item(unit_kind=unit, unit_name=name), an_item(unit_kind=unit, unit_name=name), rehearsal=True)
        for unit, name in (("department", "A"), ("front", "A"), ("province", "A"), ("department", SENDER.office_name))
    ]
    advising = replace(SENDER, urges="advising")
    digests += [
        a_digest(an_item(kind, **NEEDED.get(kind, {"document": "1/A"})), sender=advising) for kind in ITEM_KINDS
    ]
    acks = [an_acknowledgement(channel=channel) for channel in (
        "document-system", "mail", "post", "paper", "portal", "excel", "desk", "secret")]  # fmt: skip
    acks += [
        an_acknowledgement(fact="data", figures=3, awaited=("data", "document"), verdict="on-time"),
        an_acknowledgement(due_on=None, modality="mandated", unit_name=SENDER.office_name),
        *(an_acknowledgement(verdict=None, judged_by=fact) for fact in ("data", "document")),
        an_acknowledgement(document_number=None),
        an_acknowledgement(document_date=None, modality="invited"),
        an_acknowledgement(plan_date=None),
        an_acknowledgement(plan_number=None),
    ]
    codes = [
        CodeLetter(
            sender=SENDER, to_name="A", to_address="a@so-mau.example", unit_name="Sở Tài chính", duty_title="Báo cáo",
            period="2026", campaign_key="dien-bien", campaign_name=CAMPAIGN, nonce="00", minutes=15,
            expires_at=RECONCILED, as_of=RECONCILED, rehearsal=False,
        )
    ]  # fmt: skip
    below = tuple((kind, kind) for kind in UNIT_KINDS if kind != "province")  # nobody drafts a letter to itself
    briefs = [
        a_brief(tuple((kind, kind) for kind in UNIT_KINDS)),
        in_the_chairmans_name(below, period="2026-11"),
        in_the_chairmans_name(MISSING[:1]),
        *(
            replace(brief, draft=replace(brief.draft, rank=rank, signer_title=""))
            for brief, rank in product((a_brief(MISSING[:2]),), RANKS)
        ),
        a_brief(MISSING[:1], receivers=(), invited_received=None),
        a_brief(MISSING, receivers=(), rung="brief-2", duty_kind="own-plan"),
        a_brief(MISSING[:2], plan_date=None),
        replace(one := a_brief(MISSING[:1]), asked=one.asked + 2, unjudged=2),
        a_brief((), plan_number=None, rung="brief-9", history=()),
    ]
    requests = [
        a_supplement_request(unit_kind=unit, modality=modality, period="2026-11")
        for unit, modality in (("front", "requested"), ("commune", "invited"), ("school", "encouraged"),
                               ("province", "mandated"), ("department", "mandated"))
    ]  # fmt: skip
    requests.append(a_supplement_request(unit_name=SENDER.office_name, rehearsal=True))
    requests += [a_supplement_request(side=side) for side in ("before", "on", "after")]
    requests.append(a_supplement_request(link="https://nop.tinh.example/l/x"))
    return [*digests, *acks, *codes, *requests, *briefs]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_can_be_said_in_both_languages(language: str) -> None:
    for message in every_message():
        stored = to_json(message) | {"language": language}
        rendered = render(from_json(stored))
        assert rendered.language == language
        assert rendered.subject
        assert "{" not in rendered.subject + rendered.text
        assert f'<html lang="{language}">' in rendered.html


@pytest.mark.parametrize(
    ("source", "ask", "error"),
    [
        ("a: x", lambda c: c.text("b"), r"vi\.yaml: no text 'b'"),
        ("a: x {name}", lambda c: c.text("a"), r"vi\.yaml: 'a' has slots \['name'\], was given \[\]"),
        ("a: x {name.secret}", None, r"slot 'name.secret'; a slot is a plain \{name\}"),
        ("a: x {name!r}", None, "a slot is a plain"),
        ("a: 12", None, r"'a' is 12; a text is wanted"),
    ],
)
def test_a_missing_text_or_slot_is_an_error(source: str, ask: Any, error: str) -> None:
    with pytest.raises(CatalogueError, match=error):
        ask(parse("vi", source)) if ask else parse("vi", source)


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(CatalogueError, match="no catalogue for language 'fr'; there are vi, en"):
        catalogue_module.shipped("fr")


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert parse("vi", "a: x {name}").text("a", name="{other} {0} {name.x}") == "x {other} {0} {name.x}"


def test_stored_parameters_come_back_equal_and_render_to_the_same_bytes() -> None:
    import json

    for message in every_message():
        back = from_json(json.loads(json.dumps(to_json(message))))
        assert back == message
        assert render(back) == render(message)


def test_foreign_parameters_are_refused() -> None:
    with pytest.raises(
        ValueError, match="stored message is 'letter'; known are digest, acknowledgement, code, supplement-request"
    ):
        from_json({"message": "letter"})


def test_template_version_follows_the_templates_of_its_family() -> None:
    base = shipped()
    changed = Templates(base.sources | {"mail/items/brief.txt": "khác\n"})
    assert changed.version("mail", "vi") != base.version("mail", "vi")
    assert changed.version("reports", "vi") == base.version("reports", "vi")
    assert base.version("mail", "vi") != base.version("mail", "en")
    assert len(base.version("mail", "vi")) <= 40
    assert render_digest(a_digest(an_item())).template_version == base.version("mail", "vi")
    # Kept sources of a family and a language are enough to show its messages again.
    kept = Templates(base.family("mail", "vi") | {"catalogue/en.yaml": "{}"})
    assert render_digest(a_digest(an_item()), kept) == render_digest(a_digest(an_item()))


# ── hostile input ───────────────────────────────────────────────────────────────────────────────

HOSTILE = 'Sở "A" <b>\r\nBcc: x@y.example\n\n{{ 7*7 }} {title} <script>alert(1)</script> & \u202e\u2028\x00\ud800'
HOSTILE_LINE = 'Sở "A" <b> Bcc: x@y.example {{ 7*7 }} {title} <script>alert(1)</script> &'


def test_one_line_is_one_harmless_line() -> None:
    assert one_line(HOSTILE) == HOSTILE_LINE
    assert one_line("  Tỉnh   Điện\u00a0 Biên ") == "Tỉnh Điện Biên"
    assert one_line("Sở Tài chính") == "Sở Tài chính"  # NFD comes back as NFC


@given(st.text())
def test_one_line_is_stable_and_can_be_encoded(text: str) -> None:
    line = one_line(text)
    assert one_line(line) == line
    assert len(line.splitlines()) <= 1
    line.encode()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.outside: list[str] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.outside += [f"{name}={value}" for name, value in attrs if name in ("src", "href", "background", "srcset")]
        self.outside += [str(value) for name, value in attrs if name == "style" and "url(" in str(value)]

    def handle_data(self, data: str) -> None:
        self.said += data


def test_hostile_names_stay_text() -> None:
    messages: list[Message] = [a_digest(
        an_item(kind, unit_name=HOSTILE, duty_title=HOSTILE, document=HOSTILE), an_item(unit_name="A"),
        campaign_name=HOSTILE) for kind in ITEM_KINDS]  # fmt: skip
    messages += [
        a_supplement_request(unit_name=HOSTILE, points=(
            Missing(item=HOSTILE, content=HOSTILE, basis=HOSTILE, how=HOSTILE),)),
        an_acknowledgement(unit_name=HOSTILE, files=((HOSTILE, HOSTILE, 1),), document_signer=HOSTILE),
        a_brief(((HOSTILE, "department"),), history=(HOSTILE,), to_words=HOSTILE),
    ]  # fmt: skip
    for message in messages:
        rendered = render(message)
        tags = Tags()
        tags.feed(rendered.html)
        assert "script" not in tags.seen
        assert "b" not in tags.seen
        assert HOSTILE_LINE in tags.said
        assert HOSTILE_LINE in rendered.text
        assert len(rendered.subject.splitlines()) == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", rendered.text)


def test_html_brings_nothing_from_outside_and_stays_small() -> None:
    for message in every_message():
        rendered = render(message)
        tags = Tags()
        tags.feed(rendered.html)
        bearers = message.items if isinstance(message, Digest) else [message]
        own = [link for each in bearers if (link := getattr(each, "link", ""))]
        assert tags.outside == [f"href={link}" for link in own]  # followed on purpose, never loaded
        assert tags.seen.isdisjoint({"img", "link", "script", "iframe", "form"} | ({"a"} if not own else set()))
        assert len(rendered.html.encode()) < 20_000


def test_no_line_of_a_phone_ends_between_the_two_words_of_a_weekday() -> None:
    for kind in ITEM_KINDS:
        html = render_digest(a_digest(an_item(kind, document="1234/SKHCN-CĐS ngày 20/11/2026"))).html
        assert "ngày thứ\u00a0Sáu 06/11/2026." in html, kind
        assert not [words for words in re.findall("<strong>(.*?)</strong>", html) if "thứ " in words], kind
    assert "điện\u00a0thoại\u00a00215\u00a0300\u00a00000" in html


def test_html_says_what_the_text_says() -> None:
    def words(text: str) -> list[str]:
        return re.findall(r"\w+", text)

    mails: list[Message] = [a_digest(item) for item in every_item()]
    mails += [
        message for message in every_message() if isinstance(message, Acknowledgement | CodeLetter | SupplementRequest)
    ]
    for mail in mails:
        rendered = render(mail)
        tags = Tags()
        tags.feed(rendered.html[rendered.html.index("<body") :])
        listed = words(re.sub(r"^ +\d\. ", "", rendered.text, flags=re.M))  # HTML numbers a list by itself
        # The HTML names the sending office once more, at its head.
        assert sorted(words(tags.said.replace(SENDER.office_name, "", 1))) == sorted(listed)


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────

ID = "<0123456789abcdef@skhcn.dienbien.example>"
ROOT = "<root.dien-bien@skhcn.dienbien.example>"


def a_mail(message: Digest | Acknowledgement | None = None, **changes: Any) -> bytes:
    message = message or a_digest(an_item())
    values: dict[str, Any] = {
        "sender": message.sender,
        "to_name": message.to_name,
        "to_address": message.to_address,
        "message_id": ID,
        "date": datetime(2026, 11, 6, 1, 0, 5, tzinfo=UTC),
        "reply_to": "thidua+1.abc@skhcn.dienbien.example",
        "references": (ROOT,),
        "headers": {"X-Dondoc-Campaign": "dien-bien"},
    }
    return assemble(render(message), **values | changes)


def parsed(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default.clone(raise_on_defect=True))


def test_mail_parses_back_to_what_was_said() -> None:
    rendered = render(a_digest(an_item()))
    mail = parsed(a_mail())
    assert [(name, one_line(value)) for name, value in mail.items()] == [
        ("From", "Sở Khoa học và Công nghệ tỉnh Điện Biên <thidua@skhcn.dienbien.example>"),
        ("To", "Văn thư Sở Tài chính <vanthu@stc.dienbien.example>"),
        ("Subject", rendered.subject),
        ("Date", "Fri, 06 Nov 2026 08:00:05 +0700"),
        ("Message-ID", ID),
        ("Reply-To", "thidua+1.abc@skhcn.dienbien.example"),
        ("In-Reply-To", ROOT),
        ("References", ROOT),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("X-Dondoc-Campaign", "dien-bien"),
        ("Content-Language", "vi"),
        ("MIME-Version", "1.0"),
        ("Content-Type", mail["Content-Type"]),
    ]
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content_charset() == html.get_content_charset() == "utf-8"
    # In transport a text has CRLF line ends (RFC 2046, 4.1.1).
    assert text.get_content() == rendered.text.replace("\n", "\r\n")
    assert html.get_content() == rendered.html.replace("\n", "\r\n")


def test_mail_is_seven_bit_with_short_crlf_lines() -> None:
    raw = a_mail()
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert raw.endswith(b"--\r\n")


def test_same_message_same_bytes() -> None:
    assert a_mail() == a_mail()
    assert a_mail(message_id=ROOT) != a_mail()


@settings(deadline=None)  # a busy machine is no defect of the mail
@given(
    subject=st.text(max_size=300),
    name=st.text(max_size=200),
    body=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400),
)
def test_any_words_survive_the_journey(subject: str, name: str, body: str) -> None:
    rendered = Rendered(subject, body, body, "1-x", "vi")
    raw = assemble(
        rendered, sender=SENDER, to_name=name, to_address="a@b.example", message_id=ID,
        date=datetime(2026, 11, 6, tzinfo=UTC),
    )  # fmt: skip
    assert raw.isascii()
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    mail = parsed(raw)
    assert len(mail.items()) == 10
    assert mail["Subject"] == one_line(subject)
    # The name by the older parser: the newer one keeps the space between two encoded words of a name.
    to = str(make_header(decode_header(email.message_from_bytes(raw)["To"])))
    assert to == (f"{one_line(name)} <a@b.example>" if one_line(name) else "a@b.example")
    assert [address.addr_spec for address in mail["To"].addresses] == ["a@b.example"]
    parts = [base64.b64decode(part.get_payload()) for part in mail.iter_parts()]
    assert parts == [body.replace("\n", "\r\n").encode()] * 2


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "a@", "@b.example", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "a@b.example, x@y.example",
        "<a@b.example>", "a..b@c.example", ".a@b.example", "a@-b.example", "a@b..example", "ngân@b.example",
        "a@sở.example", "a@b.example\n", "x" * 65 + "@b.example", "a@" + "b." * 140 + "example",
    ],
)  # fmt: skip
def test_an_unusable_address_is_refused(address: str) -> None:
    with pytest.raises(AddressError, match="is not an e-mail address"):
        a_mail(to_address=address)
    with pytest.raises(AddressError, match="is not an e-mail address"):
        a_mail(reply_to=address)


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "abc@d.example"},
        {"message_id": "<abc@d.example>\r\nBcc: x@y.example"},
        {"references": ("<a@b.example> <c@d.example>",)},
        {"headers": {"Bcc": "x@y.example"}},
        {"headers": {"subject": "x"}},
        {"headers": {"X-A\r\nBcc": "x"}},
        {"headers": {"X A": "x"}},
    ],
)
def test_no_header_can_be_smuggled_in(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is not a Message-ID|cannot be added"):
        a_mail(**changes)


def test_line_breaks_in_a_header_value_become_spaces() -> None:
    hostile = "a\r\nBcc: x@y.example"
    mail = parsed(a_mail(headers={"X-Dondoc-Campaign": hostile}, to_name=hostile))
    assert mail["X-Dondoc-Campaign"] == "a Bcc: x@y.example"
    assert mail["To"].addresses[0].display_name == "a Bcc: x@y.example"
    assert mail["Bcc"] is None

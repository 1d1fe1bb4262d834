"""What a unit's page says of a file's digital signature."""

from datetime import datetime
from typing import Final

from dondoc.clock import LOCAL
from tasks.signatures import Signature

_WHY: Final = {
    "no-root": "chưa xác định: chứng thư gốc chưa được cài đặt hoặc chứng thư đã hết hạn",
    "changed": "không hợp lệ: tệp đã thay đổi sau khi ký",
    "apart": "ký cho một tệp khác, chưa kiểm tra được",
    "too-long": "chưa đọc được trong thời gian cho phép",
    "broken": "chưa đọc được",
    "still": "đang kiểm tra, xem lại sau ít phút",
}


def told(signature: Signature) -> str:
    """Return one signature in a line: its state, who signed and when, and whether the whole file is covered."""
    parts = [f"Chữ ký số: {_WHY.get(signature.why, 'hợp lệ')}"]
    if signature.signer:
        parts.append(f"người ký: {signature.signer}")
    if signature.signed_at:
        parts.append(f"ký lúc {datetime.fromisoformat(signature.signed_at).astimezone(LOCAL):%H:%M %d/%m/%Y}")
    if signature.whole is not None:
        parts.append("ký toàn bộ tệp" if signature.whole else "tệp có phần thêm sau khi ký")
    return "; ".join(parts)

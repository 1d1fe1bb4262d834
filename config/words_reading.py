"""What a reading explains: it softens the comparison it speaks of, and no other."""

import re
from collections.abc import Iterable

TIME, OFTEN, ONCE, WHETHER, HOW_MANY, WHERE = "time", "how often", "only once", "whether", "how many", "where"
BINDS, FREES = "binds after all", "does not bind"

# A day on which something else changed.
_FACT = re.compile(r"(?:từ|đến|trước|sau)?(?: ngày)? ?(\d{1,2})/(\d{1,2})/\d{4}")
_EACH_ONCE = re.compile(r"((?:hằng|hàng|mỗi|từng) (?:năm|quý|tháng)) một lần")
_YEAR = re.compile(r"(?:từ |đến )?(?<!\d )(?<![-–] )năm (20\d\d)(?! ?[-–])")
_SPEAKS_OF = {
    TIME: re.compile(
        r"thời (?:hạn|gian|điểm)|(?<!\w)(?:đến |hết )?hạn(?!\w| chế)|ấn định|"
        r"ngày (?:cuối|đầu|nào|làm việc)|(?:kể|tính) cả (?:ngày|tháng|quý|năm)|(?<!\w)(?:kỳ|dịp)(?!\w)|"
        r"không (?:ghi|tính|nói) (?:ngày|tháng|quý|năm|kỳ)|\d ngày|ngày \d|"
        r"\d{1,2}/\d{1,2}|"
        r"tháng \d|quý [ivx\d]|(?:cuối|giữa|đầu|hết|trong|cả) (?:tháng|quý|năm)|chậm nhất|muộn|(?:trong|của|vào) năm \d"
    ),
    OFTEN: re.compile(
        r"(?:hằng|hàng|mỗi|từng) (?:năm|quý|tháng)|định kỳ|(?<!\w)kỳ (?:nào|báo cáo|do)|một lần|"
        r"không (?:ghi|nói) (?:năm|kỳ)|"
        r"(?:các|cả|trong|vào|của|là) năm|năm \d{4}|\d{4} ?[-–] ?\d{4}|giai đoạn|quý [ivx]+/"
    ),
    ONCE: re.compile(r"một lần|(?<!\w)chỉ(?!\w)|duy nhất|năm đầu|không lặp|riêng năm"),
    BINDS: re.compile(
        r"(?<!không )(?:(?<!\w)giao(?!\w)|bắt buộc|yêu cầu|trách nhiệm|ràng buộc|phải(?!\w)|có nghĩa vụ)|mandated"
    ),
    FREES: re.compile(
        r"đề nghị|(?<!\w)mời|khuyến khích|vận động|tự nguyện|chủ động|requested|invited|encouraged|"
        r"không (?:giao|bắt buộc|yêu cầu|phải|có nghĩa vụ|ràng buộc)"
    ),
    WHETHER: re.compile(
        r"tình hình|điều kiện|(?<!\w)nếu|(?:khi|thấy|xét) cần|cần thiết|có thể|tùy|chắc chắn|quyết định|bắt buộc|vẫn|"
        r"discretionary"
    ),
    WHERE: re.compile(
        r"nơi nhận|không (?:nói|ghi|nêu|có)(?: rõ)? (?:nơi|gửi|nộp|ai nhận)|(?:gửi|nộp) (?:cho ai|đi đâu|về đâu)"
    ),
    HOW_MANY: re.compile(r"%|\d+ (?:đến|-|–) \d|số lượng|tỷ lệ|tối thiểu|tối đa|ít nhất|toàn bộ|tất cả|bao nhiêu"),
}


class Explained:
    """The readings of one duty, and which comparisons they explain."""

    def __init__(self, readings: Iterable[str], words: str, years: Iterable[int] = ()) -> None:
        """`readings`: the duty's own and those that name it; `words`: the duty's words and rule; `years`: the rule's.

        A day or year that is neither in the words nor given by the rule is that of something else.
        """
        self.any = False
        self._about: set[str] = set()
        here = {(int(day), int(month)) for day, month in re.findall(r"(\d{1,2})/(\d{1,2})", words)}
        of_here = {*re.findall(r"20\d\d", words), *map(str, years)}
        for reading in readings:
            self.any = True
            text = _FACT.sub(lambda m: m[0] if (int(m[1]), int(m[2])) in here else " ", reading.lower())
            text = _EACH_ONCE.sub(r"\1", text)
            text = _YEAR.sub(lambda m: m[0] if m[1] in of_here else " ", text)
            self._about |= {topic for topic, pattern in _SPEAKS_OF.items() if pattern.search(text)}

    def __contains__(self, topic: str) -> bool:
        """Return whether a reading speaks of this comparison."""
        return topic in self._about

    def unless(self, topic: str) -> str:
        """Return how to keep words and rule as they are, for the end of a problem; nothing where a reading says why."""
        if topic in self:
            return ""
        elsewhere = " (the reading there is about something else)" if self.any else ""
        return f", or say in 'reading' why not{elsewhere}"

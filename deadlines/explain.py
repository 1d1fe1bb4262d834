"""Why a duty has the dates it has: clause, words, rule, calendar, ladder and readings, in Vietnamese lines."""

from collections.abc import Iterator

from config.grammar import ISSUE, TimeRule
from config.plan import Count, Coverage, Duty, Plan, Rung
from deadlines.calendar import Calendar
from deadlines.explain_awards import award_lines
from deadlines.explain_targets import target_lines
from deadlines.milestones import DatedMilestone, milestones_of
from deadlines.model import DutyPeriod, Obligor
from deadlines.unit_kinds import UNIT_KINDS
from deadlines.windows import weekday

MODALITIES = {
    "mandated": "giao, yêu cầu", "requested": "đề nghị", "invited": "chờ hướng dẫn", "encouraged": "khuyến khích",
}  # fmt: skip
ROLES = {
    "standing-agency": "cơ quan thường trực, đầu mối tổng hợp", "council": "Hội đồng Thi đua - Khen thưởng",
    "council-secretariat": "cơ quan thường trực Hội đồng Thi đua - Khen thưởng",
    "steering-committee": "Ban Chỉ đạo về Chuyển đổi số", "receiver": "cơ quan tiếp nhận",
    "consolidator": "cơ quan tổng hợp", "screener": "cơ quan xét chọn", "appraiser": "cơ quan thẩm định",
    "decider": "người có thẩm quyền quyết định", "province": "UBND tỉnh",
}  # fmt: skip
_RECIPIENTS = {"officer": "cán bộ đầu mối", "office": "văn thư đơn vị", "head": "người đứng đầu đơn vị"}
_KINDS = {"remind": "nhắc", "overdue": "thông báo chưa ghi nhận", "brief": "phiếu trình"}
_QUARTERS = ("I", "II", "III", "IV")
_PARTS = {"start": "ngày đầu", "middle": "giữa", "end": "ngày cuối", "whole": "hết"}
EVERY = {"month": "hằng tháng", "quarter": "hằng quý", "half-year": "6 tháng một lần"}
MILESTONES = {
    "cut-off": "chốt số liệu", "draft": "dự thảo", "comment": "lấy ý kiến", "signature": "ký ban hành",
}  # fmt: skip


def explain(plan: Plan, duty_period: DutyPeriod, calendar: Calendar) -> list[str]:
    """Return the lines that show where every date of this row comes from and who is written to when."""
    duty = plan.duty(duty_period.duty)
    return [
        f"{duty_period.title} ({duty_period.duty}, kỳ {duty_period.period})",
        f"Căn cứ: {_instrument(plan)}, mục {duty_period.clause}: “{duty_period.words}”.",
        f"Quy tắc thời hạn: {duty_period.rule} – {rule_in_words(duty.time_rule, duty.every)}.",
        *_event(plan, duty),
        *_days(duty_period, calendar),
        *_roll_over(plan),
        *_timeliness(plan, duty),
        *_state(duty_period),
        *_who(duty_period),
        *_how_many(duty),
        *target_lines(plan, duty, duty_period),
        *_milestones(duty, duty_period, calendar),
        *_chains(plan, duty),
        *_ladders(plan, duty_period),
        *award_lines(plan, duty, duty_period),
        *_readings(plan, duty_period),
    ]


def rule_in_words(rule: TimeRule, every: str | None = None) -> str:
    """Return a time rule as a Vietnamese phrase that says what counts as in time."""
    if rule.kind == "annual":
        return f"{EVERY[every] if every else 'hằng năm'}, chưa ấn định thời hạn"
    if rule.kind == "occasion":
        return "theo dịp, chưa ấn định thời hạn"
    if rule.kind == "request":
        return "khi có yêu cầu, chưa ấn định thời hạn"
    if rule.kind == "event":
        unit, side = "ngày làm việc" if rule.working else "ngày", "sau" if rule.after else "trước"
        event = "ngày ban hành kế hoạch" if rule.event == ISSUE else f"sự kiện “{rule.event}”"
        return f"{rule.days} {unit} {side} {event}"
    if rule.in_period:
        return f"{EVERY[every or 'month']}, {_in_period(rule, every or 'month')}"
    if rule.kind == "before":
        return f"trước ngày {rule.day}/{rule.month}, không kể ngày đó"
    named = _named(rule)
    if rule.kind == "within":
        return f"trong {named}, kể cả ngày cuối; làm sớm hơn không phải là vi phạm"
    what = f"ngày {rule.day}/{rule.month}" if rule.day else f"{_PARTS[rule.part or 'whole']} {named}"
    return f"chậm nhất {what}, kể cả ngày đó"


def _named(rule: TimeRule) -> str:
    if rule.quarter:
        return f"quý {_QUARTERS[rule.quarter - 1]}"
    if rule.half:
        return f"6 tháng {'đầu' if rule.half == 1 else 'cuối'} năm"
    return f"tháng {rule.month}" if rule.month else "năm"


def _in_period(rule: TimeRule, every: str) -> str:
    """Return the day of a rule inside a month, quarter or half-year; a day counts in its last month."""
    last = "tháng đó" if every == "month" else "tháng cuối kỳ"
    month = "tháng liền sau kỳ" if rule.of_next else last
    if rule.day is None:
        named = month if rule.of_next else "kỳ"
        return f"chậm nhất {_PARTS[rule.part or 'whole']} {named}, kể cả ngày đó"
    if rule.working:
        return f"chậm nhất ngày làm việc thứ {rule.day} của {month}, kể cả ngày đó"
    if rule.kind == "before":
        return f"trước ngày {rule.day} của {month}, không kể ngày đó"
    return f"chậm nhất ngày {rule.day} của {month}, kể cả ngày đó"


def _instrument(plan: Plan) -> str:
    issued = plan.instrument.date
    return f"Kế hoạch số {plan.instrument.number or '(chưa có số)'}" + (f" ngày {issued:%d/%m/%Y}" if issued else "")


def _days(row: DutyPeriod, calendar: Calendar) -> Iterator[str]:
    if row.due_on is None or row.target_on is None:
        yield "Chưa ấn định thời hạn: không nhắc quá hạn, không báo cáo lên cấp trên cho đến khi có văn bản ấn định."
        if row.bound_on:
            yield f"Giới hạn ngoài: {row.bound_on:%d/%m/%Y}; chỉ để lập kế hoạch, không phải thời hạn của đơn vị."
        return
    if row.opens_on:
        yield f"Mở từ ngày {row.opens_on:%d/%m/%Y}."
    yield f"Ngày cuối cùng còn trong thời hạn: {weekday(row.due_on)}, {row.due_on:%d/%m/%Y}, đến hết 24 giờ."
    if row.target_on == row.due_on:
        yield "Ngày đó là ngày làm việc; các lần nhắc tính từ chính ngày đó."
    else:
        why = calendar.name_of(row.due_on)
        yield (
            f"Ngày đó là ngày nghỉ ({why}); các lần nhắc tính từ ngày làm việc liền trước: "
            f"{weekday(row.target_on)}, {row.target_on:%d/%m/%Y}."
        )
    if row.roll_note:
        yield row.roll_note
    notice = "đã có thông báo nghỉ lễ chính thức" if row.calendar_status == "official" else "dự kiến, chưa có thông báo"
    yield f"Lịch làm việc năm {row.due_on.year}: {notice}."


def _event(plan: Plan, duty: Duty) -> Iterator[str]:
    slug = duty.time_rule.event
    event = next((event for event in plan.events if event.slug == slug), None)
    if event is not None:
        clause = f", mục {event.clause}" if event.clause else ""
        words = f": “{event.words}”" if event.words else ""
        yield f"Sự kiện “{event.slug}”: {event.title}{clause}{words}; ngày do văn bản ấn định."
    elif slug and slug != ISSUE:
        yield f"Sự kiện “{slug}”: nhiệm vụ {plan.duty(slug).title}; ngày do văn bản ấn định."


def _roll_over(plan: Plan) -> Iterator[str]:
    if plan.roll_over:
        yield "Phong trào này chọn chuyển hạn cuối rơi vào ngày nghỉ sang ngày làm việc tiếp theo (roll_over: true)."


def _timeliness(plan: Plan, duty: Duty) -> Iterator[str]:
    if plan.timeliness != "first" and duty.addressees:
        fact = {"data": "lúc nhận được dữ liệu", "document": "lúc nhận được văn bản chính thức"}[plan.timeliness]
        yield f"Đúng hạn hay không xét theo {fact} (timeliness: {plan.timeliness})."


def _how_many(duty: Duty) -> Iterator[str]:
    if duty.count:
        least = duty.count.min if duty.count.min is not None else "không nêu"
        most = duty.count.max if duty.count.max is not None else "không nêu"
        yield f"Số lượng mỗi đơn vị đăng ký: tối thiểu {least}, tối đa {most}{_said(duty.count, duty)}."
    if duty.coverage:
        yield f"Tỷ lệ phải thực hiện: {duty.coverage.percent}% số đơn vị nêu tên{_said(duty.coverage, duty)}."


def _said(part: Count | Coverage | DatedMilestone, duty: Duty) -> str:
    """Return where the plan says so, in which words and how they are read."""
    clause = f"; mục {part.clause or duty.clause}" if part.words or part.clause else ""
    words = f": “{part.words}”" if part.words else ""
    reading = None if isinstance(part, DatedMilestone) else part.reading
    return f"{clause}{words}{f'; cách hiểu: {reading}' if reading else ''}"


def _milestones(duty: Duty, row: DutyPeriod, calendar: Calendar) -> Iterator[str]:
    for milestone in milestones_of(duty, row, calendar):
        on = f"{weekday(milestone.on)}, {milestone.on:%d/%m/%Y}" if milestone.on else "chờ ấn định thời hạn"
        kind = MILESTONES[milestone.kind]
        yield f"Mốc nội bộ – {kind}: {on}{_said(milestone, duty)}; không phải thời hạn của đơn vị."


def _chains(plan: Plan, duty: Duty) -> Iterator[str]:
    for chain in plan.chains:
        if duty.slug not in chain.order:
            continue
        n = chain.order.index(duty.slug)
        before = f"không trước “{chain.order[n - 1]}”" if n else "đứng đầu"
        after = f"không sau “{chain.order[n + 1]}”" if n + 1 < len(chain.order) else "đứng cuối"
        reading = f" {chain.reading}" if chain.reading else ""
        yield f"Thứ tự “{chain.slug}” (mục {chain.clause}): {before}, {after}.{reading}"


def _state(row: DutyPeriod) -> Iterator[str]:
    if not row.confirmed:
        yield "Tùy tình hình thực tiễn, chờ xác nhận: có chuẩn bị, không coi là quá hạn khi chưa được xác nhận."
    if row.conditional_on:
        yield f"Chỉ phát sinh sau khi “{row.conditional_on}” được quyết định."


def _who(row: DutyPeriod) -> Iterator[str]:
    for obligor in row.obligors:
        yield f"Đơn vị thực hiện: {_obligor(obligor)}."
    for addressee in row.addressees:
        via = f", qua {ROLES[addressee.via]}" if addressee.via else ""
        yield f"Nơi nhận: {ROLES[addressee.to]}{via}{f' {addressee.function}' if addressee.function else ''}."


def _obligor(obligor: Obligor) -> str:
    who = UNIT_KINDS[obligor.kind] + (f" ({ROLES[obligor.role]})" if obligor.role else "")
    since = f", từ {obligor.from_:%d/%m/%Y}" if obligor.from_ else ""
    until = f", đến hết {obligor.until:%d/%m/%Y}" if obligor.until else ""
    return f"{who} – {MODALITIES[obligor.modality]}{since}{until}"


def _ladders(plan: Plan, row: DutyPeriod) -> Iterator[str]:
    for modality in dict.fromkeys(obligor.modality for obligor in row.obligors):
        rungs = plan.ladder_for(row.duty, modality)
        if not rungs:
            yield f"Thang nhắc ({MODALITIES[modality]}): không có."
        elif row.due_on is None:
            yield f"Thang nhắc ({MODALITIES[modality]}): chỉ áp dụng khi có thời hạn."
        else:
            yield f"Thang nhắc ({MODALITIES[modality]}): {'; '.join(_rung(rung) for rung in rungs)}."


def _rung(rung: Rung) -> str:
    base = "ngày cuối của thời hạn" if rung.from_ == "due_on" else "ngày làm việc mục tiêu"
    n = rung.offset_days if rung.offset_days is not None else rung.offset_working_days or 0
    unit = "ngày" if rung.offset_days is not None else "ngày làm việc"
    to = _RECIPIENTS.get(rung.to) or ROLES[rung.to.removeprefix("role:")]
    waits = ", sau khi đối chiếu văn bản đến" if rung.reconciled else ""
    when = f"{abs(n)} {unit} {'trước' if n < 0 else 'sau'} {base}"
    return f"{rung.slug} {_KINDS[rung.kind]} {to} {when} ({rung.at:%H:%M}{waits})"


def _readings(plan: Plan, row: DutyPeriod) -> Iterator[str]:
    duty = plan.duty(row.duty)
    if duty.reading:
        yield f"Cách hiểu: {duty.reading}"
    for reading in plan.readings:
        if duty.slug in reading.duties:
            decided = f" (quyết định: {reading.decided_by})" if reading.decided_by else " (chưa có quyết định khác)"
            yield f"Cách hiểu {reading.slug}, mục {reading.clause}, “{reading.words}”: {reading.reading}{decided}"

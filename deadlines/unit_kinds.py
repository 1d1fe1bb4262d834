"""The kinds of unit, and the levels of targets, as a Vietnamese reader names them."""

UNIT_KINDS = {
    "department": "sở, ban, ngành", "mass-organisation": "đoàn thể, tổ chức chính trị - xã hội",
    "front": "Ủy ban MTTQ", "district": "huyện, thị xã, thành phố", "commune": "xã, phường, thị trấn",
    "sub-unit": "đơn vị thuộc, trực thuộc", "enterprise": "doanh nghiệp", "cooperative": "hợp tác xã",
    "health-facility": "cơ sở y tế", "school": "trường học", "business-association": "hiệp hội doanh nghiệp",
    "party-body": "cơ quan Đảng", "province": "cấp tỉnh", "person": "cá nhân",
}  # fmt: skip
LEVELS = {
    "province": "toàn tỉnh", "provincial-agency": "cơ quan cấp tỉnh", "district": "cấp huyện", "commune": "cấp xã",
    "agency": "mọi cơ quan, đơn vị", "sub-unit": "đơn vị thuộc, trực thuộc", "person": "cá nhân", "unclear": "chưa rõ",
}  # fmt: skip

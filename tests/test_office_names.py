"""An office writes under the name it has on the day: Sở TT&TT, then Sở KH&CN, then that of the merged province."""

from datetime import date
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from config.plan import PlanError, load_plan, load_plan_text, plan_path
from tasks.compose import organisation, sender_of
from tests.story import story

BEFORE_MARCH, MARCH, JUNE, JULY = date(2025, 2, 28), date(2025, 3, 1), date(2025, 6, 30), date(2025, 7, 1)


@pytest.mark.parametrize(
    ("key", "day", "name", "short"),
    [
        ("thai-binh", JUNE, "Sở Nội vụ tỉnh Thái Bình", "Sở Nội vụ"),
        ("thai-binh", JULY, "Sở Nội vụ tỉnh Hưng Yên", "Sở Nội vụ"),
        ("hai-duong", BEFORE_MARCH, "Sở Thông tin và Truyền thông tỉnh Hải Dương", "Sở TT&TT"),
        ("hai-duong", MARCH, "Sở Khoa học và Công nghệ tỉnh Hải Dương", "Sở KH&CN"),
        ("hai-duong", JUNE, "Sở Khoa học và Công nghệ tỉnh Hải Dương", "Sở KH&CN"),
        ("dien-bien", BEFORE_MARCH, "Sở Thông tin và Truyền thông tỉnh Điện Biên", "Sở TT&TT"),
        ("dien-bien", MARCH, "Sở Khoa học và Công nghệ tỉnh Điện Biên", "Sở KH&CN"),
        ("hai-duong", JULY, "Sở Khoa học và Công nghệ thành phố Hải Phòng", "Sở KH&CN"),
        ("kien-giang", BEFORE_MARCH, "Sở Thông tin và Truyền thông tỉnh Kiên Giang", "Sở TT&TT"),
        ("kien-giang", MARCH, "Sở Khoa học và Công nghệ tỉnh Kiên Giang", "Sở KH&CN"),
        ("kien-giang", JULY, "Sở Khoa học và Công nghệ tỉnh An Giang", "Sở KH&CN"),
        ("tuyen-quang", JUNE, "Sở Nội vụ tỉnh Tuyên Quang", "Sở Nội vụ"),
        ("tuyen-quang", JULY, "Sở Nội vụ tỉnh Tuyên Quang", "Sở Nội vụ"),
    ],
)
def test_the_sender_of_a_day(key: str, day: date, name: str, short: str) -> None:
    sender = sender_of(load_plan(plan_path(key)), day)
    assert (sender.office_name, sender.sender_name, sender.short_name) == (name, name, short)


async def test_a_mail_of_2021_comes_from_the_office_of_2021(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2021-10-01", key="hai-duong") as s:
        await s.forward("2021-12-01 08:00")
        mails = [
            BytesParser(policy=policy.default).parsebytes((s.spool / f"{mail.n}.eml").read_bytes())
            for mail in s.new_mails()
        ]
    assert len(mails) > 20
    for mail in mails:
        body = mail.get_body(("plain",))
        assert body is not None
        text = " ".join(f"{mail['from']} {body.get_content()}".split())  # the reader keeps a folded header's space
        assert "Hải Phòng" not in text
        assert text.startswith("Sở Thông tin và Truyền thông tỉnh Hải Dương <")


@pytest.mark.parametrize(
    ("day", "secretariat", "committee"),
    [
        (JUNE, "Sở Nội vụ tỉnh Kiên Giang", "Ủy ban nhân dân tỉnh Kiên Giang"),
        (JULY, "Sở Nội vụ tỉnh An Giang", "Ủy ban nhân dân tỉnh An Giang"),
    ],
)
async def test_a_code_with_two_lives_is_named_as_on_the_day(
    day: date, secretariat: str, committee: str, database_url: str, tmp_path: Path
) -> None:
    """Code 91 was Kiên Giang's and is An Giang's."""
    async with story(database_url, tmp_path, since="2022-10-03", key="kien-giang") as s:
        plan = load_plan(plan_path("kien-giang"))
        assert organisation(plan, "council-secretariat", day, s.world) == secretariat
        assert organisation(plan, "province", day, s.world) == committee


def test_former_names_stand_in_their_order() -> None:
    text = load_plan(plan_path("hai-duong")).text.replace(
        "until: 2025-02-28\n      name:", "until: 2025-07-28\n      name:"
    )
    with pytest.raises(PlanError, match="order former names by day"):
        load_plan_text(text, "hai-duong.yaml")

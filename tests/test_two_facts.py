"""A report has two facts, data and official document; the campaign says which of them judges it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.plan import Plan, load_plan_text, plan_path
from deadlines.lateness import Timeliness, judging
from dondoc.cli.root import main
from dondoc.portal import words
from dondoc.store.campaigns import campaign
from dondoc.store.cohorts import judge_again
from dondoc.store.duties import duty_period
from dondoc.store.status import duty_status
from dondoc.store.submissions import assignments_of
from tasks.confirm_intake import confirm_reading
from tasks.load_campaign import amend_plan
from tasks.receipts import Document
from tasks.undo_intake import undo_batch
from tests.story import KEY, Story, at, story
from tests.test_intake import csv_file, reading_of, row
from tests.test_stories import address_of
from tests.test_unit_pages import mail_to

DAY = datetime(2026, 11, 13, 2, 0, tzinfo=UTC)
LATER = DAY + timedelta(days=4)
SIGNED = Document("45/BC-MẪU", date(2026, 11, 12), "Người ký mẫu")


@pytest.mark.parametrize(
    ("rule", "data", "document", "judged"),
    [
        ("first", DAY, LATER, DAY),
        ("first", LATER, DAY, DAY),
        ("first", None, LATER, LATER),
        ("data", DAY, LATER, DAY),
        ("data", LATER, DAY, LATER),  # the document in time does not stand for the data
        ("data", None, DAY, None),
        ("document", DAY, LATER, LATER),  # the data in time do not stand for the document
        ("document", LATER, DAY, DAY),
        ("document", DAY, None, None),
        ("first", None, None, None),
    ],
)
def test_which_arrival_judges(
    rule: Timeliness, data: datetime | None, document: datetime | None, judged: datetime | None
) -> None:
    assert judging(rule, data, document) == judged


def plan_by(rule: str) -> Plan:
    """Return the shipped plan as an office that has decided so would have it."""
    text = plan_path(KEY).read_text(encoding="utf-8")
    return load_plan_text(text.replace("\nroles:", f"\ntimeliness: {rule}\nroles:", 1), KEY)


async def go_by(s: Story, rule: str) -> None:
    """Let the story's campaign judge by another fact from now on."""
    await amend_plan(s.world, plan_by(rule), officer="Lãnh đạo mẫu", document="12/QĐ-MẪU", as_of=s.now)


async def standing(s: Story, code: str) -> tuple[str, str | None, str]:
    """Return a unit's state, judgement and how pages put it."""
    [unit] = [each for each in await s.units("annual-report", "2026") if each.unit_code == code]
    return unit.state, unit.judged, words.judgement(unit)


async def test_the_fact_that_judges_is_awaited_and_the_other_silences(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-10", now="2026-11-12 08:30") as s:
        await s.forward("2026-11-12 08:30")
        first = await s.submit("11-so-tai-chinh", "annual-report", "2026")
        assert (first.judged, await standing(s, "11-so-tai-chinh")) == (
            "on-time", ("submitted", "on-time", "trong thời hạn"),
        )  # fmt: skip
        await go_by(s, "document")
        waiting = await s.submit("11-so-y-te", "annual-report", "2026")
        assert (waiting.judged, waiting.days_late) == (None, 0)
        assert await standing(s, "11-so-y-te") == ("submitted", None, "chờ văn bản để xét thời hạn")
        owner = await campaign(s.world.database, KEY)
        annual = await duty_period(s.world.database, owner.id, "annual-report", "2026")
        async with s.world.database.write() as connection:  # a later date judges what came, and only by what judges
            for each in (await assignments_of(connection, [annual.id])).values():
                if each.first_received_at:
                    await judge_again(connection, each.cohort_id, date(2026, 12, 31))
        assert (await standing(s, "11-so-y-te"))[1] is None
        [row] = [
            each
            for each in await duty_status(s.world.database, owner.id, s.now)
            if (each.duty, each.period, each.modality) == ("annual-report", "2026", "mandated")
        ]
        assert (row.on_time, row.late, row.received_undated) == (1, 0, 1)
        in_time = await s.submit("11-so-tu-phap", "annual-report", "2026", document=SIGNED, received="2026-11-12")
        assert in_time.judged == "on-time"
        await s.forward("2026-11-12 09:10")
        _, told, _ = mail_to(s, await address_of(s, "11-so-y-te"))
        assert "Ghi nhận: xét thời hạn khi nhận được văn bản chính thức" in told
        s.now = at("2026-11-17 10:00")
        late = await s.submit("11-so-y-te", "annual-report", "2026", document=SIGNED)
        assert (late.judged, late.days_late) == ("late", 3)
        assert (await s.submit("11-so-tu-phap", "annual-report", "2026")).judged == "on-time"
        await go_by(s, "data")
        only = await s.submit("11-so-xay-dung", "annual-report", "2026", document=SIGNED, received="2026-11-13")
        assert only.judged is None
        assert await standing(s, "11-so-xay-dung") == ("submitted", None, "chờ dữ liệu để xét thời hạn")
        assert (await s.submit("11-so-xay-dung", "annual-report", "2026")).judged == "late"


async def test_a_register_taken_over_and_back_is_judged_by_the_same_fact(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-10", now="2026-11-12 08:30") as s:
        await s.forward("2026-11-12 08:30")
        await go_by(s, "document")
        await s.submit("11-so-y-te", "annual-report", "2026")
        s.now = at("2026-11-17 10:00")
        register = csv_file(tmp_path, [row(1, "Sở Y tế", came="16/11/2026"), row(2, "Sở Tư pháp", came="13/11/2026")])
        for _ in range(2):
            batch = await confirm_reading(s.world, await reading_of(s, register), by="Chuyên viên mẫu", as_of=s.now)
            assert (await standing(s, "11-so-y-te"))[:2] == ("submitted", "late")  # its data came in time
            assert (await standing(s, "11-so-tu-phap"))[:2] == ("submitted", "on-time")
            await undo_batch(s.world, batch.code, by="Chuyên viên mẫu", as_of=s.now)
            assert await standing(s, "11-so-y-te") == ("submitted", None, "chờ văn bản để xét thời hạn")
            assert (await standing(s, "11-so-tu-phap"))[:2] == ("open", None)


def test_the_rule_is_explained_and_checked(tmp_path: Path) -> None:
    plan = plan_by("document")
    file = tmp_path / f"{KEY}.yaml"
    file.write_text(plan.text, encoding="utf-8")
    said = CliRunner().invoke(main, ["explain", str(file), "annual-report", "2026"]).stdout
    assert "Đúng hạn hay không xét theo lúc nhận được văn bản chính thức (timeliness: document)." in said
    checked = CliRunner().invoke(main, ["check", str(file)]).output
    assert "timeliness: document judges nobody by the data that came in time" in checked
    file.write_text(plan.text.replace("timeliness: document", "timeliness: either"), encoding="utf-8")
    refused = CliRunner().invoke(main, ["check", str(file)])
    assert refused.exit_code == 2
    assert "timeliness" in refused.output

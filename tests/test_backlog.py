"""Going live with what was in before: recorded and judged by its own time, and nothing is sent about the past."""

from datetime import date
from pathlib import Path

import pytest

from dondoc.registry.problems import RegistryError
from dondoc.store.campaigns import campaign, count_rows
from tasks.read_backlog import read_backlog
from tasks.rule_campaign import go_live
from tests.story import KEY, Story, at, story
from tests.test_stories import address_of

HEADER = "unit,duty,period,received_at,receiver,document_number,document_date,signer\n"
BACKLOG = (
    "# sổ văn bản đến, mẫu\n" + HEADER + "11-so-y-te,annual-report,2026,01/11/2026 09:30,,,,\n"
    "sở tư pháp,annual-report,2026,2026-11-04,council-secretariat,45/BC-MẪU,3/11/2026,Người ký mẫu\n"
    "11-so-y-te,annual-report,2026,2026-11-03,,46/BC-MẪU,2026-11-02,Người ký mẫu\n"
    "11-so-tttt,annual-report,2024,2024-11-20,,,,\n"  # a unit and a period of before: only history
    "094,own-plan,once,2023-09-29,,,,\n"
)


def written(folder: Path, text: str) -> Path:
    """Return a file with this text."""
    path = folder / "received.csv"
    path.write_text(text, encoding="utf-8")
    return path


async def live(s: Story, file: Path, *, only_show: bool = False) -> None:
    await go_live(
        s.world, KEY, date(2026, 11, 5), officer="Lãnh đạo mẫu", as_of=s.now, received=read_backlog(file),
        only_show=only_show,
    )  # fmt: skip


async def test_what_was_in_before_is_judged_and_nobody_hears_of_it(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01", now="2026-11-05 08:30", state="rehearsal") as s:
        await s.forward("2026-11-05 09:00")
        s.new_mails()
        await live(s, written(tmp_path, BACKLOG))
        units = {each.unit_code: each for each in await s.units("annual-report", "2026")}
        health, justice = units["11-so-y-te"], units["11-so-tu-phap"]
        assert (health.state, health.judged) == ("submitted", "on-time")
        assert health.first_received_at == at("2026-11-01 09:30")
        assert health.document_received_at == at("2026-11-03 08:00")
        assert (justice.state, justice.data_received_at) == ("submitted", None)
        [old] = await s.units("annual-report", "2024")
        assert (old.unit_code, old.state, old.judged) == ("11-so-tttt", "submitted", "late")
        [plan] = await s.units("own-plan", "once")
        assert (plan.unit_code, plan.judged) == ("094", "on-time")
        await s.forward("2026-11-06 12:00")  # T-7 for everybody else
        mails = s.new_mails()
        told = [mail.rcpt_tos[0] for mail in mails]
        assert len(told) > 100
        assert not {await address_of(s, code) for code in ("11-so-y-te", "11-so-tu-phap")} & set(told)
        assert [mail.subject for mail in mails if "Xác nhận tiếp nhận" in mail.subject] == []


async def test_every_line_that_is_wrong_is_told_at_once_and_nothing_is_kept(database_url: str, tmp_path: Path) -> None:
    wrong = (
        HEADER + "11-so-y-te,annual-report,2026,06/11/2026,,,,\n11-so-khong,annual-report,2026,2026-11-01,,,,\n"
        "11-so-y-te,anual-report,2026,2026-11-01,,,,\n11-so-y-te,annual-report,2031,2026-11-01,,,,\n"
        "11-so-y-te,annual-report,2026,2026-11-01,council,,,\n03127,own-plan,once,2026-11-01,,,,\n"
        "11-so-y-te,annual-report,2026,2026-11-02,,,,\n"
    )
    async with story(database_url, tmp_path, since="2026-01-01", now="2026-11-05 08:30", state="rehearsal") as s:
        await s.forward("2026-11-05 09:00")
        before = await count_rows(s.world.database)
        with pytest.raises(RegistryError) as refused:
            await live(s, written(tmp_path, wrong))
        assert refused.value.problems == [
            "received.csv: line 2, column received_at: lies in the future; record it when it has come",
            "received.csv: line 3, column unit: '11-so-khong': none with this code or name on 01/11/2026",
            "received.csv: line 4, column duty: 'anual-report' is no duty of this campaign; "
            "did you mean annual-report?",
            "received.csv: line 5, column period: '2031' is no period of annual-report; write one of: 2023, 2024, "
            "2025, 2026, 2027, 2028, 2029, 2030",
            "received.csv: line 6, column receiver: 'council' does not receive annual-report; it goes to "
            "standing-agency, council-secretariat",
            "received.csv: line 6, column unit: '11-so-y-te' stands already in line 2 for annual-report 2026; "
            "keep the earlier receipt",
            "received.csv: line 8, column unit: '11-so-y-te' stands already in line 2 for annual-report 2026; "
            "keep the earlier receipt",
        ]
        with pytest.raises(RegistryError, match="line 2, column unit: '03127' owes nothing under own-plan once"):
            await live(s, written(tmp_path, HEADER + "03127,own-plan,once,2026-11-01,,,,\n"))
        assert await count_rows(s.world.database) == before
        await live(s, written(tmp_path, BACKLOG), only_show=True)
        assert await count_rows(s.world.database) == before
        assert (await campaign(s.world.database, KEY)).state == "rehearsal"


def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = HEADER + ",annual-report,2026,hôm qua,,,,\n11-so-y-te,annual-report,2026,2026-11-01,,45/BC-MẪU,,\n"
    with pytest.raises(RegistryError) as refused:
        read_backlog(written(tmp_path, wrong))
    assert refused.value.problems == [
        "received.csv: line 2, column unit: is empty; a value is required here",
        "received.csv: line 2, column received_at: 'hôm qua' is no time; write '2026-11-14 16:30' (Vietnam time) or "
        "the day alone",
        "received.csv: line 3, column document_number: a document has its number, document_date and signer; "
        "fill in all three",
    ]

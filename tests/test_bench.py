"""The measurement's own parts: figures and targets, mails as templates, the multiplied campaign, children."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dondoc.store import tables as t
from dondoc.store.engine import open_database
from scripts.bench.capture import Mail, as_template, read_mails, write_mails
from scripts.bench.children import ROOT, run_together
from scripts.bench.figures import FULL, SHORT, Figure, Seen, at_least, at_most, table
from scripts.bench.fill import MORNING, NOW, add_units, fire, small_campaign, step_of_enterprises
from scripts.bench.post_office_settings import database as words_of_django
from scripts.bench.raw import insert_raw

MORE = 25


def test_a_figure_on_its_target_holds_and_one_beyond_it_does_not() -> None:
    assert at_least("speed", 0.7, 0.7, FULL).holds
    assert not at_least("speed", 0.69, 0.7, FULL).holds
    assert at_most("memory", 1.2, 1.2, FULL).holds
    assert not at_most("memory", 1.21, 1.2, FULL).holds


def test_the_short_profile_lets_a_figure_reach_half_of_its_target() -> None:
    assert at_least("speed", 0.35, 0.7, SHORT).holds
    assert not at_least("speed", 0.34, 0.7, SHORT).holds
    assert at_most("queueing", 3.0, 1.5, SHORT).holds
    assert not at_most("queueing", 3.1, 1.5, SHORT).holds


def test_a_figure_is_one_line_of_json() -> None:
    line = Figure("hàng đợi", 1.23456, 1.5, "at most").line()

    assert json.loads(line) == {"metric": "hàng đợi", "value": 1.235, "target": 1.5, "holds": True}
    assert "\n" not in line


def test_the_table_shows_medians_and_marks_what_misses_its_target() -> None:
    shown = table([Seen("rate", (1.0, 2000.0, 3.0), "mails/s")], [at_least("ratio", 0.5, 0.7, FULL)])

    assert "rate" in shown
    rate = next(line for line in shown.splitlines() if line.startswith("rate"))
    assert rate.split() == ["rate", "3", "1", "2,000", "mails/s"]
    assert shown.splitlines()[-1].split() == ["ratio", "0.500", "≥", "0.7", "NO"]


def test_mails_are_kept_byte_for_byte(tmp_path: Path) -> None:
    mails = [
        Mail("a@x.example", "b@y.example", b"Subject: x\r\n\r\n\xff\x00.\r\n"),
        Mail("a@x.example", "c@y.example", b""),
    ]
    write_mails(mails, tmp_path / "mails")

    assert read_mails(tmp_path / "mails") == mails


def test_a_mail_becomes_a_template_of_its_own_words() -> None:
    content = (
        "Subject: =?utf-8?b?WMOjIEE=?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKính gửi: Xã A\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Xã A</p>\r\n--b--\r\n"
    )

    template = as_template(Mail("a@x.example", "b@y.example", content.encode()), "Xã A")

    assert template["subject"] == "{{ unit }}"
    assert template["text"].strip() == "Kính gửi: {{ unit }}"
    assert template["html"].strip() == "<p>{{ unit }}</p>"


def test_django_is_given_the_same_database() -> None:
    sqlite = words_of_django("sqlite+aiosqlite:////tmp/x.sqlite")
    assert sqlite["NAME"] == "/tmp/x.sqlite"
    assert "synchronous=FULL" in sqlite["OPTIONS"]["init_command"]
    assert words_of_django("postgresql+asyncpg://dondoc@/peer1?host=%2Ftmp%2Fpg") == {
        "ENGINE": "django.db.backends.postgresql", "NAME": "peer1", "USER": "dondoc", "PASSWORD": "",
        "HOST": "/tmp/pg", "PORT": "",
    }  # fmt: skip


async def test_raw_sql_writes_what_firing_a_step_writes(database_url: str) -> None:
    await small_campaign(database_url)
    await add_units(database_url, MORE)
    database = await open_database(database_url)
    try:
        step = await step_of_enterprises(database)
        n, m = t.notice.c, t.message.c
        wanted = (
            select(
                n.assignment_id, n.rung, n.due_key, n.recipient, n.mode, n.person_id, n.state, n.created_at,
                m.campaign_id, m.channel, m.local_day, m.wave, m.part, m.kind, m.state, m.not_before, m.fence,
            )
            .join(t.message_item, t.message_item.c.notice_id == n.id)
            .join(t.message, m.id == t.message_item.c.message_id)
            .where(n.step_id == step.id)
            .order_by(n.assignment_id)
        )  # fmt: skip
        written = []
        for write in (insert_raw, fire):
            async with database.engine.connect() as connection, connection.begin() as transaction:
                assert await write(database, connection, step) > MORE
                written.append((await connection.execute(wanted)).all())
                await transaction.rollback()
        assert written[0] == written[1]
        assert sum(row.local_day == MORNING and row.not_before == NOW for row in written[0]) == len(written[0])
        async with database.read() as connection:
            units = select(func.count()).select_from(t.unit).where(t.unit.c.name.like("Doanh nghiệp mẫu số %"))
            assert (await connection.execute(units)).scalar_one() == MORE
    finally:
        await database.close()


CHILD = (
    "import json, sys; print('ready', flush=True); sys.stdin.readline(); print(json.dumps({'accepted': 2}), flush=True)"
)


def test_children_begin_together_and_are_counted_together() -> None:
    assert run_together([["-c", CHILD], ["-c", CHILD]]).total("accepted") == 4


def test_a_child_that_breaks_is_named() -> None:
    with pytest.raises(RuntimeError, match="ended without a word"):
        run_together([["-c", "print('ready', flush=True)"]])


def test_a_child_sees_this_tree_and_no_settings_of_a_dondoc_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_RELAY_HOST", "relay.example")
    seen = "import json, os; print('ready', flush=True); input(); print(json.dumps({'path': os.environ['PYTHONPATH'], "
    seen += "'relay': os.environ.get('DONDOC_RELAY_HOST')}), flush=True)"

    assert run_together([["-c", seen]]).said == ({"path": str(ROOT), "relay": None},)

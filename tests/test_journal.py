"""The journal of accepted mail: whole lines or none, whoever dies while writing it."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from dondoc.messages.journal import Journal, JournalLine, Mark
from dondoc.store.sent_before import NoticeKey

ONE = NoticeKey("dien-bien", "annual-report", "2026", "11-so-y-te", "T-30", "2026-11-14", "officer", "live")
AT = datetime(2026, 10, 15, 1, 0, 2, 3, tzinfo=UTC)


def line(row: int, *keys: NoticeKey) -> JournalLine:
    """Return a line about a message."""
    return JournalLine(f"<{row:032x}@dondoc.example>", row, 1, keys or (ONE,), AT, "ab" * 32)


def lines_in(journal: Journal, since: Mark | None = None) -> list[JournalLine | None]:
    """Return what a journal says."""
    return [each.line for each in journal.read(since or Mark())]


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal" / "epoch")
    journal.append([line(1), line(2, ONE, ONE)])
    first_two = journal.end()
    journal.append([line(3)])
    assert lines_in(journal) == [line(1), line(2, ONE, ONE), line(3)]
    assert lines_in(journal, first_two) == [line(3)]
    assert lines_in(journal, journal.end()) == []
    [file] = journal.folder.glob("*.jsonl")
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(journal.folder.stat().st_mode)) == (0o600, 0o700)


def test_a_torn_line_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([line(1), line(2)])
    [file] = tmp_path.glob("*.jsonl")
    whole = file.read_bytes()
    for cut in range(len(whole) // 2 + 1, len(whole)):  # wherever in its second line the power went
        file.write_bytes(whole[:cut])
        assert lines_in(journal) == [line(1), None]
    journal.append([line(3)])  # only the end of the line was missing: nothing is lost
    assert lines_in(journal) == [line(1), line(2), line(3)]
    file.write_bytes(whole[:-20])
    journal.append([line(3)])
    assert lines_in(journal) == [line(1), None, line(3)]


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([line(1), line(2)])
    [file] = tmp_path.glob("*.jsonl")
    content = bytearray(file.read_bytes())
    content[content.index(b"11-so-y-te")] ^= 1
    file.write_bytes(content)
    assert lines_in(journal) == [None, line(2)]


def test_it_stays_within_its_size(tmp_path: Path) -> None:
    journal = Journal(tmp_path, largest=1_000, kept=3)
    for row in range(1, 40):
        journal.append([line(row)])
    files = sorted(tmp_path.glob("*.jsonl"))
    assert len(files) == 3
    assert max(file.stat().st_size for file in files) <= 1_000
    kept = [each.message_row for each in lines_in(journal) if each]
    assert kept == list(range(kept[0], 40))  # the newest, without a gap
    assert lines_in(journal, Mark(1, 20)) == lines_in(journal)  # a mark in a file that has gone: from the oldest kept


def test_several_senders_write_one_journal(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dondoc.messages.journal import Journal; "
        "from tests.test_journal import line; journal = Journal(Path(sys.argv[1]), largest=5_000, kept=100); "
        "[journal.append([line(int(sys.argv[2]) * 1000 + n)]) for n in range(60)]"
    )
    root = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": "."}
    senders = [subprocess.Popen([sys.executable, "-c", code, tmp_path, str(n)], cwd=root, env=env) for n in range(3)]
    assert [sender.wait(60) for sender in senders] == [0, 0, 0]
    rows = [each.message_row for each in lines_in(Journal(tmp_path)) if each]
    assert sorted(rows) == [sender * 1000 + n for sender in range(3) for n in range(60)]
    for sender in range(3):  # each in its own order
        mine = [row for row in rows if row // 1000 == sender]
        assert mine == sorted(mine)

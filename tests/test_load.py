"""The load test's own parts: files that all differ, mailboxes, figures, and a judge that finds what is wrong."""

import hashlib
from importlib.resources import files
from pathlib import Path

import aiosmtplib
import pytest

from dondoc.portal.units.report import LARGEST_PIECE
from scripts.load.evening import Played
from scripts.load.fill import Invited
from scripts.load.judge import Verdict, compared
from scripts.load.mailbox import Mailboxes
from scripts.load.officer import Evening, Pieces, Stock, pieces_of
from scripts.load.report import figures, lines, percentile
from scripts.load.shape import FULL, SHORT

RIGHT = Verdict(0, 0, 0)


def test_every_officers_file_is_another_and_its_hash_is_known() -> None:
    stock = Stock(2_000)
    files = [stock.file(number) for number in (1, 2)]
    contents = [b"".join(file.piece(at, 300) for at in range(0, 2_000, 300)) for file in files]

    assert [*map(len, files), *map(len, contents)] == [2_000] * 4
    assert [file.sha256 for file in files] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert contents[0] != contents[1]
    assert files[0].piece(1_990, 300) == contents[0][1_990:]


async def test_a_code_is_read_from_the_mail_that_came() -> None:
    mail = Mailboxes()
    port = await mail.open()
    try:
        for words in ("Mã xác nhận: 123456", "Xác nhận tiếp nhận"):
            content = f"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()
            await aiosmtplib.send(
                content,
                sender="a@x.example",
                recipients=["b@x.example"],
                hostname="127.0.0.1",
                port=port,
                start_tls=False,
            )
        assert await mail.code_after("b@x.example", 0, 1) == "123456"
        assert await mail.code_after("b@x.example", 1, 0.01) is None
        assert mail.others == {"b@x.example": 1}
    finally:
        mail.close()


def evening(number: int, code: str = "XN-1", sha256: str = "") -> Evening:
    return Evening(Invited(number, "", ""), sha256=sha256, code=code)


def test_the_judge_finds_what_is_lost_twice_and_other(tmp_path: Path) -> None:
    kept = hashlib.sha256(b"kept").hexdigest()
    (tmp_path / kept).write_bytes(b"kept")
    torn = hashlib.sha256(b"torn").hexdigest()
    (tmp_path / torn).write_bytes(b"to")
    told = [
        evening(1, sha256=kept),
        evening(2, sha256=kept),
        evening(3, sha256=torn),
        evening(4, sha256=kept),
        evening(5, ""),
    ]

    there = {1: [("XN-1", kept)], 2: [("XN-1", kept), ("XN-2", kept)], 3: [("XN-1", torn)], 4: [("XN-9", torn)]}

    assert compared(told[:1], there, tmp_path) == RIGHT
    assert compared(told, there, tmp_path) == Verdict(lost=1, twice=1, other_file=2)
    assert compared(told[:1], {}, tmp_path) == Verdict(1, 0, 0)


@pytest.mark.parametrize(
    ("kind", "submit", "errors", "verdict", "holds"),
    [
        ("postgresql", 1.9, 0, RIGHT, True),
        ("postgresql", 2.1, 0, RIGHT, False),  # too slow
        ("sqlite", 2.1, 0, RIGHT, True),  # where no time is promised
        ("postgresql", 1.9, 1, RIGHT, False),
        ("postgresql", 1.9, 0, Verdict(1, 0, 0), False),
        ("postgresql", 1.9, 0, Verdict(0, 1, 0), False),
        ("postgresql", 1.9, 0, Verdict(0, 0, 1), False),
    ],
)
def test_what_must_hold(kind: str, submit: float, errors: int, verdict: Verdict, holds: bool) -> None:
    played = Played(kind, FULL, evenings=[evening(1)], seconds=1.0)
    played.log.note("submit", submit)
    for _ in range(errors):
        played.log.wrong("piece", "503")

    assert all(figure.holds for figure in figures(played, verdict)) == holds
    assert f"errors: {'piece: 503 × 1' if errors else 'none'}" in "\n".join(lines(played, verdict))


def test_a_report_that_was_not_sent_is_told() -> None:
    played = Played("sqlite", SHORT, evenings=[evening(1, "")])

    assert [figure.metric for figure in figures(played, RIGHT) if not figure.holds] == ["sqlite: reports not sent"]


def test_a_quick_look_lets_a_time_be_twice_its_target() -> None:
    for shape, seconds, holds in ((FULL, 3.9, False), (SHORT, 3.9, True), (SHORT, 4.1, False)):
        played = Played("postgresql", shape, evenings=[evening(1)])
        played.log.note("submit", seconds)
        assert all(figure.holds for figure in figures(played, RIGHT)) == holds


def test_percentiles() -> None:
    assert percentile([float(each) for each in range(101)], 99) == 99.0
    assert percentile([7.0], 99) == 7.0


def test_the_size_of_a_piece_is_read_from_the_pages_script() -> None:
    script = files("templates").joinpath("units", "report.js").read_text("utf-8")

    assert pieces_of(script) == Pieces(128 * 1024, 32 * 1024, 960 * 1024)
    assert LARGEST_PIECE >= 960 * 1024


@pytest.mark.parametrize(
    ("piece", "seconds", "after"),
    [(128, 0.1, 256), (600, 0.1, 960), (128, 7, 128), (128, 11, 64), (32, 30, 32)],
)
def test_a_piece_follows_the_line(piece: int, seconds: float, after: int) -> None:
    assert Pieces(128, 32, 960).after(piece, seconds) == after

"""What the database and the disk say afterwards: nothing lost, nothing twice, every file as it was sent."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from dondoc.store.engine import open_database
from scripts.load.evening import Played
from scripts.load.officer import Evening

_SUBMITTED = """
SELECT s.assignment_id AS assignment, s.code, f.sha256 FROM submission s
LEFT JOIN submission_file f ON f.submission_id = s.id AND f.name LIKE '%.pdf'
WHERE s.channel = 'portal'
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many reports are lost (acknowledged and not there), there twice, or with a file that is not what was sent."""

    lost: int
    twice: int
    other_file: int


async def _submissions(url: str) -> dict[int, list[tuple[str, str]]]:
    database = await open_database(url)
    found: dict[int, list[tuple[str, str]]] = {}
    try:
        async with database.read() as connection:
            for row in await connection.execute(text(_SUBMITTED)):
                found.setdefault(row.assignment, []).append((row.code, row.sha256))
    finally:
        await database.close()
    return found


def judge(played: Played) -> Verdict:
    """Compare what officers were told with what is there."""
    return compared(played.evenings, asyncio.run(_submissions(played.url)), played.files)


def compared(evenings: list[Evening], there: dict[int, list[tuple[str, str]]], files: Path) -> Verdict:
    """Compare evenings with submissions by assignment, each its look-up code and its file's SHA-256."""
    lost = twice = other = 0
    for each in evenings:
        mine = there.get(each.invited.assignment, [])
        lost += bool(each.code) and each.code not in {code for code, _ in mine}
        twice += len(mine) > 1
        other += any(sha256 != each.sha256 or not _is(files, sha256) for _, sha256 in mine)
    return Verdict(lost, twice, other)


def _is(files: Path, sha256: str) -> bool:
    place = files / sha256
    if not place.is_file():
        return False
    with place.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == sha256

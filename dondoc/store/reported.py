"""What reports say, field by field: figures and the parts of their text, by submission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select

from dondoc.store import tables as t
from dondoc.store.engine import Connection, Database
from dondoc.store.submissions import counts


@dataclass(frozen=True, slots=True)
class Value:
    """One figure: under which target, of which measure, provisional or final, as of which day."""

    indicator: str
    measure: str
    value: float
    estimate: bool
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says in fields: its figures, and (section, text) in the order of the form."""

    values: tuple[Value, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


NOTHING_REPORTED = Reported()


async def add_reported(connection: Connection, submission_id: int, reported: Reported) -> None:
    """Write down what a submission says."""
    v, x = t.reported_value, t.reported_text
    if reported.values:
        rows = [{"submission_id": submission_id, **_columns(each)} for each in reported.values]
        await connection.execute(insert(v), rows)
    if reported.texts:
        texts = [{"submission_id": submission_id, "section": each, "content": text} for each, text in reported.texts]
        await connection.execute(insert(x), texts)


def _columns(value: Value) -> dict[str, object]:
    return {name: getattr(value, name) for name in Value.__slots__}


async def reported_by(database: Database, assignment_id: int) -> dict[int, Reported]:
    """Return what each version of an assignment's report says, by version; a version that says nothing is missing."""
    s, v, x = t.submission.c, t.reported_value.c, t.reported_text.c
    figures = (
        select(s.version, *(v[name] for name in Value.__slots__))
        .join(t.reported_value, v.submission_id == s.id)
        .where(s.assignment_id == assignment_id)
        .order_by(s.version, v.indicator)
    )
    texts = (
        select(s.version, x.section, x.content)
        .join(t.reported_text, x.submission_id == s.id)
        .where(s.assignment_id == assignment_id)
        .order_by(s.version, x.section)
    )
    async with database.read() as connection:
        values: dict[int, list[Value]] = {}
        for version, *rest in await connection.execute(figures):
            values.setdefault(version, []).append(Value(*rest))
        said: dict[int, list[tuple[str, str]]] = {}
        for version, section, content in await connection.execute(texts):
            said.setdefault(version, []).append((section, content))
    return {
        version: Reported(tuple(values.get(version, ())), tuple(said.get(version, ())))
        for version in sorted(values.keys() | said.keys())
    }


async def last_values(database: Database, assignment_id: int, measures: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Return what the same unit last reported of each measure in an earlier period of the same campaign.

    Measure → (period, value): of the latest period before this one, its latest version.
    """
    a, d, s, v = t.assignment.c, t.duty_period.c, t.submission.c, t.reported_value.c
    mine = (
        select(a.unit_id, d.campaign_id, d.period)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(a.id == assignment_id)
        .subquery()
    )
    place = func.row_number().over(partition_by=v.measure, order_by=(d.period.desc(), s.version.desc()))
    earlier = (
        select(v.measure, d.period, v.value, place.label("place"))
        .join(t.submission, s.id == v.submission_id)
        .join(t.assignment, a.id == s.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(mine, (mine.c.unit_id == a.unit_id) & (mine.c.campaign_id == d.campaign_id))
        .where(v.measure.in_(list(measures)), d.period < mine.c.period, counts(s))
        .subquery()
    )
    async with database.read() as connection:
        rows = await connection.execute(
            select(earlier.c.measure, earlier.c.period, earlier.c.value).where(earlier.c.place == 1)
        )
        return {measure: (period, value) for measure, period, value in rows}


async def assignments_asked(
    database: Database, duty_period_id: int, unit_id: int | None = None
) -> list[tuple[int, str]]:
    """Return (assignment, unit's code) of everybody who owes a report, or of one unit, in the order of the codes."""
    a, u = t.assignment.c, t.unit.c
    wanted = (
        select(a.id, u.code)
        .join(t.unit, u.id == a.unit_id)
        .where(a.duty_period_id == duty_period_id, a.state.in_(("open", "submitted")))
        .order_by(u.code)
    )
    async with database.read() as connection:
        rows = await connection.execute(wanted if unit_id is None else wanted.where(a.unit_id == unit_id))
        return [(row.id, row.code) for row in rows]

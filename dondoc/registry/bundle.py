"""The registry of one campaign as files: what is shipped, and what an office imports, checked as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import config
from dondoc.registry.checks import check_all
from dondoc.registry.problems import Problems, RegistryError, way_out
from dondoc.registry.read import Placed, Readings, add_contacts, add_successions, add_units, rows
from dondoc.registry.record import LIMITS, Limits
from dondoc.registry.rows import ContactRow, SuccessionRow, UnitRow

_CONFIG = Path(config.__file__).parent  # data files lie beside the package, installed or in a bare checkout


@dataclass(frozen=True, slots=True)
class RegistryBundle:
    """Units, successions and contacts that fit each other."""

    units: tuple[UnitRow, ...]
    successions: tuple[SuccessionRow, ...]
    contacts: tuple[ContactRow, ...]

    def units_on(self, day: date, kind: str | None = None) -> list[UnitRow]:
        """Return the units that exist on `day`, of one kind or all, in protocol order: the denominators of that day."""
        existing = (unit for unit in self.units if unit.exists_on(day) and kind in (None, unit.kind))
        return sorted(existing, key=lambda unit: (unit.protocol_order, unit.code))


def read_units(
    path: Path, known: Iterable[UnitRow] = (), limits: Limits = LIMITS, sheet: str | None = None
) -> list[UnitRow]:
    """Return the units of a CSV file or an Excel workbook, in its order.

    Parents may be in it or among the units already `known`. `sheet` names the workbook's sheet; without it the
    sheet called units (successions, contacts below) is read, else the first visible one.

    Errors: `RegistryError` with every problem of the file.
    """
    problems, readings = Problems(), Readings(units=[Placed(unit) for unit in known])
    ours = len(readings.units)
    add_units(path, readings, problems, limits, sheet)
    check_all(readings, problems)
    problems.raise_if_any()
    return rows(readings.units[ours:])


def read_successions(
    path: Path, units: Iterable[UnitRow] | None = None, limits: Limits = LIMITS, sheet: str | None = None
) -> list[SuccessionRow]:
    """Return who followed whom, in the file's order; with `units`, checked against them. Errors: `RegistryError`."""
    problems, readings = Problems(), Readings(units=[Placed(unit) for unit in units or ()])
    add_successions(path, readings, problems, limits, sheet)
    check_all(readings, problems, linked=units is not None)
    problems.raise_if_any()
    return rows(readings.successions)


def read_contacts(
    path: Path, units: Iterable[UnitRow] | None = None, limits: Limits = LIMITS, sheet: str | None = None
) -> list[ContactRow]:
    """Return the contacts of a file, in its order; with `units`, checked against them. Errors: `RegistryError`."""
    problems, readings = Problems(), Readings(units=[Placed(unit) for unit in units or ()])
    add_contacts(path, readings, problems, limits, sheet)
    check_all(readings, problems, linked=units is not None)
    problems.raise_if_any()
    return rows(readings.contacts)


def read_bundle(
    units: Sequence[Path], successions: Sequence[Path], contacts: Sequence[Path], limits: Limits = LIMITS
) -> RegistryBundle:
    """Return everything these files say, checked against each other. Errors: `RegistryError` with all problems."""
    problems, readings = Problems(), Readings()
    for path in units:
        add_units(path, readings, problems, limits)
    for path in successions:
        add_successions(path, readings, problems, limits)
    for path in contacts:
        add_contacts(path, readings, problems, limits)
    check_all(readings, problems)
    problems.raise_if_any()
    return RegistryBundle(
        tuple(rows(readings.units)), tuple(rows(readings.successions)), tuple(rows(readings.contacts))
    )


def load_bundle(plan_key: str, *, sample: bool = True) -> RegistryBundle:
    """Return the registry shipped for a campaign: its real units and, unless `sample` is false, the sample.

    Errors: `RegistryError` when nothing is shipped under this key or a file is wrong.
    """
    shipped = sorted(path.stem for path in (_CONFIG / "units").glob("*.csv") if not path.stem.endswith("-succession"))
    if plan_key not in shipped:
        raise RegistryError([f"no units are shipped for campaign '{plan_key}'; {way_out(plan_key, tuple(shipped))}"])
    real, made_up = _CONFIG / "units", _CONFIG / "sample" / plan_key
    with_sample = [made_up] if sample and made_up.is_dir() else []
    return read_bundle(
        [real / f"{plan_key}.csv", *(folder / "organisations.csv" for folder in with_sample)],
        [real / f"{plan_key}-succession.csv", *(folder / "organisations-succession.csv" for folder in with_sample)],
        [folder / "contacts.csv" for folder in with_sample],
    )

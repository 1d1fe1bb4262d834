"""The large made-up registry for measurements: exact, the same every time, and right by every check."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dondoc.registry import RegistryBundle, load_bundle, read_bundle
from scripts.make_registry import write_registry

EVE, FIRST_NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)
FILES = ("units.csv", "successions.csv", "contacts.csv")


def made(key: str, count: int, folder: Path) -> RegistryBundle:
    write_registry(key, count, folder)
    units, successions, contacts = ([folder / name] for name in FILES)
    return read_bundle(units, successions, contacts)


@pytest.mark.parametrize("key", ["dien-bien", "thai-binh", "hai-duong", "tuyen-quang", "kien-giang"])
def test_a_made_up_registry_stands_in_for_the_campaigns_own(tmp_path: Path, key: str) -> None:
    bundle, own = made(key, 1_500, tmp_path), load_bundle(key)
    assert (len(bundle.units), {unit.territory for unit in bundle.units}) == (1_500, {own.units[0].territory})
    for day in (EVE, FIRST_NEW_DAY):
        seats = {unit.key for unit in own.units_on(day) if unit.kind in ("province", "department", "front")}
        assert {unit.key for unit in bundle.units_on(day)} >= seats
    ended = {unit.key for unit in bundle.units if unit.valid_to == FIRST_NEW_DAY}
    assert ended == {s.predecessor for s in bundle.successions if s.on_date == FIRST_NEW_DAY}
    assert {unit.key for unit in bundle.units} == {contact.unit for contact in bundle.contacts}
    assert [c.email for c in bundle.contacts if not c.email.endswith(".example")] == []


def test_three_old_communes_make_one_new_one(tmp_path: Path) -> None:
    bundle = made("dien-bien", 10_000, tmp_path)
    kinds = Counter((unit.kind, unit.exists_on(EVE)) for unit in bundle.units if unit.kind in ("commune", "district"))
    old = {unit.key for unit in bundle.units_on(EVE, "commune")}
    parts = Counter(s.successor for s in bundle.successions if s.predecessor in old)
    assert kinds == {("district", True): 99, ("commune", True): 1794, ("commune", False): 598}
    assert set(parts.values()) == {3}


def test_the_same_arguments_write_the_same_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_registry("tuyen-quang", 2_000, tmp_path / folder)
    assert [(tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in FILES] == [True] * 3


def test_a_count_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        write_registry("dien-bien", 999, tmp_path)
    assert str(refused.value) == "--units 999: write a number from 1000 to 1000000"

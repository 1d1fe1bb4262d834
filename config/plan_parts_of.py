"""Which keys may stand at a place of a plan file, read from the model."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from config.plan_model import Plan
from config.yaml_lines import Path


def part_at(path: Path) -> type[BaseModel]:
    """Return the part of a plan that stands at a path: `("duties", 3)` is a duty."""
    part: type[BaseModel] = Plan
    for name in path:
        field = next((f for key, f in part.model_fields.items() if name == (f.alias or key)), None)
        part = next(_parts(field.annotation), part) if field else part
    return part


def keys_at(path: Path) -> list[str]:
    """Return the keys of the part at a path, as a plan file writes them; those the program fills in left out."""
    fields = part_at(path).model_fields
    return [field.alias or key for key, field in fields.items() if key not in ("text", "sha256")]


def needed_at(path: Path) -> list[str]:
    """Return the keys that must stand in the part at a path."""
    return [field.alias or key for key, field in part_at(path).model_fields.items() if field.is_required()]


def every_key() -> set[str]:
    """Return every key that stands anywhere in a plan file."""
    parts: tuple[type[BaseModel], ...] = (Plan, *_inside(Plan))
    return {field.alias or key for part in parts for key, field in part.model_fields.items()} - {"text", "sha256"}


def _inside(part: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in part.model_fields.values():
        for inner in _parts(field.annotation):
            yield inner
            yield from _inside(inner)


def _parts(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inside in get_args(annotation):
        yield from _parts(inside)

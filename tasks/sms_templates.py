"""Enter texts a carrier has approved: each is checked at its longest before it is in force."""

from datetime import date, datetime
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from config.sms_gateway import load_gateway
from dondoc.sms.approved import Template, Unfit, check
from dondoc.store.sms import add_template, retire_template
from tasks.trail import note
from tasks.world import World


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: str
    provider_ref: Annotated[str, Field(min_length=1, max_length=80)]
    brandname: str
    approved_on: date
    text: Annotated[str, Field(min_length=1, max_length=1_000)]
    slots: dict[str, int]


async def enter_templates(world: World, text: str, name: str, gateway: str, officer: str, at: datetime) -> list[str]:
    """Put the approved texts of a file in force, all or none; returns their kinds. Errors: `Unfit`, `WrongGateway`."""
    chosen = load_gateway(gateway)
    try:
        entries = TypeAdapter(list[_Entry]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError:
        raise Unfit(f"{name}: is no YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise Unfit(f"{name}: {'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from None
    for each in entries:
        template = Template(chosen.gateway, each.kind, each.provider_ref, each.text, each.slots, each.brandname, None)
        check(template, chosen)
    async with world.database.write() as connection:
        for each in entries:
            values = each.model_dump()
            await add_template(connection, at, gateway=chosen.gateway, entered_by=officer, **values)
        what = {"gateway": chosen.gateway, "approvals": {each.kind: each.provider_ref for each in entries}}
        note(connection, world, officer, "sms-template", what, at=at)
    return [each.kind for each in entries]


async def retire(world: World, gateway: str, kind: str, officer: str, at: datetime) -> None:
    """Take an approved text out of use; its SMS are refused until another is entered. Errors: as the store's."""
    chosen = load_gateway(gateway)
    async with world.database.write() as connection:
        await retire_template(connection, chosen.gateway, kind, at)
        note(connection, world, officer, "sms-template", {"gateway": chosen.gateway, "retired": kind}, at=at)

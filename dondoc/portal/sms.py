"""What the SMS simulator took, for a page; and the door through which a gateway's delivery reports come in."""

import hmac
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dondoc.portal import words
from dondoc.sms.gateway import final_state, read_json
from dondoc.sms.numbers import masked
from dondoc.sms.simulator import KeptSms, read_sms
from dondoc.store.sms import add_report
from tasks.world import World

_LARGEST = 8 * 1024
_MOST_VALUES = 40


def listed(folder: Path, price: int) -> list[dict[str, Any]]:
    """Return what the simulator has taken as the page shows it, the youngest first; costs in đồng."""
    return [_listed(each, price) for each in reversed(read_sms(folder))]


def _listed(kept: KeptSms, price: int) -> dict[str, Any]:
    return {
        "text": kept.text[:1_000],
        "to": masked(kept.phone),
        "brandname": kept.brandname[:40],
        "at": words.instant(datetime.fromisoformat(kept.received_at)),
        "segments": f"{kept.segments} tin ({kept.encoding}, {len(kept.text)} ký tự)",
        "cost": dong(kept.segments * price),
        "count": kept.segments,
    }


def dong(amount: int) -> str:
    """Return an amount of money as it is written here: 1.700 đồng."""
    return f"{amount:,}".replace(",", ".") + " đồng"


async def take_report(world: World, request: Request) -> Response:
    """Take one delivery report: 403 unless it comes to the address we gave the gateway, 413 when it is too large.

    Who does not know the secret learns nothing, not even which gateways there are.
    """
    name, secret = request.path_params["gateway"], request.path_params["secret"]
    right = hmac.compare_digest(secret.encode(), world.report_secret(name).encode())
    route = next((each for each in world.sms.values() if each.gateway.gateway == name), None)
    if not right or route is None or route.gateway.callback is None:
        return PlainTextResponse("refused", 403)
    values = await _values(request)
    if values is None:
        return PlainTextResponse("too large", 413)
    callback = route.gateway.callback
    provider_id, state = values.get(callback.id, ""), final_state(values.get, callback)
    if not provider_id or len(provider_id) > 100 or not provider_id.isprintable():
        return PlainTextResponse("no message named", 400)
    if state is not None:  # "on its way" and the like: nothing to write down
        request_id = values.get(callback.request_id or "", "")[:64]
        await add_report(
            world.database, gateway=name, provider_id=provider_id, state=state, request_id=request_id or None,
            at=world.database.now(),
        )  # fmt: skip
    return PlainTextResponse("ok")


async def _values(request: Request) -> dict[str, str] | None:
    """Return a report's values, from its address and its body (form or JSON); null when it is too large."""
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > _LARGEST:
            return None
    query = request.url.query
    if len(query) > _LARGEST:
        return None
    return values_of(query, content)


def values_of(query: str, content: bytes) -> dict[str, str]:
    """Return what an address and a body (JSON, else a form, whatever its type is said to be) name."""
    values = _pairs(query)
    try:
        read = read_json(content)
    except ValueError:
        return values | _pairs(content.decode("utf-8", "replace"))
    if not isinstance(read, dict):
        return values
    return values | {name: str(value) for name, value in read.items() if isinstance(value, (str, int))}


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_VALUES))
    except ValueError:
        return {}

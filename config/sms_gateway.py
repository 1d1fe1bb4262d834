"""An SMS gateway in one file: where a message goes, how it is written, what its answers and reports mean."""

import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from config.errors import Refused

SECRETS = ("api_key", "api_secret", "basic", "jwt")
FIELDS = ("phone", "text", "brandname", "request_id", "callback_url", "unicode", *SECRETS)
ASKED_WITH = ("provider_id", "request_id", *SECRETS)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_STRICT = ConfigDict(extra="forbid", str_max_length=2_000)


def _encrypted(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return value
    raise ValueError("must begin with https:// (http:// only on this machine): keys and numbers travel in it")


Url = Annotated[str, AfterValidator(_encrypted)]


class WrongGateway(Refused):
    """A gateway's file cannot be used: says which, where and why."""


@dataclass(frozen=True, config=_STRICT)
class Callback:
    """How a delivery report names its message, and which of its values mean delivered or failed for good.

    `delivered` and `failed` are alternatives; within one, every named value must be as written.
    """

    id: str
    request_id: str | None = None
    delivered: tuple[dict[str, str], ...] = ()
    failed: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Status:
    """How a gateway is asked whether a message arrived, and what in its answer means delivered or failed for good.

    `fields` become the query of a GET or the JSON object of a POST; `{provider_id}` may stand in the address, too. What
    is looked at is named by dotted paths (`data.0.status`), with alternatives as in `Callback`. `per_round`: so many
    questions at the most.
    """

    url: Url
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    delivered: tuple[dict[str, str], ...] = Field(min_length=1)
    failed: tuple[dict[str, str], ...] = ()
    per_round: int = Field(default=100, ge=1, le=1_000)

    @model_validator(mode="after")
    def _askable(self) -> "Status":
        _refuse_unknown(_texts([self.url, self.headers, self.fields]), ASKED_WITH)
        return self


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Gateway:
    """One gateway: its request, its answers, its reports, its price (đồng for one segment) and its rate (a second).

    Without `duplicate` the gateway is taken not to recognise a repeated request, and none is ever repeated.
    `wrong_number`: codes that mean that the number will never take an SMS; `refused`: that this message is not taken.
    """

    gateway: str = Field(pattern="^[a-z][a-z0-9-]{0,39}$")
    url: Url
    body: Any
    code: str
    accepted: tuple[str, ...]
    price: int = Field(ge=0, le=100_000)
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    duplicate: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    wrong_number: tuple[str, ...] = ()
    id: str | None = None
    phone: Literal["national", "international", "e164"] = "e164"
    accents: bool = False
    most_segments: int = Field(default=1, ge=1, le=4)
    rate: float = Field(default=5, gt=0, le=1_000)
    connections: int = Field(default=2, ge=1, le=20)
    timeout: float = Field(default=15, gt=0, le=60)
    callback: Callback | None = None
    status: Status | None = None

    @property
    def deduplicates(self) -> bool:
        """Return whether a repeated request is recognised by the gateway and not sent twice."""
        return bool(self.duplicate)

    @model_validator(mode="after")
    def _usable(self) -> "Gateway":
        _refuse_unknown(_texts([self.body, self.headers]), FIELDS)
        if self.status is not None and self.id is None:
            raise ValueError("status: who is asked must have told a number; add id")
        return self


def _refuse_unknown(texts: Iterator[str], known: tuple[str, ...]) -> None:
    for text in texts:
        for _before, name, form, _conversion in string.Formatter().parse(text):
            if name is not None and (name not in known or form):
                raise ValueError(f"unknown field {{{name}}}; there are {', '.join(known)}")


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for each in tree.values():
            yield from _texts(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from _texts(each)


def load_gateway(name: str) -> Gateway:
    """Return a gateway by the name of its preset or the path of a file. Errors: `WrongGateway`."""
    presets = {Path(each.name).stem: each for each in files("config").joinpath("gateways").iterdir()}
    source: Any = presets.get(name) or Path(name)
    try:
        read = yaml.safe_load(source.read_text("utf-8"))
    except OSError:
        known = ", ".join(sorted(presets))
        raise WrongGateway(f"SMS gateway '{name}': is no preset ({known}) and no file that can be read") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise WrongGateway(f"SMS gateway '{name}': the file is no YAML") from None
    try:
        return TypeAdapter(Gateway).validate_python(read)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise WrongGateway(f"SMS gateway '{name}': {where}: {first['msg']}") from None

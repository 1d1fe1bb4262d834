"""Dresses a plain async function as a Prefect flow, for the one place where Prefect itself runs it: a worker.

Everywhere else the function is called plainly and its card is shown afterwards; a dressed call fails without a server.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from prefect import Flow

P = ParamSpec("P")
R = TypeVar("R")


def dress(function: Callable[P, Awaitable[R]], name: str) -> "Flow[P, Awaitable[R]]":
    """Return `function` as a Prefect flow called `name`, without retries: our rounds repeat themselves.

    Takes about 2.5 s the first time, which is the import of Prefect.
    """
    from prefect import Flow

    return Flow(function, name=name, retries=0, persist_result=False)

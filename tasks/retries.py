"""When something that failed for now is tried again, whatever the channel."""

import random
from datetime import datetime, timedelta

_MINUTES = (2, 5, 15, 60, 240)


def retry_at(attempts: int, as_of: datetime, *, counted: bool, give_up_after: int) -> datetime | None:
    """Return when the next attempt may be made; null: enough has been tried.

    `attempts` counts the one just made. What says nothing about the message (`counted` false: the relay or gateway was
    down) comes back soon and is no step towards giving up. Jitter keeps a thousand from coming back in one second.
    """
    if counted and attempts >= give_up_after:
        return None
    minutes = _MINUTES[min(attempts, len(_MINUTES)) - 1 if counted else 0]
    return as_of + timedelta(minutes=minutes * random.uniform(0.9, 1.1))

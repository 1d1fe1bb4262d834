"""The story of the outbox: what may leave, leaves; what became of it is written down."""

from datetime import datetime

from tasks.ask_delivery import ask_delivery
from tasks.put_off import put_off_reminders
from tasks.send_messages import Sent, send_messages
from tasks.send_sms import send_sms
from tasks.world import World


async def dispatch(world: World, as_of: datetime) -> Sent:
    """Send everything that may leave by `as_of`; a message is late rather than lost."""
    await put_off_reminders(world, as_of)
    sent = await send_messages(world, as_of)
    sent.outcomes.update(await send_sms(world, as_of))
    await ask_delivery(world, as_of)
    return sent

"""What was set aside and goes on: another contact for a refused address, a fresh reconciliation for an old notice."""

from datetime import datetime

from tasks.brakes import let_step_in
from tasks.world import World


async def take_up_again(world: World, as_of: datetime) -> None:
    """Put into envelopes what was set aside and may leave now; with nothing set aside it costs two small looks."""
    await let_step_in(world, as_of)

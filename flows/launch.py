"""The story of a launch: own plans, launches, registrations and pilots, by everybody who is named."""

from tasks.stages import StageReport, StageWork, settle_stage
from tasks.world import World


async def launch(world: World, work: StageWork) -> StageReport:
    """Remind who has not yet issued a plan, launched, registered or named pilots, and see who has."""
    return await settle_stage(world, work)

"""The story of a report that was asked for on one day."""

from tasks.stages import StageReport, StageWork, settle_stage
from tasks.world import World


async def ad_hoc_report(world: World, work: StageWork) -> StageReport:
    """Ask for a report requested on a certain day, by the date its request gives."""
    return await settle_stage(world, work)

"""The story of a year: units report, the standing agency consolidates, what is missing climbs."""

from tasks.stages import StageReport, StageWork, settle_stage
from tasks.world import World


async def annual_report(world: World, work: StageWork) -> StageReport:
    """Ask for the annual reports and their consolidation, and lay on the desk what is still missing."""
    return await settle_stage(world, work)

"""POST /api/v1/rewards/programs/{id}/campaigns/dry-run"""

from batua.api.endpoint import Call, endpoint
from batua.errors import PROGRAM_NOT_FOUND
from batua.identity.caller import user_caller
from batua.rewards import program_campaigns, programs
from batua.rewards.campaign_models import CampaignSimulation, SimulateCampaign


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/campaigns/dry-run",
    caller=user_caller("tenant:admin", live_only=True),
    request=SimulateCampaign,
    response=CampaignSimulation,
    errors=(PROGRAM_NOT_FOUND,),
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…`."},
)
def handler(call: Call[SimulateCampaign]) -> CampaignSimulation:
    """Try a campaign on past sales, to see what it would have cost"""
    return program_campaigns.simulate_campaign(call)

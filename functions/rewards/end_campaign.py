"""DELETE /api/v1/rewards/programs/{id}/campaigns/{campaign_id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import program_campaigns, programs
from batua.rewards.campaign_models import CampaignOut


@endpoint(
    "DELETE",
    "/api/v1/rewards/programs/{id}/campaigns/{campaign_id}",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    response=CampaignOut,
    errors=program_campaigns.END_CAMPAIGN_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…`.", "campaign_id": "The campaign, `cmp_…`."},
)
def handler(call: Call[None]) -> CampaignOut:
    """End a campaign now."""
    return program_campaigns.end_campaign(call)

"""POST /api/v1/rewards/programs/{id}/campaigns"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import program_campaigns, programs
from batua.rewards.campaign_models import CampaignOut, CreateCampaign


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/campaigns",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=CreateCampaign,
    response=Success(CampaignOut, status=201),
    errors=program_campaigns.CREATE_CAMPAIGN_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…`."},
)
def handler(call: Call[CreateCampaign]) -> Reply:
    """Create a campaign: extra coins on top of the earning rule, at given times and for given bills."""
    return program_campaigns.create_campaign(call)

"""GET /api/v1/rewards/programs/{id}/campaigns"""

from batua.api.endpoint import Call, endpoint
from batua.errors import PROGRAM_NOT_FOUND
from batua.identity.caller import user_caller
from batua.rewards import program_campaigns, programs
from batua.rewards.campaign_models import CampaignOut


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/campaigns",
    caller=user_caller(),
    response=list[CampaignOut],
    errors=(PROGRAM_NOT_FOUND,),
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…`."},
)
def handler(call: Call[None]) -> list[CampaignOut]:
    """List a program's campaigns, with what is left of their budgets."""
    return program_campaigns.list_campaigns(call)

"""GET /api/v1/rewards/programs/{id}/liability"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity.caller import user_caller
from batua.rewards import liability, programs
from batua.rewards.liability import Liability, LiabilityQuery


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/liability",
    caller=user_caller("tenant:admin"),
    request=LiabilityQuery,
    response=Success(Liability, media=("application/json", "text/csv")),
    errors=liability.LIABILITY_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…` or `waty_…`."},
)
def handler(call: Call[LiabilityQuery]) -> Liability | Raw:
    """Report what customers hold by month of expiry, its value, expected breakage, and the movements (Ind AS 115)."""
    return liability.read_liability(call)

"""POST /api/v1/tenant/users"""

from batua.api.endpoint import Call, Success, endpoint
from batua.errors import EMAIL_TAKEN, ROLE_NOT_YOURS, TEAM_FULL, TOO_MANY_ATTEMPTS, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import team
from batua.tenants.team import Invite, Invited


@endpoint(
    "POST",
    "/api/v1/tenant/users",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=Invite,
    response=Success(Invited, status=201),
    errors=(EMAIL_TAKEN, ROLE_NOT_YOURS, TEAM_FULL, TOO_MANY_ATTEMPTS, VERSION_CONFLICT),
)
def handler(call: Call[Invite]) -> Invited:
    """Invite a user with roles. The link in the email, valid for seven days, sets a password.

    Someone who has not accepted yet can be invited again, and gets a new link.
    """
    return team.invite_user(call)

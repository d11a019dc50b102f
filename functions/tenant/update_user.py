"""PATCH /api/v1/tenant/users/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import LAST_ADMIN, NOT_FOUND, ROLE_NOT_YOURS, USER_NOT_ACTIVE, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import team
from batua.tenants.team import Member, UserChange


@endpoint(
    "PATCH",
    "/api/v1/tenant/users/{id}",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=UserChange,
    response=Member,
    errors=(NOT_FOUND, ROLE_NOT_YOURS, LAST_ADMIN, USER_NOT_ACTIVE, VERSION_CONFLICT),
    parameters={"id": "The user's id."},
)
def handler(call: Call[UserChange]) -> Member:
    """Change a user's roles, suspend them, or reinstate them. A suspension ends their sessions at once."""
    return team.update_user(call)

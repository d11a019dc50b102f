"""POST /api/v1/me/passes/apple/v1/log"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Raw
from batua.identity.caller import public_caller
from batua.passes.web_service import PassLog, log_pass_faults


@endpoint(
    "POST",
    "/api/v1/me/passes/apple/v1/log",
    caller=public_caller(),
    request=PassLog,
    response=Success(media=()),
    style=REHOOK,
)
def handler(call: Call[PassLog]) -> Raw:
    """Log the errors that Apple Wallet reports."""
    return log_pass_faults(call)

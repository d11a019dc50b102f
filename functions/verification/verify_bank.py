"""POST /api/v1/tenant/cashfree/verify-bank"""

from functools import partial
from pathlib import Path

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.verification import checks
from batua.verification.branches import check_with_directory
from batua.verification.models import VerificationOut, VerifyBank


@endpoint(
    "POST",
    "/api/v1/tenant/cashfree/verify-bank",
    caller=user_caller("tenant:admin"),
    request=VerifyBank,
    response=VerificationOut,
    errors=checks.VERIFICATION_CREATE_ERRORS,
)
def handler(call: Call[VerifyBank]) -> Reply:
    """Verify a bank account by its number and IFSC.

    Live sessions get this deployment's own check: `level` is `directory`, which confirms the form of the number and
    that a branch has the IFSC, and nothing more. Where the operator has an account with Cashfree Secure ID, it pays
    the account one rupee and decides (`provider`): without an answer at once the check is `submitted` or `pending`.
    """
    directory = Path(__file__).with_name("verify_bank") / "ifsc.json.gz"
    return checks.verify_identifier(call, "bank", partial(check_with_directory, directory=directory))

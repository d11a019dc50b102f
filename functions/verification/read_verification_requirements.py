"""GET /api/v1/tenant/cashfree/requirements"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants.proof_requirements import ProofRequirementsOut, read_proof_gates


@endpoint(
    "GET",
    "/api/v1/tenant/cashfree/requirements",
    caller=user_caller("tenant:admin"),
    response=ProofRequirementsOut,
)
def handler(call: Call[None]) -> ProofRequirementsOut:
    """Read what the operator requires to be verified, what your tenant has verified, and what is missing."""
    return read_proof_gates(call)

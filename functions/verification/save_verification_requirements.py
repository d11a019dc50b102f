"""PUT /api/v1/tenant/cashfree/requirements"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants.proof_requirements import (
    ProofRequirementsOut,
    SaveProofRequirements,
    save_proof_requirements,
)


@endpoint(
    "PUT",
    "/api/v1/tenant/cashfree/requirements",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=SaveProofRequirements,
    response=ProofRequirementsOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[SaveProofRequirements]) -> ProofRequirementsOut:
    """Save what tenants must have verified for live keys, prefunds, invoices under a GSTIN, and payouts.

    They hold for every tenant from its next request on; the sandbox and the operator itself are not gated.
    """
    return save_proof_requirements(call)

"""POST /api/v1/me/proofs"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.session_models import PhoneProof, ProveMyPhone
from batua.me.sign_in import prove_phone


@endpoint(
    "POST",
    "/api/v1/me/proofs",
    caller=customer_caller(),
    request=ProveMyPhone,
    response=PhoneProof,
    errors=(errors.OTP_INVALID,),
)
def handler(call: Call[ProveMyPhone]) -> PhoneProof:
    """Prove the phone number again with a code. Send the proof in `X-Reauthentication`; it lasts 15 minutes."""
    return prove_phone(call)

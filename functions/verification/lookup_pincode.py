"""GET /api/v1/pincode/lookup"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import PINCODE_NOT_FOUND
from batua.identity.caller import public_caller
from batua.verification import pincodes
from batua.verification.pincodes import PincodeOut, PincodeQuery


@endpoint(
    "GET",
    "/api/v1/pincode/lookup",
    caller=public_caller(),
    request=PincodeQuery,
    response=PincodeOut,
    errors=(PINCODE_NOT_FOUND,),
)
def handler(call: Call[PincodeQuery]) -> Reply:
    """Look up the districts, states and post offices of an Indian PIN code.

    All are lists: the area of a PIN code can cross a border. Data: India Post, All India Pincode Directory, under the
    Government Open Data License - India.
    """
    return pincodes.lookup_pincode(call)

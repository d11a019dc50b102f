"""GET /api/v1/me/earning-preview"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public_caller
from batua.me.earning import EarningPreview, EarningQuery, preview_earning


@endpoint(
    "GET",
    "/api/v1/me/earning-preview",
    caller=public_caller(),
    request=EarningQuery,
    response=EarningPreview,
    errors=(errors.NOT_FOUND,),
)
def handler(call: Call[EarningQuery]) -> EarningPreview:
    """Calculate how many coins a bill would earn at a merchant, without signing in. For shop pages."""
    return preview_earning(call)

"""PUT /gateway/wallet/api/balance-request-terms"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import requests
from batua.gateway.models import BalanceRequestTerms
from batua.identity.caller import tenant_caller


@endpoint(
    "PUT",
    "/gateway/wallet/api/balance-request-terms",
    caller=tenant_caller("gateway:write", step_up=True),
    request=BalanceRequestTerms,
    response=BalanceRequestTerms,
    style=PRAYOG,
)
def handler(call: Call[BalanceRequestTerms]) -> Reply:
    """Set how long this tenant's children wait for its decision, and how often it is reminded."""
    return requests.set_terms(call)

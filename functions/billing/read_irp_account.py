"""GET /api/v1/billing/irp-account"""

from batua.api.endpoint import Call, endpoint
from batua.billing.irp_accounts import IrpAccountOut, read_irp_account
from batua.identity.caller import user_caller


@endpoint("GET", "/api/v1/billing/irp-account", caller=user_caller("tenant:admin"), response=IrpAccountOut)
def handler(call: Call[None]) -> IrpAccountOut:
    """Read the account at the Invoice Registration Portal, without its secrets."""
    return read_irp_account(call)

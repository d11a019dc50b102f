"""PUT /api/v1/billing/irp-account"""

from batua.api.endpoint import Call, endpoint
from batua.billing.irp_accounts import IRP_ACCOUNT_ERRORS, IrpAccountOut, SaveIrpAccount, save_irp_account
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/billing/irp-account",
    caller=user_caller("tenant:admin", step_up=True),
    request=SaveIrpAccount,
    response=IrpAccountOut,
    errors=IRP_ACCOUNT_ERRORS,
)
def handler(call: Call[SaveIrpAccount]) -> IrpAccountOut:
    """Save the account for registering e-invoices (NIC's portal). Its secrets are stored encrypted.

    Nothing is called yet. From then on the PDF of a B2B invoice waits for its IRN. The administrators are notified by
    mail.
    """
    return save_irp_account(call)

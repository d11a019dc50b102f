"""GET /api/v1/me/export"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.data_models import MyExport
from batua.me.personal_data import export_my_data


@endpoint(
    "GET",
    "/api/v1/me/export",
    caller=customer_caller(step_up=True),
    response=MyExport,
)
def handler(call: Call[None]) -> MyExport:
    """Export everything that is kept about the customer. Needs a fresh code.

    Profile and preferences, the coins of every program with their history, redemptions with their addresses, and the
    devices that are signed in.
    """
    return export_my_data(call)

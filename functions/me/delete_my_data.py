"""DELETE /api/v1/me/profile"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.data_models import DataDeletion
from batua.me.personal_data import delete_my_data


@endpoint(
    "DELETE",
    "/api/v1/me/profile",
    caller=customer_caller(step_up=True),
    response=DataDeletion,
    errors=(errors.REDEMPTIONS_OPEN,),
)
def handler(call: Call[None]) -> Reply:
    """Delete the customer's personal data, in every shop of the network, and end all sessions. Needs a fresh code.

    The phone number, preferences, addresses and links from e-mail addresses go. Coins and entries of the ledger stay,
    under an id that leads to nobody: coins can be used with the number at a counter until they expire.
    """
    return delete_my_data(call)

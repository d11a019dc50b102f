"""GET /api/v1/me/balances"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.coin_models import MyBalance
from batua.me.coins import list_my_balances


@endpoint(
    "GET",
    "/api/v1/me/balances",
    caller=customer_caller(),
    response=list[MyBalance],
)
def handler(call: Call[None]) -> list[MyBalance]:
    """List the customer's coins in every program of the network, with when they expire."""
    return list_my_balances(call)

"""GET /api/v1/merchant/earning-rules"""

from batua.api.endpoint import Call, endpoint
from batua.coins.earning_rules import read_rules
from batua.coins.rule_wire import RulesOut
from batua.identity.caller import key_caller


@endpoint(
    "GET",
    "/api/v1/merchant/earning-rules",
    caller=key_caller("rules:read"),
    response=RulesOut,
)
def handler(call: Call[None]) -> RulesOut:
    """Read the earning rules in force: the merchant's own, or its program's."""
    return read_rules(call)

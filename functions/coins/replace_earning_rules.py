"""PUT /api/v1/merchant/earning-rules"""

from batua.api.endpoint import Call, endpoint
from batua.coins.earning_rules import replace_rules
from batua.coins.rule_wire import ReplaceRules, RulesOut
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/merchant/earning-rules",
    caller=user_caller("rules:write", step_up=True),
    request=ReplaceRules,
    response=RulesOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReplaceRules]) -> RulesOut:
    """Replace the merchant's earning rules: percentage, slab, flat; minimum bill, caps, rounding.

    The best rule wins; its id and version are stored in the entry. An empty list goes back to the program's rules.
    """
    return replace_rules(call)

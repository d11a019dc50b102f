"""GET /api/v1/me/birthday"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.birthday import MyBirthday, read_my_birthday


@endpoint(
    "GET",
    "/api/v1/me/birthday",
    caller=customer_caller(),
    response=MyBirthday,
)
def handler(call: Call[None]) -> MyBirthday:
    """Read the customer's birthday, and the coins that it earns."""
    return read_my_birthday(call)

"""PUT /api/v1/me/birthday"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.birthday import SAVE_BIRTHDAY_ERRORS, MyBirthday, SaveMyBirthday, save_my_birthday


@endpoint(
    "PUT",
    "/api/v1/me/birthday",
    caller=customer_caller(),
    request=SaveMyBirthday,
    response=MyBirthday,
    errors=SAVE_BIRTHDAY_ERRORS,
)
def handler(call: Call[SaveMyBirthday]) -> MyBirthday:
    """Save the birthday, with consent, or remove it. It can be changed once a year."""
    return save_my_birthday(call)

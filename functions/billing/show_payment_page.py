"""GET /api/v1/billing/pay/{token}"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.billing.payment_pages import PaymentPageQuery, show_payment_page
from batua.identity.caller import public_caller


@endpoint(
    "GET",
    "/api/v1/billing/pay/{token}",
    caller=public_caller(),
    request=PaymentPageQuery,
    response=Success(media=("text/html",)),
    errors=(errors.LINK_INVALID,),
    parameters={"token": "From the `url` of `POST /api/v1/invoices/{id}/pay` with the method `order`."},
)
def handler(call: Call[PaymentPageQuery]) -> Raw:
    """Show the page where an order is paid through the provider's checkout.

    With `returned=1` the provider is asked what came of it.
    """
    return show_payment_page(call)

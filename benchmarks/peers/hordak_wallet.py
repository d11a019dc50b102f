"""A wallet on django-hordak, the double-entry library, and PostgreSQL: what its documentation says, and what it leaves
to the application: a row lock before the balance is looked at, and a transaction's UUID made from the idempotency key.

It speaks the routes and bodies of Batua's counter. `DATABASE_URL` names its database, `API_KEY` the merchant's key.
"""

from __future__ import annotations

import json
import os
import uuid
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def _configure() -> None:
    place = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        SECRET_KEY=os.environ["API_KEY"],
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.contenttypes", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.path.strip("/"),
                "USER": place.username,
                "HOST": parse_qs(place.query)["host"][0],
                "OPTIONS": {"pool": {"min_size": 2, "max_size": 16}, "server_side_binding": True},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_CURRENCY="XXX",
        CURRENCIES=["XXX"],
        USE_TZ=True,
        MIDDLEWARE=[],
    )
    django.setup()


if not settings.configured:
    _configure()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import IntegrityError, transaction  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from hordak.models import Account, AccountType, Leg, Transaction  # noqa: E402
from moneyed import Money  # noqa: E402

COIN = "XXX"  # ISO 4217: no currency


def prepare() -> None:
    """Makes Hordak's tables and triggers, and the merchant's account."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    Account.objects.create(name="coins issued", type=AccountType.expense, currencies=[COIN])


def issue(request: HttpRequest) -> JsonResponse:
    return _authenticated(request) or _post(request, "issue")


def redeem(request: HttpRequest) -> JsonResponse:
    return _authenticated(request) or _post(request, "redeem")


def balance(request: HttpRequest) -> JsonResponse:
    refused = _authenticated(request)
    if refused:
        return refused
    account = Account.objects.filter(name=request.GET["phone"]).first()
    if account is None:
        return JsonResponse({"code": "customer_not_found"}, status=404)
    return JsonResponse({"data": {"balance": _coins(account.get_simple_balance())}})


def statement(request: HttpRequest) -> JsonResponse:
    refused = _authenticated(request)
    if refused:
        return refused
    limit = min(int(request.GET.get("limit", 20)), 100)
    legs = Leg.objects.filter(account__name=request.GET["customer"]).select_related("transaction").order_by("-id")
    if "cursor" in request.GET:
        legs = legs.filter(id__lt=int(request.GET["cursor"]))
    page = list(legs.with_account_balance_after()[:limit])
    following = str(page[-1].id) if len(page) == limit else None
    return JsonResponse({"data": [_line(leg) for leg in page], "meta": {"next_cursor": following}})


urlpatterns = [
    path("api/v1/merchant/coins/issue", issue),
    path("api/v1/merchant/coins/redeem", redeem),
    path("api/v1/merchant/customers/balance", balance),
    path("api/v1/merchant/ledger", statement),
]


def _authenticated(request: HttpRequest) -> JsonResponse | None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = compare_digest(given.encode(), os.environ["API_KEY"].encode())
    return None if known else JsonResponse({"code": "not_a_key"}, status=401)


def _post(request: HttpRequest, kind: str) -> JsonResponse:
    body = json.loads(request.body)
    key = request.headers.get("Idempotency-Key") or str(uuid.uuid4())
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {key}")
    try:
        return _posted(kind, name, body["phone"], int(body["coins"]))
    except IntegrityError:  # the same key at the same moment, or a customer whom somebody else has just made
        return _posted(kind, name, body["phone"], int(body["coins"]))


@transaction.atomic
def _posted(kind: str, name: uuid.UUID, phone: str, coins: int) -> JsonResponse:
    account = Account.objects.select_for_update().filter(name=phone).first()
    before = Transaction.objects.filter(uuid=name).first()
    if before is not None:
        return _again(before, account, coins)
    if account is None and kind == "redeem":
        return JsonResponse({"code": "customer_not_found"}, status=404)
    account = account or _customer(phone)
    stands = _coins(account.get_simple_balance())
    if kind == "redeem" and stands < coins:
        return JsonResponse({"code": "insufficient_balance", "balance": stands}, status=409)
    merchant = Account.objects.get(name="coins issued")
    # To a liability from an expense: both grow; and back.
    pair = (account, merchant) if kind == "issue" else (merchant, account)
    made = pair[0].transfer_to(pair[1], Money(coins, COIN), uuid=name)
    after = stands + coins if kind == "issue" else stands - coins
    return _answer(made, coins, stands, after)


def _customer(phone: str) -> Account:
    # Hordak's names need not be unique, so the lock on the merchant's account keeps a customer from being made twice.
    Account.objects.select_for_update().get(name="coins issued")
    there = Account.objects.select_for_update().filter(name=phone).first()
    return there or Account.objects.create(name=phone, type=AccountType.liability, currencies=[COIN])


def _again(before: Transaction, account: Account | None, coins: int) -> JsonResponse:
    leg = before.legs.filter(account=account).with_account_balance_after().with_account_balance_before().first()
    if leg is None or int(leg.amount.amount.copy_abs()) != coins:
        return JsonResponse({"code": "idempotency_key_reused"}, status=422)
    return _answer(before, coins, _coins(leg.account_balance_before), _coins(leg.account_balance_after))


def _answer(made: Transaction, coins: int, before: int, after: int) -> JsonResponse:
    data = {
        "transaction_id": str(made.uuid),
        "coins": coins,
        "previous_balance": before,
        "balance": after,
        "created_at": made.timestamp.isoformat(),
    }
    return JsonResponse({"data": data}, status=201)


def _line(leg: Any) -> dict[str, Any]:
    return {
        "transaction_id": str(leg.transaction.uuid),
        "type": "issue" if leg.credit else "redeem",
        "coins": int((leg.credit or leg.debit).amount),
        "balance": _coins(leg.account_balance_after),
        "created_at": leg.transaction.timestamp.isoformat(),
    }


def _coins(stands: Any) -> int:
    return int(stands[COIN].amount)


application = get_wsgi_application()

BOOKS = {
    "the legs of every transaction add up to zero": (
        "SELECT count(*) FROM (SELECT 1 FROM hordak_leg GROUP BY transaction_id "
        "HAVING sum(coalesce(credit, 0) - coalesce(debit, 0)) <> 0) AS off"
    ),
    "a customer has one account": (
        "SELECT count(*) FROM (SELECT 1 FROM hordak_account GROUP BY name HAVING count(*) > 1) AS twice"
    ),
}

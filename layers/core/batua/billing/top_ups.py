"""A tenant pays money into its own wallet: a link of the provider that the operator has an account with.

Creating a top-up moves nothing. The provider's webhook, or the schedule that asks it, credits the wallet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, errors, ids, observe
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..ledger.decisions.tenant_money import tenant_wallet
from ..money import INR_SCALE
from ..store import billing_keys, keys
from ..store.store import Cancelled
from ..tenants.audit_entries import tenant_audit_entry
from . import refusals
from .open_payments import watch_item
from .paying import qr_image
from .payment_accounts import PaymentAccount, load_account
from .payment_port import LinkRequest, ProviderFault
from .presenting import wire_rupees
from .tenant_books import books
from .top_up_models import CreateTopUp, TopUpOut, TopUpsQuery, UnmatchedPayment
from .top_up_records import TopUp, TopUpChange, change_top_up, load_top_up, new_top_up_put, read_top_up

CREATE_TOP_UP_ERRORS = (
    refusals.TOP_UPS_NOT_OFFERED,
    refusals.PAYMENT_PROVIDER_FAILED,
    errors.IDEMPOTENCY_KEY_REUSED,
)
TOP_UP_ERRORS = (refusals.TOP_UP_NOT_FOUND,)
LIST_TOP_UPS_ERRORS = (errors.INVALID_CURSOR,)
TOP_UP_DAYS: Final = 3
MIN_TOP_UP_PAISE: Final = 100


def create_top_up(call: Call[CreateTopUp]) -> Reply:
    """Makes a top-up with its link. The same idempotency key answers the same one; it finishes what was cut off."""
    body, scope, given = call.input, books(call), call.idempotency_key
    amount = minor_units(body.amount, INR_SCALE, "amount")
    if amount < MIN_TOP_UP_PAISE:
        raise errors.invalid("amount", "must be at least 1")
    account = _operator_account(call)
    id = ids.derived_id("tup", scope, given) if given else ids.new_id("tup", call.now)
    fingerprint = content_fingerprint("billing.top_up", body.model_dump(exclude={"idempotency_key"})).hex()
    there = load_top_up(call.store, id) if given else None
    replayed = there is not None
    top_up = there or TopUp(
        id, call.caller.mode, call.caller.tenant.id, amount, call.now, fingerprint, account.id, call.caller.id
    )
    if there is None:
        act = tenant_audit_entry(call, "top-up created", id, {"amount": amount})
        try:
            call.store.commit([new_top_up_put(top_up), act], caller=call.request.id)
        except Cancelled:
            # The same request at the same moment.
            replayed, top_up = True, load_top_up(call.store, id) or top_up
    if top_up.fingerprint != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if top_up.link is None and top_up.wallet_credit is None:
        top_up = _linked(call, top_up, account)
    return Reply(top_up_out(top_up, call.now), "Top-up created", status=201, headers=replay_headers(replayed))


def read_requested_top_up(call: Call[None]) -> TopUpOut:
    id = call.path["id"]
    top_up = load_top_up(call.store, id) if ids.is_id(id, "tup") else None
    if top_up is None or (top_up.tenant, top_up.mode) != (call.caller.tenant.id, call.caller.mode):
        raise refusals.TOP_UP_NOT_FOUND()
    return top_up_out(top_up, call.now)


def list_tenant_top_ups(call: Call[TopUpsQuery]) -> Reply:
    """The newest first."""
    query, tenant, partition = call.input, call.caller.tenant.id, billing_keys.top_ups_partition(books(call))
    filters = {"list": "top-ups", "mode": call.caller.mode}
    after = None
    if query.cursor:
        last = cursor.open_cursor(tenant, filters, query.cursor)
        key = billing_keys.top_up_key(last.rpartition("#")[2])
        after = {"pk": key.pk, "sk": key.sk, "g1p": partition, "g1s": last}
    page = call.store.query("directory", partition, index="by_parent", descending=True, limit=query.limit, after=after)
    following = cursor.seal_cursor(tenant, filters, page.last["g1s"]) if page.last else None
    found = [top_up_out(read_top_up(record), call.now, drawn=False) for record in page.items]
    return Reply(found, meta={"next_cursor": following, "limit": query.limit})


def top_up_out(top_up: TopUp, now: int, *, drawn: bool = True) -> TopUpOut:
    """`drawn`: with the QR code of an open link; a list leaves it out."""
    link, status = top_up.link, top_up.status(now)
    payable = link if status == "open" else None
    return TopUpOut(
        id=top_up.id,
        status=status,
        amount=wire_rupees(top_up.amount),
        wallet_id=tenant_wallet(top_up.mode, top_up.tenant).id,
        provider=link["provider"] if link else None,
        url=payable["url"] if payable else None,
        qr=qr_image(payable["url"]) if payable and drawn else None,
        expires_at=clock.iso(link["until"]) if link else None,
        transaction_id=top_up.wallet_credit,
        payment_id=top_up.payment,
        credited_at=clock.iso(top_up.credited_at) if top_up.credited_at else None,
        returned=wire_rupees(top_up.returned),
        shortfall=wire_rupees(top_up.shortfall),
        unmatched_payments=[
            UnmatchedPayment(
                payment_id=each["pay"],
                amount=wire_rupees(each["amt"]),
                currency=each["cur"],
                received_at=clock.iso(each["at"]),
            )
            for each in top_up.unmatched
        ],
        mode=top_up.mode,
        created_at=clock.iso(top_up.at),
    )


def _operator_account(call: Call[CreateTopUp]) -> PaymentAccount:
    """The account of the operator's with a provider, in the caller's mode. Raises TOP_UPS_NOT_OFFERED."""
    platform = call.store.read([keys.platform_key()])[keys.platform_key()]
    operator = platform["operator"] if platform else None
    if operator is None or operator == call.caller.tenant.id:
        raise refusals.TOP_UPS_NOT_OFFERED()
    account = load_account(call.store, keys.scope(call.caller.mode, operator))
    if account is None:
        raise refusals.TOP_UPS_NOT_OFFERED()
    return account


def _linked(call: Call[CreateTopUp], top_up: TopUp, account: PaymentAccount) -> TopUp:
    """The top-up with a link. Each try has a reference of its own, as a provider takes each only once."""
    until = call.now + TOP_UP_DAYS * clock.DAY_MS

    def counted(current: TopUp) -> TopUpChange | None:
        if current.link is not None:
            return None
        return TopUpChange(replace(current, attempts=current.attempts + 1, account=account.id))

    begun, _ = change_top_up(call.store, top_up.id, f"{call.request.id}:begin", counted)
    if begun is None or begun.link is not None:
        return begun or top_up
    from .providers import PROVIDERS  # most that this module serves calls no provider

    reference = f"{top_up.id}-{begun.attempts}"
    try:
        made = PROVIDERS[account.provider].create_link(
            account.access, _link_request(call, top_up, account, reference, until)
        )
    except ProviderFault as fault:
        observe.log().warning("no payment link", extra={"provider": account.provider, "fault": str(fault)})
        raise refusals.PAYMENT_PROVIDER_FAILED(headers={"Retry-After": "5"}) from fault
    link = {"provider": account.provider, "id": made.id, "url": made.url, "amt": top_up.amount, "until": until}

    def linked(current: TopUp) -> TopUpChange | None:
        if current.link is not None:
            return None
        watched = watch_item(account.id, top_up.id, link, reference, call.now)
        return TopUpChange(replace(current, link=link), (watched,))

    done, _ = change_top_up(call.store, top_up.id, f"{call.request.id}:link", linked)
    return done or top_up


def _link_request(
    call: Call[CreateTopUp], top_up: TopUp, account: PaymentAccount, reference: str, until: int
) -> LinkRequest:
    profile_key = billing_keys.tax_profile_key(books(call))
    profile = call.store.read([profile_key])[profile_key]
    party = profile["party"] if profile else {}
    return LinkRequest(
        reference=reference,
        amount=top_up.amount,
        purpose=f"Wallet top-up of {call.caller.tenant.name}",
        name=call.caller.tenant.name,
        email=party.get("mail"),
        phone=call.input.phone or party.get("phone"),
        notify_url=account.webhook_url,
        expires_at=until // 1000,
    )

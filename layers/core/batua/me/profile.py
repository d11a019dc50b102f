"""The signed-in customer and their preferences."""

from __future__ import annotations

from typing import Any

from .. import clock
from ..api.endpoint import Call
from ..coins import counter
from ..customers.model import Customer
from ..identity import csrf
from ..ledger.model import Program
from ..store import keys
from ..store.writes import EXISTS, Update
from .models import CustomerMerchant, MyPreferences, MyProfile, MyProgram
from .signed_in import signed_in_customer


def read_my_profile(call: Call[Any]) -> MyProfile:
    from ..passes.offered import offered_wallets
    from ..store import pass_keys, support_keys

    caller, customer = call.caller, signed_in_customer(call)
    issuers, desk = pass_keys.pass_issuers_key(), support_keys.customer_desk_key(caller.tenant.id)
    found = call.store.read([issuers, desk])
    return MyProfile(
        customer_id=customer.id,
        phone=customer.masked_phone,
        since=clock.iso(customer.created_at),
        mode=caller.mode,
        merchant=merchant_of_mine(call),
        program=program_of_mine(counter.program_of(caller)),
        preferences=preferences_of(customer),
        passes=offered_wallets(found[issuers]),
        tickets=bool((found[desk] or {}).get("on")),
        csrf_token=csrf.csrf_token(str(caller.claims.session)),
    )


def read_my_preferences(call: Call[None]) -> MyPreferences:
    return preferences_of(signed_in_customer(call))


def save_my_preferences(call: Call[MyPreferences]) -> MyPreferences:
    """Replaces them; fields left out return to their defaults."""
    chosen = call.input.model_dump()
    # What the customer chose is no longer what an import said.
    about = keys.customer_key(call.caller.scope, call.caller.id)
    change = Update(about, set={"prefs": chosen}, remove=("prefs_by",), when=EXISTS)
    call.store.commit([change, call.act("customer preferences saved", call.caller.id)], caller=call.request.id)
    return call.input


def merchant_of_mine(call: Call[Any]) -> CustomerMerchant:
    """The merchant whose page this is."""
    tenant = call.caller.tenant
    about = keys.profile_key(tenant.id)
    known = call.store.read([about])[about] or {}
    return CustomerMerchant(id=tenant.id, slug=str(known.get("slug", "")), name=tenant.name)


def preferences_of(customer: Customer) -> MyPreferences:
    return MyPreferences(
        **{name: customer.preferences[name] for name in MyPreferences.model_fields if name in customer.preferences}
    )


def program_of_mine(program: Program) -> MyProgram:
    return MyProgram(id=program.id, name=program.name, singular=program.singular, plural=program.plural)

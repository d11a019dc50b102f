"""Customers in lists: who sees a number, who a name, and in how many reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from batua.customers.named import NamedCustomer, named_customers
from batua.store import keys

OWNER, MERCHANT, OTHER = (f"ten_01KDC0V6M8W3T4Q9X2Z7N5B{end}" for end in ("1FA", "2FA", "3FA"))
ASHA, RAVI, GONE = (f"cust_01KDC0V6M8W3T4Q9X2Z7N5B{end}" for end in ("1FA", "2FA", "3FA"))
SCOPE = keys.scope("live", OWNER)
RECORDS = {
    ASHA: {"made": 1, "qr": 1, "phone": "+919876543210", "name": "Asha Rao", "by": MERCHANT},
    RAVI: {"made": 1, "qr": 1},
}


class Reads:
    def __init__(self) -> None:
        self.asked: list[list[Any]] = []

    def read(self, wanted: list[Any], *, consistent: bool = True) -> dict[Any, Any]:
        self.asked.append(wanted)
        places = {keys.customer_key(SCOPE, id): {"pk": f"x#{id}", **record} for id, record in RECORDS.items()}
        return {key: places.get(key) for key in wanted}


def call_of(tenant: str, permissions: tuple[str, ...] = ("customers:read",)) -> Any:
    caller = SimpleNamespace(
        tenant=SimpleNamespace(id=tenant, program=SimpleNamespace(owner=OWNER)), permissions=permissions, scope=SCOPE
    )
    return SimpleNamespace(caller=caller, store=Reads(), loaded={})


def test_the_owner_and_who_registered_a_customer_see_the_name_others_the_end_of_the_number() -> None:
    for tenant, name in ((OWNER, "Asha Rao"), (MERCHANT, "Asha Rao"), (OTHER, None)):
        found = named_customers(call_of(tenant), [ASHA])
        assert found == {ASHA: NamedCustomer("+91••••••3210", name)}


def test_a_page_is_one_read_whoever_is_on_it() -> None:
    call = call_of(OTHER)
    found = named_customers(call, [ASHA, RAVI, ASHA, GONE])
    assert set(found) == {ASHA, RAVI}
    assert found[RAVI].fields == {"customer_phone": None, "customer_name": None}
    assert len(call.store.asked) == 1
    assert len(call.store.asked[0]) == 3
    assert named_customers(call, []) == {}
    assert len(call.store.asked) == 1


def test_who_may_not_see_customers_sees_none() -> None:
    call = call_of(OWNER, ("tenant:admin",))
    assert named_customers(call, [ASHA]) == {}
    assert call.store.asked == []

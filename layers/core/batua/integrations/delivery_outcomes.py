"""What became of deliveries: read together with them, and kept beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..store import keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import ABSENT, ALWAYS, Condition, Put, Update
from .model import ConnectionDelivery, delivery_outcome_item, read_connection_delivery


def read_deliveries(store: Store, records: Iterable[Record], *, consistent: bool = False) -> list[ConnectionDelivery]:
    """Deliveries out of their records, each with its outcome; in their order."""
    places = {_outcome_key(record): record for record in records}
    found = store.read(places, consistent=consistent) if places else {}
    return [read_connection_delivery(record, found[place]) for place, record in places.items()]


def keep_outcome(delivery: ConnectionDelivery) -> Put:
    return Put(delivery.outcome_key, delivery_outcome_item(delivery))


def queued_again(delivery: ConnectionDelivery, *, unless_settled: bool = False) -> Update:
    """Says of a delivery that it waits again. `unless_settled`: only where nobody has settled it since it was read."""
    item = delivery_outcome_item(replace(delivery, status="queued", reason=None))
    when = Condition(any_of=(ABSENT, _as_read(delivery))) if unless_settled else ALWAYS
    return Update(
        delivery.outcome_key,
        set={name: value for name, value in item.items() if value is not None},
        remove=("why",),
        when=when,
    )


def _as_read(delivery: ConnectionDelivery) -> Condition:
    if not delivery.attempts:
        return Condition(equal={"status": delivery.status}, missing=("tries",))
    return Condition(equal={"status": delivery.status, "tries": delivery.attempts})


def _outcome_key(record: Record) -> Key:
    id = str(record["sk"]).rpartition("#")[2]
    return keys.delivery_outcome_key(str(record["pk"]).rpartition("#")[2], id)

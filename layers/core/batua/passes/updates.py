"""From a customer's coins to the passes in their phones: what has moved is seen there some seconds later.

PublishEvents only queues what concerns passes; PushPasses takes it in batches, so that ten sales to one customer are
one push. Done twice, a phone asks twice and finds nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .. import clock, ids, observe
from ..events.consuming import consume_queue
from ..events.event import Event
from ..store import pass_keys
from ..store.store import ConditionFailed, Store
from .offered import offered_wallets

if TYPE_CHECKING:
    from .accounts import PassIssuers
    from .devices import PassDevice

_ASK_AGAIN_MS: Final = 60_000

_offered: tuple[int, bool] = (0, False)
"""When it was last looked whether this deployment issues passes at all, and what was found."""


def concerns_pass(event: Event) -> bool:
    return event.type.startswith("coins.") and ids.is_id(str(event.data.get("customer_id")), "cust")


def defer_pass_updates(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """All of them wait in the queue for PushPasses; none, where the deployment issues no passes."""
    global _offered
    if now >= _offered[0] + _ASK_AGAIN_MS:
        key = pass_keys.pass_issuers_key()
        _offered = now, bool(offered_wallets(store.read([key])[key]))
    return list(events) if _offered[1] else []


def consume_pass_events(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Updates the passes of a batch of events. Answers which of them are to come again."""
    return consume_queue(batch, lambda events: update_passes(store, events, clock.system()))


def update_passes(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """Marks the passes of these customers as changed and tells Apple and Google. Returns the events of those who
    could not be told."""
    from .accounts import load_issuers
    from .devices import devices_of

    issuers = load_issuers(store)
    customers = {(event.mode, str(event.data["customer_id"])) for event in events}
    held = {customer: devices_of(store, *customer) for customer in customers}
    untold: set[str] = set()
    phones = [each for devices in held.values() for each in devices if each.push is not None]
    if issuers.apple and phones:
        untold |= _tell_apple(store, issuers, phones, now)
    google = [each for devices in held.values() for each in devices if each.push is None]
    if issuers.google and google:
        untold |= _tell_google(store, issuers, google, now)
    return [
        event for event in events if untold & {each.serial for each in held[event.mode, str(event.data["customer_id"])]}
    ]


def _tell_apple(store: Store, issuers: PassIssuers, phones: Sequence[PassDevice], now: int) -> set[str]:
    """The passes of which some phone could not be told."""
    from ..identity.sealing import SecretUnreadable
    from .apns import PushServiceFault, push_to_apple
    from .devices import device_changed, forget_devices

    assert issuers.apple is not None
    tokens: dict[str, list[PassDevice]] = {}
    gone: list[PassDevice] = []
    for phone in phones:
        try:
            token = phone.push_token()
            store.write(device_changed(phone, now))
        except (SecretUnreadable, ConditionFailed):
            gone.append(phone)
        else:
            tokens.setdefault(token, []).append(phone)
    try:
        answered = push_to_apple(issuers.apple, list(tokens)) if tokens else {}
    except PushServiceFault as fault:
        observe.log().warning("Apple's push service does not answer", extra={"fault": str(fault)})
        answered = {}
    untold: set[str] = set()
    for token, of_token in tokens.items():
        answer = answered.get(token)
        if answer is not None and answer.is_gone:
            gone += of_token
        elif answer is None or not answer.is_taken:
            if answer is not None:
                extra = {"status": answer.status, "reason": answer.reason}
                observe.log().warning("a phone could not be told of a pass", extra=extra)
            untold |= {each.serial for each in of_token}
    forget_devices(store, gone)
    return untold


def _tell_google(store: Store, issuers: PassIssuers, passes: Sequence[PassDevice], now: int) -> set[str]:
    """The passes that Google could not be told of. One that nobody has saved for a month is given up."""
    from .devices import GOOGLE_UNSAVED_MS, forget_devices
    from .google_objects import GoogleFault, patch_google_pass
    from .holders import load_coins, load_holder, pass_card, read_serial

    assert issuers.google is not None
    untold: set[str] = set()
    gone: list[PassDevice] = []
    for one in passes:
        named = read_serial(one.serial)
        holder = load_holder(store, *named) if named else None
        if holder is None:
            gone.append(one)
            continue
        try:
            saved = patch_google_pass(pass_card(holder, load_coins(store, holder), now), issuers.google)
        except GoogleFault as fault:
            observe.log().warning("Google does not take a change of a pass", extra={"fault": str(fault)})
            untold.add(one.serial)
        else:
            if not saved and now > one.made_at + GOOGLE_UNSAVED_MS:
                gone.append(one)
    forget_devices(store, gone)
    return untold

"""The keys of fraud flags, all in the directory: what was seen, what is usual, and the flags.

The rule of `keys` holds here too: parts are ids or fixed words, without a `#`.
"""

from __future__ import annotations

from .. import clock
from .keys import Key, Mode
from .scope import require_id


def flags_partition(mode: Mode, tenant: str) -> str:
    """A tenant's flags: the partition. Their ids sort by time."""
    return f"{_tenant_prefix(mode, tenant)}#FLAGS"


def flag_key(mode: Mode, tenant: str, flag_id: str) -> Key:
    """Under its tenant: what another tenant asks for is not there."""
    require_id(flag_id, "flag")
    return Key("directory", flags_partition(mode, tenant), flag_id)


def child_flags_partition(mode: Mode, parent: str) -> str:
    """The flags of the tenants right below one, in index `by_parent`."""
    return f"{_tenant_prefix(mode, parent)}#BELOW"


def all_flags_partition(mode: Mode) -> str:
    """All flags, in index `by_name`, for the platform's staff. They are few: one partition holds them."""
    return f"FRAUD#{mode}#FLAGS"


def sightings_partition(mode: Mode, tenant: str, rule: str, subject: str) -> str:
    """What a rule has seen of one wallet, or of one pair of hands, at a tenant: the partition, by time."""
    if "#" in rule + subject:
        raise ValueError("a part of a key holds a #")
    return f"{_tenant_prefix(mode, tenant)}#SEEN#{rule}#{subject}"


def sighting_key(partition: str, at: int, event_id: str) -> Key:
    require_id(event_id, "evt")
    return Key("directory", partition, f"{clock.iso(at)}#{event_id}")


def baseline_key(mode: Mode, tenant: str, measure: str) -> Key:
    """What is usual at a tenant: a running count of one measure."""
    return Key("directory", f"{_tenant_prefix(mode, tenant)}#USUAL", measure)


def _tenant_prefix(mode: Mode, tenant: str) -> str:
    require_id(tenant, "ten")
    return f"FRAUD#{'L' if mode == 'live' else 'T'}#{tenant}"

"""The keys of prefunds, all in the directory: requests with their steps, transfers that were named, receiver accounts.

The rule of `keys` holds here too: parts are ids, references of banks, instants or fixed words, without a `#`.
"""

from __future__ import annotations

import re
from typing import Final

from .keys import Key, Mode, scope
from .scope import require_id

_UTR: Final = re.compile(r"[0-9A-Z]{10,22}", re.ASCII)


def prefund_request_key(request_id: str) -> Key:
    return Key("directory", prefund_request_partition(request_id), "REQUEST")


def prefund_request_partition(request_id: str) -> str:
    """A request with all of its steps, and the state of its workflow."""
    require_id(request_id, "pfr")
    return f"PREFUND#{request_id}"


def prefund_step_key(request_id: str, number: int) -> Key:
    """What was done to a request; the number is the version that it made."""
    return Key("directory", prefund_request_partition(request_id), f"STEP#{number:06d}")


def prefund_workflow_key(request_id: str) -> Key:
    """The state of a request's execution, and the token that it waits with."""
    return Key("directory", prefund_request_partition(request_id), "WORKFLOW")


def tenant_prefunds_partition(mode: Mode, tenant: str) -> str:
    """A tenant's requests in index `by_parent`, by time."""
    return f"PREFUNDS#{scope(mode, tenant)}"


def all_prefunds_partition(mode: Mode) -> str:
    """The requests of all tenants in index `by_name`, by time."""
    return f"PREFUNDS#{'L' if mode == 'live' else 'T'}"


def bank_transfer_key(mode: Mode, utr: str) -> Key:
    """Which request a bank transfer was named in: at most one that is not rejected."""
    if not _UTR.fullmatch(utr):
        raise ValueError("not a transfer's reference")
    return Key("directory", f"UTR#{'L' if mode == 'live' else 'T'}#{utr}", "UTR")


def receiver_accounts_partition() -> str:
    """The operator's bank accounts that prefund money is sent to: the partition."""
    return "RECEIVER_ACCOUNTS"


def receiver_account_key(account_id: str) -> Key:
    require_id(account_id, "rcv")
    return Key("directory", receiver_accounts_partition(), account_id)

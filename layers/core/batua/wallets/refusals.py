"""What the endpoints of wallets refuse, besides what the ledger does."""

from __future__ import annotations

from .. import errors

WALLET_NAME_UNKNOWN = errors.define(
    "wallet_name_unknown", 404, "No wallet has this name. Set create_wallet to create it, or use an existing name."
)
WALLET_NAME_TAKEN = errors.define(
    "wallet_name_taken", 409, "One of your wallets has, or had, this name. Names are kept, so choose another one."
)
DIRECT_CREDIT_LIMIT_REACHED = errors.define(
    "direct_credit_limit_reached",
    409,
    "Today's limit for direct credits has been reached. Use a prefund request, which two people decide, for more.",
    "{left} INR of today's {limit} INR for direct credits are left. Use a prefund request, which two people decide, "
    "for more.",
)
WALLET_NOT_EMPTY = errors.define(
    "wallet_not_empty",
    409,
    "Only an empty wallet without holds can be closed.",
    "The wallet can't be closed: {available} available, {held} held. Move the balance and end the holds first.",
)

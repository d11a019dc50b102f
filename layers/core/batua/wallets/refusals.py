"""What the endpoints of wallets refuse, besides what the ledger does."""

from __future__ import annotations

from .. import errors

WALLET_NAME_UNKNOWN = errors.define(
    "wallet_name_unknown", 404, "No wallet has this name. Send create_wallet to make it, or a name that you have."
)
WALLET_NAME_TAKEN = errors.define(
    "wallet_name_taken", 409, "One of your wallets has, or had, this name. Names are kept, so choose another one."
)
DIRECT_CREDIT_LIMIT_REACHED = errors.define(
    "direct_credit_limit_reached",
    409,
    "The operator's administrators credit no more today. Larger amounts come in by a prefund, which two people decide.",
    "{left} INR are left of the {limit} INR that the operator's administrators may credit today. Larger amounts come "
    "in by a prefund, which two people decide.",
)
WALLET_NOT_EMPTY = errors.define(
    "wallet_not_empty",
    409,
    "A wallet is closed once it is empty and nothing is held in it.",
    "The wallet can't be closed: {available} available, {held} held. Move the balance and end the holds first.",
)

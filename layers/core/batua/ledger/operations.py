"""What operations ask the ledger for, as refusals of them are named."""

from __future__ import annotations

from typing import Final

_ASKED_FOR: Final = {
    "accept": "refund",
    "approve": "hold",
    "bulk issue": "issue",
    "checkout": "hold",
    "import reversal": "reverse_import",
    "merge": "transfer_out",
    "reassign": "transfer_out",
    "recall": "transfer_out",
    "release": "void",
    "settle": "transfer",
    "top_up": "credit",
    "top_up_return": "debit",
}
"""What an operation asks for, where its name's last word is no kind of transaction."""


def operation_kind(operation: str) -> str:
    """The kind of transaction that a refused operation asked for: `wallets.debit` and `debit` ask for a debit."""
    word = operation.replace("integration ", "").rpartition(".")[2]
    return _ASKED_FOR.get(word, word)

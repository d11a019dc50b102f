"""The payment providers, by the names that accounts give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .cashfree_pg import Cashfree
from .payment_port import PaymentProvider
from .razorpay import Razorpay

PROVIDERS: Final[Mapping[str, PaymentProvider]] = {"razorpay": Razorpay(), "cashfree": Cashfree()}

"""A customer's tickets with a merchant, as the customer sees them."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from ..api.models import Instant, Model
from ..support.states import TicketCategory, TicketStatus

_TICKET: Final = "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"


class MyTicket(Model):
    id: str = Field(examples=[_TICKET])
    subject: str = Field(examples=["Coins of yesterday's bill are missing"])
    category: TicketCategory = Field(examples=["transaction"])
    status: TicketStatus = Field(description="`pending`: the merchant waits for you.", examples=["open"])
    created_at: Instant
    updated_at: Instant


class MyComment(Model):
    id: str = Field(examples=["cmt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    author: Literal["you", "merchant"] = Field(examples=["merchant"])
    body: str = Field(examples=["Which bill was it?"])
    created_at: Instant


class MyRating(Model):
    score: int = Field(description="1 (very dissatisfied) to 5 (very satisfied).", examples=[5])
    note: str | None = Field(examples=["Quick and friendly"])
    changeable_until: Instant = Field(description="Until then the rating can be changed.")


class MyTicketDetail(MyTicket):
    description: str = Field(examples=["I paid 500 rupees yesterday at six and got no coins."])
    rating: MyRating | None = Field(description="The customer's rating of how it was handled; null without one.")
    comments: list[MyComment] = Field(description="The last hundred, the oldest first.")

"""What the endpoints of notifications and of the operator's messages take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from ..api.models import Hour, Instant, Model, Text

ShortId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MessageBody = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")
]
PortalPath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=r"^(/[A-Za-z0-9]|https://)[!-~]*$"),
    Field(description="A page of the portal, or an https address.", examples=["/prefund"]),
]
_AT = "2026-11-28T10:15:00.000Z"
_NTF = "ntf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_AMSG = "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"


class NotificationsQuery(Model):
    unread: bool | None = Field(None, description="`true`: only what is unread.")
    category: Literal["security", "money", "support", "operations"] | None = None
    language: Literal["en", "hi"] | None = Field(
        None, description="The language of titles and texts. Left out: the one of your preferences at the time of each."
    )
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class NotificationOut(Model):
    id: str = Field(examples=[_NTF])
    type: str = Field(description="The event that it tells of.", examples=["ticket.commented"])
    category: Literal["security", "money", "support", "operations"] = Field(examples=["support"])
    title: str = Field(examples=["Reply to your ticket: Refund is missing"])
    body: str = Field(examples=["Joseph Fernandes: Which order is it?"])
    link: str | None = Field(description="A page of the portal.", examples=[None])
    reference: str = Field(description="The id of what it is about.", examples=["tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    count: int = Field(description="How many events it summarizes.", examples=[1])
    read: bool = Field(examples=[False])
    created_at: Instant = Field(examples=[_AT])


class UnreadCount(Model):
    count: int = Field(description="At most 99.", examples=[3])
    more: bool = Field(description="Whether there are more than 99.", examples=[False])


class ReadAll(Model):
    newest_id: ShortId | None = Field(
        None,
        description="The newest one that you have shown. What has arrived since stays unread. Left out: all there are.",
        examples=[_NTF],
    )


class ReadAllAdmin(Model):
    newest_id: ShortId | None = Field(
        None,
        description="The newest one that you have shown. What has arrived since stays unread. Left out: all there are.",
        examples=[_AMSG],
    )


class PreferenceCell(Model):
    enabled: bool = Field(examples=[True])
    locked: bool = Field(description="Cannot be switched off.", examples=[False])


class QuietHoursText(Model):
    begin: Hour = Field(examples=["22:00"])
    end: Hour = Field(description="On the next day, if it is before the beginning.", examples=["07:00"])
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["Asia/Kolkata"])


class PreferencesOut(Model):
    categories: dict[str, dict[str, PreferenceCell]] = Field(
        description="Category -> channel (`in_app`, `email`, `sms`, `web_push`, `whatsapp`) -> whether it is on. "
        "`web_push` reaches the browsers that you have registered."
    )
    quiet_hours: QuietHoursText | None = Field(
        description="Mail and text messages wait until they are over, except those of security."
    )
    language: Literal["en", "hi"] = Field(
        description="Of notifications, and of all mails and text messages to you.", examples=["en"]
    )
    digests: dict[str, Literal["hourly", "daily"] | None] = Field(
        description="Categories whose mails and text messages go out together, at the full hour or at nine.",
        examples=[{"support": "daily", "operations": None}],
    )
    version: int = Field(examples=[1])


class PreferencesChange(Model):
    """Changes what it names."""

    categories: dict[str, dict[str, StrictBool]] | None = Field(
        None, description="Category -> channel -> on or off.", examples=[{"support": {"sms": True}}]
    )
    quiet_hours: QuietHoursText | None = Field(None, description="null removes them.")
    language: Literal["en", "hi"] | None = Field(
        None, description="Of notifications, and of all mails and text messages to you.", examples=["hi"]
    )
    digests: dict[str, Literal["hourly", "daily"] | None] | None = Field(
        None,
        description="Of `support` and `operations`; replaces the ones before. What tells of money and security waits "
        "for no digest.",
        examples=[{"support": "daily"}],
    )
    version: int | None = Field(None, ge=0, description="As read: refused if they have changed since.", examples=[0])


class Audience(Model):
    """Everybody, unless narrowed; both lists together mean those roles in those tenants."""

    roles: list[Literal["super_admin", "staff", "tenant_admin", "merchant_admin", "cashier", "viewer"]] = Field(
        default=[], max_length=6, description="People with one of these roles.", examples=[["tenant_admin"]]
    )
    tenants: list[ShortId] = Field(
        default=[], max_length=50, description="People of these tenants.", examples=[["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]]
    )


class NewAdminMessage(Model):
    title: Text = Field(examples=["Maintenance on Sunday"])
    body: MessageBody = Field(examples=["The portal will be read-only from 02:00 to 02:30 IST."])
    severity: Literal["info", "warning", "critical"] = Field("info", examples=["warning"])
    link: PortalPath | None = None
    audience: Audience = Field(default=Audience())
    publish_at: Instant | None = Field(
        None,
        description="When it appears: at least a minute and at most 90 days ahead. Left out: in a few seconds.",
        examples=["2026-11-29T02:00:00Z"],
    )


class PreviewAudience(Model):
    audience: Audience = Field(default=Audience())


class AudiencePreview(Model):
    tenants: int = Field(description="Tenants with at least one recipient.", examples=[12])
    people: int = Field(description="Active people who would get it now.", examples=[85])
    by_role: dict[str, int] = Field(description="A user with two roles counts in both.", examples=[{"cashier": 60}])
    complete: bool = Field(description="False where there are more than 500 tenants, of which 500 were counted.")


class AdminMessagesQuery(Model):
    unread: bool | None = Field(None, description="`true`: only what is unread.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class SentMessagesQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class AdminMessageOut(Model):
    id: str = Field(examples=[_AMSG])
    title: str = Field(examples=["Maintenance on Sunday"])
    body: str = Field(examples=["The portal will be read-only from 02:00 to 02:30 IST."])
    severity: Literal["info", "warning", "critical"] = Field(examples=["warning"])
    link: str | None = Field(examples=[None])
    published_at: Instant = Field(examples=[_AT])
    read: bool = Field(examples=[False])


class SentAdminMessageOut(Model):
    id: str = Field(examples=[_AMSG])
    title: str = Field(examples=["Maintenance on Sunday"])
    body: str = Field(examples=["The portal will be read-only from 02:00 to 02:30 IST."])
    severity: Literal["info", "warning", "critical"] = Field(examples=["warning"])
    link: str | None = Field(examples=[None])
    audience: Audience
    status: Literal["scheduled", "published", "withdrawn"] = Field(examples=["published"])
    publish_at: Instant = Field(examples=[_AT])
    created_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    created_at: Instant = Field(examples=[_AT])
    withdrawn_at: Instant | None = Field(examples=[None])

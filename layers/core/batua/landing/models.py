"""The models of public content, and of what the operator writes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from ..api.models import Instant, Model, PlainText, visible

Component = Literal["counter", "prefund", "rewards", "integrations", "accounts", "support"]
"""What the status page tells apart, in the words of a merchant's day."""

ComponentStatus = Literal["operational", "maintenance", "degraded", "outage", "unknown"]
IncidentImpact = Literal["maintenance", "minor", "major", "critical"]
IncidentState = Literal["scheduled", "investigating", "identified", "monitoring", "resolved"]

MAX_LIST_ENTRIES: Final = 100


def _no_markup(text: str) -> str:
    if "<" in text or ">" in text:
        raise ValueError("must be plain text without < or >")
    return text


PublicText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]+$", strip_whitespace=True),
    AfterValidator(visible),
    AfterValidator(_no_markup),
]
"""Several lines of plain text that anybody may read."""


class FaqEntry(Model):
    question: PlainText = Field(examples=["When do coins expire?"])
    answer: PublicText = Field(examples=["Coins expire at the end of the twelfth month after they were issued."])
    category: PlainText | None = Field(None, examples=["Coins"])


class Testimonial(Model):
    quote: PublicText = Field(examples=["Customers come back for their coins. Setting it up took an afternoon."])
    name: PlainText = Field(examples=["Meera Iyer"])
    organization: PlainText | None = Field(None, examples=["Kaveri Stores"])


class ConsentedTestimonial(Testimonial):
    consented: Literal[True] = Field(
        description="That the person has agreed to be quoted by name. Not published.", examples=[True]
    )


_VERSION: Final[Any] = Field(
    None, ge=0, description="The version that was read; another one since is a 409. 0: none yet.", examples=[None]
)


class ReplaceFaqs(Model):
    items: list[FaqEntry] = Field(max_length=MAX_LIST_ENTRIES, description="All entries, in the order to show them in.")
    version: int | None = _VERSION


class ReplaceTestimonials(Model):
    items: list[ConsentedTestimonial] = Field(
        max_length=MAX_LIST_ENTRIES, description="All entries, in the order to show them in."
    )
    version: int | None = _VERSION


class ContentSaved(Model):
    entries: int = Field(examples=[1])
    version: int = Field(examples=[4])
    updated_at: Instant = Field(examples=["2026-11-28T10:15:00.000Z"])


class ResourceOut(Model):
    id: str = Field(examples=["python-client"])
    title: str = Field(examples=["Client for Python"])
    description: str = Field(examples=["One file without dependencies: issue, redeem and read balances from Python."])
    kind: Literal["client", "add-on", "guide"] = Field(examples=["client"])
    version: str = Field(description="The release of Batua that it belongs to.", examples=["0.9.0"])
    file_name: str = Field(examples=["batua.py"])
    media_type: str = Field(examples=["text/x-python"])
    size: int = Field(description="Bytes.", examples=[5120])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    url: str = Field(examples=["/api/v1/landing/resources/python-client"])


class PlatformMetrics(Model):
    """Rounded down. A figure that would tell about single tenants is null and named in `withheld`."""

    merchants: int = Field(description="Active merchants.", examples=[120])
    transactions: int | None = Field(description="Coins issued or redeemed, how often.", examples=[48000])
    issues: int | None = Field(examples=[35000])
    redemptions: int | None = Field(examples=[13000])
    withheld: list[str] = Field(examples=[[]])
    days: int = Field(description="The days that transactions are counted over.", examples=[30])
    as_of: Instant | None = Field(description="Null until counted for the first time.")


class IncidentUpdate(Model):
    at: Instant = Field(examples=["2026-11-28T10:15:00.000Z"])
    state: IncidentState = Field(examples=["identified"])
    message: str = Field(examples=["We have found the cause and are working on a fix."])


class IncidentOut(Model):
    id: str = Field(examples=["inc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(examples=["Webhooks are delayed"])
    impact: IncidentImpact = Field(examples=["minor"])
    components: list[Component] = Field(examples=[["integrations"]])
    state: IncidentState = Field(examples=["identified"])
    started_at: Instant = Field(examples=["2026-11-28T10:02:00.000Z"])
    resolved_at: Instant | None = Field(examples=[None])
    updates: list[IncidentUpdate]
    version: int = Field(examples=[2])


class ReportIncident(Model):
    title: PlainText = Field(examples=["Webhooks are delayed"])
    impact: IncidentImpact = Field(examples=["minor"])
    components: list[Component] = Field(min_length=1, max_length=6, examples=[["integrations"]])
    state: IncidentState = Field("investigating", examples=["investigating"])
    message: PublicText = Field(examples=["Webhooks arrive some minutes late. We are looking into it."])
    started_at: Instant | None = Field(None, description="Default: now.", examples=["2026-11-28T10:02:00Z"])


class UpdateIncident(Model):
    state: IncidentState = Field(examples=["identified"])
    message: PublicText = Field(examples=["We have found the cause and are working on a fix."])
    impact: IncidentImpact | None = Field(None, examples=["minor"])
    components: list[Component] | None = Field(None, min_length=1, max_length=6, examples=[["integrations"]])
    version: int | None = Field(None, ge=1, examples=[None])


class DayStatus(Model):
    day: str = Field(examples=["2026-11-28"])
    status: ComponentStatus = Field(description="The worst of the day.", examples=["operational"])
    minutes: int = Field(description="Minutes that were not operational.", examples=[0])


class ComponentOut(Model):
    name: Component = Field(examples=["counter"])
    title: str = Field(examples=["Issuing and redeeming"])
    status: ComponentStatus = Field(examples=["operational"])
    days: list[DayStatus] = Field(description="Of the last 90 days those that were watched, the newest first.")


class PublicStatus(Model):
    status: ComponentStatus = Field(description="The worst of all components.", examples=["operational"])
    checked_at: Instant | None = Field(examples=["2026-11-28T10:15:00.000Z"])
    components: list[ComponentOut]
    incidents: list[IncidentOut] = Field(description="Of the last 90 days, the newest first.")


class DoctorCheck(Model):
    name: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z][A-Za-z -]*$", examples=["sandbox"])
    outcome: Literal["ok", "failed", "skipped"] = Field(examples=["ok"])


class DoctorRun(Model):
    """What `make doctor` found. Details stay with the person who ran it."""

    checks: list[DoctorCheck] = Field(min_length=1, max_length=50)


class DoctorRunRecorded(Model):
    failed: int = Field(examples=[0])
    recorded_at: Instant = Field(examples=["2026-11-28T10:15:00.000Z"])

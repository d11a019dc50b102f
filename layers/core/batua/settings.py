"""What the deployment tells a function through its environment. One name has one meaning in every function."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

RAZORPAY_URL: Final = "https://api.razorpay.com"
"""Where Razorpay answers, to live and test keys alike."""


@dataclass(frozen=True, slots=True)
class Settings:
    ledger_table: str
    directory_table: str
    event_bus: str
    verifier_secret: str
    signing_secret: str
    stage: str
    public_url: str
    origin_secret: str
    region: str
    balance_workflow: str
    decision_wait_seconds: int
    prefund_workflow: str
    prefund_wait_seconds: int
    market_workflow: str
    deliveries_queue: str
    messages_queue: str
    mail_from: str
    inbound_mail_domain: str
    sms_sender: str
    sms_entity: str
    sms_templates: str
    whatsapp_sender: str
    whatsapp_templates: str
    registration: str
    admin_mfa: str
    direct_credit_limit: int
    """Rupees a day."""
    archive_workflow: str
    deletion_workflow: str
    import_workflow: str
    export_workflow: str
    deletion_grace_days: int
    files_bucket: str
    files_endpoint: str
    archive_bucket: str
    kept_months: int
    anchor_lock_days: int
    webhooks_queue: str
    lost_events_queue: str
    dead_letters: str
    routing_queue: str
    activity_queue: str
    customer_notices_queue: str
    pass_updates_queue: str
    events_on_bus: str
    webhooks_to_local: bool
    streams_behind_seconds: int
    """How old a change may be before those who read the streams leave it to the queues; 0, as each of them says."""
    razorpay_url: str
    razorpay_script: str
    cashfree_url: str
    cashfree_sandbox_url: str
    cashfree_script: str
    usage_workflow: str
    irp_url: str
    irp_sandbox_url: str
    runa_url: str
    runa_sandbox_url: str
    woohoo_url: str
    apple_push: str
    google_wallet_url: str
    google_oauth_url: str


_current: Settings | None = None


def settings() -> Settings:
    """The function's settings, read from the environment once."""
    global _current
    if _current is None:
        read = os.environ.get
        _current = Settings(
            ledger_table=read("LEDGER_TABLE", ""),
            directory_table=read("DIRECTORY_TABLE", ""),
            event_bus=read("EVENT_BUS", ""),
            verifier_secret=read("VERIFIER_SECRET", ""),
            signing_secret=read("SIGNING_SECRET", ""),
            stage=read("STAGE", "dev"),
            public_url=read("PUBLIC_URL", "").rstrip("/"),
            origin_secret=read("ORIGIN_SECRET", ""),
            region=read("AWS_REGION", read("AWS_DEFAULT_REGION", "ap-south-1")),
            balance_workflow=read("BALANCE_WORKFLOW", ""),
            decision_wait_seconds=int(read("DECISION_WAIT_SECONDS", "86400")),
            prefund_workflow=read("PREFUND_WORKFLOW", ""),
            prefund_wait_seconds=int(read("PREFUND_WAIT_SECONDS", "14400")),
            market_workflow=read("MARKET_WORKFLOW", ""),
            deliveries_queue=read("DELIVERIES_QUEUE", ""),
            messages_queue=read("MESSAGES_QUEUE", ""),
            mail_from=read("MAIL_FROM", ""),
            inbound_mail_domain=read("INBOUND_MAIL_DOMAIN", ""),
            sms_sender=read("SMS_SENDER", ""),
            sms_entity=read("SMS_ENTITY", ""),
            sms_templates=read("SMS_TEMPLATES", ""),
            whatsapp_sender=read("WHATSAPP_SENDER", ""),
            whatsapp_templates=read("WHATSAPP_TEMPLATES", ""),
            registration=read("REGISTRATION", "closed"),
            admin_mfa=read("ADMIN_MFA", "optional"),
            direct_credit_limit=int(read("DIRECT_CREDIT_LIMIT", "100000")),
            archive_workflow=read("ARCHIVE_WORKFLOW", ""),
            deletion_workflow=read("DELETION_WORKFLOW", ""),
            import_workflow=read("IMPORT_WORKFLOW", ""),
            export_workflow=read("EXPORT_WORKFLOW", ""),
            deletion_grace_days=int(read("DELETION_GRACE_DAYS", "30")),
            files_bucket=read("FILES_BUCKET", ""),
            files_endpoint=read("FILES_ENDPOINT", "").rstrip("/"),
            archive_bucket=read("ARCHIVE_BUCKET", ""),
            kept_months=int(read("KEPT_MONTHS", "0")),
            anchor_lock_days=int(read("ANCHOR_LOCK_DAYS", "2922")),
            webhooks_queue=read("WEBHOOKS_QUEUE", ""),
            lost_events_queue=read("LOST_EVENTS_QUEUE", ""),
            dead_letters=read("DEAD_LETTERS", ""),
            routing_queue=read("ROUTING_QUEUE", ""),
            activity_queue=read("ACTIVITY_QUEUE", ""),
            customer_notices_queue=read("CUSTOMER_NOTICES_QUEUE", ""),
            pass_updates_queue=read("PASS_UPDATES_QUEUE", ""),
            events_on_bus=read("EVENTS_ON_BUS", "needed"),
            webhooks_to_local=read("WEBHOOKS_TO_LOCAL", "") == "1",
            streams_behind_seconds=int(read("STREAMS_BEHIND_SECONDS", "0")),
            razorpay_url=read("RAZORPAY_URL", RAZORPAY_URL).rstrip("/"),
            razorpay_script=read("RAZORPAY_SCRIPT", "https://checkout.razorpay.com/v1/checkout.js"),
            cashfree_script=read("CASHFREE_SCRIPT", "https://sdk.cashfree.com/js/v3/cashfree.js"),
            cashfree_url=read("CASHFREE_URL", "https://api.cashfree.com").rstrip("/"),
            cashfree_sandbox_url=read("CASHFREE_SANDBOX_URL", "https://sandbox.cashfree.com").rstrip("/"),
            usage_workflow=read("USAGE_WORKFLOW", ""),
            irp_url=read("IRP_URL", "https://einvoice1.gst.gov.in").rstrip("/"),
            irp_sandbox_url=read("IRP_SANDBOX_URL", "https://einv-apisandbox.nic.in").rstrip("/"),
            runa_url=read("RUNA_URL", "https://api.runa.io/v2").rstrip("/"),
            runa_sandbox_url=read("RUNA_SANDBOX_URL", "https://playground.runa.io/v2").rstrip("/"),
            # Each of its clients has a host of its own, which the account names.
            woohoo_url=read("WOOHOO_URL", "").rstrip("/"),
            apple_push=read("APPLE_PUSH", "api.push.apple.com:443"),
            google_wallet_url=read("GOOGLE_WALLET_URL", "https://walletobjects.googleapis.com").rstrip("/"),
            google_oauth_url=read("GOOGLE_OAUTH_URL", "https://oauth2.googleapis.com").rstrip("/"),
        )
    return _current


def reset_settings() -> None:
    """Reads the environment anew at the next use."""
    global _current
    _current = None

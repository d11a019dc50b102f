"""What the sample events of the functions do."""

from __future__ import annotations

# What ends things comes last, the end of the caller's own session at the very end.
ENDERS = [
    "AcceptInvitation",
    "LeaveNetwork",
    "ReassignIssue",
    "MergeCustomers",
    "ApproveBalanceRequest",
    "SettleBalanceRequest",
    "RejectBalanceRequest",
    "WithdrawBalanceRequest",
    "RequestPrefundDecisionOtp",
    "RequestPrefundClarification",
    "ReplaceDocument",
    "RetireReceiverAccount",
    "DeleteDocument",
    "RotateApiKey",
    "RevokeApiKey",
    "DeleteConnection",
    "DeleteWebhookEndpoint",
    "RefreshCustomerSession",
    "DeleteMyData",
    "SignOutCustomer",
    "RefreshToken",
    "RequestAccountDeletion",
    "ChangePassword",
    "Logout",
    "LogoutSession",
]

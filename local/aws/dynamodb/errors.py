"""What DynamoDB refuses, with its codes and messages."""

from __future__ import annotations

from typing import Any

from local.aws.intercept import ServiceError

Item = dict[str, Any]


class DynamoDbError(ServiceError):
    """An answer other than 200."""


class ValidationError(DynamoDbError):
    """The request itself is wrong, whatever the table holds."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class ItemRefused(ValidationError):
    """The stored item does not fit the request. In a transaction this cancels, with ValidationError as the reason."""


class ConditionFailed(DynamoDbError):
    def __init__(self, item: Item | None) -> None:
        details = {"Item": item} if item is not None else {}
        super().__init__("ConditionalCheckFailedException", "The conditional request failed", **details)


class TransactionCancelled(DynamoDbError):
    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        super().__init__("TransactionCanceledException", message, CancellationReasons=reasons)


class TokenReused(DynamoDbError):
    def __init__(self) -> None:
        super().__init__(
            "IdempotentParameterMismatchException",
            "DynamoDB rejected the request because you retried a request with a different payload but with an "
            "idempotent token that was already used.",
        )


def table_missing(name: str) -> DynamoDbError:
    return DynamoDbError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")

"""moto's DynamoDB with its traps closed."""

from .adapter import DynamoDbAdapter

__all__ = ["DynamoDbAdapter"]

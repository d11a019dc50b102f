"""DynamoDB in this process, on SQLite: tables, expressions, transactions, streams and capacity as AWS has them."""

from .engine import DynamoDb
from .errors import DynamoDbError

__all__ = ["DynamoDb", "DynamoDbError"]

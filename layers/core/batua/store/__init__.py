"""DynamoDB: the two tables, their keys, and transactions whose every refusal is understood."""

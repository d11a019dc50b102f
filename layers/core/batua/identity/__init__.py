"""Who calls: credentials, roles, and the caller that they make."""

"""The endpoints over HTTP, through the local gateway."""

"""Notifications to users: in the application, by mail, by text message; and the operator's messages to all."""

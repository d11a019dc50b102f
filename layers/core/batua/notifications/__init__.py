"""What users are told of: in the application, by mail, by text message; and the operator's messages to all."""

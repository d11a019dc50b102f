"""Pure decisions: state and command in, posting or refusal out. No I/O, no clock, no environment."""

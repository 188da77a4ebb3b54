"""Copies of the register: one command takes a consistent one, one puts it back into an empty place."""

"""The conversation: a table of steps, and the pure engine that walks it."""

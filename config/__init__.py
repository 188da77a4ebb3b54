"""The leaves: settings, clock, database, queue, crypto, logs, texts; and what assembles the house."""

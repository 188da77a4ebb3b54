"""The promise: requests, the ladder, alerts to send, what RQ runs."""

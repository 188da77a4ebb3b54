"""What stops the embedded servers, in words for who typed the command."""


class BadServers(Exception):
    """The servers cannot run here; the text says why and what to do."""

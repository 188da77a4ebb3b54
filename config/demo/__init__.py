"""`rappel24 demo`: a whole hospital on this machine, with telephones in the browser; or a play in the terminal."""

from config.demo.run import demo

__all__ = ["demo"]

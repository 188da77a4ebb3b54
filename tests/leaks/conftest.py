"""The servers that an operator brings himself; the day is played on them once."""

from tests.contract.conftest import own_servers as own_servers

"""The board: what a ward owes, most urgent first; whose it is, what comes next; and nothing of another ward."""

from tests.web.office.conftest import Office


def test_a(office: Office) -> None:
    reply = office.browse("editor").get("/requests")
    assert reply.status_code == 200, reply.text

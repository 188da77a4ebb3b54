"""The whole line killed at once: nothing of it is left, and the next one finds everything."""

import socket
from collections.abc import Mapping

import pytest

from tests.contract.conftest import installed, quiet_hospital
from tests.contract.hospital import AMELIE
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Telephone
from tests.contract.processes import GONE_WITHIN, below, running, said_of, sent_to

pytestmark = pytest.mark.timeout(400)

RESUMES_WITHIN = 60.0  # 30 by the contract, on a machine that has nothing else to do


def test_a_line_killed_whole_leaves_nothing_running_and_the_next_finds_everything(
    own_servers: Mapping[str, str],
) -> None:
    number = "+33639980194"
    with installed(own_servers) as line, quiet_hospital(line.carrier):
        line.serve()
        line.bring_in_the_hospital("wards", "seniors", "rota")
        line.carrier.connect(Telephone(number))
        line.carrier.dials(Caller(number, ["633#"]))
        kill_whole(line)
        line.serve()
        told = line.carrier.telephones[AMELIE]
        wait_until(lambda: told.texts and line.carrier.telephones[number].texts, RESUMES_WITHIN, line.tail)
        (request,) = line.export("requests")
        assert (request["caller"], request["parts"]) == (number, 1)
        assert set(sent_to(line, number, AMELIE).values()) == {1}
        everybody = below(line.process.pid) if line.process else []
        assert line.stop() == 0
        wait_until(lambda: not running(everybody), GONE_WITHIN, lambda: said_of(everybody))


def kill_whole(line: Installation) -> None:
    """SIGKILL to `serve`: its children die with it and nobody holds the port; callbacks meanwhile reach nobody."""
    assert line.process is not None
    everybody = below(line.process.pid)
    line.process.kill()
    line.process.wait()
    wait_until(lambda: not running(everybody), GONE_WITHIN, lambda: said_of(everybody))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", line.port))
    line.carrier.settle()
    line.carrier.complaints.clear()

"""Sophie, who looks after internal medicine, always open; every telephone is proved to be its owner's."""

import pytest

from tests.scheduling.planning.editors import Secretary, secretary, verified
from tests.scheduling.register import Register


@pytest.fixture
def sophie(hospital: Register) -> Secretary:
    verified(hospital.connection)
    return secretary(hospital)

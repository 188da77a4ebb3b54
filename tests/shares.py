"""Which process of the run takes which files: the long ones first, so that none is alone at the end."""

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

# They use the one line that a process serves, which takes longer to start than most of them.
WITH_A_LINE = (
    ("contract/test_calls.py", "contract/test_commands.py"),
    ("contract/test_texts.py", "contract/test_link.py", "contract/test_processes.py", "contract/test_doors.py"),
)
LONGEST_FIRST = (
    "leaks/test_a_day_leaks_nothing.py",
    "contract/test_left_alone.py",
    "config/test_demo_script.py",
    "config/test_demo.py",
    *(name for files in WITH_A_LINE for name in files),
    "config/test_servers.py",
    "faults/test_killed_at_any_moment.py",
    "contract/test_killed_whole.py",
    "faults/test_servers_that_go_away.py",
    "web/test_browser.py",
    "config/test_web_server.py",
    "simulator/test_page.py",
    "benchmarks/test_bench.py",
)
SHARE = {name: files[0] for files in WITH_A_LINE for name in files}


class Shares(LoadFileScheduling):  # type: ignore[misc]
    """A file goes to one process, and so do files that share what is served once."""

    def _split_scope(self, nodeid: str) -> str:
        name = _name(nodeid)
        return SHARE.get(name, name)


def longest_first(items: list[pytest.Item]) -> None:
    """The rest stays in its order."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(_name(item.nodeid), len(places)))


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/")

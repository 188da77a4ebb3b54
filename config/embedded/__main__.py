"""`python -m config.embedded keep|postgres|valkey HOME [--leash]`: what runs beside whoever needs the servers."""

import os
import sys
from pathlib import Path

from config.embedded import keeper, postgres, valkey
from config.embedded.errors import BadServers
from config.embedded.place import Place


def main(what: str, home: Path, leashed: bool) -> int:
    parent = os.getppid()
    if what == "keep":
        if os.getpgrp() != os.getpid():
            os.setsid()  # Ctrl-C is for who started us; we follow when he lets go
        return keeper.keep(home, 0 if leashed else None)
    place = Place.known(home)
    if place is None:
        raise BadServers(f"There are no servers in {home}.")
    become = {"postgres": postgres.become, "valkey": valkey.become}[what]
    return become(place, parent)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], Path(sys.argv[2]), "--leash" in sys.argv[3:]))
    except BadServers as error:
        sys.exit(str(error))

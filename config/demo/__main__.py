"""What runs beside the line in the demo.

`python -m config.demo prepare | attendant PORT TELEPHONES_URL | mailroom PAGE POST DOOR TELEPHONES_URL` (three ports).
"""

import sys

from config.demo import attendant, prepare
from config.demo.letters import mailroom

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            sys.exit(prepare.main())
        case ["attendant", port, telephones_url]:
            sys.exit(attendant.main(int(port), telephones_url))
        case ["mailroom", page, post, door, telephones_url]:
            sys.exit(mailroom.main(int(page), int(post), int(door), telephones_url))
        case _:
            sys.exit(__doc__)

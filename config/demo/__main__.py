"""`python -m config.demo prepare | attendant PORT TELEPHONES_URL`: what runs beside the line in the demo."""

import sys

from config.demo import attendant, prepare

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            sys.exit(prepare.main())
        case ["attendant", port, telephones_url]:
            sys.exit(attendant.main(int(port), telephones_url))
        case _:
            sys.exit(__doc__)

"""`make fuzz`: shots at every door of the application, then the parsers, guided by what they cover."""

import sys

from tests.fuzz.command import main

sys.exit(main())

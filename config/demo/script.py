"""`rappel24 demo --script`: the play in the terminal, against the real processes; it says so when the promise broke."""

import sys
import time

from config.demo.acts import kept, taken
from config.demo.alone import forgotten
from config.demo.browser import NoSuchForm
from config.demo.play import Play
from config.demo.stage import Broken, stage
from config.demo.transcript import Transcript
from config.demo.words import say

ACTS = {"act_taken": taken, "act_kept": kept, "act_forgotten": forgotten}
# What an act may end in: it did not happen, a telephone did not hear it, the page did not come or offer it.
FAILURES = (Broken, AssertionError, NoSuchForm, OSError)


def play(language: str) -> int:
    """All three acts on standard output; 0, or 1 and what broke on standard error. Raises BadServers."""
    began = time.monotonic()
    _progress(say("starting", language))
    try:
        with stage(language) as ready:
            transcript = Transcript(ready.simulator, language)
            for heading, act in ACTS.items():
                transcript.heading(heading)
                act(Play(ready, transcript))
            transcript.heading("script_kept", seconds=f"{time.monotonic() - began:.0f}")
    except FAILURES as failure:
        _progress(say("script_broken", language, what=failure))
        return 1
    return 0


def _progress(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()

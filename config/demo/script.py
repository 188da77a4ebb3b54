"""`rappel24 demo --script`: the play in the terminal, against the real processes; it says so when the promise broke."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from config.demo.acts import kept, taken
from config.demo.alone import forgotten
from config.demo.browser import NoSuchForm
from config.demo.play import Play
from config.demo.stage import Broken, Stage, stage
from config.demo.transcript import Transcript
from config.demo.words import progress, say
from config.demo.written import written

Act = Callable[[Play], None]
Theatre = Callable[[str], AbstractContextManager[Stage]]
ACTS: Mapping[str, Act] = {
    "act_taken": taken,
    "act_kept": kept,
    "act_written": written,
    "act_forgotten": forgotten,
}
# What an act may end in: it did not happen, a telephone did not hear it, the page did not come or offer it.
FAILURES = (Broken, AssertionError, NoSuchForm, OSError)


def play(language: str, acts: Mapping[str, Act] = ACTS, theatre: Theatre = stage) -> int:
    """The acts on standard output; 0, or 1 and what broke on standard error. Raises BadServers."""
    began = time.monotonic()
    progress(say("starting", language))
    try:
        with theatre(language) as ready:
            transcript = Transcript(ready.simulator, language)
            for heading, act in acts.items():
                transcript.heading(heading)
                act(Play(ready, transcript))
            transcript.heading("script_kept", seconds=f"{time.monotonic() - began:.0f}")
    except FAILURES as failure:
        progress(say("script_broken", language, what=failure))
        return 1
    return 0

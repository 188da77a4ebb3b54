"""How large a day is, and how fast its two clocks run. Pure."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scale:
    """Seconds are real ones. `arrivals`: in which people call and write; `ladder`: in which things break after that.

    `pace`: how much faster than life people telephone. `by_day` and `by_ladder`: how many seconds of the promise pass
    in one, while people are on the line, and when they have hung up.
    """

    calls: int
    texts: int
    letters: int
    kills: int
    arrivals: float
    ladder: float
    pace: float
    by_day: float
    by_ladder: float
    calls_a_second: float = 1.0  # that the carrier begins for us: the alerts of a day fall into minutes
    mishaps: int = 1  # how often each of the other things goes wrong
    patience: float = 1.0  # what limits in seconds are multiplied with: the machine has other things to do

    @property
    def injured(self) -> float:
        """For how long things break."""
        return self.arrivals + self.ladder


FULL = Scale(
    calls=300, texts=100, letters=100, kills=230, arrivals=240.0, ladder=260.0, pace=1.0, by_day=120.0, by_ladder=150.0,
    calls_a_second=10.0, mishaps=3,
)  # fmt: skip
SMALL = Scale(
    calls=16, texts=6, letters=6, kills=20, arrivals=8.0, ladder=12.0, pace=8.0, by_day=600.0, by_ladder=7200.0,
    patience=2.0,
)  # fmt: skip


def sized(calls: int | None, texts: int | None, letters: int | None, kills: int | None, *, small: bool) -> Scale:
    """The full day or the small one, with what is asked otherwise."""
    given = {"calls": calls, "texts": texts, "letters": letters, "kills": kills}
    return replace(SMALL if small else FULL, **{name: value for name, value in given.items() if value is not None})

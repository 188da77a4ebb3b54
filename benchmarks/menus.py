"""Other lines' menus, reckoned by the same table as ours. Pure but for the file that they stand in."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from benchmarks.pace import Takes, of, seconds

LANGUAGE: Final = "en"


@dataclass(frozen=True)
class Step:
    """One thing said, and what is keyed after it; `menus.toml` says what the fields mean."""

    say: str = ""
    option: str = ""
    options: int = 0
    keys: int = 0
    copied: bool = False
    hops: int = 0


@dataclass(frozen=True)
class Menu:
    """A line's way from its answer to the first telephone that rings."""

    name: str
    source: str
    words: str
    steps: Sequence[Step]
    wards: Sequence[str]

    def listened_to(self) -> float:
        """Seconds, for who calls for the first time: he hears each step up to what he wants, and looks for the key."""
        return sum(self._heard(step) + self._keyed(step, Takes.KEY_LOOKED_FOR) for step in self.steps)

    def by_heart(self) -> float:
        """Seconds, for who knows the keys: he presses them at once, and hears what nothing can be keyed at."""
        return sum(
            (0 if step.keys else self._heard(step)) + self._keyed(step, Takes.KEY_BY_HEART) for step in self.steps
        )

    def _heard(self, step: Step) -> float:
        wanted = self.wards[step.options // 2] if step.options else self.wards[0]
        read = [
            step.option.format(key=key, ward=ward)
            for key, ward in enumerate(self.wards[: step.options // 2 + 1], 1)
            if step.options
        ]
        return seconds(" ".join([step.say.format(ward=wanted), *read]), LANGUAGE)

    @staticmethod
    def _keyed(step: Step, key: Takes) -> float:
        acted = of(Takes.THINK) + step.keys * of(Takes.KEY_COPIED if step.copied else key) if step.keys else 0
        return acted + step.hops * of(Takes.HOP)


def menus() -> Sequence[Menu]:
    """Those of `menus.toml`, in its order."""
    held = tomllib.loads(resources.files(__package__).joinpath("menus.toml").read_text(encoding="utf-8"))
    return [
        Menu(each["name"], each["source"], each["words"], [Step(**step) for step in each["step"]], held["wards"])
        for each in held["menu"]
    ]

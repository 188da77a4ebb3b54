"""Modules that few people use, loaded when they are first used: who starts the line does not wait for them (0025)."""

from importlib import import_module
from types import ModuleType


class _Later(ModuleType):
    """Stands for a module. Two threads load it once: Python's own lock sees to that."""

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self.__name__), name)


def lazily(name: str) -> ModuleType:
    """The module of that name, which is loaded when something in it is first asked for; ImportError then, not now.

    For a library without types: `openpyxl = lazily("openpyxl")`. For a module of ours, so that types and walls hold:

        if TYPE_CHECKING:
            from scheduling.planning import printed
        else:
            printed = lazily("scheduling.planning.printed")

    Nothing that is needed while somebody is on the telephone.
    """
    return _Later(name)

"""A parser under atheris: inputs are made from what reached new lines. A process for each: libFuzzer never returns.

`python -m tests.fuzz.guided NAME FOLDER -max_total_time=… -seed=…`: what is found is written to the folder.
"""

import sys
from importlib import import_module
from pathlib import Path

OURS = ["ivr", "callbacks", "scheduling", "webhooks", "web", "config"]
PATIENCE = 5  # seconds for one input
MEMORY = 1500  # MB


def main() -> None:
    """Goes on until its time is up (0), or something was found."""
    name, folder, *options = sys.argv[1:]
    atheris = import_module("atheris")  # built for Linux alone
    with atheris.instrument_imports(include=OURS):
        parser = import_module("tests.fuzz.parsers").PARSERS[name]
    begun = Path(folder) / "begun"
    begun.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(parser.seeds):
        (begun / f"{number}").write_bytes(seed)
    limits = [f"-max_len={parser.longest}", f"-timeout={PATIENCE}", f"-rss_limit_mb={MEMORY}"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}/found-", *options, str(begun)], parser.takes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

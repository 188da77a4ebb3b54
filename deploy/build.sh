#!/bin/sh
# deploy/build.sh [LOCK]: makes the folder it lies in a release that can be started. .venv gets exactly what LOCK (or $LOCK)
# says, by its hashes; the code is found where it stands. Run as whoever owns the folder, never as the user the line runs as.
set -eu
cd "$(dirname "$0")/.."
lock=${1:-${LOCK:-requirements.lock}}

.ci/environment "$lock" .venv/.runs
# The line's own user may write nothing here: compiled now, or at each start.
.venv/bin/python -m compileall -q callbacks config ivr scheduling simulator web webhooks
.venv/bin/rappel24 flow --check
.venv/bin/rappel24 --version

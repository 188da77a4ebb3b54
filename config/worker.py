"""The worker: RQ on one queue, forking, in JSON. Start it with `python -m config.worker`, as many as are needed.

It outlives Redis: an outage makes it wait, not end. What it misses meanwhile the tick does (engineering A.4).
"""

import os
import signal
import sys
import time

import structlog
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer

from callbacks import jobs
from callbacks.backlog import HANDS
from callbacks.jobs import Workshop
from config import logs, watching
from config.assembly import database_url, numbers_at_rest, redis_url
from config.database import forked_engine
from config.queue import Doorbell, connect, queue
from config.settings import Settings, load
from config.workshop import workshop_of

# A dead worker's jobs are found by another after a minute or so, instead of seven (engineering A.3).
WORKER_TTL_SECONDS = 60
MAINTENANCE_SECONDS = 30
MONITORING_SECONDS = 10
RETRY_SECONDS = 5.0
RQ_LOG_LEVEL = "WARNING"

log = structlog.get_logger(__name__)


def main() -> int:
    """Work until SIGTERM or SIGINT, which lets the job at hand end."""
    logs.configure("worker")
    settings = load(os.environ, Settings)
    watching.configure("worker", settings)
    numbers_at_rest(settings)
    url = redis_url(settings)
    work(workshop_of(settings, forked_engine(database_url(settings), HANDS), Doorbell(url)), url)
    return 0


def work(shop: Workshop, url: str) -> None:
    """One worker after another, until one is told to stop."""
    jobs.equip(shop)
    while True:
        try:
            _worker(url).work(logging_level=RQ_LOG_LEVEL)
            return
        except RedisError as error:
            log.warning("worker.redis_away", error=type(error).__name__)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_DFL)  # RQ's handlers would tell a worker that is gone
        time.sleep(RETRY_SECONDS)


def _worker(url: str) -> Worker:
    connection = connect(url, timeout=None)
    worker = Worker(
        [queue(connection)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
        log_job_description=False,
    )
    worker.max_connection_wait_time = RETRY_SECONDS
    return worker


if __name__ == "__main__":
    sys.exit(main())

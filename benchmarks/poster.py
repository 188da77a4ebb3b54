"""A process that posts SMS and does nothing else: `python -m benchmarks.poster ADDRESS HANDS`, the outbox's floor.

It says READY, and then, for each line of JSON that it is told (a list of the fields of `carrier.Sms`), posts all of
them with so many hands through the house's own client, and says how many. There is no database.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from benchmarks.climber import READY
from callbacks.carrier import Sms, TwilioCarrier

ACCOUNT, TOKEN = "AC" + "0" * 32, "t" * 32


def main() -> None:
    """Post until nobody tells us anything more."""
    address, hands = sys.argv[1], int(sys.argv[2])
    carrier = TwilioCarrier(ACCOUNT, TOKEN, address)
    print(READY, flush=True)
    for line in sys.stdin:
        messages = [Sms(**each) for each in json.loads(line)]
        with ThreadPoolExecutor(hands) as pool:
            posted = list(pool.map(carrier.send_sms, messages))
        print(json.dumps(len(posted)), flush=True)


if __name__ == "__main__":
    main()

"""A later run of the desk in a process of its own: signs in off line, says what it sees, sends when told.

`python -m tests.second_run SERVER PROFILE LOGIN COMPLAINT WORDS` prints a JSON object, waits for a line on
its standard input, synchronises, and prints another.
"""

import json
import sys
from pathlib import Path

from tests.pilot import Pilot, wait_until
from tests.processes import PASSWORD


def main() -> int:
    """Both halves of the run."""
    server, profile, login, complaint, words = sys.argv[1:]
    pilot = Pilot(server, Path(profile))
    pilot.sign_in(login, PASSWORD, offline=True)
    wait_until("the desk to be off line", lambda: pilot.state() == "offline")
    pilot.search(words)
    pilot.open(complaint)
    tell(pilot)
    sys.stdin.readline()
    pilot.window.sync_now()
    wait_until("every act to be settled", lambda: pilot.waiting() == 0)
    wait_until("the confirmed answer", lambda: pilot.status() == "answered")
    tell(pilot)
    pilot.close()
    return 0


def tell(pilot: Pilot) -> None:
    """What the window shows, as JSON on one line."""
    shown = pilot.shown()
    assert shown is not None
    seen = {
        "waiting": pilot.waiting(),
        "status": shown.status,
        "answers": [event.reply.text for event in shown.events if event.kind == "answered" and event.reply],
        "returned": pilot.window.rail.count("returned"),
    }
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    sys.exit(main())

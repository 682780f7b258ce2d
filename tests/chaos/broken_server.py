"""`python -m tests.chaos.broken_server "NAME" serve …`: the server with one planted fault; "" for none."""

import sys

from server.__main__ import main
from tests.chaos import breakages

if __name__ == "__main__":
    breakages.SERVER.get(sys.argv[1], lambda: None)()
    sys.argv[1:] = sys.argv[2:]
    sys.exit(main())

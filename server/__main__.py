"""`python -m server`, the same as `chekaya-server`."""

import sys

from server.admin import main

if __name__ == "__main__":
    sys.exit(main())

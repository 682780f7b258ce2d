"""`python -m tests.chaos [--seed N] [--only WORD]`: every harness, one table; exit code 0 if all is well."""

import argparse
import sys
import time
from random import SystemRandom

from tests.chaos.rows import Row, harnesses, table


def main() -> int:
    """Run them one after another; each tells its row as soon as it has it."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**31))
    parser.add_argument("--only", default="", metavar="WORD", help="modules whose name holds this word")
    options = parser.parse_args()
    print(f"seed {options.seed} (again with --seed {options.seed})", flush=True)
    rows: list[Row] = []
    began = time.monotonic()
    for harness, seconds in harnesses(options.only):
        row = harness(seconds, options.seed)
        rows.append(row)
        print(
            f"  {time.monotonic() - began:4.0f} s  {row.harness}: {row.verdict}", file=sys.stderr, flush=True
        )
    print(table(rows))
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    return 0 if rows and all(row.well for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

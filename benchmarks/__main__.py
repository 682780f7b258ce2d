"""`python -m benchmarks NAME --json`: runs one measurement and prints one JSON object of figures."""

import argparse
import importlib
import json
import sys
import tempfile
from pathlib import Path

NAMES = ("startup", "queue", "search", "delta", "first_sync", "store", "stall", "dashboard", "routing")


def main() -> int:
    """Parse the command line, run the named benchmark in a fresh folder, print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--complaints", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    args = parser.parse_args()
    module = importlib.import_module(f"benchmarks.{args.name}")
    with tempfile.TemporaryDirectory(prefix="chekaya-bench-") as folder:
        figures = module.run(Path(folder), complaints=args.complaints, seed=args.seed)
    figures = {**figures, "complaints": args.complaints}
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

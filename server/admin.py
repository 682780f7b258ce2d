"""The command line of the server: one sub-command a task, each in its module of `server.commands`.

A command is two functions, `add_parser` and one that runs it and gives the exit code; what a person typed
wrong is answered by one line on standard error and code 2, never by a traceback.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from server.commands import CommandFailed, data, devices, escrow, letters, notices, operation, people, serving
from server.config import BadConfiguration
from server.database import Unusable
from server.routing import commands as routing


def parser() -> argparse.ArgumentParser:
    """Everything the command line understands."""
    top = argparse.ArgumentParser(prog="chekaya-server", description="Central server of Chekaya.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serving.add_parser(commands)
    data.add_parser(commands)
    people.add_parser(commands)
    devices.add_parser(commands)
    escrow.add_parser(commands)
    operation.add_parser(commands)
    letters.add_parser(commands)
    notices.add_parser(commands)
    routing.add_parser(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 when a check failed, 2 for bad input."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (CommandFailed, BadConfiguration) as failed:
        print(f"chekaya-server: {failed}", file=sys.stderr)
        return 2
    except Unusable as unusable:
        print(f"chekaya-server: the register cannot be opened: {unusable}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a list went away (`| head`): nothing more to tell, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        said = ": ".join(str(part) for part in (error.filename, error.strerror) if part)
        print(f"chekaya-server: {said or error}", file=sys.stderr)
        return 2

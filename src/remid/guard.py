"""What a command's end looks like: a result, or one sentence, and an exit status."""

import sys
from collections.abc import Callable

from remid import failures
from remid.domain.errors import RemidError
from remid.domain.output import Output, Unfit
from remid.processes import interruption, supervisor, terminal

FAULT, MISTAKE, EXCEEDED = 1, 2, 3
"""Exit statuses beside 0, and 130 of what was interrupted."""


def guarded(name: str, command: Callable[[], object], *, as_json: bool = False) -> int:
    """Run `command` and print its result; what goes wrong becomes one sentence. Returns the status.

    2 is for what its reader can mend, 1 for a fault of ours, whose traceback is saved to a file.
    """
    try:
        told = command()
        if isinstance(told, Output):
            _print(name, told, as_json=as_json)
            if told.exceeded:
                _say(name, told.exceeded)
                return EXCEEDED
    except RemidError as error:
        if isinstance(error, Unfit):
            _print(name, error.output, as_json=as_json)
        _say(name, str(error))
        return MISTAKE
    except KeyboardInterrupt:
        # What was finished is in the caches and markers, so going on is all that is needed.
        return interruption.say(f"remid {name}")
    except BrokenPipeError:  # whoever read the output has gone; `entry` ends for that
        raise
    except Exception as error:
        foreseen = failures.sentence(error)
        _say(name, foreseen or failures.unforeseen(name, error))
        return MISTAKE if foreseen else FAULT
    return 0


def alone(name: str, command: Callable[[], int]) -> int:
    """Run `command` as what this process is for: it ends in time, and leaves no process behind."""
    supervisor.start()
    interruption.begin(f"remid {name}")
    terminal.guard_output()
    try:
        return command()
    except KeyboardInterrupt:  # before or after what `guarded` runs
        return interruption.say(f"remid {name}")


def _say(name: str, told: str) -> None:
    print(terminal.printable(f"remid {name}: {told}"), file=sys.stderr)


def _print(name: str, told: Output, *, as_json: bool) -> None:
    # Late: tables are drawn by libraries that most commands do without.
    from remid.report import terminal as shown

    if as_json:
        print(shown.json(name, told))
    else:
        shown.show(told)

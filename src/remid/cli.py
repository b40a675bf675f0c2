"""One command per stage, and the commands that people use by hand. Heavy imports are late."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from remid import environment, parser
from remid.commands import reading_options
from remid.domain.errors import RemidError

if TYPE_CHECKING:
    from remid.replies.file_rows import Options
    from remid.store.project import Project

PLAIN_STAGES = ("fetch", "split", "coevolve", "evaluate", "report")
PLAIN_STUDIES = ("ablation", "ordering", "seeds")
"""Commands without arguments of their own."""
READER_GONE = 128 + 13
"""Exit status of what a shell sees end by SIGPIPE."""


def _file_options(arguments: argparse.Namespace) -> "Options":
    from remid.replies.file_rows import Options

    return Options(arguments.id_field, arguments.reply_field, arguments.encoding, arguments.strict)


def _project(arguments: argparse.Namespace) -> "Project":
    from remid import params
    from remid.store.project import Project

    return Project(params.load(arguments.params))


def _module(name: str) -> Callable[[argparse.Namespace], None]:
    """Run a command that takes nothing but the project."""

    def run(arguments: argparse.Namespace) -> None:
        import importlib

        # Only the command that is asked for pays for its imports: torch takes seconds.
        importlib.import_module(f"remid.{name}").run(_project(arguments))

    return run


def _check(arguments: argparse.Namespace) -> None:
    from remid.pipeline import check

    project = _project(arguments)
    if arguments.file is None:
        check.run(project)
    else:
        check.run_file(project.params, arguments.file, reading_options.of(arguments))


def _train(arguments: argparse.Namespace) -> None:
    from remid.params import ROSTER
    from remid.pipeline import train

    if arguments.all == (arguments.model is not None):
        raise RemidError("remid train: name one model, or pass --all; not both and not neither.")
    project = _project(arguments)
    for name in ROSTER if arguments.all else (arguments.model,):
        train.run(project, name)


def _reply(arguments: argparse.Namespace) -> None:
    from remid.pipeline import reply

    project, name = _project(arguments), arguments.name
    _one_source(arguments, "endpoint", "model", "file")
    if arguments.adapter and not arguments.model:
        raise RemidError("--adapter needs --model, the model that it was trained on.")
    if arguments.endpoint:
        reply.run_endpoint(project, name, url=arguments.endpoint, model=arguments.served)
    elif arguments.model:
        reply.run_model(project, name, source=arguments.model, adapter=arguments.adapter)
    elif arguments.file:
        reply.run_file(project, name, file=arguments.file, options=_file_options(arguments))
    else:
        reply.run(project, name)


def _one_source(arguments: argparse.Namespace, *names: str) -> None:
    named = [f"--{name}" for name in names if getattr(arguments, name) is not None]
    if len(named) > 1:
        # argparse could make them exclude each other, but names its own options, not the remedy.
        raise RemidError(f"{' and '.join(named)} name two models; pass one of them.")
    if (arguments.endpoint is None) != (arguments.served is None):
        raise RemidError("--endpoint and --served go together; pass both or neither.")


def _diagnose(arguments: argparse.Namespace) -> None:
    from remid.commands import diagnose

    if arguments.replies is None and arguments.model is None:
        raise RemidError("name a file of replies with --replies, or a model with --model.")
    diagnose.run(
        _project(arguments),
        file=arguments.replies,
        name=arguments.model,
        options=_file_options(arguments),
    )


def _plan(arguments: argparse.Namespace) -> None:
    from remid.commands import plan

    plan.run(_project(arguments), half_width=arguments.half_width)


def _prompts(arguments: argparse.Namespace) -> None:
    from remid.commands import prompts

    prompts.run(
        _project(arguments),
        arguments.format,
        output=arguments.output,
        splits=arguments.split,
        served=arguments.served,
    )


def _judge(arguments: argparse.Namespace) -> None:
    from remid.studies.judge.run import Who, run

    _one_source(arguments, "endpoint", "model")
    who = Who(url=arguments.endpoint, served=arguments.served, source=arguments.model)
    run(_project(arguments), who)


def _agreement(arguments: argparse.Namespace) -> None:
    from remid.studies.agreement.row_fields import Fields
    from remid.studies.agreement.run import Asked, run

    fields = Fields(
        context=arguments.context_field,
        system=arguments.system_field,
        reply=arguments.reply_field,
        rater=arguments.rater_field,
        rating=tuple(arguments.rating_field),
        persona=arguments.persona,
        character=arguments.character,
        language=arguments.language,
        encoding=arguments.encoding,
        strict=arguments.strict,
    )
    asked = Asked(arguments.ratings, arguments.replies, arguments.name, fields)
    run(_project(arguments), asked)


def _params(arguments: argparse.Namespace) -> None:
    from remid import params

    print(params.describe(params.load(arguments.params)))


def _import(arguments: argparse.Namespace) -> None:
    from remid.commands import import_file

    import_file.run(arguments.file, arguments.output, reading_options.of(arguments))


def _release(arguments: argparse.Namespace) -> None:
    import importlib

    project, step = _project(arguments), arguments.step
    module = importlib.import_module(f"remid.pipeline.release.{step}")
    if step == "publish":
        module.run(project, demo=arguments.demo)
    else:
        module.run(project)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    **{name: _module(f"pipeline.{name}") for name in PLAIN_STAGES},
    **{name: _module(f"studies.{name}.run") for name in PLAIN_STUDIES},
    "doctor": _module("commands.doctor"),
    "show": _module("commands.show"),
    "demo": _module("commands.demo"),
    "release": _release,
    "check": _check,
    "train": _train,
    "reply": _reply,
    "diagnose": _diagnose,
    "plan": _plan,
    "prompts": _prompts,
    "judge": _judge,
    "agreement": _agreement,
    "params": _params,
    "import": _import,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (2 for a user's mistake, 130 if interrupted)."""
    environment.prepare()
    # Messages to standard error: standard output is for what a command was asked for.
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for noisy in ("httpx", "DeepSpeed", "great_expectations", "alembic", "filelock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    arguments = parser.build().parse_args(argv)
    return guarded(arguments.command, lambda: COMMANDS[arguments.command](arguments))


def guarded(name: str, command: Callable[[], object]) -> int:
    """Run `command`; turn a user's mistake into one sentence. Returns the exit status."""
    try:
        command()
    except RemidError as error:
        print(f"remid {name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        # What was finished is in the caches and markers, so going on is all that is needed.
        print(f"remid {name}: interrupted; run it again to go on.", file=sys.stderr)
        return 130
    return 0


def entry() -> None:
    """Console script."""
    try:
        try:
            status = main()
        finally:
            sys.stdout.flush()  # at the interpreter's own end it would be too late to catch it
    except BrokenPipeError:  # `remid ... | head` has read enough
        # Python flushes both streams once more at its end, into a pipe that nobody reads.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        status = READER_GONE
    sys.exit(status)

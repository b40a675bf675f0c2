"""One command per stage, and the commands that people use by hand. Heavy imports are late."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager, nullcontext, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from remid import environment, parser
from remid.commands import reading_options
from remid.domain.errors import RemidError
from remid.domain.output import Output
from remid.guard import alone, guarded
from remid.processes import terminal

if TYPE_CHECKING:
    from remid.replies.file_rows import Options
    from remid.store.project import Project

Command = Callable[[argparse.Namespace], "Output | None"]
PARAMS = "params.yaml"
PLAIN_STAGES = ("fetch", "split", "coevolve", "evaluate", "report")
PLAIN_STUDIES = ("ablation", "ordering", "seeds")
"""Commands without arguments of their own."""
ANYWHERE = ("import", "completion")
"""Commands that need no project."""
FOLDERS = {("reply", "model"), ("judge", "model"), ("compare", "a"), ("compare", "b")}
"""Options that may name a folder or something else."""
INTERRUPTED = 130
"""Exit status of what ended before its command began."""
READER_GONE = 128 + 13
"""Exit status of what a shell sees end by SIGPIPE."""


def _file_options(arguments: argparse.Namespace) -> "Options":
    from remid.replies.file_rows import Options

    return Options(arguments.id_field, arguments.reply_field, arguments.encoding, arguments.strict)


def _project(arguments: argparse.Namespace) -> "Project":
    from remid import params
    from remid.store.project import Project

    return Project(params.load(arguments.params or Path(PARAMS)))


def _module(name: str) -> Command:
    """Run a command that takes nothing but the project."""

    def run(arguments: argparse.Namespace) -> Output | None:
        import importlib

        # Only the command that is asked for pays for its imports: torch takes seconds.
        told = importlib.import_module(f"remid.{name}").run(_project(arguments))
        return told if isinstance(told, Output) else None

    return run


def _check(arguments: argparse.Namespace) -> Output:
    from remid.pipeline import check

    project = _project(arguments)
    if arguments.file is None:
        return check.run(project)
    return check.run_file(project.params, arguments.file, reading_options.of(arguments))


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


def _diagnose(arguments: argparse.Namespace) -> Output:
    from remid.commands import diagnose

    if arguments.replies is None and arguments.model is None:
        raise RemidError("name a file of replies with --replies, or a model with --model.")
    return diagnose.run(
        _project(arguments),
        file=arguments.replies,
        name=arguments.model,
        options=_file_options(arguments),
        partners=arguments.attribution,
    )


def _plan(arguments: argparse.Namespace) -> Output:
    from remid.commands import plan

    return plan.run(_project(arguments), half_width=arguments.half_width)


def _prompts(arguments: argparse.Namespace) -> None:
    from remid.commands import prompts

    prompts.run(
        _project(arguments),
        arguments.format,
        output=arguments.output,
        splits=arguments.split,
        served=arguments.served,
    )


def _compare(arguments: argparse.Namespace) -> Output:
    from remid.commands import compare
    from remid.evaluation.comparison import How

    how = How(arguments.unit, arguments.level, arguments.measure, arguments.fail_if_worse)
    return compare.run(arguments.a, arguments.b, how, junit=arguments.junit)


def _completion(arguments: argparse.Namespace) -> Output:
    from remid.commands import completion

    return Output(None, [completion.script(parser.build(), arguments.shell)])


def _judge(arguments: argparse.Namespace) -> Output:
    from remid.studies.judge.run import Who, run

    _one_source(arguments, "endpoint", "model")
    who = Who(url=arguments.endpoint, served=arguments.served, source=arguments.model)
    return run(_project(arguments), who)


def _agreement(arguments: argparse.Namespace) -> Output:
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
    return run(_project(arguments), asked)


def _params(arguments: argparse.Namespace) -> Output:
    from remid import params

    return Output(None, [params.describe(_project(arguments).params)])


def _import(arguments: argparse.Namespace) -> Output:
    from remid.commands import import_file

    return import_file.run(arguments.file, arguments.output, reading_options.of(arguments))


def _release(arguments: argparse.Namespace) -> None:
    import importlib

    project, step = _project(arguments), arguments.step
    options = {"demo": arguments.demo} if step == "publish" else {}
    importlib.import_module(f"remid.pipeline.release.{step}").run(project, **options)


COMMANDS: dict[str, Command] = {
    **{name: _module(f"pipeline.{name}") for name in PLAIN_STAGES},
    **{name: _module(f"studies.{name}.run") for name in PLAIN_STUDIES},
    "doctor": _module("commands.doctor"),
    "show": _module("commands.show"),
    "demo": _module("commands.demo"),
    "release": _release,
    "track": _module("tracking.later"),
    "check": _check,
    "train": _train,
    "reply": _reply,
    "diagnose": _diagnose,
    "compare": _compare,
    "completion": _completion,
    "plan": _plan,
    "prompts": _prompts,
    "judge": _judge,
    "agreement": _agreement,
    "params": _params,
    "import": _import,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status, as :func:`remid.guard.guarded`."""
    arguments = parser.build().parse_args(argv)
    name, quiet, as_json = arguments.command, arguments.quiet, getattr(arguments, "json", False)
    with _in_project(arguments):
        environment.prepare()
        # Messages to standard error: standard output is for what a command was asked for.
        terminal.prepare(quiet=quiet)
        return guarded(name, lambda: _run(arguments, quiet=quiet), as_json=as_json)


def _run(arguments: argparse.Namespace, *, quiet: bool) -> Output | None:
    # Progress bars and libraries write to sys.stderr when they please; the mistake is told outside.
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere) if quiet else nullcontext():
        return COMMANDS[arguments.command](arguments)


@contextmanager
def _in_project(arguments: argparse.Namespace) -> Iterator[None]:
    """Go to the nearest folder upwards that holds a params.yaml, as git finds its repository."""
    here = Path.cwd()
    found = next((each for each in (here, *here.parents) if (each / PARAMS).is_file()), here)
    if arguments.params or arguments.command in ANYWHERE or found == here:
        yield
        return
    # What was named from here is still meant from here.
    for key, value in vars(arguments).items():
        if isinstance(value, Path) and not str(value).startswith("hub:"):
            setattr(arguments, key, here / value)
        elif (arguments.command, key) in FOLDERS and value and (here / value).is_dir():
            setattr(arguments, key, str(here / value))
    with chdir(found):
        yield


def entry() -> None:
    """Console script."""
    try:
        try:
            status = alone(" ".join(sys.argv[1:2]), main)
        finally:
            sys.stdout.flush()  # at the interpreter's own end it would be too late to catch it
    except BrokenPipeError:  # `remid ... | head` has read enough
        # Python flushes both streams once more at its end, into a pipe that nobody reads.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        status = READER_GONE
    except KeyboardInterrupt:  # before a command began
        status = INTERRUPTED
    sys.exit(status)

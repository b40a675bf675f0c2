"""One command per stage, and the commands that people use by hand. Heavy imports are late."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from remid import environment
from remid.commands import agreement_options, reading_options
from remid.domain.errors import RemidError

if TYPE_CHECKING:
    from remid.replies.file_rows import Options
    from remid.store.project import Project

PLAIN_STAGES = ("fetch", "split", "coevolve", "evaluate", "report")
PLAIN_STUDIES = ("ablation", "ordering", "seeds")
"""Commands without arguments of their own."""
READER_GONE = 128 + 13
"""Exit status of what a shell sees end by SIGPIPE."""


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: it takes longer than the whole parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"remid {version('remid')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="remid", description=__doc__)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    command("fetch", "get the base model and the sentence encoder")
    command("split", "construct the splits from the corpus")
    check = command("check", "check the splits, or one file of dialogues")
    check.add_argument("file", nargs="?", type=Path)
    reading_options.add(check)
    command("coevolve", "co-evolve the reasoner and the responder (CoRL)")
    train = command("train", "train a role-playing model under test")
    train.add_argument("model", nargs="?", help="name from the roster")
    train.add_argument("--all", action="store_true", help="train the whole roster")
    reply = command("reply", "let a model reply to every test split")
    reply.add_argument("name", help="a model of the train stage, or a new name for one of yours")
    reply.add_argument("--endpoint", metavar="URL", help="ask an OpenAI-compatible server instead")
    reply.add_argument("--served", metavar="NAME", help="the model's name at that server")
    reply.add_argument("--model", metavar="MODEL", help="a model's folder, or hub:OWNER/NAME")
    reply.add_argument("--adapter", type=Path, metavar="FOLDER", help="an adapter on --model")
    reply.add_argument("--file", type=Path, help="replies that exist already, in any usual format")
    _reply_file_options(reply)
    diagnose = command("diagnose", "what a model of yours loses under each shift; trains nothing")
    diagnose.add_argument("--replies", type=Path, metavar="FILE", help="its replies, in any format")
    _reply_file_options(diagnose)
    diagnose.add_argument("--model", metavar="NAME", help="its name; alone, that of replies/NAME/")
    prompts = command("prompts", "what a model is to be asked, to be answered elsewhere")
    prompts.add_argument("--format", choices=("jsonl", "openai-batch"), default="jsonl")
    prompts.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    prompts.add_argument("--split", action="append", default=[], help="one of them; repeatable")
    prompts.add_argument("--served", metavar="NAME", default="MODEL", help="its name in a batch")
    judge = command("judge", "an LLM judge of the replies, and whether the metric agrees with it")
    judge.add_argument("--endpoint", metavar="URL", help="judge by an OpenAI-compatible server")
    judge.add_argument("--served", metavar="NAME", help="the judge's name at that server")
    judge.add_argument("--model", metavar="MODEL", help="judge by a folder or hub:OWNER/NAME")
    agreement = command("agreement", "R-EMI and its parts beside your own human ratings of replies")
    agreement_options.add(agreement)
    command("evaluate", "traces, scores, R-EMI, R-EMID and bounds")
    command("report", "tables, figures and build/report.html")
    command("show", "print the result table of the last run")
    command("ablation", "study: perplexity without CoRL and without reasoning, over seeds")
    command("ordering", "study: R-EMI of replies that are corrupted at known rates")
    command("seeds", "study: the models under test trained with several seeds")
    command("params", "print every parameter with its value and meaning")
    command("doctor", "whether this machine and folder can run the pipeline")
    import_file = command("import", "turn a file in another format into the project's own")
    import_file.add_argument("file", type=Path, help="or a folder, or hub:OWNER/NAME[@REVISION]")
    import_file.add_argument("--output", type=Path, required=True)
    reading_options.add(import_file)
    return parser


def _reply_file_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--id-field", metavar="NAME", default="", help="field of the dialogues' ids"
    )
    command.add_argument("--reply-field", metavar="NAME", default="", help="field of the replies")
    command.add_argument("--encoding", help="of the file, where it is not UTF-8")
    command.add_argument("--strict", action="store_true", help="an odd row of the file is an error")


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


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    **{name: _module(f"pipeline.{name}") for name in PLAIN_STAGES},
    **{name: _module(f"studies.{name}.run") for name in PLAIN_STUDIES},
    "doctor": _module("commands.doctor"),
    "show": _module("commands.show"),
    "check": _check,
    "train": _train,
    "reply": _reply,
    "diagnose": _diagnose,
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
    arguments = _parser().parse_args(argv)
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

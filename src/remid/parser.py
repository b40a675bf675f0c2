"""Names, arguments and help of every command."""

import argparse
from collections.abc import Callable
from pathlib import Path

from remid.commands import agreement_options, reading_options

REPORTS = (
    *("check", "diagnose", "compare", "judge", "agreement", "show", "doctor", "import"),
    *("ablation", "ordering", "seeds"),
)
"""Commands that take ``--json`` (docs/json.md)."""
ENDS = (
    "Exit status: 0 fine, 2 a mistake of the user's (one sentence on standard error), 3 a threshold "
    "exceeded, 130 interrupted. Results go to standard output, all else to standard error. The "
    "project is the nearest folder upwards with a params.yaml. See docs/command-line.md."
)
ABOUT = "One command per stage of the pipeline, and those that people use by hand."


QUIET = "errors alone on standard error: no progress, no notes"


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: it takes longer than the whole parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"remid {version('remid')}")
        parser.exit()


def build() -> argparse.ArgumentParser:
    """Make the parser of all commands; it imports nothing heavy."""
    parser = argparse.ArgumentParser(prog="remid", description=ABOUT, epilog=ENDS)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    told = "the parameters; by default params.yaml here or in the nearest folder upwards"
    parser.add_argument("--params", type=Path, metavar="FILE", help=told)
    parser.add_argument("--quiet", action="store_true", help=QUIET)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        own = commands.add_parser(name, help=text, description=text)
        # Suppressed: a default here would undo a --quiet that stands before the command.
        own.add_argument("--quiet", action="store_true", default=argparse.SUPPRESS, help=QUIET)
        if name in REPORTS:
            own.add_argument("--json", action="store_true", help="the result as JSON")
        return own

    command("fetch", "get the base model and the sentence encoder")
    command("split", "construct the splits from the corpus")
    _check_options(command("check", "check the splits, or one file of dialogues"))
    command("coevolve", "co-evolve the reasoner and the responder (CoRL)")
    train = command("train", "train a role-playing model under test")
    train.add_argument("model", nargs="?", help="name from the roster")
    train.add_argument("--all", action="store_true", help="train the whole roster")
    reply = command("reply", "let a model reply to every test split")
    _reply_options(reply)
    _diagnose_options(
        command("diagnose", "what a model of yours loses under each shift; trains nothing")
    )
    _prompts_options(command("prompts", "what a model is to be asked, to be answered elsewhere"))
    _compare_options(
        command("compare", "what of two diagnoses is better and worse, and how surely")
    )
    command("evaluate", "traces, scores, R-EMI, R-EMID and bounds")
    command("report", "tables, figures and build/report.html")
    command("show", "print the result table of the last run")
    command("track", "log the figures to MLflow, where it failed when they were made")
    _plan_options(command("plan", "sizes that an interval takes at least cost, from the last run"))
    _studies(command)
    command("demo", "a diagnosis of a shipped reply file by the released estimators")
    _release_options(command("release", "steps of `make release`: estimators to be shared"))
    command("params", "print every parameter with its value and meaning")
    command("doctor", "whether this machine and folder can run the pipeline")
    completion = command("completion", "print a script that completes commands and options")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    import_file = command("import", "turn a file in another format into the project's own")
    import_file.add_argument("file", type=Path, help="or a folder, or hub:OWNER/NAME[@REVISION]")
    import_file.add_argument("--output", type=Path, required=True)
    reading_options.add(import_file)
    return parser


def _studies(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    judge = command("judge", "an LLM judge of the replies, and whether the metric agrees with it")
    judge.add_argument("--endpoint", metavar="URL", help="judge by an OpenAI-compatible server")
    judge.add_argument("--served", metavar="NAME", help="the judge's name at that server")
    judge.add_argument("--model", metavar="MODEL", help="judge by a folder or hub:OWNER/NAME")
    agreement = command("agreement", "R-EMI and its parts beside your own human ratings of replies")
    agreement_options.add(agreement)
    command("ablation", "study: perplexity without CoRL and without reasoning, over seeds")
    command("ordering", "study: R-EMI of replies that are corrupted at known rates")
    command("seeds", "study: the models under test trained with several seeds")


def _check_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", type=Path)
    reading_options.add(command)


def _plan_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--half-width", type=float, required=True, metavar="NATS", help="as 0.1")


def _reply_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("name", help="a model of the train stage, or a new name for one of yours")
    add("--endpoint", metavar="URL", help="ask an OpenAI-compatible server instead")
    add("--served", metavar="NAME", help="the model's name at that server")
    add("--model", metavar="MODEL", help="a model's folder, or hub:OWNER/NAME")
    add("--adapter", type=Path, metavar="FOLDER", help="an adapter on --model")
    add("--file", type=Path, help="replies that exist already, in any usual format")
    _reply_file_options(command)


def _diagnose_options(diagnose: argparse.ArgumentParser) -> None:
    diagnose.add_argument("--replies", type=Path, metavar="FILE", help="its replies, in any format")
    _reply_file_options(diagnose)
    diagnose.add_argument("--model", metavar="NAME", help="its name; alone, that of replies/NAME/")
    diagnose.add_argument(
        "--attribution",
        type=int,
        nargs="?",
        const=1,
        default=0,
        metavar="PARTNERS",
        help="tell factors, dialogues and slices apart, each dialogue swapped with so many (1)",
    )


def _release_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("step", choices=("train", "keep", "publish"))
    command.add_argument("--demo", metavar="MODEL", default="sft", help="whose replies it ships")


def _prompts_options(prompts: argparse.ArgumentParser) -> None:
    prompts.add_argument("--format", choices=("jsonl", "openai-batch"), default="jsonl")
    prompts.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    prompts.add_argument("--split", action="append", default=[], help="one of them; repeatable")
    prompts.add_argument("--served", metavar="NAME", default="MODEL", help="its name in a batch")


def _compare_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("a", metavar="A", help="a folder that `remid diagnose` wrote, or a model's name")
    add("b", metavar="B", help="the same, set against A")
    unit = ("nats_per_token", "nats_per_reply")
    add("--unit", choices=unit, default=unit[0], help="nats_per_token by default")
    add("--level", type=float, default=0.95, metavar="SHARE", help="0.95 by default")
    add("--measure", choices=("emi", "emid"), default="emi", help="what is judged worse")
    add("--fail-if-worse", type=float, metavar="MARGIN", help="status 3 beyond so many nats")
    add("--junit", type=Path, metavar="FILE", help="write a test case per split, for CI")


def _reply_file_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--id-field", metavar="NAME", default="", help="field of the dialogues' ids"
    )
    command.add_argument("--reply-field", metavar="NAME", default="", help="field of the replies")
    command.add_argument("--encoding", help="of the file, where it is not UTF-8")
    command.add_argument("--strict", action="store_true", help="an odd row of the file is an error")

"""Names, arguments and help of every command."""

import argparse
from pathlib import Path

from remid.commands import agreement_options, reading_options

ABOUT = "One command per stage of the pipeline, and those that people use by hand."


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: it takes longer than the whole parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"remid {version('remid')}")
        parser.exit()


def build() -> argparse.ArgumentParser:
    """Make the parser of all commands; it imports nothing heavy."""
    parser = argparse.ArgumentParser(prog="remid", description=ABOUT)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    command("fetch", "get the base model and the sentence encoder")
    command("split", "construct the splits from the corpus")
    _check_options(command("check", "check the splits, or one file of dialogues"))
    command("coevolve", "co-evolve the reasoner and the responder (CoRL)")
    train = command("train", "train a role-playing model under test")
    train.add_argument("model", nargs="?", help="name from the roster")
    train.add_argument("--all", action="store_true", help="train the whole roster")
    reply = command("reply", "let a model reply to every test split")
    _reply_options(reply)
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
    _plan_options(command("plan", "sizes that an interval takes at least cost, from the last run"))
    command("ablation", "study: perplexity without CoRL and without reasoning, over seeds")
    command("ordering", "study: R-EMI of replies that are corrupted at known rates")
    command("seeds", "study: the models under test trained with several seeds")
    command("demo", "a diagnosis of a shipped reply file by the released estimators")
    _release_options(command("release", "steps of `make release`: estimators to be shared"))
    command("params", "print every parameter with its value and meaning")
    command("doctor", "whether this machine and folder can run the pipeline")
    import_file = command("import", "turn a file in another format into the project's own")
    import_file.add_argument("file", type=Path, help="or a folder, or hub:OWNER/NAME[@REVISION]")
    import_file.add_argument("--output", type=Path, required=True)
    reading_options.add(import_file)
    return parser


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


def _release_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("step", choices=("train", "keep", "publish"))
    command.add_argument("--demo", metavar="MODEL", default="sft", help="whose replies it ships")


def _reply_file_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--id-field", metavar="NAME", default="", help="field of the dialogues' ids"
    )
    command.add_argument("--reply-field", metavar="NAME", default="", help="field of the replies")
    command.add_argument("--encoding", help="of the file, where it is not UTF-8")
    command.add_argument("--strict", action="store_true", help="an odd row of the file is an error")

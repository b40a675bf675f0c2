"""Command `import`: a file in another format to the project's own."""

from pathlib import Path

from remid.corpus.importing import import_file
from remid.corpus.options import Options
from remid.corpus.summary import counted, table
from remid.domain.output import Output


def run(file: Path, output: Path, options: Options) -> Output:
    """Write `output` and say what was read, changed and refused, and why.

    Raises
    ------
    RemidError
        When the file cannot be read or holds too little that is usable; nothing is written then.
    """
    report = import_file(file, output, options)
    return Output(
        {
            "output": str(output),
            "source": report.source,
            "formats": dict(report.tally.formats),
            "dialogues": report.read,
            **counted(report.tally),
        },
        (
            f"{output}: {report.read} dialogues from {report.source} ({report.format})",
            table(report.tally),
        ),
    )

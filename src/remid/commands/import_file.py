"""Command `import`: a file in another format to the project's own."""

from pathlib import Path

from remid.corpus.importing import import_file
from remid.corpus.options import Options
from remid.corpus.summary import table


def run(file: Path, output: Path, options: Options) -> None:
    """Write `output` and say what was read, changed and refused, and why.

    Raises
    ------
    RemidError
        When the file cannot be read or holds too little that is usable; nothing is written then.
    """
    report = import_file(file, output, options)
    print(f"{output}: {report.read} dialogues from {report.source} ({report.format})")
    print(table(report.tally))

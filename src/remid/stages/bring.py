"""Command `import`: a file in another format to the project's own."""

from pathlib import Path

from remid.corpus.formats import bring


def run(file: Path, output: Path, format: str | None = None) -> None:
    """Write `output` and say what was read and what was refused, and why.

    Raises
    ------
    RemidError
        When the file cannot be read; nothing is written then.
    """
    report = bring(file, output, format)
    print(f"{output}: {report.read} dialogues from {file} ({report.format})")
    for reason, count in sorted(report.refused.items()):
        print(f"refused {count}: {reason}")

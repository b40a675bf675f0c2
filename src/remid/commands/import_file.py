"""Command `import`: a file in another format to the project's own."""

from pathlib import Path

from remid.corpus.importing import import_file


def run(file: Path, output: Path, format: str | None = None) -> None:
    """Write `output` and say what was read and what was refused, and why.

    Raises
    ------
    RemidError
        When the file cannot be read or holds nothing usable; nothing is written then.
    """
    report = import_file(file, output, format)
    print(f"{output}: {report.read} dialogues from {file} ({report.format})")
    for reason, count in report.reasons.items():
        print(f"refused {count}: {reason.replace('_', ' ')}")
    for example in report.examples[:5]:
        print(f"  {example}")

"""Parquet files, saved data sets, and data sets of a hub: columns that become records."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from remid.corpus import files
from remid.corpus.containers.record import Record
from remid.domain.errors import RemidError

HUB = "hub:"
"""Begins the name of a data set: ``hub:OWNER/NAME[:CONFIG][@REVISION]``."""
_BATCH = 256
_MAX_GROUP = 1 << 31


def parquet(path: Path) -> Iterator[Record]:
    """Yield the rows of a Parquet file, some hundreds in memory at a time.

    Raises
    ------
    RemidError
        If it is damaged or cut off, a row group is over 2 GiB or one cell over 16 MiB.
    """
    import pyarrow as arrow

    with files.opened(path) as raw:
        try:
            yield from _rows(path, raw)
        except (arrow.ArrowException, OSError, ValueError, UnicodeError) as error:
            raise RemidError(
                f"{path}: no Parquet that can be read ({_line(error)}); get the whole file again."
            ) from error


def _rows(path: Path, raw: BinaryIO) -> Iterator[Record]:
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(raw) as file:
        for k in range(file.num_row_groups):
            if file.metadata.row_group(k).total_byte_size > _MAX_GROUP:
                raise RemidError(
                    f"{path}, row group {k}: over {_MAX_GROUP:,} bytes when unpacked; write it "
                    "again with smaller groups."
                )
        for batch in file.iter_batches(_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield _row(path, f"row {number}", row, number)


def saved(path: Path) -> Iterator[Record]:
    """Yield the rows of a folder that ``Dataset.save_to_disk`` wrote, split by split."""
    from datasets import DatasetDict, load_from_disk

    try:
        found = load_from_disk(str(path))
    except Exception as error:  # what a damaged folder raises depends on what is damaged
        raise RemidError(
            f"{path}: no data set that can be read ({_line(error)}); save it again."
        ) from error
    parts = found if isinstance(found, DatasetDict) else {"": found}
    yield from _parts(path, parts)


def is_saved(path: Path) -> bool:
    """Whether a folder was written by ``save_to_disk``."""
    return any((path / name).is_file() for name in ("dataset_dict.json", "state.json"))


def pinned(name: str) -> str:
    """Return a hub name with its revision as a commit; asks the hub, fetches nothing.

    Raises
    ------
    RemidError
        When the name is none, or the hub cannot be reached or does not have it.
    """
    from huggingface_hub import HfApi

    repository, config, revision = _parsed(name)
    try:
        commit = HfApi().dataset_info(repository, revision=revision or None).sha
    except Exception as error:  # every failure of the network has a type of its own
        raise RemidError(
            f"{name}: the hub does not give this data set ({_line(error)}); check the name, the "
            "revision and the connection, or pass a folder or file that holds it."
        ) from error
    return f"{HUB}{repository}{':' + config if config else ''}@{commit}"


def hub(name: str) -> Iterator[Record]:
    """Stream the rows of a hub's data set, split by split; `name` as `pinned` returns it.

    Nothing of the data set is executed: `datasets` runs no code of it.
    """
    from datasets import load_dataset

    repository, config, revision = _parsed(name)
    try:
        parts = load_dataset(repository, config or None, revision=revision, streaming=True)
    except Exception as error:
        raise RemidError(
            f"{name}: cannot be read ({_line(error)}); where it has several configurations, name "
            f"one: {HUB}OWNER/NAME:CONFIG."
        ) from error
    yield from _parts(Path(name), parts)


def _parsed(name: str) -> tuple[str, str, str]:
    rest, _, revision = name.removeprefix(HUB).partition("@")
    repository, _, config = rest.partition(":")
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise RemidError(f"{name}: expected {HUB}OWNER/NAME, :CONFIG and @REVISION at will.")
    return repository, config, revision


def _parts(path: Path, parts: dict[str, Iterable[dict[str, Any]]]) -> Iterator[Record]:
    for part, rows in parts.items():
        number, place = 0, f"{part} row" if part else "row"
        try:
            for row in rows:
                number += 1
                yield _row(path, f"{place} {number}", row, number, part)
        except RemidError:
            raise
        except Exception as error:  # a broken shard or connection, by whichever library
            raise RemidError(
                f"{path}, after {place} {number}: cannot be read ({_line(error)}); try again, or "
                "get the data set anew."
            ) from error


def _row(path: Path, where: str, row: dict[str, Any], number: int, part: str = "") -> Record:
    for key, cell in row.items():
        if isinstance(cell, (str, bytes)) and len(cell) > files.MAX_LINE:
            raise RemidError(
                f"{path}, {where}, field {key}: longer than {files.MAX_LINE:,} bytes; no dialogue "
                "is that long."
            )
    return Record(where, row, part=part, number=number)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

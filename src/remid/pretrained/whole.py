"""Whether a folder holds a model, all of it."""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from remid.domain.errors import RemidError
from remid.store.reading import read_object


def require_whole(folder: Path, source: str) -> None:
    """Refuse a folder without configuration or weights, or with weights absent or cut short.

    Raises
    ------
    RemidError
        Naming `source` and the file.
    """
    if not (folder / "config.json").is_file():
        raise RemidError(
            f"{source}: holds no config.json, so it is no model that transformers can load; name "
            "another source."
        )
    weights = sorted(folder.rglob("*.safetensors"))
    # A torch pickle (*.bin, *.pt) can run code when it is read, and is no substitute.
    if not weights:
        raise RemidError(
            f"{source}: holds no weights (no *.safetensors); name a source that has them, or save "
            "the model again with save_pretrained."
        )
    # The index of a sharded model names every file that holds some of its weights.
    for index in folder.glob("*.safetensors.index.json"):
        shards = read_object(index, "get it again, then run `remid fetch` again").get("weight_map")
        for name in sorted(set(dict(shards or {}).values())):
            if not (folder / name).is_file():
                raise RemidError(
                    f"{source}: {name} is absent, which {index.name} names; get it again, then run "
                    "`remid fetch` again."
                )
    for file in weights:
        try:
            with safe_open(file, "pt"):  # reads the header and compares it with the file's length
                pass
        except (SafetensorError, OSError) as error:
            raise RemidError(
                f"{source}: {file.relative_to(folder)} is cut short or damaged ({error}); get it "
                "again, then run `remid fetch` again."
            ) from error

"""Model folders whose files may be damaged, loaded or refused in one sentence.

Only safetensors and JSON are read, and no code of a model's own: weights in torch's pickles are
refused, and `trust_remote_code` stands at its default, off.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoTokenizer

from remid.domain.errors import RemidError
from remid.store.reading import first_line

REMEDY = "get or save it again (`remid fetch` gets models/base and models/encoder)"


class UnloadableError(RemidError):
    """A folder that is no whole model, and why."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{folder}: cannot be loaded ({reason}); {REMEDY}.")


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Turn what libraries raise on a damaged folder into one sentence that names the file.

    Raises
    ------
    UnloadableError
        Naming the first file that is no JSON or no safetensors, else what the library said.
    """
    try:
        yield
    except (RemidError, MemoryError, torch.OutOfMemoryError):
        raise
    # tokenizers raises plain Exceptions, and transformers whatever its reader of a format does.
    except Exception as error:
        raise UnloadableError(folder, fault(folder) or first_line(error)) from error


def fault(folder: Path) -> str:
    """Name the first file of a model's folder that cannot be what its name says; empty if none."""
    for file in sorted(folder.glob("*.json")):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            return f"{file.name}: {first_line(error)}"
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, "pt"):  # reads the header and compares it with the file's length
                pass
        except (OSError, SafetensorError) as error:
            return f"{file.name}: {first_line(error)}"
    return ""


def load_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a model's folder.

    Raises
    ------
    UnloadableError
        When a file of it is absent or damaged.
    """
    with loading(folder):
        return AutoTokenizer.from_pretrained(folder)


def load_weights(kind: Any, folder: Path, **settings: Any) -> Any:
    """Load a model by one of transformers' Auto classes, every weight of it from the folder.

    Raises
    ------
    UnloadableError
        When a file is absent or damaged, or lacks weights of the architecture.
    """
    with loading(folder):
        model, found = kind.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True, **settings
        )
    # transformers only warns of these, and fills them with random numbers.
    # Encoders are often saved without their pooler, which nothing here reads.
    lacking = sorted(key for key in found["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        raise UnloadableError(folder, f"its weights lack {len(lacking)}, the first {lacking[0]}")
    return model

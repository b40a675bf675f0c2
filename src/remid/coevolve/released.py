"""Estimators that were trained once for everybody, with what they found: the folder `released/`."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from remid.domain.errors import RemidError
from remid.store.cache import ContentCache
from remid.store.fingerprints import digest, weights_fingerprint
from remid.store.layout import Layout

CARD = "card.json"
KEPT = "kept.parquet"
CURVE = "curve.csv"
DEMO = "demo.jsonl"
"""Replies of a model to some of the test dialogues, for `remid demo`."""
CACHES = ("traces", "scores")
"""Caches whose items are released: what the estimators wrote, and what they give references."""
REMEDY = "get it again by `dvc pull --force released.dvc`"


@dataclass(frozen=True)
class Card:
    """What the released estimators are, and what they were trained on."""

    base: str
    """Where the base model is from, as `fetch.base`."""
    base_weights: str
    """Its fingerprint: adapters mean nothing on any other."""
    id_train: str
    """Fingerprint of the dialogues that they were trained on."""
    dtype: str
    """Number format of the training and of everything that was kept."""
    seed: int
    params: Mapping[str, object]
    """`release.coevolve` and `train.lora`."""
    figures: Mapping[str, float]
    """Held-out perplexity and share of well-formed traces, by round; `round` is the one chosen."""
    perplexity: Mapping[str, float]
    """Of every test split's references."""
    formed: Mapping[str, float]
    """Share of well-formed traces, by test split, and on dialogues unlike the corpus if given."""
    versions: Mapping[str, str]
    date: str
    kept: Mapping[str, int]
    """How many traces and scores of pairs are kept."""
    demo: str
    """The model whose replies `remid demo` diagnoses."""
    files: Mapping[str, str]
    """SHA-256 of every other file of the folder."""

    @property
    def name(self) -> str:
        """One line for tables and pages."""
        return f"released {self.date}, {self.base}, round {self.figures['round']:.0f}"


def read(layout: Layout, *, base: bool = True) -> Card:
    """Read the card, and see that the folder is whole and belongs to the project's base model.

    Raises
    ------
    RemidError
        When the folder is absent, half pulled or altered, or made for another base.
    """
    folder = layout.released
    try:
        card = msgspec.json.decode((folder / CARD).read_bytes(), type=Card)
    except FileNotFoundError:
        raise RemidError(
            f"{folder}: there are no released estimators here; get them by `dvc pull released.dvc`, or "
            "train your own with coevolve.start: scratch and evaluate.estimator: trained."
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RemidError(
            f"{folder / CARD}: is no card of estimators ({error}); {REMEDY}."
        ) from None
    for name, wanted in card.files.items():
        file = folder / name
        if not file.is_file():
            raise RemidError(f"{file}: is absent, though {CARD} lists it; {REMEDY}.")
        if digest(file).hex() != wanted:
            raise RemidError(f"{file}: is not what {CARD} lists (cut or altered); {REMEDY}.")
    if base and (found := weights_fingerprint(layout.base)) != card.base_weights:
        raise RemidError(
            f"{folder}: these estimators are adapters for {card.base} ({card.base_weights}), and the "
            f"project's base model is another ({found}); set fetch.base to {card.base}, or train "
            "your own with coevolve.start: scratch and evaluate.estimator: trained."
        )
    return card


def estimators(layout: Layout) -> Path:
    """Where the released adapters are."""
    return layout.released / "estimators"


def fill_caches(layout: Layout) -> dict[str, int]:
    """Put the released traces and scores into the project's caches, where they are looked up.

    Every item is kept under the hash of all that it depends on (weights, number format, prompt,
    reply): one that does not fit is never found.
    """
    added = {}
    items = pq.read_table(layout.released / KEPT).to_pydict()
    for name in CACHES:
        own = {
            key: msgspec.json.decode(value)
            for cache, key, value in zip(items["cache"], items["key"], items["value"], strict=True)
            if cache == name
        }
        with closing(ContentCache(layout.cache / f"{name}.sqlite")) as cache:
            lacking = own.keys() - cache.get(list(own))
            cache.put({key: own[key] for key in lacking})
        added[name] = len(lacking)
    return added


def listed(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of a folder but its card, with its SHA-256."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != CARD:
            yield file.relative_to(folder).as_posix(), digest(file).hex()

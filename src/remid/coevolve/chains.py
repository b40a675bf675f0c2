"""A reasoner and a responder as adapters in order over a base model, from folders or a hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from remid.domain.errors import RemidError
from remid.lm.templates import Templates, read_templates
from remid.params.estimator import ESTIMATOR_FILE
from remid.params.read import load_estimator
from remid.pretrained.hub import PATTERNS, SCHEME, bring, parse_pinned
from remid.pretrained.whole import require_whole
from remid.store.fingerprints import weights_fingerprint

NAMES = ("reasoner", "responder")
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
"""Files of a whole adapter."""


@dataclass(frozen=True)
class Estimator:
    """Whose probabilities an evaluation uses."""

    base: Path
    reasoner: tuple[Path, ...]
    """Adapters in order: each was trained on the base with those before it merged."""
    responder: tuple[Path, ...]
    templates: Templates | None = None
    """Prompts of a user's; None where the built-in ones are used."""
    sources: Mapping[Path, str] = field(default_factory=lambda: MappingProxyType({}))
    """Folder to what names it, where it is not the folder itself."""

    @property
    def parts(self) -> dict[str, Path]:
        """What is loaded: the base, and every adapter by its place in its chain."""
        found = {"base": self.base}
        for name in NAMES:
            chain: tuple[Path, ...] = getattr(self, name)
            if len(chain) == 1:
                found[name] = chain[0]
            else:
                found |= {f"{name} {k}": folder for k, folder in enumerate(chain, start=1)}
        return found

    @property
    def loaded(self) -> dict[str, str]:
        """What was loaded: its name with its revision, and the hash of its weights and settings."""
        found = {
            part: f"{self.sources.get(folder, folder.as_posix())} ({weights_fingerprint(folder)})"
            for part, folder in self.parts.items()
        }
        if self.templates:
            own = self.templates
            name = self.sources.get(own.folder, own.folder.as_posix())
            found["templates"] = f"{name} ({own.fingerprint})"
        return found


def from_source(source: str, *, base: Path, remedy: str) -> Estimator:
    """Find the estimators of a folder, or of ``hub:OWNER/NAME@COMMIT``.

    A folder with an `estimator.yaml` is read as that says; any other has one adapter each in
    ``reasoner/`` and ``responder/``.

    Parameters
    ----------
    base : the project's base model, under them unless they name another.
    remedy : what to do where there are none, as the end of a sentence.

    Raises
    ------
    RemidError
        Naming what is absent, not whole or not pinned.
    """
    if not source.startswith(SCHEME):
        return from_folder(Path(source), base=base, remedy=remedy)
    pinned = parse_pinned(source)
    patterns = [*PATTERNS, "*.yaml", "*.jinja"]
    folder = bring(pinned, patterns, needed=())
    return from_folder(folder, base=base, remedy=remedy, name=str(pinned))


def from_folder(folder: Path, *, base: Path, remedy: str, name: str = "") -> Estimator:
    """Find the estimators of a folder; `name` stands for it in what is told of them."""
    file = folder / ESTIMATOR_FILE
    if file.is_file():
        return _declared(file, base, name)
    found = {own: folder / own for own in NAMES}
    for own in found.values():
        if not (own / ADAPTER[0]).is_file():
            raise RemidError(f"{own}: there is no such estimator; {remedy}.")
    sources = {own: f"{name}/{part}" for part, own in found.items()} if name else {}
    return Estimator(base, (found["reasoner"],), (found["responder"],), sources=sources)


def _declared(file: Path, base: Path, name: str) -> Estimator:
    declared, sources = load_estimator(file), {}

    def folder(text: str, *needed: str) -> Path:
        if text.startswith(SCHEME):
            pinned = parse_pinned(text)
            found = bring(pinned, PATTERNS, needed=needed)
            sources[found] = str(pinned)
            return found
        found = file.parent / text
        if not found.is_dir():
            raise RemidError(f"{file}: names {text}, and {found} is no folder; correct it.")
        if name:
            sources[found] = f"{name}/{text}"
        return found

    def chain(own: tuple[str, ...]) -> tuple[Path, ...]:
        found = tuple(folder(text, *ADAPTER) for text in own)
        for place in found:
            if not (place / ADAPTER[0]).is_file():
                raise RemidError(f"{file}: {place} is no adapter ({ADAPTER[0]} is absent).")
        return found

    if declared.base is not None:
        base = folder(declared.base, "config.json")
        require_whole(base, sources.get(base, str(base)))
    templates = declared.templates and read_templates(folder(declared.templates))
    return Estimator(
        base, chain(declared.reasoner), chain(declared.responder), templates or None, sources
    )

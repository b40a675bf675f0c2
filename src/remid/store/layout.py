"""Where each stage reads and writes, relative to the project's folder."""

from dataclasses import dataclass
from pathlib import Path

from remid.domain.names import folder_name


@dataclass(frozen=True)
class Layout:
    """The folders of one project."""

    root: Path = Path(".")
    study: str = ""
    """Folder below studies/ that takes models under test and scores in the pipeline's place."""
    work: Path | None = None
    """Folder that takes scores and cache in the project's place: of a measurement that must leave
    the project as it is."""

    @property
    def base(self) -> Path:
        """The base language model."""
        return self.root / "models" / "base"

    @property
    def encoder(self) -> Path:
        """The sentence encoder."""
        return self.root / "models" / "encoder"

    @property
    def estimators(self) -> Path:
        """The adapters of CoRL: reasoner, responder, and their cold starts."""
        return self.root / "models" / "estimators"

    @property
    def release(self) -> Path:
        """What the release's own pipeline makes, beside its dvc.yaml."""
        return self.root / "release"

    @property
    def released(self) -> Path:
        """Estimators that were trained once, what they found, and their card; `dvc pull` brings it."""
        return self.root / "released"

    def model(self, name: str) -> Path:
        """A role-playing model under test."""
        # A study trains and scores models of its own, and must not touch the pipeline's.
        own = self.studies / self.study if self.study else self.root
        return own / "models" / "roleplay" / folder_name(name)

    @property
    def splits(self) -> Path:
        """One file per split, and the manifest."""
        return self.root / "splits"

    def split(self, name: str) -> Path:
        """The dialogues of one split."""
        return self.splits / f"{name}.jsonl"

    @property
    def checks(self) -> Path:
        """Data docs and the summary of the checks."""
        return self.root / "checks"

    def replies(self, model: str) -> Path:
        """The replies of one model, a file per split."""
        return self.root / "replies" / folder_name(model)

    @property
    def scores(self) -> Path:
        """Log-probabilities of every scored pair, and the reasoning traces."""
        own = self.studies / self.study if self.study else self.root
        return (self.work or own) / "scores"

    @property
    def metrics(self) -> Path:
        """JSON files that DVC shows and compares."""
        return self.root / "metrics"

    @property
    def plots(self) -> Path:
        """Tables behind the figures."""
        return self.root / "plots"

    @property
    def build(self) -> Path:
        """The report."""
        return self.root / "build"

    @property
    def studies(self) -> Path:
        """Tables and figures of what is run beside the pipeline: ablation, ordering, seeds."""
        return self.root / "studies"

    @property
    def cache(self) -> Path:
        """Work that survives a kill; safe to delete."""
        return (self.work or self.root) / ".cache"

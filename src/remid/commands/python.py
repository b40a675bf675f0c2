"""The functions of ``import remid``: nothing is printed, and nothing written unless asked."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from remid.commands import html
from remid.corpus import importing
from remid.corpus.options import DEFAULT, Options
from remid.corpus.summary import rows
from remid.corpus.tally import Tally
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.report.tables import Grid

if TYPE_CHECKING:
    import pandas as pd

    from remid.commands.diagnose import Given
    from remid.commands.diagnosis import Diagnosis
    from remid.params import Params
    from remid.store.project import Project

Data = Path | str | Mapping[str, Sequence[Dialogue]] | Iterable[Dialogue]
"""A project's folder; or split to dialogues; or dialogues that each name their split."""
Replies = Path | str | Mapping[str, str]
"""A file of replies in any format, or dialogue id to reply."""


@dataclass(frozen=True)
class Reading:
    """The dialogues of a file, and what reading it changed and refused."""

    source: str
    dialogues: tuple[Dialogue, ...]
    tally: Tally

    def __len__(self) -> int:
        return len(self.dialogues)

    def __iter__(self) -> Iterator[Dialogue]:
        return iter(self.dialogues)

    def __getitem__(self, index: int) -> Dialogue:
        return self.dialogues[index]

    def to_frame(self) -> "pd.DataFrame":
        """One row per dialogue."""
        import pandas as pd

        names = ("id", "split", "language", "persona", "character", "turns", "reference")
        found = [{name: getattr(each, name) for name in names} for each in self.dialogues]
        return pd.DataFrame(found, columns=[*names])

    def _repr_html_(self) -> str:
        cells = tuple((what, f"{count:,}", which) for what, count, which in rows(self.tally))
        grid = Grid("What reading counted", ("what", "how many", "which"), cells)
        lines = [f"{len(self)} dialogues ({', '.join(self.tally.formats)})", *self.tally.examples]
        return html.fragment(self.source, lines, [grid])


def read(path: Path | str, options: Options = DEFAULT) -> Reading:
    """Read dialogues from a file or folder in any format, or ``hub:OWNER/NAME[@REVISION]``.

    Raises
    ------
    RemidError
        When it cannot be read, or more than half of it is refused.
    """
    tally, place = Tally(), importing.pinned(Path(path))
    with _silent():
        return Reading(str(place), tuple(importing.usable(place, options, tally)), tally)


def diagnose(
    replies: Replies,
    data: Data = ".",
    estimator: Path | str | None = None,
    *,
    name: str = "",
    params: "Params | None" = None,
    folder: Path | str | None = None,
) -> "Diagnosis":
    """Measure what a model's replies lose under each shift; nothing is trained.

    Parameters
    ----------
    replies : a file as of `remid diagnose --replies`, of one model; or dialogue id to reply.
    data : where the benchmark's dialogues are; ``id_test`` is what the shifts are set against.
    estimator : the project whose base model, encoder and estimators measure; that of `data` if None.
    name : of the model; the file's when left out.
    params : in the place of the estimator's params.yaml.
    folder : keeps scores and cache, for `remid.compare` and so that a second run is quick; None
        keeps nothing.

    Raises
    ------
    RemidError
        When replies, dialogues or estimators are absent or faulty, or too few for an interval.
    """
    from remid import params as reader
    from remid.coevolve import estimators
    from remid.commands import diagnose as command
    from remid.store.layout import Layout
    from remid.store.project import Project

    if estimator is None and not isinstance(data, Path | str):
        raise RemidError("diagnose: `data` is no project's folder; name one as `estimator`.")
    root = Path(estimator if estimator is not None else data)  # type: ignore[arg-type]
    params = params or reader.load(root / "params.yaml")
    estimators.located(Project(params, Layout(root)))
    with _silent(), tempfile.TemporaryDirectory(prefix="remid-") as temporary:
        layout = Layout(root, work=Path(folder or temporary))
        project = Project(params, layout)
        own, (evaluation, notes) = _given(project, _splits(data), replies, name)
        answered = command.enough(params.evaluate, evaluation, own)
        return command.diagnosed(project, own, replace(answered, notes=notes))


def _given(
    project: "Project", splits: dict[str, list[Dialogue]], replies: Replies, name: str
) -> tuple[str, "Given"]:
    """Name the model, and gather its dialogues with their replies."""
    from remid.commands import diagnose as command
    from remid.replies.run import file_name, require_own_name

    if not isinstance(replies, Path | str):
        own = name or "model"
        require_own_name(own)
        return own, command.of_texts(project, replies, own, splits)
    own = name or file_name(Path(replies))
    require_own_name(own)
    every = {split: [d.id for d in members] for split, members in splits.items()}
    found = command.of_file(project, Path(replies), own, splits, every)
    if len(found) != 1:
        raise RemidError(
            f"{replies}: replies of {len(found)} models ({', '.join(found)}); pass those of one as "
            "dialogue id to reply, or run `remid diagnose`, which takes all."
        )
    return next(iter(found.items()))


def _splits(data: Data) -> dict[str, list[Dialogue]]:
    """Test splits to their dialogues."""
    from remid.corpus.splits import read_tests
    from remid.domain.shift import ID_TEST
    from remid.store.layout import Layout

    if isinstance(data, Path | str):
        return read_tests(Layout(Path(data)))
    splits: dict[str, list[Dialogue]] = {}
    if isinstance(data, Mapping):
        splits = {split: list(members) for split, members in data.items()}
    else:
        for dialogue in data:
            splits.setdefault(dialogue.split, []).append(dialogue)
    if ID_TEST not in splits or len(splits) < 2:
        raise RemidError(
            f"diagnose: the dialogues are in {', '.join(map(repr, splits)) or 'no split'}; expected "
            f"{ID_TEST} and at least one shift such as 'user/german'."
        )
    # Pairs and seeds go by the split that a dialogue names: it is the one that it is in.
    return {s: [replace(d, split=s) for d in members] for s, members in splits.items()}


@contextmanager
def _silent() -> Iterator[None]:
    """Keep progress bars and warnings of libraries from the screen; results carry the notes."""
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        yield

"""Turning a file of any format into the project's own, counting what is left out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from remid.corpus import cards, containers, formats, jsonl
from remid.corpus.faults import faults
from remid.corpus.normal import regular
from remid.corpus.options import DEFAULT, Options
from remid.corpus.sample import NO_REPLY, Sample
from remid.corpus.shape import NO_CHARACTER
from remid.corpus.tally import Tally
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError

SOURCE = "source"
"""The tag that says which revision of which hub's data set a dialogue is from."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and what it left out."""

    source: str
    """File, folder, or hub name with the commit that was read."""
    output: Path
    read: int
    """Dialogues written."""
    tally: Tally

    @property
    def format(self) -> str:
        """The format, or all of a folder's, commonest first."""
        return ", ".join(name for name, _ in self.tally.formats.most_common())

    @property
    def refused(self) -> int:
        """Records left out."""
        return self.tally.refused.total()

    @property
    def reasons(self) -> dict[str, int]:
        """Why, with how many."""
        return dict(self.tally.refused.most_common())

    @property
    def examples(self) -> tuple[str, ...]:
        """The first refusals with their places."""
        return tuple(self.tally.examples)


def import_file(path: Path, output: Path, options: Options = DEFAULT) -> ImportReport:
    """Stream `path` into `output`, a file in the project's schema.

    Records that hold no dialogue with a reply, and dialogues that break a rule of
    `remid.corpus.faults`, are left out and counted. A broken file raises, and so does one of which
    nothing is left, or more than half is refused; then nothing is written and an older `output`
    stays.

    Parameters
    ----------
    path
        A file, a folder, or ``hub:OWNER/NAME[:CONFIG][@REVISION]``.

    Raises
    ------
    RemidError
        As `formats.samples`, for the first refusal if `options.strict`, and if too little is left.
    """
    path = pinned(path)
    # Streamed from file to file: nothing is held but counts.
    tally = Tally()
    bar = tqdm(
        sound(path, options, tally), desc=f"import {path.name}", unit=" dialogues", disable=None
    )
    count = jsonl.write(output, _enough(bar, path, tally))
    return ImportReport(str(path), output, count, tally)


def pinned(path: Path) -> Path:
    """Fix the revision of a hub's data set; a path of this machine stays as it is."""
    if not str(path).startswith(containers.HUB):
        return path
    return Path(containers.pinned(str(path)))


def read(path: Path, options: Options, tally: Tally) -> Iterator[Dialogue]:
    """Stream all dialogues of a file, sound or not, and count the rest in `tally`.

    Raises
    ------
    RemidError
        As `import_file`.
    """
    yield from _enough(
        (_taken(sample, tally) for sample in _told(path, options, tally)), path, tally
    )


def usable(path: Path, options: Options, tally: Tally) -> Iterator[Dialogue]:
    """Stream what an import would write.

    Raises
    ------
    RemidError
        As `import_file`.
    """
    yield from _enough(sound(path, options, tally), path, tally)


def sound(path: Path, options: Options, tally: Tally) -> Iterator[Dialogue]:
    """Stream the dialogues of a file that break no rule, and count the rest in `tally`."""
    source = {SOURCE: str(path)} if str(path).startswith(containers.HUB) else {}
    for sample in _told(path, options, tally):
        dialogue = sample.dialogue
        assert dialogue is not None
        found = faults(dialogue)
        # Mending is tried on what is at fault alone: most dialogues are fine.
        if found and faults(mended := _mended(dialogue, tally.changed)) != found:
            dialogue, found = mended, faults(mended)
        if found and "U+0000" in found[0].reason:
            raise RemidError(
                f"{path}, {sample.where}, field {found[0].reason}: a NUL in text is never meant; "
                "get the file again."
            )
        if found:
            reason = found[0].rule.replace("_", " ")
            refused = Sample(sample.where, None, reason, detail=found[0].reason)
            _refuse(path, refused, options, tally)
            continue
        dialogue = replace(dialogue, tags=dialogue.tags | source) if source else dialogue
        yield _taken(replace(sample, dialogue=dialogue), tally)


def _told(path: Path, options: Options, tally: Tally) -> Iterator[Sample]:
    """Stream the samples that hold a dialogue."""
    for sample in formats.samples(path, options, tally):
        tally.changed.update(sample.notes)
        if sample.passed_over:
            tally.pass_over(sample.where, sample.refusal)
        elif sample.dialogue is None:
            _refuse(path, sample, options, tally)
        else:
            yield sample


def _taken(sample: Sample, tally: Tally) -> Dialogue:
    assert sample.dialogue is not None
    tally.take(sample.dialogue, sample.where)
    return sample.dialogue


def _refuse(path: Path, sample: Sample, options: Options, tally: Tally) -> None:
    if options.strict:
        raise formats.refused(path, sample)
    tally.refuse_sample(sample)


def _mended(dialogue: Dialogue, counts: Counter[str]) -> Dialogue:
    """Make the texts regular of a dialogue that no reader of conversations made so."""
    return replace(
        dialogue,
        id=regular(dialogue.id, counts),
        persona=regular(dialogue.persona, counts),
        character=regular(dialogue.character, counts),
        context=tuple(Turn(t.role, regular(t.text, counts)) for t in dialogue.context),
        reference=regular(dialogue.reference, counts),
        trace=regular(dialogue.trace, counts),
    )


def _enough(dialogues: Iterator[Dialogue], path: Path, tally: Tally) -> Iterator[Dialogue]:
    yield from dialogues
    # More refused than read: the file was misread, and its rest would mislead.
    refused = tally.refused.total()
    if tally.records and refused <= tally.records:
        return
    shown = "; ".join(tally.examples[:3])
    if not refused:
        remedy = "name a file that does"
        if tally.passed_over[cards.PROFILE]:
            remedy = "a card without such an example can be the character of a chat, by --card"
        raise RemidError(f"{path}: holds no dialogue ({shown or 'it is empty'}); {remedy}.")
    reasons = ", ".join(f"{count} {reason}" for reason, count in tally.refused.most_common(3))
    raise RemidError(
        f"{path}: {refused} of {refused + tally.records} records were refused ({reasons}; first: "
        f"{shown}), so nothing was written; {_remedy(tally)}."
    )


def _remedy(tally: Tally) -> str:
    reason = tally.refused.most_common(1)[0][0]
    if reason == NO_CHARACTER:
        return "say whom the model plays with --character TEXT or --card FILE"
    if reason == NO_REPLY:
        return (
            "a dialogue needs a reply to set a model's against: give the file that holds both "
            "prompt and reply"
        )
    named = ", ".join(tally.formats)
    return f"they were read as {named}: if that is wrong, name another with --format"

"""One project: its parameters and the places of its files."""

from dataclasses import dataclass, field, replace

from remid.domain.names import folder_name
from remid.domain.shift import Declaration
from remid.params import Params
from remid.store.layout import Layout


@dataclass(frozen=True)
class Project:
    """What every stage, command and study is about."""

    params: Params
    layout: Layout = field(default_factory=Layout)

    @property
    def declaration(self) -> Declaration:
        """The splits that the parameters declare."""
        return self.params.shifts.declaration(word_rate=self.params.split.word_rate)

    def for_study(self, study: str) -> "Project":
        """The same project with models under test and scores of a study's own.

        Raises
        ------
        RemidError
            When a part of the study's name, which may be a user's, is no folder's.
        """
        for part in study.split("/"):
            folder_name(part)
        return replace(self, layout=replace(self.layout, study=study))

    def with_params(self, **changes: object) -> "Project":
        """The same project with other values of top-level parameters."""
        return replace(self, params=self.params.model_copy(update=changes))

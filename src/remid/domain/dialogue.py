"""A dialogue between a user and a role-played character."""

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "character"]
REFERENCE = "reference"
"""Source of the reference replies, beside the names of models."""
CONVERSATION = "conversation"
"""The tag that names the conversation of several dialogues that were cut out of one."""
TWIN = "twin"
"""The tag that names the dialogue of ID from which one under a shift differs in that factor alone."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """X = (persona, character, context) with its reference reply.

    The id follows the dialogue through every file, so that any number in the report can be traced
    back to the dialogues behind it.
    """

    id: str
    persona: str
    """Who the user is; empty where a corpus has no user persona."""
    character: str
    """Whom the model plays."""
    context: tuple[Turn, ...]
    """The turns before the reply; the last one is the user's."""
    reference: str
    """The reference reply y."""
    split: str = ""
    """Name of the split it belongs to, such as ``user/german``; empty when not yet assigned."""
    language: str = "en"
    """BCP 47 tag of the user's turns."""
    trace: str = ""
    """A written reasoning trace over X, where the corpus has one."""
    parents: tuple[str, ...] = ()
    """Ids of the dialogues that a constructed dialogue was built from."""
    tags: dict[str, str] = field(default_factory=dict)
    """What else the source said (topic, title, licence), kept but not used by the metric."""

    @property
    def root(self) -> str:
        """Id of the dialogue of ID that it was built from or is the twin of; else its own."""
        # Of two joined dialogues the last one's reference is kept, so that is the root.
        return self.parents[-1] if self.parents else self.twin or self.id

    @property
    def twin(self) -> str:
        """Id of the dialogue of ID that differs in the factor of this one's shift alone; or empty."""
        return self.tags.get(TWIN, "")

    @property
    def turns(self) -> int:
        """Number of user turns, the reply's own included: the paper's count of turns."""
        # A context ends with the user: its user turns count the exchanges, the last one included.
        return sum(turn.role == "user" for turn in self.context)

    @property
    def conversation(self) -> str:
        """What it was cut out of: dialogues that share it are not independent of each other."""
        return self.tags.get(CONVERSATION, self.id)

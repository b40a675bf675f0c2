"""Scores of rated replies under their own and under other contexts: where models are called."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from remid.coevolve import estimators
from remid.domain.dialogue import CONVERSATION, Dialogue
from remid.domain.errors import RemidError
from remid.evaluation import run as steps
from remid.evaluation.copies import copied_tokens
from remid.evaluation.design import cluster_names, design
from remid.evaluation.dialogues import Evaluated, Evaluation
from remid.evaluation.score import fits, shufflings
from remid.information.interval import MINIMUM_CLUSTERS
from remid.lm.embedding import embed
from remid.lm.likelihood.score import score_pairs
from remid.lm.runtime import Runtime
from remid.replies.scorable import tokenised
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.studies.agreement.contexts import UNDESCRIBED
from remid.studies.agreement.measures import ReplyScores
from remid.studies.agreement.ratings import RatedFile, RatedReply

RATED = "rated"
"""What the dialogues of a file of ratings are called where a split's name is asked for."""
Ids = tuple[int, ...]


@dataclass
class Scored:
    """Every reply that could be scored."""

    replies: list[RatedReply] = field(default_factory=list)
    scores: list[ReplyScores] = field(default_factory=list)
    references: dict[str, ReplyScores] = field(default_factory=dict)
    """Dialogue id to the scores of its reference."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Why replies were not scored, with how many."""
    traces: int = 0
    formed: int = 0
    """Traces that the reasoner wrote, and those well formed; the others were replaced by none."""
    clusters: int = 0
    """Different personas with characters, or conversations."""


@dataclass(frozen=True)
class _Text:
    """A reply or reference to be scored."""

    place: int
    """Its dialogue's."""
    ids: Ids
    shuffled: list[Ids]


def score(project: Project, rated: RatedFile) -> Scored:
    """Score every rated reply, and the references, whole; finished pairs come from the cache.

    Raises
    ------
    RemidError
        When the contexts are too few for negatives.
    """
    params, layout = project.params, project.layout
    members = tuple(Evaluated(d, {}) for d in rated.dialogues.values())
    evaluation = Evaluation({RATED: members}, {RATED: 0}, {RATED: None})
    traced = steps.write_traces(project, evaluation).splits[RATED]
    found = Scored()
    with closing(ContentCache(layout.cache / "scores.sqlite")) as cache:
        runtime = estimators.responder(project, estimators.located(project), cache)
        fitting = [one for one in traced if _fits(runtime, one)]
        if len(fitting) < 2:
            raise RemidError(
                f"{len(fitting)} of {len(traced)} rated contexts fit the responder's window, and "
                "negatives need 2; raise model.max_prompt_tokens, or rate more contexts."
            )
        names = clusters([one.dialogue for one in fitting])
        chosen = design(
            [one.dialogue for one in fitting],
            names,
            params.evaluate,
            seed=params.seed,
            embed=lambda texts: embed(layout.encoder, texts, cache=cache),
        )
        kept = [fitting[k] for k in chosen.kept]
        found.clusters = len({names[k] for k in chosen.kept})
        found.traces = sum(one.formed is not None for one in kept)
        found.formed = sum(one.formed is True for one in kept)
        _score(runtime, kept, chosen.pairs, rated.replies, project, found)
    fits_in, has_negative = ({one.dialogue.id for one in own} for own in (fitting, kept))
    lost = {
        "a context too long for the responder": set(rated.dialogues) - fits_in,
        "no negative for its context": fits_in - has_negative,
    }
    for reason, keys in lost.items():
        if count := sum(reply.dialogue in keys for reply in rated.replies):
            found.left_out[reason] = count
    return found


def clusters(dialogues: Sequence[Dialogue]) -> list[str]:
    """Name each context's cluster: contexts of one are no negatives of each other.

    A conversation, or a persona with its character; a context that tells of neither is its own, and
    so is every one where the clusters would be too few to draw negatives from.
    """
    named = cluster_names(dialogues)
    own = [
        named[d.id]
        if CONVERSATION in d.tags or d.persona or d.character != UNDESCRIBED
        else f"context {d.id}"
        for d in dialogues
    ]
    if len(set(own)) >= min(MINIMUM_CLUSTERS, len(dialogues)):
        return own
    apart = [f"conversation {d.conversation}" for d in dialogues]
    return apart if len(set(apart)) >= MINIMUM_CLUSTERS else [f"context {d.id}" for d in dialogues]


def _fits(runtime: Runtime, one: Evaluated) -> bool:
    try:
        return fits(runtime, one)
    except RemidError:  # not even its last turn does
        return False


def _score(
    runtime: Runtime,
    members: Sequence[Evaluated],
    pairs: np.ndarray,
    replies: Sequence[RatedReply],
    project: Project,
    found: Scored,
) -> None:
    """Fill in what can be scored: every reply under its own context and its negatives."""
    # Contexts by number; replies of all systems hang on them.
    place = {one.dialogue.id: k for k, one in enumerate(members)}
    texts: list[_Text] = []
    keys: list[RatedReply | str] = []

    def add(key: RatedReply | str, text: str, k: int) -> str:
        chat, language = runtime.lm.chat, members[k].dialogue.language
        made = tokenised(text, chat)
        if isinstance(made, str):
            return made
        evaluate, seed = project.params.evaluate, project.params.seed
        shuffled = shufflings(chat, made.ids, language, times=evaluate.shuffles, seed=seed)
        texts.append(_Text(k, made.ids, shuffled))
        keys.append(key)
        return ""

    for reply in replies:
        if reply.dialogue in place and (fault := add(reply, reply.text, place[reply.dialogue])):
            found.left_out[fault] = found.left_out.get(fault, 0) + 1
    for one in members:
        if one.dialogue.reference:
            add(one.dialogue.id, one.dialogue.reference, place[one.dialogue.id])
    for key, own in zip(keys, _values(runtime, members, pairs, texts), strict=True):
        if isinstance(key, str):
            found.references[key] = own
        else:
            found.replies.append(key)
            found.scores.append(own)


def _values(
    runtime: Runtime, members: Sequence[Evaluated], pairs: np.ndarray, texts: Sequence[_Text]
) -> list[ReplyScores]:
    encoded = [runtime.responder_prompt(one.dialogue, one.trace) for one in members]
    # The negatives of a context serve every reply to it.
    contexts = [pairs[pairs[:, 1] == k, 0].tolist() for k in range(len(members))]
    every: list[Ids] = []
    asked: list[tuple[int, int]] = []
    for text in texts:
        asked += [(i, len(every)) for i in (text.place, *contexts[text.place])]
        every.append(text.ids)
        asked += [(text.place, len(every) + k) for k in range(len(text.shuffled))]
        every += text.shuffled
    # One call for all systems: each context is read once.
    rows = np.array(asked, dtype=np.int64).reshape(-1, 2)
    # In the order in which they were asked for: own context, negatives, shufflings.
    values = iter(
        score_pairs(runtime, encoded, every, rows, progress="scores, rated replies").values
    )
    found = []
    for text in texts:
        positive = next(values)
        negative = [next(values) for _ in contexts[text.place]]
        found.append(
            ReplyScores(
                positive=positive,
                negative=np.array(negative).reshape(len(negative), positive.size),
                copied=copied_tokens(runtime.lm.chat, text.ids, members[text.place].dialogue),
                shuffled=np.array([next(values).mean() for _ in text.shuffled]),
            )
        )
    return found

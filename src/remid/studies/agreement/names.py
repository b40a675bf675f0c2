"""Under which names files of human ratings hold what."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from remid.replies.answer_text import FIELDS

SYSTEM = (
    "model_id", "model_name", "system_name", "system_id", "policy_name", "model", "system",
    "bot_id", "chatbot", "bot_name", "bot", "generator", "policy", "method", "npc_model", "agent",
    "source_model", "response_source", "reply_source", "source",
)  # fmt: skip
"""Who replied."""
RATER = (
    "rater", "rater_id", "annotator", "annotator_id", "worker", "worker_id", "workerid", "judge",
    "evaluator", "evaluator_id", "coder", "assessor", "participant", "participant_id", "rated_by",
    "user_id", "judge_id",
)  # fmt: skip
"""Who rated, of a row with one rating."""
RATING = (
    "human_rating", "human_ratings", "human_score", "human_scores", "rating", "ratings", "score",
    "scores", "annotations", "annotation", "human_annotation", "human_annotations", "human_eval",
    "human_evaluation", "evaluations", "judgments", "judgements", "judgment", "judgement", "labels",
    "label", "grade", "grades", "mos", "likert", "stars", "value", "mean_rating", "avg_rating",
    "average_rating", "avg_score", "mean_score", "average_score", "ratings_by_rater",
)  # fmt: skip
"""What was rated; the first of these that holds a rating is taken."""
OF_TURN = (
    "human_rating", "human_ratings", "human_score", "human_scores", "rating", "ratings", "score",
    "scores", "annotations", "human_annotations", "grade", "stars", "likert",
)  # fmt: skip
"""The same, of a turn in a list of turns."""
CONTEXT = (
    "context", "contexts", "context_messages", "history", "dialogue_history", "dialog_history",
    "conversation_history", "chat_history", "dialogue_context", "dialog_context", "messages",
    "conversation", "conversations", "dialogue", "dialog", "turns", "utterances",
)  # fmt: skip
"""What was said before the reply."""
ASKED = (
    "user_message", "user_input", "user_utterance", "last_user_turn", "last_utterance", "query",
    "question", "prompt", "instruction", "utterance", "message", "post", "input", "source_text",
)  # fmt: skip
"""The user's last turn alone."""
REPLY = (
    "reply", "response", "model_reply", "bot_reply", "system_response", "bot_response",
    "generated_response", "hypothesis", "candidate", *FIELDS[1:],
)  # fmt: skip
REFERENCE = (
    "reference", "reference_reply", "reference_response", "reference_answer", "ground_truth",
    "groundtruth", "gold", "golden_response", "gold_response", "ground_truth_response", "target",
    "expected_output", "expected", "references",
)  # fmt: skip
CHARACTER = (
    "fact", "facts", "bot_personality", "model_persona", "your_persona", "system_persona",
    "agent_persona", "role", "knowledge",
)  # fmt: skip
"""More names of who the model plays, beside those of the readers."""
DIALOGUE_IDS = ("context_id", "dialogue_id", "dialog_id", "conversation_id", "sample_id")
REPLIES = (
    "responses", "replies", "outputs", "predictions", "completions", "generations", "systems",
    "models", "candidates", "answers", "model_responses", "model_response", "results",
)  # fmt: skip
"""Fields that hold the replies of several systems to one context."""
HUMAN = frozenset(
    "reference ground_truth groundtruth original_ground_truth gold gold_response human_reference "
    "human ground_truth_response original".split()
)
"""Names of a system whose replies are the reference where a file has no other."""
ASPECTS = frozenset(
    "overall fluency fluent coherence coherent relevance relevant engaging engagingness natural "
    "naturalness quality consistency consistent interesting interestingness specific specificity "
    "understandable maintains_context uses_knowledge humanness empathy correct correctness "
    "appropriateness appropriate semantically_appropriate informativeness sensible helpfulness "
    "immersion character persona personality style safety creativity likability".split()
)
"""What people are asked to rate; tells names of ratings from names of raters."""
_RATER = re.compile(
    r"(?:^|(?<=[_\W]))(?:rater|annotator|worker|judge|evaluator|coder|assessor|human|participant|"
    r"ann|anno|rating|score|r|a|h)[ _.-]?(?P<who>\d{1,3}|[a-z](?![a-z]))(?=$|[_\W])|^\d{1,3}$"
    r"|^a[0-9a-z]{9,}$",
    re.IGNORECASE,
)
_NAMED_RATER = re.compile(
    r"^(?:rater|annotator|worker|evaluator|coder|assessor)[ _.-](?!id$|ids$|count$)(?P<who>\w+)$"
)
_NOT_RATED = re.compile(
    r"^(unnamed.*|index|idx|.*(?:^|_)ids?|turns?|turn_(?:index|number|no)|n|n_.*|num_.*|.*_count|"
    r"count|len|length|.*_(?:len|length|tokens|time|seconds)|tokens|words|time|timestamp|date|"
    r"year|age|seed|worktime.*|duration|split|fold|batch|page|order|position|rank|temperature|"
    r"top_[pk]|bleu.*|rouge.*|meteor|.*bert.*|ppl|.*perplexity|.*log_?prob.*|finished|cost|"
    r"created_at|turn|turn_id|language|lang)$"
)


def plain(name: str) -> str:
    """Write a field's name as the lists here have it: ``Rater ID`` is ``rater_id``."""
    return "_".join(re.sub(r"[\s\-]+", " ", str(name)).strip().lower().split())


def with_plain_names(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give every field its plain name; of two that become one the first stays."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        found.setdefault(plain(key), value)
    return found


def first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first of some fields that holds something; empty if none does."""
    return next((name for name in names if row.get(name) not in (None, "", [], {})), "")


def rater_in(name: str) -> tuple[str, str] | None:
    """Take apart a column of one rater: (what is rated, the rater); None for other columns.

    >>> rater_in("fluency_rater_2"), rater_in("annotator1"), rater_in("fluency")
    (('fluency', '2'), ('', '1'), None)
    """
    if named := _NAMED_RATER.match(name):
        return "", named["who"]
    found = _RATER.search(name)
    if found is None:
        return None
    rest = (name[: found.start()] + name[found.end() :]).strip(" _.-")
    if rest in ("rating", "score", "human", "rating_by", "value", "ratings", "scores"):
        rest = ""
    return rest, found["who"] or found[0]


def may_be_rated(name: str) -> bool:
    """Whether a number under this name may be a rating, where none is under a known name."""
    return _NOT_RATED.match(name) is None

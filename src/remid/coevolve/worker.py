"""Worker of CoRL's reinforcement half-rounds: the rewards, on the model that is being trained."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from peft import PeftModel

from remid.coevolve import rewards
from remid.coevolve.judge import agreement
from remid.coevolve.plan import COLD, RESPONDER
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.scoring import prompts
from remid.scoring.likelihood import score_pairs
from remid.scoring.model import LanguageModel, wrap
from remid.training.job import Job
from remid.training.process import Reward, main

Texts = Sequence[str]


def build(job: Job, model: PeftModel, tokenizer: Any) -> list[Reward]:
    """Return the reward functions of a half-round.

    The adapters that judge sit on the base model that is trained: nothing is loaded again.
    """
    lm = wrap(
        model,
        tokenizer,
        device=job.engine.device,
        weights="training",
        adapters={name: name for name in job.adapters},
    )
    dialogues = {d.id: d for d in jsonl.read(Path(job.reward["dialogues"]))}
    if job.reward["kind"] == "reasoner":
        return _reasoner_rewards(job, lm, dialogues)
    traces = _traces(Path(job.reward["traces"]))
    return _responder_rewards(job, lm, dialogues, traces)


def _reasoner_rewards(job: Job, lm: LanguageModel, dialogues: dict[str, Dialogue]) -> list[Reward]:
    words = int(job.reward["feature_words"])

    def likelihood(
        prompts: Texts, completions: Texts, log_metric: Callable[..., None], **_: Any
    ) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        means = _timed(
            lambda: reply_likelihoods(
                job, lm, chosen, completions, [d.reference for d in chosen], adapter=RESPONDER
            ),
            log_metric,
        )
        return _finite(job, rewards.likelihood(means), prompts, completions)

    seen = False

    def trace_format(completions: Texts, trainer_state: Any, **_: Any) -> list[float]:
        nonlocal seen
        values = rewards.trace_format(completions)
        if seen and not any(values):
            raise RemidError(
                f"{job.name}, step {trainer_state.global_step}: no rollout of this step has the trace "
                f"format any more (first: {completions[0][:80]!r}); the last good checkpoint is in "
                f"{job.output}: lower the learning rate or raise coevolve.reasoner.beta."
            )
        seen = seen or any(values)
        return values

    def trace_length(completions: Texts, **_: Any) -> list[float]:
        return rewards.trace_length(completions, feature_words=words)

    return [trace_format, trace_length, likelihood]


def _responder_rewards(
    job: Job, lm: LanguageModel, dialogues: dict[str, Dialogue], traces: dict[str, str]
) -> list[Reward]:
    references: dict[str, float] = {}

    def reply_format(
        completions: Texts, completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float]:
        finished = [ids[-1:] == [lm.chat.end_of_turn] for ids in completion_ids]
        return rewards.reply_format(completions, finished)

    def likelihood_ratio(
        prompts: Texts, completions: Texts, log_metric: Callable[..., None], **_: Any
    ) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        shown = [traces[key] for key in prompts]

        def score(replies: Texts) -> list[float]:
            return reply_likelihoods(job, lm, chosen, shown, replies, adapter=COLD)

        unknown = [key for key in prompts if key not in references]
        if unknown:
            references.update(zip(prompts, score([d.reference for d in chosen]), strict=True))
        candidates = _timed(lambda: score(completions), log_metric)
        values = rewards.relative(candidates, [references[key] for key in prompts])
        return _finite(job, values, prompts, completions)

    def judge(
        prompts: Texts, completions: Texts, log_metric: Callable[..., None], **_: Any
    ) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        shown = [traces[key] for key in prompts]
        budget = int(job.reward["token_budget"])
        ours = _timed(
            lambda: agreement(lm, chosen, shown, completions, token_budget=budget), log_metric
        )
        theirs = agreement(lm, chosen, shown, [d.reference for d in chosen], token_budget=budget)
        return _finite(job, rewards.relative(ours, theirs), prompts, completions)

    return [
        reply_format,
        {"likelihood_ratio": likelihood_ratio, "judge": judge}[job.reward["kind"]],
    ]


def reply_likelihoods(
    job: Job,
    lm: LanguageModel,
    dialogues: Sequence[Dialogue],
    traces: Texts,
    replies: Texts,
    *,
    adapter: str,
) -> list[float]:
    """Mean-token log q(reply | x, trace) in nats for each row; an empty reply scores -inf."""
    limit = int(job.reward["max_prompt_tokens"]) + job.max_tokens
    encoded = [
        prompts.encode(prompts.responder_prompt(d, trace), lm.chat, max_tokens=limit)
        for d, trace in zip(dialogues, traces, strict=True)
    ]
    kept = [k for k, reply in enumerate(replies) if reply.strip()]
    ids = [prompts.encode_reply(replies[k], lm.chat, dialogue_id=dialogues[k].id) for k in kept]
    pairs = np.array([(k, n) for n, k in enumerate(kept)], dtype=np.int64).reshape(-1, 2)
    scores = score_pairs(
        lm, encoded, ids, pairs, token_budget=int(job.reward["token_budget"]), adapter=adapter
    )
    means = np.full(len(replies), -np.inf)
    means[kept] = scores.mean
    out: list[float] = means.tolist()
    return out


def _timed(work: Callable[[], list[float]], log_metric: Callable[..., None]) -> list[float]:
    start = time.perf_counter()
    values = work()
    log_metric("reward_seconds", time.perf_counter() - start)
    return values


def _finite(job: Job, values: list[float], prompts: Texts, completions: Texts) -> list[float]:
    """Refuse rewards that are no numbers: the run stops rather than train on them."""
    for value, key, text in zip(values, prompts, completions, strict=True):
        if not np.isfinite(value):
            raise RemidError(
                f"{job.name}: the reward of a rollout for dialogue {key!r} is {value} (rollout: "
                f"{text[:80]!r}); the last good checkpoint is in {job.output}: lower the learning rate."
            )
    return values


def _traces(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row["trace"] for row in rows}


if __name__ == "__main__":
    sys.exit(main(build))

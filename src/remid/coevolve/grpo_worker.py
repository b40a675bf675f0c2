"""Worker of CoRL's GRPO half-rounds: the rewards, on the model that is being trained."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from accelerate.utils import gather_object
from peft import PeftModel

from remid.coevolve import rewards
from remid.coevolve.feature_judge import agreement
from remid.coevolve.rounds import COLD, RESPONDER
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm import prompts
from remid.lm.likelihood.score import score_own
from remid.lm.runtime import Runtime
from remid.replies import reward
from remid.store.reading import read_rows
from remid.training import checkpoints
from remid.training.grpo import scorer
from remid.training.job import Job, RewardSettings
from remid.training.progress import read_steps
from remid.training.run import STEPS, Reward, main

Texts = Sequence[str]


def build(job: Job, model: PeftModel, tokenizer: Any) -> list[Reward]:
    """Return the reward functions of a half-round."""
    settings = job.reward
    assert settings is not None
    runtime = scorer(job, model, tokenizer)
    dialogues = {d.id: d for d in jsonl.read(Path(settings.dialogues))}
    if settings.kind == "reasoner":
        return _reasoner_rewards(job, runtime, dialogues, words=settings.feature_words)
    return _responder_rewards(job, runtime, dialogues, settings)


def _reasoner_rewards(
    job: Job, runtime: Runtime, dialogues: dict[str, Dialogue], *, words: int
) -> list[Reward]:
    responder = runtime.on(RESPONDER)

    def likelihood(prompts: Texts, completions: Texts, trainer_state: Any, **_: Any) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        replies = [d.reference for d in chosen]
        means = reply_likelihoods(responder, chosen, completions, replies)
        return _finite(job, trainer_state, rewards.likelihood(means), prompts, completions)

    seen = _format_seen(job)

    def trace_format(completions: Texts, trainer_state: Any, **_: Any) -> list[float]:
        nonlocal seen
        values = rewards.trace_format(completions)
        # Ranks must agree: one that raises while others go on would leave those waiting for it.
        some = any(gather_object([any(values)]))  # of any rank
        if seen and not some:
            raise RemidError(
                f"{job.name}, step {_step(trainer_state)}: no rollout of this step has the trace "
                f"format any more (first: {completions[0][:80]!r}); {checkpoints.last_good(job)} is the "
                "last good state: lower the learning rate or raise coevolve.reasoner.beta."
            )
        seen = seen or some
        return values

    def trace_length(completions: Texts, **_: Any) -> list[float]:
        return rewards.trace_length(completions, feature_words=words)

    return [trace_format, trace_length, likelihood]


def _format_seen(job: Job) -> bool:
    """Whether a rollout had the trace format before the checkpoint that the job goes on from."""
    last = checkpoints.newest(Path(job.output))
    # Later rows than the checkpoint's are of steps that are made again.
    rows = read_steps(Path(job.output) / STEPS) if last else {}
    return any(
        row.get("rewards/trace_format/mean", 0.0) > 0
        for step, row in rows.items()
        if last and step <= checkpoints.step_of(last)
    )


def _responder_rewards(
    job: Job, runtime: Runtime, dialogues: dict[str, Dialogue], settings: RewardSettings
) -> list[Reward]:
    traces = _traces(Path(settings.traces))
    cold, end = runtime.on(COLD), runtime.lm.chat.end_of_turn
    references: dict[str, float] = {}

    def reply_format(
        completions: Texts, completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float]:
        # A reply cut at the limit ends with any token but the end of turn.
        finished = [ids[-1:] == [end] for ids in completion_ids]
        return reward.reply_format(completions, finished)

    def likelihood_ratio(
        prompts: Texts, completions: Texts, trainer_state: Any, **_: Any
    ) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        shown = [traces[key] for key in prompts]

        def score(replies: Texts) -> list[float]:
            return reply_likelihoods(cold, chosen, shown, replies)

        # Frozen weights: a reference's score never changes, so it is asked for once a process.
        unknown = [key for key in prompts if key not in references]
        if unknown:
            references.update(zip(prompts, score([d.reference for d in chosen]), strict=True))
        values = reward.relative(score(completions), [references[key] for key in prompts])
        return _finite(job, trainer_state, values, prompts, completions)

    def judge(prompts: Texts, completions: Texts, trainer_state: Any, **_: Any) -> list[float]:
        chosen = [dialogues[key] for key in prompts]
        shown = [traces[key] for key in prompts]
        ours = agreement(runtime, chosen, shown, completions)
        theirs = agreement(runtime, chosen, shown, [d.reference for d in chosen])
        values = reward.relative(ours, theirs)
        return _finite(job, trainer_state, values, prompts, completions)

    return [reply_format, judge if settings.kind == "judge" else likelihood_ratio]


def reply_likelihoods(
    runtime: Runtime, dialogues: Sequence[Dialogue], traces: Texts, replies: Texts
) -> list[float]:
    """Mean-token log q(reply | x, trace) in nats for each row.

    An empty reply scores -inf, and so does a trace that leaves no room for x: its bytes need not
    be text, and then take more tokens than were drawn.
    """
    chat = runtime.lm.chat
    encoded, ids, kept = [], [], []
    for row, (d, trace, reply) in enumerate(zip(dialogues, traces, replies, strict=True)):
        try:
            prompt = runtime.encode(prompts.responder_prompt(d, trace))
            ids.append(prompts.encode_reply(reply, chat, dialogue_id=d.id))
        except RemidError:
            continue
        encoded.append(prompt)
        kept.append(row)
    # exp(-inf) = 0, the least that the reward can be.
    means = np.full(len(replies), -np.inf)
    means[kept] = score_own(runtime, encoded, ids).mean
    out: list[float] = means.tolist()
    return out


def _finite(
    job: Job, state: Any, values: list[float], prompts: Texts, completions: Texts
) -> list[float]:
    """Refuse rewards that are no numbers: the run stops rather than train on them."""
    for value, key, text in zip(values, prompts, completions, strict=True):
        if not np.isfinite(value):
            raise RemidError(
                f"{job.name}, step {_step(state)}: the reward of a rollout for dialogue {key!r} is "
                f"{value} (rollout: {text[:80]!r}); {checkpoints.last_good(job)} is the last good "
                "state: lower the learning rate."
            )
    return values


def _step(state: Any) -> int:
    """The step that is being made; the trainer counts those that are finished."""
    return int(state.global_step) + 1


def _traces(path: Path) -> dict[str, str]:
    rows = read_rows(path, "remove it: it is written again", {"id": str, "trace": str})
    return {row["id"]: row["trace"] for row in rows}


if __name__ == "__main__":
    sys.exit(main(build))

"""Worker of the GRPO trainings: the rewards, on the model that is being trained."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peft import PeftModel

from remid.corpus import jsonl
from remid.replies.reward import relative, reply_format
from remid.replies.thinking import spoken
from remid.roleplay import rewards
from remid.training.grpo import scorer
from remid.training.job import Job
from remid.training.run import Reward, main

Texts = Sequence[str]


def build(job: Job, model: PeftModel, tokenizer: Any) -> list[Reward]:
    """Return the reward functions: the form of the reply, and its worth beside the reference.

    Only the reply is scored, whatever thought stands before it.
    """
    settings = job.reward
    assert settings is not None
    runtime = scorer(job, model, tokenizer)
    signal: rewards.Signal = settings.kind
    dialogues = {d.id: d for d in jsonl.read(Path(settings.dialogues))}
    references: dict[str, float] = {}

    def score(keys: Texts, replies: Texts) -> NDArray[np.float64]:
        return rewards.log_scores(runtime, [dialogues[key] for key in keys], replies, signal=signal)

    def form(
        completions: Texts, completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float | None]:
        finished = [ids[-1:] == [runtime.lm.chat.end_of_turn] for ids in completion_ids]
        return [*reply_format([spoken(text).reply for text in completions], finished)]

    def worth(
        prompts: Texts, completions: Texts, log_metric: Callable[..., None], **_: Any
    ) -> list[float | None]:
        start = time.perf_counter()
        # The scorer is frozen, so a reference is scored once a process, not once a step.
        unknown = sorted(set(prompts) - set(references))
        scores = score(unknown, [dialogues[key].reference for key in unknown])
        references.update(zip(unknown, scores.tolist(), strict=True))
        values = score(prompts, [spoken(text).reply for text in completions])
        log_metric("reward_seconds", time.perf_counter() - start)
        return [*relative(values.tolist(), [references[key] for key in prompts])]

    return [form, worth]


if __name__ == "__main__":
    sys.exit(main(build))

"""Worker for test_ranks.py: CoRL's rewards, each call noted by the rank that made it."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remid.coevolve import grpo_worker
from remid.training.job import Job
from remid.training.run import Reward, main


def build(job: Job, model: Any, tokenizer: Any) -> list[Reward]:
    return [noted(job, reward) for reward in grpo_worker.build(job, model, tokenizer)]


def noted(job: Job, reward: Reward) -> Reward:
    file = Path(job.output) / f"rank_{os.environ['RANK']}.jsonl"

    def call(prompts: Sequence[str], **named: Any) -> Sequence[float | None]:
        values = reward(prompts=prompts, **named)
        row = {"reward": reward.__name__, "prompts": prompts, "values": values}
        with file.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(row) + "\n")
        return values

    call.__name__ = reward.__name__
    return call


if __name__ == "__main__":
    sys.exit(main(build))

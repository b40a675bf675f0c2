"""Command `prompts`: what a model is to be asked, for whoever asks it elsewhere."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from remid.corpus.splits import read_tests
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.prompts import roleplay_prompt
from remid.params import Reply
from remid.store.project import Project
from remid.store.whole import replacing

SERVED = "MODEL"
"""Stands for the model's name in a batch, where none is given."""


def run(
    project: Project,
    format: str,
    *,
    output: Path | None = None,
    splits: Sequence[str] = (),
    served: str = SERVED,
) -> int:
    """Write one line per dialogue of the test splits: its id, and the role-play prompt's messages.

    Parameters
    ----------
    format : ``jsonl`` (`id`, `split`, `messages`) or ``openai-batch`` (also vLLM's `run_batch`).
    output : file to write; the standard output by default.
    splits : test splits; all of them by default.
    served : the model's name at the server that answers a batch.

    Returns
    -------
    int
        How many lines were written.

    Raises
    ------
    RemidError
        For a split that is no test split, or an output that cannot be written.
    """
    # All lines before the first is written: an unknown split leaves no half of a file.
    tests = read_tests(project.layout)
    if unknown := [split for split in splits if split not in tests]:
        raise RemidError(f"--split {unknown[0]}: no test split; choose among {', '.join(tests)}.")
    asked = {split: tests[split] for split in splits or tests}
    lines = [
        json.dumps(line, ensure_ascii=False) + "\n"
        for line in _lines(project, format, asked, served)
    ]
    if output is None:
        for line in lines:
            sys.stdout.write(line)
    else:
        with replacing(output) as file:
            file.writelines(line.encode() for line in lines)
        print(f"{output}: {len(lines)} prompts; give the answers to `remid diagnose --replies`")
    return len(lines)


def _lines(
    project: Project, format: str, asked: Mapping[str, Sequence[Dialogue]], served: str
) -> Iterator[dict[str, Any]]:
    for split, members in asked.items():
        for dialogue in members:
            # What the pipeline's own models are asked, word for word.
            messages = [asdict(message) for message in roleplay_prompt(dialogue).messages]
            if format == "jsonl":
                yield {"id": dialogue.id, "split": split, "messages": messages}
            else:
                yield _request(
                    dialogue, messages, project.params.reply, project.params.seed, served
                )


def _request(
    dialogue: Dialogue, messages: list[dict[str, Any]], reply: Reply, seed: int, served: str
) -> dict[str, Any]:
    return {
        # Comes back with the answer, and says which dialogue it is to.
        "custom_id": dialogue.id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": served,
            "messages": messages,
            "max_tokens": reply.max_tokens,
            "temperature": reply.temperature,
            "top_p": reply.top_p,
            "seed": seed,
        },
    }

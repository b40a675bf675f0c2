"""A GRPO step of the reasoner: ours against the paper's procedure, same rollouts, same run.

    python benchmarks/coevolve.py [--prompts 1] [--rollouts 8] [--tokens 128] [--rounds 3] [--json]

A step is: G rollouts for each prompt, their rewards, forward and backward passes over the rollouts,
the optimiser. Neither side needs a pass for old log-probabilities (each rollout is trained on once)
nor, without a KL term, for a reference policy; what our trainer adds to watch the KL is counted.

- ours: the training process of this project (`remid.training`, `remid.coevolve.grpo_worker`). The reward
  is computed by the responder's adapter on the model that is trained, a shared prompt read once.
- the paper's: TRL's own trainer with the same arguments. At every call of the likelihood reward a
  second copy of the base model with the responder's adapter is loaded from disk; every rollout's
  prompt is encoded from its beginning, four rows at a time, padded on the right, with cross-entropy
  over the whole vocabulary at every position. It loads 8-bit weights; here they have the run's dtype.

What is a reward call? TRL calls a reward function once for all rollouts of a generation batch, which
by default is one optimiser step, so `ratio_with_load` counts one load a step: the reading that is
best for the paper's side. Two others are computed from the measured load and stand beside it: one
load for each prompt, or each rollout.

Each side has a process of its own, both on DeepSpeed with one rank but without its launcher; they
take turns, a step each, and the first step warms up. Every rollout is made to fill `--tokens` and the
learning rate is 0, so that both sides work on the same prompts and as many tokens at every step. On a
CPU seconds are those of the process on its cores, so that other work on the machine and waiting for the
disk (a warm page cache) do not count. With --json the last line is one JSON object.
"""

import argparse
import ctypes
import json
import math
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from likelihood import Material, paper_side  # the script beside this one
from peft import PeftModel
from tqdm import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from remid import environment
from remid.coevolve import grpo_worker
from remid.coevolve.rounds import REASONER, RESPONDER
from remid.corpus import jsonl
from remid.lm.chat import learn
from remid.lm.dtypes import DTYPES
from remid.lm.prompts import encode, encode_reply, reasoner_prompt, responder_prompt
from remid.training import grpo
from remid.training import run as training
from remid.training.adapters import load_adapted, save_adapter
from remid.training.arguments import common
from remid.training.job import (
    Engine,
    Example,
    Job,
    LoraShape,
    RewardSettings,
    write_examples,
)

LIMIT = 1024
"""Longest prompt."""


@dataclass(frozen=True)
class Step:
    """What one side tells of one step."""

    seconds: dict[str, float]
    """Of generation, reward, load, optimiser (all else), and the step; loads are in no other."""
    positions: dict[str, float]
    """Token positions that went forward through a model."""
    peak_mb: dict[str, float]
    """Largest memory of the process from the step's start to the end of the part."""
    rollouts: list[list[int]]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/base"))
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--prompts", type=int, default=1, help="of one step")
    parser.add_argument("--rollouts", type=int, default=8, help="of one prompt; the paper draws 8")
    parser.add_argument("--tokens", type=int, default=128, help="of one rollout")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dtype", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        rounds = measure(prepare(options, Path(folder)), options)
    out = summary(rounds, options)
    for side in ("paper", "ours"):
        print(f"{side}: {json.dumps(out[side])}")
    print(f"ratios: {json.dumps({k: v for k, v in out.items() if 'ratio' in k})}")
    if options.json:
        print(json.dumps(out))
    return 0


def prepare(options: argparse.Namespace, folder: Path) -> Job:
    """Write what a training process reads: dialogues, prompts, and the two adapters."""
    known = [d for d in jsonl.read(options.data) if d.split == "id_train"]
    order = np.random.default_rng(0).permutation(len(known))
    dialogues = [known[k] for k in order[: options.prompts * (options.rounds + 1)]]
    chat = learn(AutoTokenizer.from_pretrained(options.model))
    encoded = [encode(reasoner_prompt(d), chat, max_tokens=LIMIT) for d in dialogues]
    jsonl.write(folder / "dialogues.jsonl", dialogues)
    write_examples(folder / "examples.jsonl", [Example(e.dialogue_id, e.ids) for e in encoded])
    file, limit = str(folder / "dialogues.jsonl"), LIMIT + options.tokens
    reward = RewardSettings("reasoner", file, limit, 16384, feature_words=40)
    job = Job(
        name="benchmark",
        kind="grpo",
        base=str(options.model.resolve()),
        train=REASONER,
        adapters={REASONER: None, RESPONDER: None},
        examples=str(folder / "examples.jsonl"),
        output=str(folder),
        seed=0,
        lora=LoraShape(rank=16, alpha=32, dropout=0.0),
        engine=Engine(ranks=1, stage=2, device=options.device, dtype=options.dtype),
        learning_rate=0.0,
        batch=options.prompts * options.rollouts,
        rollouts=options.rollouts,
        max_tokens=options.tokens,
        reward=reward,
        save_steps=10**6,
    )
    both = load_adapted(job)
    for name, weight in both.named_parameters():
        if "lora_B" in name:  # 0 in a new adapter, which would then do nothing
            torch.nn.init.normal_(weight.data, std=0.02)
    for name in job.adapters:
        save_adapter(both, name, folder)
    return replace(job, adapters={name: str(folder / name) for name in job.adapters})


def measure(job: Job, options: argparse.Namespace) -> list[tuple[Step, Step]]:
    """Let both sides take turns; returns (paper's, ours) for every step, the first to warm up."""
    os.environ |= {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1"}
    environment.prepare()
    os.environ["HF_HUB_OFFLINE"] = "1"
    if options.device == "cpu":
        os.environ["DS_ACCELERATOR"] = "cpu"
    context = multiprocessing.get_context("spawn")
    sides: list[tuple[Connection, Any]] = []
    for name in ("paper", "ours"):
        here, there = context.Pipe()
        own = replace(job, output=str(Path(job.output) / name))
        child = context.Process(target=side, args=(name, own, there, options.threads), daemon=True)
        child.start()
        there.close()
        sides.append((here, child))
    rounds = []
    for k in tqdm(range(options.rounds + 1), desc="steps of both sides"):
        steps = []
        for pipe, _ in sides:
            pipe.send(k)
            steps.append(pipe.recv())
        rounds.append((steps[0], steps[1]))
    for _, child in sides:
        child.join()
    return rounds


def side(name: str, job: Job, pipe: Connection, threads: int) -> None:
    """Train in this process, a step whenever the other end asks for one."""
    os.dup2(2, 1)  # the last line of standard output is the result
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        os.environ["MASTER_PORT"] = str(free.getsockname()[1])
    torch.set_num_threads(threads)
    Path(job.output).mkdir()
    account = Account(job.engine.device)
    build = {"paper": PaperTrainer.build, "ours": grpo.build}[name]

    def watched(job: Job, policy: PeftModel, *rest: Any) -> GRPOTrainer:
        trainer = build(job, policy, *rest)
        account.watch(policy)
        trainer.add_callback(Turns(trainer, account, pipe))
        return trainer

    PaperTrainer.account = account
    grpo.build = watched  # type: ignore[assignment]
    training.run(job, grpo_worker.build)


class Account:
    """Seconds and token positions of the parts of a step, and the memory that they reach."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.start()

    def start(self) -> None:
        """Forget the step before."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.positions: dict[str, float] = defaultdict(int)
        self.peak: dict[str, float] = {}
        self.read = 0
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        else:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def watch(self, network: Any) -> None:
        """Count the token positions that a model reads."""

        def count(_module: Any, arguments: tuple[torch.Tensor, ...]) -> None:
            self.read += arguments[0].numel()

        network.get_input_embeddings().register_forward_pre_hook(count)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Charge what is done inside to `name`, and to every part around it."""
        start, read = self.clock(), self.read
        yield
        self.seconds[name] += self.clock() - start
        self.positions[name] += self.read - read
        self.peak[name] = self._used()

    def clock(self) -> float:
        """Seconds: of this process on its cores, or of the wall where a GPU does the work."""
        if self.device == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()

    def _used(self) -> float:
        if self.device == "cuda":
            return float(torch.cuda.max_memory_allocated() / 2**20)
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 2**10


class Turns(TrainerCallback):
    """Holds a trainer until its turn comes, and tells what the step took."""

    def __init__(self, trainer: GRPOTrainer, account: Account, pipe: Connection) -> None:
        self.account, self.pipe = account, pipe
        trainer.generation_config.min_new_tokens = trainer.args.max_completion_length
        trainer.eos_token_ids = []  # nothing ends our own generation but its limit
        generate, score = trainer._generate_single_turn, trainer._calculate_rewards

        def generated(*arguments: Any, **named: Any) -> Any:
            with account.part("generation"):
                return generate(*arguments, **named)

        def scored(inputs: Any, texts: Any, completions: Any, ids: list[list[int]]) -> torch.Tensor:
            with account.part("reward"):
                rewards: torch.Tensor = score(inputs, texts, completions, ids)
            self.rollouts = ids
            return rewards

        trainer._generate_single_turn = generated
        trainer._calculate_rewards = scored

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Wait, then start from a seed that the other side starts from as well."""
        torch.manual_seed(self.pipe.recv())
        self.account.start()
        self.step = self.account.part("step")
        self.step.__enter__()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Tell what each part took without the parts in it, and the step without loads."""
        self.step.__exit__(None, None, None)
        for total in (self.account.seconds, self.account.positions):
            total["optimiser"] = total["step"] - total["generation"] - total["reward"]
            total["reward"] -= total["load"]
            total["step"] -= total["load"]
        own = self.account
        if own.device == "cpu":
            ctypes.CDLL(None).malloc_trim(0)  # else both sides keep their peak at the same time
        self.pipe.send(Step(dict(own.seconds), dict(own.positions), own.peak, self.rollouts))


class PaperTrainer(GRPOTrainer):  # type: ignore[misc]
    """TRL's trainer, its prompts looked up as in ours so that both read the same tokens."""

    account: Account

    @classmethod
    def build(
        cls,
        job: Job,
        policy: PeftModel,
        tokenizer: Any,
        examples: Sequence[Example],
        rewards: grpo.Rewards,
    ) -> "PaperTrainer":
        """Make the trainer, the rewards but one being ours: they cost nothing."""
        others = [f for f in rewards(job, policy, tokenizer) if f.__name__ != "likelihood"]
        trainer = cls(
            model=policy,
            args=GRPOConfig(
                **common(job, len(examples)),
                per_device_train_batch_size=job.rollouts,
                gradient_accumulation_steps=job.batch // job.rollouts,
                num_generations=job.rollouts,
                max_completion_length=job.max_tokens,
                temperature=job.temperature,
                beta=0.0,
            ),
            reward_funcs=[*others, reloaded_likelihood(job, tokenizer, cls.account)],
            train_dataset=Dataset.from_list([{"prompt": e.id} for e in examples]),
            processing_class=tokenizer,
        )
        trainer.prompt_ids = {e.id: list(e.prompt) for e in examples}
        return trainer

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.prompt_ids[prompt]) for prompt in prompts], None, {}


def reloaded_likelihood(job: Job, tokenizer: Any, account: Account) -> grpo.Reward:
    """The paper's likelihood reward: a model loaded for the call, every row from its beginning."""
    chat = learn(tokenizer)
    settings = job.reward
    assert settings is not None
    dialogues = {d.id: d for d in jsonl.read(Path(settings.dialogues))}
    dtype, limit = DTYPES[job.engine.dtype], settings.max_prompt_tokens

    def likelihood(prompts: Sequence[str], completions: Sequence[str], **_: Any) -> list[float]:
        with account.part("load"):
            base = AutoModelForCausalLM.from_pretrained(job.base, dtype=dtype).to(job.engine.device)
            second = PeftModel.from_pretrained(
                base, job.adapters[RESPONDER], autocast_adapter_dtype=False
            ).eval()
        account.watch(second)
        rows = [dialogues[key] for key in prompts]
        encoded = [
            encode(responder_prompt(d, trace), chat, max_tokens=limit)
            for d, trace in zip(rows, completions, strict=True)
        ]
        replies = [encode_reply(d.reference, chat, dialogue_id=d.id) for d in rows]
        pairs = np.stack([np.arange(len(rows))] * 2, axis=1)
        lm: Any = SimpleNamespace(
            model=second, device=job.engine.device, using=lambda _: torch.no_grad()
        )
        sums = paper_side(lm, Material(encoded, replies, pairs), pairs)
        means: list[float] = (sums / [len(reply) for reply in replies]).tolist()
        return [math.exp(mean) for mean in means]

    return likelihood


def summary(steps: Sequence[tuple[Step, Step]], options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds, and ratios of what was measured in the same round."""
    rounds = steps[1:]
    for paper, ours in rounds:
        sizes = [sum(map(len, step.rollouts)) for step in (paper, ours)]
        if sizes[0] != sizes[1]:
            raise SystemExit(
                f"the sides wrote {sizes[0]} and {sizes[1]} tokens: nothing to compare"
            )

    def ratio(part: str, loads: int) -> float:
        return _median(
            (paper.seconds[part] + loads * paper.seconds["load"]) / ours.seconds[part]
            for paper, ours in rounds
        )

    loads = {
        "ratio_without_load": 0,
        "ratio_with_load": 1,
        "ratio_with_load_per_prompt": options.prompts,
        "ratio_with_load_per_rollout": options.prompts * options.rollouts,
    }
    names = ("prompts", "rollouts", "tokens", "rounds", "dtype", "device", "threads")
    return {
        **{name: ratio("step", count) for name, count in loads.items()},
        **{f"reward_{name}": ratio("reward", count) for name, count in loads.items()},
        "paper": _medians([paper for paper, _ in rounds]),
        "ours": _medians([ours for _, ours in rounds]),
        **{name: getattr(options, name) for name in names},
    }


def _medians(steps: Sequence[Step]) -> dict[str, float]:
    rows = [asdict(step) for step in steps]
    return {
        f"{part}_{unit}": _median(row[unit][part] for row in rows)
        for unit in ("seconds", "positions", "peak_mb")
        for part in ("generation", "reward", "load", "optimiser", "step")
        if rows[0][unit].get(part)
    }


def _median(values: Iterator[float]) -> float:
    return round(float(np.median(list(values))), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What each phase of CoRL does: examples, trainings, traces and the held-out perplexity."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from remid.coevolve.estimators import score_references
from remid.coevolve.preflight import require
from remid.coevolve.rounds import COLD, REASONER, RESPONDER, Adapters, Steps
from remid.coevolve.setting import Setting
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator
from remid.domain.trace import parse_trace
from remid.lm import model, prompts
from remid.lm.chat import Chat
from remid.lm.runtime import Runtime
from remid.lm.traces import write_traces
from remid.params import Grpo, Sft
from remid.store.reading import read_rows
from remid.store.whole import replacing_folder, write
from remid.training.job import Example, Job, RewardKind, RewardSettings, write_examples
from remid.training.start import launch


def steps(setting: Setting) -> Steps:
    """Bind the phases to one setting, of which everything that can be known to fail is refused."""
    require(setting)
    return Steps(
        cold_reasoner=lambda folder: _cold_reasoner(setting, folder),
        cold_responder=lambda folder: _cold_responder(setting, folder),
        grpo_reasoner=lambda folder, start: _grpo_reasoner(setting, folder, start),
        refresh=lambda folder, start: _refresh(setting, folder, start),
        grpo_responder=lambda folder, start: _grpo_responder(setting, folder, start),
        held_out=lambda folder, start: _held_out(setting, folder, start),
    )


def split_held_out(
    dialogues: Sequence[Dialogue], *, held_out: int, rng: np.random.Generator
) -> tuple[list[Dialogue], list[Dialogue]]:
    """Shuffle id_train and keep `held_out` dialogues apart: (train, held out).

    Raises
    ------
    RemidError
        When nothing would be left to train on.
    """
    if len(dialogues) <= held_out:
        raise RemidError(
            f"coevolve: id_train holds {len(dialogues)} dialogues and coevolve.held_out is "
            f"{held_out}; nothing is left to train on: lower it or add dialogues."
        )
    # One permutation for every size: a larger held-out part takes in the smaller one.
    order = rng.permutation(len(dialogues))
    shuffled = [dialogues[k] for k in order]
    return shuffled[held_out:], shuffled[:held_out]


def _cold_reasoner(setting: Setting, folder: Path) -> dict[str, float]:
    if setting.start:
        return _copied(setting.start[0], folder / REASONER)
    chat = model.load_chat(setting.base)
    examples = [
        Example(
            d.id,
            _prompt(setting, chat, prompts.reasoner_prompt(d)),
            tuple(prompts.encode_reply(d.trace, chat, dialogue_id=d.id)),
        )
        for d in setting.written[: setting.params.cold_start.dialogues]
    ]
    # None: a new adapter, which starts as the base model (B = 0 in W + BA).
    return _sft(setting, folder, REASONER, {REASONER: None}, examples, setting.params.cold_start)


def _cold_responder(setting: Setting, folder: Path) -> dict[str, float]:
    if setting.start:
        return _copied(setting.start[1], folder / RESPONDER)
    dialogues = setting.written[: setting.params.cold_start.dialogues]
    traces = {d.id: d.trace for d in dialogues}
    examples = _reply_examples(setting, dialogues, traces)
    return _sft(setting, folder, RESPONDER, {RESPONDER: None}, examples, setting.params.cold_start)


def _copied(adapter: Path, target: Path) -> dict[str, float]:
    with replacing_folder(target) as part:
        shutil.copytree(adapter, part, dirs_exist_ok=True)
    return {"dialogues": 0.0}


def plain_responder(setting: Setting, folder: Path) -> dict[str, float]:
    """Cold start of a responder that is shown no trace: the ablation's "without reasoning"."""
    dialogues = setting.written[: setting.params.cold_start.dialogues]
    examples = _reply_examples(setting, dialogues, dict.fromkeys((d.id for d in dialogues), ""))
    return _sft(setting, folder, RESPONDER, {RESPONDER: None}, examples, setting.params.cold_start)


def _grpo_reasoner(setting: Setting, folder: Path, start: Adapters) -> dict[str, float]:
    grpo = setting.params.reasoner
    dialogues = _drawn(setting, folder, grpo.prompts)
    jsonl.write(folder / "dialogues.jsonl", dialogues)
    chat = model.load_chat(setting.base)
    examples = [
        Example(d.id, _prompt(setting, chat, prompts.reasoner_prompt(d))) for d in dialogues
    ]
    # The responder's adapter sits beside the one that is trained and scores its traces:
    # exp(mean-token log q(y | x, r)), frozen within the half-round.
    reward = _reward(setting, folder, "reasoner")
    adapters = {REASONER: str(start.reasoner), RESPONDER: str(start.responder)}
    return _grpo(setting, folder, REASONER, adapters, examples, grpo, reward)


def _refresh(setting: Setting, folder: Path, start: Adapters) -> dict[str, float]:
    dialogues = _drawn(setting, folder, setting.params.refresh.dialogues)
    traces = _traces(setting, folder, start.reasoner, dialogues)
    examples = _reply_examples(setting, dialogues, traces)
    adapters: dict[str, str | None] = {RESPONDER: str(start.responder)}
    return _sft(setting, folder, RESPONDER, adapters, examples, setting.params.refresh)


def _grpo_responder(setting: Setting, folder: Path, start: Adapters) -> dict[str, float]:
    grpo = setting.params.responder
    dialogues = _drawn(setting, folder, grpo.prompts)
    traces = _traces(setting, folder, start.reasoner, dialogues)
    jsonl.write(folder / "dialogues.jsonl", dialogues)
    chat = model.load_chat(setting.base)
    examples = [
        Example(d.id, _prompt(setting, chat, prompts.responder_prompt(d, traces[d.id])))
        for d in dialogues
    ]
    kind = setting.params.responder_reward
    reward = _reward(setting, folder, kind, traces=str(folder / "traces.jsonl"))
    # Rewards come from the frozen cold start: under the trained responder itself a rollout would
    # be worth what the policy thinks of it.
    adapters = {RESPONDER: str(start.responder), COLD: str(start.cold_responder)}
    return _grpo(setting, folder, RESPONDER, adapters, examples, grpo, reward)


def _held_out(setting: Setting, folder: Path, start: Adapters) -> dict[str, float]:
    traces = _traces(setting, folder, start.reasoner, setting.held_out)
    responder = _runtime(setting, RESPONDER, start.responder)
    scores = score_references(responder, setting.held_out, [traces[d.id] for d in setting.held_out])
    # Perplexity = exp(-sum of log q / sum of tokens): one mean over all tokens, as for language
    # models in general, and not the mean of the replies' own perplexities.
    formed = np.mean([parse_trace(trace).well_formed for trace in traces.values()])
    return {
        "perplexity": float(np.exp(-scores.sum.sum() / scores.tokens.sum())),
        "well_formed": float(formed),
    }


def _prompt(setting: Setting, chat: Chat, prompt: prompts.Prompt) -> tuple[int, ...]:
    encoded = prompts.encode(prompt, chat, max_tokens=setting.max_prompt_tokens)
    if encoded.dropped_turns:
        setting.log(f"{prompt.dialogue_id}: {encoded.dropped_turns} oldest turns dropped to fit")
    return tuple(encoded.ids)


def _reply_examples(
    setting: Setting, dialogues: Sequence[Dialogue], traces: dict[str, str]
) -> list[Example]:
    chat = model.load_chat(setting.base)
    return [
        Example(
            d.id,
            _prompt(setting, chat, prompts.responder_prompt(d, traces[d.id])),
            tuple(prompts.encode_reply(d.reference, chat, dialogue_id=d.id)),
        )
        for d in dialogues
    ]


def _drawn(setting: Setting, folder: Path, count: int) -> list[Dialogue]:
    """Draw dialogues for a phase: another draw for every phase, the same in every run."""
    # The phase's name is in the stream: phases see different dialogues, reruns the same.
    rng = generator(setting.seed, Stream.PHASE_DIALOGUES, folder.name)
    order = rng.permutation(len(setting.train))[:count]
    return [setting.train[k] for k in order]


def _traces(
    setting: Setting, folder: Path, reasoner: Path, dialogues: Sequence[Dialogue]
) -> dict[str, str]:
    """Let the reasoner write traces, unless a run that was killed later has them."""
    file = folder / "traces.jsonl"
    if not file.exists():
        texts = write_traces(
            _runtime(setting, REASONER, reasoner),
            dialogues,
            max_new_tokens=setting.params.reasoner.max_tokens,
            seed=setting.seed,
        )
        rows = zip(dialogues, texts, strict=True)
        lines = (json.dumps({"id": d.id, "trace": text}) for d, text in rows)
        write(file, "\n".join(lines) + "\n")
    rows_read = read_rows(file, "remove it: it is written again", {"id": str, "trace": str})
    return {row["id"]: row["trace"] for row in rows_read}


def _runtime(setting: Setting, name: str, adapter: Path) -> Runtime:
    lm = model.load(
        setting.base,
        adapters={name: adapter},
        dtype=setting.engine.dtype,
        device=setting.engine.device,
        merge=True,
    )
    return Runtime(lm, name, setting.max_prompt_tokens, setting.token_budget)


def _reward(
    setting: Setting, folder: Path, kind: RewardKind, *, traces: str = ""
) -> RewardSettings:
    return RewardSettings(
        kind,
        dialogues=str(folder / "dialogues.jsonl"),
        max_prompt_tokens=setting.max_prompt_tokens,
        token_budget=setting.token_budget,
        traces=traces,
        feature_words=setting.params.feature_words,
    )


def _job(setting: Setting, folder: Path, examples: list[Example], **values: object) -> Job:
    # The last gate before a worker: whatever chose the dialogues, none of a test split passes.
    strangers = {example.id for example in examples} - {d.id for d in setting.train}
    if strangers:
        raise RemidError(
            f"{folder.name}: dialogue {min(strangers)!r} is none of the training dialogues, and "
            "training on any other would spoil what is measured on it; take it out."
        )
    file = folder / "examples.jsonl"
    write_examples(file, examples)
    return Job(
        name=folder.name,
        base=str(setting.base),
        examples=str(file),
        output=str(folder),
        seed=setting.seed,
        engine=setting.engine,
        lora=setting.lora,
        **values,  # type: ignore[arg-type]
    )


def _sft(
    setting: Setting,
    folder: Path,
    train: str,
    adapters: dict[str, str | None],
    examples: list[Example],
    sft: Sft,
) -> dict[str, float]:
    job = _job(
        setting,
        folder,
        examples,
        kind="sft",
        train=train,
        adapters=adapters,
        learning_rate=sft.learning_rate,
        batch=sft.batch,
        epochs=sft.epochs,
    )
    launch.launch(job, "remid.training.sft_worker", log=setting.log)
    return {"dialogues": float(len(examples))}


def _grpo(
    setting: Setting,
    folder: Path,
    train: str,
    adapters: dict[str, str],
    examples: list[Example],
    grpo: Grpo,
    reward: RewardSettings,
) -> dict[str, float]:
    job = _job(
        setting,
        folder,
        examples,
        kind="grpo",
        train=train,
        adapters=dict(adapters),
        learning_rate=grpo.learning_rate,
        # the parameter counts prompts, the job counts rollouts
        batch=grpo.batch * grpo.rollouts,
        rollouts=grpo.rollouts,
        max_tokens=grpo.max_tokens,
        temperature=setting.params.temperature,
        beta=grpo.beta,
        reward=reward,
    )
    launch.launch(job, "remid.coevolve.grpo_worker", log=setting.log)
    return {"dialogues": float(len(examples))}

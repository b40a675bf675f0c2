"""GRPO on a model under test."""

from pathlib import Path

from remid.corpus import jsonl
from remid.domain.errors import RemidError
from remid.lm.model import load_chat
from remid.roleplay.rewards import RESPONDER
from remid.roleplay.roster import ADAPTER
from remid.roleplay.setting import Setting, example, run
from remid.training.job import RewardSettings


def train(setting: Setting, work: Path, name: str, *, start: Path | None = None) -> int:
    """GRPO on what a reply is worth beside the reference; see :mod:`remid.roleplay.rewards`.

    Parameters
    ----------
    start : adapter of a thinking model to go on from; None trains plain replies from the base.
    """
    params, reinforce = setting.params, setting.params.reinforce
    dialogues = setting.dialogues[: reinforce.prompts]
    jsonl.write(work / "dialogues.jsonl", dialogues)
    chat = load_chat(setting.base)
    adapters: dict[str, str | None] = {ADAPTER: str(start) if start else None}
    if params.signal == "likelihood":
        adapters[RESPONDER] = str(responder(setting, name))
    run(
        setting,
        work,
        name,
        [example(setting, chat, d) for d in dialogues],
        worker="remid.roleplay.grpo_worker",
        kind="grpo",
        train=ADAPTER,
        adapters=adapters,
        learning_rate=reinforce.learning_rate,
        # the parameter counts prompts, the job counts rollouts
        batch=reinforce.batch * reinforce.rollouts,
        rollouts=reinforce.rollouts,
        temperature=params.temperature,
        beta=reinforce.beta,
        # a thought comes on top, so that it takes nothing from the reply
        max_tokens=reinforce.max_tokens + (params.thought_tokens if start else 0),
        reward=RewardSettings(
            params.signal,
            dialogues=str(work / "dialogues.jsonl"),
            max_prompt_tokens=setting.max_prompt_tokens,
            token_budget=setting.token_budget,
        ),
    )
    return len(dialogues)


def responder(setting: Setting, name: str) -> Path:
    """Return the responder's adapter, behind the likelihood signal.

    Raises
    ------
    RemidError
        When it has not been trained.
    """
    if not (setting.responder / "adapter_config.json").is_file():
        raise RemidError(
            f"train {name}: the likelihood signal needs the responder and {setting.responder} "
            "holds none; run the coevolve stage first, or set train.signal to judge."
        )
    return setting.responder

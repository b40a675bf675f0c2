"""What can be known to fail is refused before anything is trained."""

from remid.coevolve.setting import Setting
from remid.domain.errors import RemidError
from remid.lm import model, prompts
from remid.training.job import require_generation, require_shares


def require(setting: Setting) -> None:
    """Check a run of CoRL from its first phase to its last.

    Raises
    ------
    RemidError
        When the base has no chat template, there is nothing to learn traces from, ranks cannot
        share a phase, or a dialogue leaves no room for a trace.
    """
    if setting.start is None and not setting.written:
        raise RemidError(
            "coevolve: no dialogue of id_train has a reasoning trace, and the reasoner's cold start "
            "needs some; add `trace` to dialogues of id_train (docs/corpus.md shows the format)."
        )
    _shares(setting)
    _room(setting)


def _shares(setting: Setting) -> None:
    params, engine = setting.params, setting.engine
    # A phase takes what there is: a split shorter than its parameter is no error, a split that
    # fills no batch is.
    if setting.start is None:
        start = min(params.cold_start.dialogues, len(setting.written))
        require_shares("cold start", engine, count=start, batch=params.cold_start.batch)
    if params.rounds == 0:
        return
    count = min(params.refresh.dialogues, len(setting.train))
    require_shares("refresh", engine, count=count, batch=params.refresh.batch)
    for name, grpo in (("reasoner", params.reasoner), ("responder", params.responder)):
        count = min(grpo.prompts, len(setting.train))
        require_generation(name, engine)
        require_shares(name, engine, count=count, batch=grpo.batch)
        if count < grpo.batch:
            raise RemidError(
                f"coevolve.{name}: {count} prompts but {grpo.batch} a step, so that no step would be "
                f"made; lower coevolve.{name}.batch or raise coevolve.{name}.prompts."
            )
        if count % grpo.batch:
            setting.log(f"{name}: {count % grpo.batch} of {count} prompts fill no step: left out")


def _room(setting: Setting) -> None:
    """See that every prompt fits with a trace of full length, and count the turns that go."""
    chat = model.load_chat(setting.base)
    trace = setting.params.reasoner.max_tokens
    dropped = []
    for d in [*setting.train, *setting.held_out]:
        # A reply's prompt must also hold the trace, which is not written yet: room for it is kept.
        for prompt, least in (
            (prompts.reasoner_prompt(d), 0),
            (prompts.responder_prompt(d, ""), trace),
        ):
            limit = setting.max_prompt_tokens - least
            try:
                dropped.append(prompts.encode(prompt, chat, max_tokens=limit).dropped_turns)
            except RemidError as error:
                raise RemidError(
                    f"dialogue {d.id!r}: persona, character and last turn leave no room for a trace "
                    f"of {trace} tokens (coevolve.reasoner.max_tokens) in "
                    f"{setting.max_prompt_tokens} (model.max_prompt_tokens); raise the latter, or "
                    "shorten persona and character."
                ) from error
    if any(dropped):
        setting.log(
            f"coevolve: {sum(map(bool, dropped))} of {len(dropped)} prompts lose their oldest turns, "
            f"{sum(dropped)} in all, to fit model.max_prompt_tokens"
        )

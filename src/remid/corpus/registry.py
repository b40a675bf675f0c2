"""All the readers by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation
from remid.corpus.options import Options
from remid.corpus.readers import (
    benchmarks,
    chat,
    exchange,
    frontends,
    kobold,
    own,
    rows,
    rpgbench,
    sillytavern,
    synthetic,
    xpersona,
)
from remid.corpus.sample import Sample
from remid.domain import plugins
from remid.domain.errors import RemidError

OWN, CARDS = "remid", "cards"


@dataclass(frozen=True, slots=True)
class Reader:
    """How records of one format are told and read."""

    title: str
    """What it reads, for messages and the documentation."""
    score: Callable[[Any], float]
    """How surely a record is of this format, from 0 to 1."""
    one: Callable[[Record, Options], Conversation] | None = None
    """Reads a record into a conversation; raises `Unfit`."""
    stream: Callable[[Iterator[Record], Options], Iterator[Conversation | Sample]] | None = None
    """Reads all records of a file, where a conversation is not one record."""


def _card(value: Any) -> float:
    if not isinstance(value, dict):
        return 0.0
    if str(value.get("spec", "")).startswith("chara_card"):
        return 1.0
    data = value["data"] if isinstance(value.get("data"), dict) else value
    if "char_name" in data or {"name", "first_mes"} <= data.keys():
        return 1.0
    signs = {"mes_example", "first_mes", "char_persona", "char_greeting", "personality", "greeting"}
    named = "name" in data or "char_name" in data
    return 0.8 if named and signs & data.keys() else 0.3 if signs & data.keys() else 0.0


READERS: dict[str, Reader] = {
    OWN: Reader("the project's own dialogues", own.score),
    "rpgbench": Reader("the paper's RPGBench", rpgbench.score, rpgbench.conversation),
    "chat": Reader("records with a list of messages", chat.score, chat.conversation),
    CARDS: Reader("character cards", _card),
    "xpersona": Reader("XPersona", xpersona.score, xpersona.conversation),
    "synthetic_persona_chat": Reader(
        "Synthetic-Persona-Chat", synthetic.score, synthetic.conversation
    ),
    "prompt_reply": Reader(
        "records of a prompt and a reply", exchange.score, exchange.conversation
    ),
    "messages": Reader("one message a record", rows.score, stream=rows.conversations),
    "sillytavern": Reader(
        "chat logs of SillyTavern", sillytavern.score, stream=sillytavern.conversations
    ),
    "webui": Reader("text-generation-webui", frontends.webui_score, frontends.webui),
    "agnai": Reader("Agnai", frontends.agnai_score, frontends.agnai),
    "risuai": Reader("RisuAI", frontends.risu_score, stream=frontends.risu),
    "characterai": Reader(
        "dumps of Character.AI", frontends.character_ai_score, stream=frontends.character_ai
    ),
    "koboldai": Reader("KoboldAI stories", kobold.score, kobold.conversation),
    "charactereval": Reader(
        "CharacterEval", benchmarks.charactereval_score, benchmarks.charactereval
    ),
    "coser": Reader("CoSER", benchmarks.coser_score, benchmarks.coser),
    "rolebench": Reader("RoleBench", benchmarks.rolebench_score, benchmarks.rolebench),
}
"""Name of each format and its reader."""

ALIASES = {
    "pdgbench": "rpgbench", "sharegpt": "chat", "openai": "chat", "lmsys": "chat",
    "wildchat": "chat", "pippa": "chat", "rpbench": "chat", "card": CARDS, "charx": CARDS,
    "spc": "synthetic_persona_chat", "trl": "prompt_reply", "alpaca": "prompt_reply",
    "preference": "prompt_reply", "table": "prompt_reply", "csv": "prompt_reply",
    "tavernai": "sillytavern", "text-generation-webui": "webui", "oobabooga": "webui",
    "ooba": "webui", "risu": "risuai", "cai": "characterai", "kobold": "koboldai",
}  # fmt: skip
"""Other names of formats."""


@cache
def add_plugins() -> None:
    """Add the readers of other packages to `READERS`, once a process.

    Raises
    ------
    RemidError
        For one whose name is taken, that cannot be imported, or that is no `Reader`.
    """
    for name, reader in plugins.load("remid.readers", {*READERS, *ALIASES}).items():
        if not isinstance(reader, Reader):
            raise RemidError(
                f"entry point {name!r} of remid.readers is a {type(reader).__name__}, expected a "
                "remid.corpus.registry.Reader; see CONTRIBUTING.md."
            )
        READERS[name] = reader


def named(name: str) -> str:
    """Return the key of `READERS` that a name stands for; RemidError for an unknown one."""
    add_plugins()
    found = ALIASES.get(name.lower(), name)
    if found not in READERS:
        raise RemidError(f"format {name!r} is none of {', '.join(READERS)}; choose one of them.")
    return found

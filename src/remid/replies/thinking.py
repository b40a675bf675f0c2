"""Models that write a thought before their reply."""

from typing import NamedTuple

OPEN, CLOSE = "<think>", "</think>"


class Spoken(NamedTuple):
    """A completion taken apart."""

    thought: str
    reply: str
    """What is evaluated; empty where the thought was not brought to its end."""


def thoughtful(thought: str, reply: str) -> str:
    """Write a thought and its reply as one completion."""
    return f"{OPEN}\n{thought.strip()}\n{CLOSE}\n{reply.strip()}"


def spoken(completion: str) -> Spoken:
    r"""Take a completion apart; one that opens no thought is all reply.

    >>> spoken("<think>\nhe is sad\n</think>\nCome, sit.")
    Spoken(thought='he is sad', reply='Come, sit.')
    """
    text = completion.strip()
    before, closed, after = text.rpartition(CLOSE)
    if closed:
        return Spoken(before.removeprefix(OPEN).strip(), after.strip())
    if text.startswith(OPEN):
        return Spoken(text.removeprefix(OPEN).strip(), "")
    return Spoken("", text)

"""What a model meant to say: its reply without a thought before it and markers of a template after.

Every source of replies is taken apart here: files, endpoints and what is drawn.
"""

import re
from typing import NamedTuple

OPEN, CLOSE = "<think>", "</think>"
_TAGS = r"think(?:ing)?|thoughts?|reason(?:ing)?|seed:think|scratchpad|analysis"
# Each pair of signs that stand around a thought, as templates of reasoning models write them.
_OPENS = rf"<(?:{_TAGS})>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel>[^\n<]{{0,20}}\n?"
_CLOSES = rf"</(?:{_TAGS})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<channel\|>"
# A message of a model that speaks in channels: `<|channel|>final<|message|>`, perhaps with a header.
_CHANNEL = (
    r"(?:<\|start\|>[^<]{0,40})?<\|channel\|>(?P<channel>\w{1,20})[^<]{0,60}"
    r"(?:<\|constrain\|>[^<]{0,20})?<\|message\|>"
)
# Around the reply itself; neither thought nor end.
_WRAPS = r"<\|begin_of_solution\|>|<(?:answer|response|Agent Response)>"
_UNWRAPS = r"<\|end_of_solution\|>|</(?:answer|response|Agent Response)>"
# A turn that begins: `<|im_start|>assistant`, with the name of who speaks.
_STARTS = (
    r"<\|(?:im_start|start|start_header_id|turn|role_start)\|?>\s*(?:assistant|model)?\s*"
    r"(?:<\|end_header_id\|>|<\|im_sep\|>|<\|message\|>)?|<start_of_turn>\s*(?:model)?"
    r"|<\|(?:assistant|bot|begin_of_text|startoftext|START_OF_TURN_TOKEN|CHATBOT_TOKEN)\|>|<s>|<bos>"
)
_ENDS = (
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>]{1,40}｜>|<(?:end_of_turn|start_of_turn|eos|pad|turn\|)>|</?s>"
    r"|\[/?INST\]|<</?SYS>>|<\|turn>|<EOT>|\[EOS\]|<\|return\|>"
)
_SIGN = re.compile(
    rf"(?P<channel_head>{_CHANNEL})|(?P<open>{_OPENS})|(?P<close>{_CLOSES})|(?P<wrap>{_WRAPS})"
    rf"|(?P<unwrap>{_UNWRAPS})"
    rf"|(?P<start>{_STARTS})|(?P<end>{_ENDS})",
    re.IGNORECASE,
)
_LAST = ("start", "end", "unwrap")
"""Kinds of signs behind which nothing is the reply's."""
_BARE_CHANNELS = re.compile(
    r"\Aanalysis(?P<thought>.+?)assistant\s?final(?P<reply>.*)\Z", re.DOTALL
)


class Spoken(NamedTuple):
    """A completion taken apart."""

    thought: str
    reply: str
    """What is evaluated; empty where the thought was not brought to its end."""
    marker: str = ""
    """The first marker of a chat template, at which the reply was cut; empty if there is none."""


def thoughtful(thought: str, reply: str) -> str:
    """Write a thought and its reply as one completion."""
    return f"{OPEN}\n{thought.strip()}\n{CLOSE}\n{reply.strip()}"


def spoken(completion: str) -> Spoken:
    r"""Take a completion apart; one that opens no thought is all reply.

    What stands before a sign that only closes a thought is one, too: some templates open it in the
    prompt. A marker of a chat template ends the reply, and what the model made up behind it is cut.

    >>> spoken("<think>\nhe is sad\n</think>\nCome, sit.<|im_end|>\n<|im_start|>user")
    Spoken(thought='he is sad', reply='Come, sit.', marker='<|im_end|>')
    """
    text = completion.strip()
    if bare := _BARE_CHANNELS.match(text):  # a tokenizer took the signs out and left their names
        return Spoken(bare["thought"].strip(), bare["reply"].strip())
    thoughts: list[str] = []
    visible: list[str] = []
    thinking = False
    marker, end = "", 0
    for sign in _SIGN.finditer(text):
        (thoughts if thinking else visible).append(text[end : sign.start()])
        end = sign.end()
        kind = sign.lastgroup if sign["channel_head"] is None else "channel"
        if kind == "channel":
            thinking = sign["channel"].lower() != "final"
        elif kind == "open":
            thinking = True
        elif kind == "close":
            if not thinking:
                thoughts, visible = [*thoughts, *visible], []
            thinking = False
        elif kind == "end" and thinking and sign[0].lower() == "<|end|>":
            thinking = False  # of a channel's message
        elif kind == "wrap" and not thinking:
            thoughts, visible = [*thoughts, *visible], []
        elif kind in ("start", "end") and not thinking:
            marker = marker or re.split(r"(?<=[>\]])", sign[0])[0]
        elif kind in ("start", "end"):
            thoughts.append(sign[0])
        if kind in _LAST and not thinking and "".join(visible).strip():
            end = len(text)
            break
    (thoughts if thinking else visible).append(text[end:])
    return Spoken("".join(thoughts).strip(), "".join(visible).strip(), marker)

"""A small clean benchmark: every split that the checks know, written by rule."""

from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import pytest
from declared import DECLARATION, SHIFTS

from remid.checks.limits import Limits
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import ID_TEST, ID_TRAIN
from remid.shifts.composition import TURN_LEVEL, WORD_LEVEL, turn_level, word_level

Splits = dict[str, list[Dialogue]]
# One sentence and its words per language: enough for the language to be told.
WORDS = {
    "en": "river lantern harbour captain winter orchard letter candle mountain garden wall window",
    "de": "Fluss Laterne Hafen Kapitän Winter Obstgarten Brief Kerze Gebirge Garten Brücke Fenster",
    "es": "río farol puerto capitán invierno huerto carta vela montaña jardín puente ventana",
    "zh": "河流 灯笼 港口 船长 冬天 果园 书信 蜡烛 山峰 花园 大桥 窗户",
    "ja": "かわ ちょうちん みなと せんちょう ふゆ くだもの てがみ ろうそく やま にわ つりばし まど",
    "ko": "강물이 등불이 항구가 선장이 겨울이 과수원 편지가 촛불이 산길이 정원이 다리가 창문이",
}
ASK = {
    "en": "Could you please tell me what you think about the {} and the {}?",
    "de": "Könnten Sie mir bitte sagen, was Sie über {} und {} denken?",
    "es": "¿Podría usted decirme por favor qué piensa de {} y también de {}?",
    "zh": "请您告诉我，您对{}和{}有什么看法呢？",
    "ja": "{}と{}についてどうお考えになりますか、教えてください。",
    "ko": "{} 그리고 {}에 대해서 어떻게 생각하시는지 말씀해 주시겠어요?",
}


def dialogue(split: str, number: int, language: str = "en", pair: int | None = None) -> Dialogue:
    """Four turns about words that no other dialogue of the language brings together."""
    words = WORDS[language].split()
    offset = crc32(split.encode()) % 1000

    def say(k: int) -> str:
        first, second = words[(number + k) % 12], words[(number * 5 + 2 * k + 3) % 12]
        return ASK[language].format(
            f"{first}{number}x{k}{offset}", f"{second}{number + 100}{offset}"
        )

    context = [
        turn
        for k in range(4)
        for turn in (Turn("character", f"I have seen {say(k + 20)}"), Turn("user", say(k)))
    ][1:]
    who = number if pair is None else pair
    return Dialogue(
        id=f"{split}/{number}",
        persona=f"persona {who} of {split}",
        character=f"character {who} of {split}",
        context=tuple(context),
        reference=f"{say(9)} {say(10)}",
        split=split,
        language=language,
    )


@pytest.fixture(scope="session")
def clean() -> Splits:
    splits: Splits = {ID_TRAIN: [dialogue(ID_TRAIN, k) for k in range(8)]}
    splits[ID_TEST] = [dialogue(ID_TEST, k, pair=k // 2) for k in range(4)]
    for shift in SHIFTS:
        if shift.build is None:
            (language,) = DECLARATION.condition(shift.name).language
            splits[shift.name] = [dialogue(shift.name, k, language) for k in range(4)]
    splits[TURN_LEVEL] = turn_level(splits[ID_TEST])
    splits[WORD_LEVEL] = word_level(splits[ID_TEST], rate=1.0, seed=1)
    return splits


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits(
        near_duplicate=0.95,
        max_characters=400,
        reply_length_ratio=1.6,
        balance_ratio=2.0,
        max_share=0.6,
    )


@pytest.fixture
def planted(clean: Splits) -> Callable[..., Splits]:
    """Return the clean splits with some fields of one dialogue changed."""

    def plant(split: str, index: int, **fields: object) -> Splits:
        members = list(clean[split])
        members[index] = replace(members[index], **fields)  # type: ignore[arg-type]
        return {**clean, split: members}

    return plant

"""Languages of short texts."""

import pytest
from declared import DECLARATION

from remid.checks.language import known, language_of

LANGUAGES = DECLARATION.languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you tell me what you think about the harbour?", "en"),
        ("Könnten Sie mir bitte sagen, was Sie denken?", "de"),
        ("¿Podría decirme por favor qué piensa de ello?", "es"),
        ("请您告诉我，您有什么看法呢？", "zh"),
        ("どうお考えになりますか、教えてください。", "ja"),
        ("어떻게 생각하시는지 말씀해 주시겠어요?", "ko"),
    ],
)
def test_the_benchmarks_languages(text: str, language: str) -> None:
    assert language_of(text, LANGUAGES) == language


def test_no_other_language_is_an_answer() -> None:
    assert LANGUAGES == ("de", "en", "es", "ja", "ko", "zh")
    assert language_of("Dat is het huis van mijn broer.", LANGUAGES) in LANGUAGES  # Dutch
    assert language_of("Dat is het huis van mijn broer.", ("de", "nl")) == "nl"
    assert known(("de", "hsb", "nl")) == ("de", "nl")  # Upper Sorbian is not among the model's

import pytest

from remid.corpus.language import LEARNED, Languages, language_of, tag_of

TEXTS = {
    "en": "Does the ferry run when the fog is as thick as tonight?",
    "de": "Fährt die Fähre auch, wenn der Nebel so dicht ist wie heute?",
    "es": "¿Sale el transbordador cuando la niebla es tan espesa como hoy?",
    "zh": "渡船今晚还开吗？",
    "ja": "渡し船は今夜も動きますか。",
    "ko": "오늘 밤에도 나룻배가 다니나요?",
    "fr": "Est-ce que le bac circule quand le brouillard est aussi épais ?",
    "pl": "Czy prom kursuje, kiedy mgła jest tak gęsta jak dzisiaj?",
    "tr": "Sis bu gece gibi yoğunken vapur çalışıyor mu?",
    "ru": "Ходит ли паром, когда туман такой густой, как сегодня?",
    "vi": "Phà có chạy khi sương mù dày như tối nay không?",
    "ar": "هل تعمل العبارة عندما يكون الضباب كثيفا مثل الليلة؟",
    "th": "เรือข้ามฟากวิ่งไหมคืนนี้",
    "el": "Κάνει δρομολόγια το πλοίο απόψε;",
}


@pytest.mark.parametrize("language", TEXTS)
def test_many_languages_are_told(language):
    assert language_of(TEXTS[language])[0] == language


def test_deeds_and_markup_say_nothing_about_the_language():
    assert language_of(f"*walks up slowly, looks around* {TEXTS['de']}")[0] == "de"


@pytest.mark.parametrize("text", ["", "...", "😀", "1234", "a"])
def test_what_has_no_words_has_no_language(text):
    assert language_of(text) == ("und", 0.0)


def test_where_a_user_says_too_little_the_file_so_far_tells():
    languages = Languages()
    assert languages.of("!", "!") == "und"
    assert languages.of("ok", TEXTS["de"]) == "de"
    assert languages.of("ok", "ok") == "de"
    assert languages.of(TEXTS["fr"], "") == "fr"


def test_a_learned_language_is_not_taken_for_another():
    languages = Languages()
    for _ in range(LEARNED + 1):
        languages.of(TEXTS["en"], "")
    found = {language: languages.of(text, text) for language, text in TEXTS.items()}
    assert found == {language: language for language in TEXTS}


@pytest.mark.parametrize(
    ("name", "tag"),
    [("English", "en"), ("de", "de"), ("zh_CN", "zh-CN"), ("unknown", ""), ("Old High German", "")],
)
def test_a_language_under_its_name(name, tag):
    assert tag_of(name) == tag

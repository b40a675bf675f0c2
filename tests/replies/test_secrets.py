import pytest

from remid.domain.errors import RemidError
from remid.replies.secrets import key_in, secrets_of, shown_url


def test_every_form_of_a_secret_is_taken_out() -> None:
    secrets = secrets_of("https://me:p%40ssword1@host:8/v1?token=tok%2Fen-123", "sk-abcdefgh")
    # bWU6cEBzc3dvcmQx is base64 of me:p@ssword1
    text = "sk-abcdefgh p%40ssword1 p@ssword1 tok/en-123 tok%2Fen-123 bWU6cEBzc3dvcmQx me"
    assert secrets.hide(text) == "[key] [key] [key] [key] [key] [key] me"


def test_a_short_value_is_a_word_and_stays() -> None:
    assert secrets_of("http://host/v1", "none").hide("none of these") == "none of these"


def test_a_shown_url_has_neither_user_nor_query() -> None:
    assert shown_url("https://me:secret@host:8/v1?key=x#y") == "https://host:8/v1"
    assert shown_url("http://127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("key", ["sk one", "sk\none", "schlüssel"])
def test_a_key_that_no_header_holds_is_not_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMID_TEST_KEY", key)
    with pytest.raises(RemidError, match="REMID_TEST_KEY holds a space") as told:
        key_in("REMID_TEST_KEY")
    assert key not in str(told.value)


def test_a_line_break_at_the_end_is_no_part_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMID_TEST_KEY", "sk-1\n")
    assert key_in("REMID_TEST_KEY") == "sk-1"
    monkeypatch.delenv("REMID_TEST_KEY")
    assert key_in("REMID_TEST_KEY") == "none"

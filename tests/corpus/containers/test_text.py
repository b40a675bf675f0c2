import gzip
import json

import pytest

from remid.corpus.containers import records
from remid.corpus.containers.text import not_utf8, utf8
from remid.domain.errors import RemidError

TEXT = 'a, "é", 渡し船 🚢\nb\n'


def read(path, encoding=None):
    with utf8(path, encoding) as stream:
        return stream.read().decode()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), None),
        (b"\xef\xbb\xbf" + TEXT.encode(), None),
        (TEXT.encode("utf-16"), None),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), None),
        (TEXT.encode("utf-32"), None),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.replace("\n", "\r").encode(), None),
        (gzip.compress(TEXT.encode("utf-16")), None),
    ],
)
def test_every_encoding_becomes_utf8_with_newlines(tmp_path, data, encoding):
    path = tmp_path / "f"
    path.write_bytes(data)
    assert read(path, encoding) == TEXT


def test_a_character_may_be_cut_by_any_piece(tmp_path):
    text = "渡🚢é" * 60_000
    path = tmp_path / "f"
    path.write_bytes(text.encode("utf-16"))
    assert read(path) == text


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("latin", "f: encoding 'latin-9000' is unknown"),
        ("zip", "f: encoding 'zip' is unknown"),
        ("utf-16", "f, after line 1: not valid utf-16"),
        ("ascii", "f, after line 1: not valid ascii"),
    ],
)
def test_an_encoding_that_is_none_or_does_not_fit(tmp_path, encoding, message):
    path = tmp_path / "f"
    path.write_bytes("é\n".encode())
    with pytest.raises(RemidError) as error:
        read(path, "latin-9000" if encoding == "latin" else encoding)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Fährt die Fähre über den Fluß?", "cp1252"),
        (
            "渡し船は霧の中でも動きますか。忍耐で動きます。",
            "cp932",
        ),
        ("渡船在雾中也开吗？靠耐心开。我们今天晚上一起去。", "gb18030"),
        ("Ходит ли паром в тумане, как сегодня вечером?", "cp1251"),
    ],
)
def test_another_encoding_is_named_and_refused_unless_it_is_said(tmp_path, text, encoding):
    path = tmp_path / "f.jsonl"
    path.write_bytes(json.dumps({"text": text}, ensure_ascii=False).encode(encoding))
    with pytest.raises(RemidError, match=f"line 1: not valid UTF-8, .* --encoding {encoding}"):
        list(records(path))
    assert [r.value for r in records(path, encoding=encoding)] == [{"text": text}]


def test_utf16_without_a_mark_is_named(tmp_path):
    error = not_utf8(tmp_path, "line 1", '{"a": 1}'.encode("utf-16-be"))
    assert "--encoding utf_16_be" in str(error)


def test_gzip_that_is_damaged_cut_off_or_a_bomb(tmp_path):
    path = tmp_path / "f.gz"
    whole = gzip.compress(json.dumps(list(range(5000))).encode())
    for data, message in [
        (whole[:-200], "is cut off"),
        (whole[:50] + b"xxxx" + whole[54:], "does not decompress"),
        (gzip.compress(b'{"a": 1}\n' * 4_000_000), "unpacks to over 200 times its size"),
    ]:
        path.write_bytes(data)
        with pytest.raises(RemidError, match=f"f.gz: .*{message}"):
            list(records(path))

import json

import pytest
from reading import dialogues, lines, said

from remid.corpus.readers import rows
from remid.domain.errors import RemidError

SYSTEM = {"role": "system", "content": "You are Tamsin."}
USER = {"role": "user", "content": "q"}
REPLY = {"role": "assistant", "content": "a"}


def test_rows_of_one_conversation_after_the_other(tmp_path):
    told = [m | {"conversation_id": c} for c in ("x", "y") for m in (SYSTEM, USER, REPLY)]
    found = dialogues(lines(tmp_path / "f.jsonl", *told))
    assert [(d.id, d.character, said(d)) for d in found] == [
        ("x", "You are Tamsin.", ["u:q", "c:a"]),
        ("y", "You are Tamsin.", ["u:q", "c:a"]),
    ]


def test_an_array_of_messages_is_one_conversation(tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps([SYSTEM, USER, REPLY, USER, REPLY], indent=1))
    (d,) = dialogues(path)
    assert (d.id, said(d)) == ("f:1", ["u:q", "c:a", "u:q", "c:a"])


def test_a_conversation_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MOST", 3)
    with pytest.raises(RemidError, match="line 4: over 3 messages of one conversation"):
        dialogues(lines(tmp_path / "f.jsonl", SYSTEM, USER, REPLY, USER))

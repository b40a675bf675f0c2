import pytest
from reading import dialogues, said, samples

ANA, TAMSIN = "Does it run?", "On patience."


def test_the_history_of_a_web_ui(json_file):
    pairs = [["<|BEGIN-VISIBLE-CHAT|>", "Aboard!"], [ANA, TAMSIN]]
    value = {"internal": pairs, "visible": [["", "Aboard!"], [ANA, "x"]], "metadata": {"m": 1}}
    (d,) = dialogues(json_file(value), character="Tamsin")
    assert said(d) == ["c:Aboard!", f"u:{ANA}", f"c:{TAMSIN}"]
    assert d.tags == {"m": "1"}
    old = {"data": pairs, "data_visible": pairs}
    assert said(dialogues(json_file(old), character="Tamsin")[0]) == said(d)
    (sample,) = samples(json_file(value))
    assert sample.refusal == "nothing says whom the model plays"


def test_a_chat_of_agnai(json_file):
    value = {
        "name": "Exported", "greeting": "Aboard!", "sampleChat": "", "scenario": "Fog.",
        "messages": [
            {"characterId": "imported", "name": "Tamsin", "msg": "Aboard!"},
            {"userId": "anon", "handle": "You", "msg": ANA},
            {"userId": "anon", "handle": "You", "msg": "brb", "ooc": True},
            {"characterId": "imported", "name": "Tamsin", "msg": TAMSIN},
        ],
    }  # fmt: skip
    (d,) = dialogues(json_file(value))
    assert (d.character, said(d)) == ("Tamsin\nFog.", ["c:Aboard!", f"u:{ANA}", f"c:{TAMSIN}"])


@pytest.mark.parametrize("several", [False, True])
def test_chats_of_risuai(json_file, several):
    chat = {
        "message": [{"role": "user", "data": ANA}, {"role": "char", "data": TAMSIN}],
        "name": "Ferry", "note": "",
    }  # fmt: skip
    value = {"type": "risuChat", "ver": 2, "data": chat}
    if several:
        value = {"type": "risuAllChats", "ver": 2, "data": [chat, chat]}
    found = dialogues(json_file(value), character="Tamsin")
    assert [said(d) for d in found] == [[f"u:{ANA}", f"c:{TAMSIN}"]] * (1 + several)
    assert found[0].tags == {"title": "Ferry"}


def test_a_dump_of_character_ai(json_file):
    def told(human, text):
        return {"src": {"is_human": human, "name": "Ana" if human else "Tamsin"}, "text": text}

    messages = [told(False, "Aboard!"), told(True, ANA), told(False, TAMSIN)]
    value = {
        "info": {"character": {"name": "Tamsin", "description": "pilots a ferry"}},
        "histories": {"histories": [{"external_id": "h1", "msgs": messages}, {"msgs": messages}]},
    }
    first, second = dialogues(json_file(value))
    assert (first.id, first.character) == ("h1", "Tamsin\npilots a ferry")
    assert (second.id, said(second)) == ("file:2", ["c:Aboard!", f"u:{ANA}", f"c:{TAMSIN}"])


def test_turns_of_character_ai_hold_candidates(json_file):
    value = {
        "turns": [
            {"author": {"name": "Ana", "is_human": True}, "candidates": [{"raw_content": ANA}]},
            {
                "author": {"name": "Tamsin"},
                "candidates": [
                    {"candidate_id": "1", "raw_content": "No."},
                    {"candidate_id": "2", "raw_content": TAMSIN},
                ],
                "primary_candidate_id": "2",
            },
        ]
    }
    (d,) = dialogues(json_file(value))
    assert (d.character, said(d)) == ("Tamsin", [f"u:{ANA}", f"c:{TAMSIN}"])

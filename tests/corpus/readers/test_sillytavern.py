import json

from reading import dialogues, lines, said, samples

from remid.corpus.sample import Profile
from remid.corpus.tally import Tally

HEAD = {"user_name": "Ana", "character_name": "Tamsin", "chat_metadata": {"note_prompt": "Fog."}}


def message(name, text, **more):
    return {"name": name, "is_user": name == "Ana", "is_system": False, "mes": text} | more


CHAT = [
    HEAD,
    message("Tamsin", "Aboard!", swipes=["Aboard!", "Who is there?"], swipe_id=0),
    message("Ana", "Does it run?"),
    message("Tamsin", "", swipes=["No.", "On patience, {{user}}."], swipe_id=1),
    message("Note", "hidden", is_system=True),
    message("Narrator", "The bell rings.", extra={"type": "narrator"}),
    message("Ana", "And in fog?"),
    message("Tamsin", "Also then."),
]


def test_a_log_is_one_dialogue_of_what_is_on_show(tmp_path):
    tally = Tally()
    (d,) = dialogues(lines(tmp_path / "c.jsonl", *CHAT), tally)
    assert said(d) == [
        "c:Aboard!", "u:Does it run?", "c:On patience, Ana.", "u:And in fog?", "c:Also then.",
    ]  # fmt: skip
    assert (d.character, d.persona) == ("Tamsin", "")
    assert d.tags == {"author_note": "Fog.", "notes": '["The bell rings."]'}
    assert tally.changed["characters known by name only"] == 1


def test_a_card_brings_the_character(tmp_path):
    card = Profile("Tamsin", "Tamsin\nShe pilots a ferry.")
    (d,) = dialogues(lines(tmp_path / "c.jsonl", *CHAT), card=card)
    assert d.character == "Tamsin\nShe pilots a ferry."


def test_a_line_of_metadata_begins_another_log(tmp_path):
    found = dialogues(lines(tmp_path / "c.jsonl", *CHAT, *CHAT[:3], CHAT[7]))
    assert [len(said(d)) for d in found] == [5, 3]
    assert [d.id for d in found] == ["c:1", "c:2"]


def test_without_metadata_the_names_of_the_messages_tell(tmp_path):
    told = [{"name": "You", "is_user": True, "mes": "q"}, message("Tamsin", "a")]
    (d,) = dialogues(lines(tmp_path / "c.jsonl", *told))
    assert (d.character, said(d)) == ("Tamsin", ["u:q", "c:a"])


def test_in_a_group_the_last_who_answers_is_played(tmp_path):
    head = {"user_name": "unused", "character_name": "unused", "chat_metadata": {}}
    told = [
        head, message("Tamsin", "Aboard!"), message("Ana", "Does it run?"),
        message("Ola", "I hope so."), message("Tamsin", "On patience."),
    ]  # fmt: skip
    path = lines(tmp_path / "c.jsonl", *told)
    (d,) = dialogues(path, card=Profile("Tamsin", "Tamsin, pilot"))
    assert said(d) == ["c:Aboard!", "u:Ana: Does it run?\nOla: I hope so.", "c:On patience."]
    assert d.character == "Tamsin, pilot"
    first, second = dialogues(path, items="every", card=Profile("Tamsin", "Tamsin, pilot"))
    assert (first.character, said(first)) == (
        "Ola", ["u:Tamsin: Aboard!\nAna: Does it run?", "c:I hope so."],
    )  # fmt: skip
    assert said(second) == said(d)


def test_texts_of_chub_are_unwrapped(tmp_path):
    told = [HEAD, message("Ana", {"message": "q"}), message("Tamsin", {"message": "a"})]
    (d,) = dialogues(lines(tmp_path / "c.jsonl", *told))
    assert said(d) == ["u:q", "c:a"]


def test_what_is_no_message_is_refused_with_its_line(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join([*map(json.dumps, CHAT), '{"x": 1}', "{cut\n"]))
    found = samples(path)
    assert [(s.where, s.refusal) for s in found if not s.dialogue] == [
        ("line 9", "neither metadata nor a message"),
        ("line 10", "no JSON (JSON is malformed: object keys must be strings (byte 1))"),
    ]

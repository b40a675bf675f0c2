import json
from pathlib import Path

import pytest
from served import at, completion, serving

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.generation import Generation, Sampling
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.replies import draw
from remid.replies.draw import Wanted, ask_for, read_replies, reply_to, write_replies
from remid.replies.reply_file import Reply
from remid.store.cache import ContentCache

DRAW = Sampling(max_new_tokens=6, temperature=1.0, top_p=0.9, seed=3)


def file(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_every_dialogue_gets_its_own_reply_whatever_the_batch(
    lm: LanguageModel, dialogues: list[Dialogue]
) -> None:
    together = reply_to(Runtime(lm), dialogues, Wanted(DRAW))
    assert list(together) == [d.id for d in dialogues]
    alone = [reply_to(Runtime(lm), [d], Wanted(DRAW))[d.id] for d in dialogues]
    assert [*together.values()] == alone


def test_a_second_run_draws_nothing(
    lm: LanguageModel,
    dialogues: list[Dialogue],
    cache: ContentCache,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = reply_to(Runtime(lm, cache=cache), dialogues, Wanted(DRAW))
    monkeypatch.setattr("remid.lm.generation._batch", None)
    assert reply_to(Runtime(lm, cache=cache), dialogues, Wanted(DRAW)) == first


def fake(*batches: list[str]):
    """Stand in for generation: one list of texts for every call, and the seeds it was asked."""
    calls, seeds = list(batches), []

    def generate(lm, prompts, sampling, **_):
        seeds.append(sampling.seed)
        return [Generation(text, len(text), True) for text in calls.pop(0)]

    return generate, seeds


def test_an_empty_reply_is_drawn_again_with_another_seed(
    lm: LanguageModel, dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    generate, seeds = fake(["one", " ", ""], ["two", ""], ["three"])
    monkeypatch.setattr(draw, "generate", generate)
    drawn = reply_to(Runtime(lm), dialogues[:3], Wanted(DRAW))
    assert [reply.reply for reply in drawn.values()] == ["one", "two", "three"]
    assert seeds[0] == DRAW.seed and len(set(seeds)) == 3


def test_a_reply_that_stays_empty_is_missing(
    lm: LanguageModel, dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    generate, seeds = fake(["one", ""], [""], [""], [""])
    monkeypatch.setattr(draw, "generate", generate)
    drawn = reply_to(Runtime(lm), dialogues[:2], Wanted(DRAW))
    assert list(drawn) == ["d0"] and len(seeds) == 4
    missing = write_replies(tmp_path / "m", {"user/german": dialogues[:2]}, drawn, {"name": "m"})
    assert missing == {"user/german": ["d1"]}
    meta = json.loads((tmp_path / "m" / "meta.json").read_text())
    assert meta["replies"] == {"user/german": 1} and meta["missing"] == missing
    read = read_replies(tmp_path / "m" / "user/german.jsonl", ["d0", "d1"])
    assert dict(read.texts) == {"d0": "one"} and read.missing == ("d1",)


def test_a_greedy_empty_reply_is_not_drawn_again(
    lm: LanguageModel, dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    generate, seeds = fake([""])
    monkeypatch.setattr(draw, "generate", generate)
    assert reply_to(Runtime(lm), dialogues[:1], Wanted(Sampling(6, 0.0))) == {} and len(seeds) == 1


def test_room_for_a_thought_makes_no_reply_longer(
    lm: LanguageModel, dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thinking model that opens no thought has no more tokens for its reply than the others."""
    words = "the bell rings over the harbour and nobody hears it"
    limit = 4
    short = lm.chat.decode(lm.chat.content(words)[:limit]).strip()
    generate, _ = fake([words, f"<think>\n{words}\n</think>\n{words}", "<think>\na\n</think>\nyes"])
    monkeypatch.setattr(draw, "generate", generate)
    drawn = reply_to(Runtime(lm), dialogues[:3], Wanted(DRAW, limit, thinks=True))
    first, second, third = drawn.values()
    assert (first.reply, first.thought, first.finished) == (short, "", False)
    assert (second.reply, second.thought, second.finished) == (short, words, False)
    assert (third.reply, third.thought, third.finished) == ("yes", "a", True)


@pytest.mark.parametrize("thinks", [False, True])
def test_thoughts_and_markers_are_cut_from_what_any_model_draws(
    thinks: bool, lm: LanguageModel, dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    generate, _ = fake(["<think>a</think>One.", "Two.<|eot_id|>user: so?", "Three."])
    monkeypatch.setattr(draw, "generate", generate)
    drawn = reply_to(Runtime(lm), dialogues[:3], Wanted(DRAW, thinks=thinks))
    assert [(row.reply, row.thought, row.marker) for row in drawn.values()] == [
        ("One.", "a", ""),
        ("Two.", "", "<|eot_id|>"),
        ("Three.", "", ""),
    ]
    write_replies(tmp_path / "m", {"id_test": dialogues[:3]}, drawn, {})
    meta = json.loads((tmp_path / "m" / "meta.json").read_text())
    assert meta["cut"] == {"thoughts": 1, "<|eot_id|>": 1}


def test_a_served_models_reasoning_is_its_thought(
    lm: LanguageModel, dialogues: list[Dialogue], cache: ContentCache
) -> None:
    status, body, headers = completion("<think>b</think>Yes.<|im_end|>")
    body["choices"][0]["message"]["reasoning_content"] = "a"  # type: ignore[index]
    with serving(lambda _: (status, body, headers)) as server:
        found = ask_for(at(server.url), dialogues[:1], DRAW, scorer=lm.chat, cache=cache)
    row = found.rows["d0"]
    assert (row.reply, row.thought, row.marker) == ("Yes.", "a\nb", "<|im_end|>")


def test_what_was_kept_before_thoughts_were_cut_is_cut_in_reading(tmp_path: Path) -> None:
    path = file(tmp_path / "r.jsonl", {"id": "a", "reply": "<think>\nHm.\n</think>\nYes.</s>"})
    assert dict(read_replies(path, ["a"]).texts) == {"a": "Yes."}


def test_replies_of_others_need_only_id_and_reply(tmp_path: Path) -> None:
    path = file(tmp_path / "r.jsonl", {"id": "a", "reply": "x", "model": "mine"})
    assert dict(read_replies(path, ["a", "b"]).texts) == {"a": "x"}
    path = file(tmp_path / "r.jsonl", {"id": "a", "reply": "x"}, {"id": "b", "reply": "\n"})
    assert read_replies(path, ["a", "b"]).missing == ("b",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a", "reply": "x"}, {"id": "a", "reply": "y"}], "'a' has two replies"),
        ([{"id": "zz", "reply": "x"}], "1 of its ids are none of .*'zz'"),
        ([{"id": "a"}], "line 1: .*`reply`"),
        ([{"id": "a", "reply": None}], r"line 1: .*\$.reply"),
        (["text"], "line 1: .*expected"),
    ],
)
def test_a_bad_file_is_named_with_the_remedy(rows: list[object], said: str, tmp_path: Path) -> None:
    path = file(tmp_path / "r.jsonl", *rows)
    with pytest.raises(RemidError, match=said) as raised:
        read_replies(path, ["a", "b"])
    assert str(path) in str(raised.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="remid reply"):
        read_replies(tmp_path / "none.jsonl", ["a"])


def test_a_row_is_written_as_documented(dialogues: list[Dialogue], tmp_path: Path) -> None:
    rows = {"d0": Reply("d0", "Grüße\n<|im_end|>", 4, False)}
    write_replies(tmp_path / "m", {"id_test": dialogues[:1]}, rows, {})
    line = (tmp_path / "m" / "id_test.jsonl").read_text(encoding="utf-8")
    assert json.loads(line) == {
        "id": "d0",
        "reply": "Grüße\n<|im_end|>",
        "tokens": 4,
        "finished": False,
    }

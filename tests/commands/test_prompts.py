"""`remid prompts`: what a model is to be asked, with ids that come back."""

import json
from pathlib import Path
from typing import Any

from declared import TEST_SPLITS

from remid import cli
from remid.domain.shift import ID_TEST
from remid.store.layout import Layout


def rows(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_every_dialogue_of_the_test_splits_is_asked(project: Layout, capsys: Any) -> None:
    assert cli.main(["prompts", "--output", "p.jsonl"]) == 0
    assert f"p.jsonl: {9 * len(TEST_SPLITS)} prompts" in capsys.readouterr().out
    asked = rows("p.jsonl")
    assert [row["split"] for row in asked] == [split for split in TEST_SPLITS for _ in range(9)]
    assert len({row["id"] for row in asked}) == len(asked)
    first = asked[0]
    assert first["id"] == "id_test-00"
    assert [message["role"] for message in first["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert first["messages"][-1]["content"] == "and id_test-00?"
    assert "keeper of id_test-00" in first["messages"][0]["content"]


def test_a_batch_asks_with_the_parameters_of_the_reply_stage(project: Layout, capsys: Any) -> None:
    command = ["prompts", "--format", "openai-batch", "--split", ID_TEST, "--served", "my-model"]
    assert cli.main(command) == 0
    asked = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    from remid import params

    values = params.load()
    assert len(asked) == 9
    request = asked[0]
    body = request.pop("body")
    assert request == {
        "custom_id": "id_test-00", "method": "POST", "url": "/v1/chat/completions",
    }  # fmt: skip
    assert body.pop("messages")[-1] == {"role": "user", "content": "and id_test-00?"}
    assert body == {
        "model": "my-model",
        "max_tokens": values.reply.max_tokens,
        "temperature": values.reply.temperature,
        "top_p": values.reply.top_p,
        "seed": values.seed,
    }


def test_answers_to_a_batch_come_back(project: Layout) -> None:
    assert cli.main(["prompts", "--format", "openai-batch", "--output", "p.jsonl"]) == 0
    answers = [
        {
            "id": f"batch_req_{k}",
            "custom_id": row["custom_id"],
            "response": {
                "status_code": 200,
                "body": {"choices": [{"message": {"role": "assistant", "content": f"No. {k}"}}]},
            },
            "error": None,
        }
        for k, row in enumerate(rows("p.jsonl"))
    ]
    Path("a.jsonl").write_text("\n".join(map(json.dumps, answers)))
    assert cli.main(["reply", "mine", "--file", "a.jsonl", "--strict"]) == 0
    told = json.loads((project.replies("mine") / "meta.json").read_text())
    assert told["replies"] == dict.fromkeys(TEST_SPLITS, 8) and told["missing"] == {}


def test_another_split_is_refused(project: Layout, capsys: Any) -> None:
    assert cli.main(["prompts", "--split", "id_train"]) == 2
    error = capsys.readouterr().err
    assert "--split id_train: no test split; choose among id_test" in error
    assert error.count("\n") == 1

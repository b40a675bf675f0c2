"""Replies of models that a user already has, through the command line."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from declared import TEST_SPLITS
from served import completion, serving

from remid import cli
from remid.domain.shift import ID_TEST
from remid.lm import tiny
from remid.replies import endpoint
from remid.store.layout import Layout

DIALOGUES = 8 * len(TEST_SPLITS)


def last(request: dict[str, Any]) -> str:
    """Id of the dialogue that is asked about."""
    text = request["messages"][-1]["content"]
    return str(text).removeprefix("and ").removesuffix("?")


def answered(request: dict[str, Any]) -> Any:
    return completion(f"I know {last(request)}.")


def meta(name: str = "mine") -> Any:
    return json.loads((Layout().replies(name) / "meta.json").read_text())


def ask(url: str) -> int:
    return cli.main(["reply", "mine", "--endpoint", url, "--served", "m"])


def written(path: Path, splits: tuple[str, ...] = TEST_SPLITS, *more: object) -> Path:
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"reply {k}"}
        for split in splits
        for k in range(9)
    ]
    path.write_text("\n".join(json.dumps(row) for row in [*rows, *more]))
    return path


def test_a_folder_replies_to_every_split(project: Layout, capsys: Any) -> None:
    tiny.build_tiny(Path("other"), style="llama", seed=2)
    assert cli.main(["reply", "mine", "--model", "other"]) == 0
    told = meta()
    counts = Counter(told["replies"]) + Counter({s: len(i) for s, i in told["missing"].items()})
    assert counts == Counter(dict.fromkeys(TEST_SPLITS, 8))
    assert (
        told["source"] == "other"
        and told["template"]
        and told["failed"].keys() == {key for ids in told["missing"].values() for key in ids}
    )


def test_a_file_becomes_the_replies_of_the_splits(project: Layout) -> None:
    assert cli.main(["reply", "mine", "--file", str(written(Path("r.jsonl")))]) == 0
    told = meta()
    assert told["replies"] == dict.fromkeys(TEST_SPLITS, 8)
    assert told["unused"] == len(TEST_SPLITS)  # the ninth dialogue of each is not evaluated
    rows = (project.replies("mine") / "user/german.jsonl").read_text().splitlines()
    assert json.loads(rows[0])["id"].startswith("user-german-")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "nobody", "reply": "x"}, "its id is in no split"),
        ({"id": "id_test-00", "reply": "x"}, "another reply to a dialogue that has one"),
        ({"id": "id_train-00", "reply": "x"}, "its id belongs to id_train"),
        ({"id": "id_train-00"}, "no reply under reply"),
    ],
)
def test_an_odd_row_is_counted_and_with_strict_changes_nothing(
    row: dict[str, str], said: str, project: Layout, capsys: Any
) -> None:
    file = str(written(Path("r.jsonl"), TEST_SPLITS, row))
    assert cli.main(["reply", "mine", "--file", file]) == 0
    before = meta()
    ((reason, count),) = before["odd"].items()
    assert said in reason and count == 1
    capsys.readouterr()
    assert cli.main(["reply", "mine", "--file", file, "--strict"]) == 2
    assert re.search(f"line 154: {said}", capsys.readouterr().err)
    assert meta() == before


def test_thoughts_and_markers_of_a_file_are_cut_and_counted(project: Layout, caplog: Any) -> None:
    file = written(Path("r.jsonl"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows[:9]:
        row["reply"] = f"<think>\nHm.\n</think>\n{row['reply']}<|im_end|>"
    file.write_text("\n".join(map(json.dumps, rows)))
    assert cli.main(["reply", "mine", "--file", str(file)]) == 0
    assert meta()["cut"] == {"thoughts": 8, "<|im_end|>": 8}
    first = json.loads((project.replies("mine") / "id_test.jsonl").read_text().splitlines()[0])
    assert first["reply"].startswith("reply ") and first["thought"] == "Hm."
    assert "mine: thoughts cut from 8 of 136 replies" in caplog.text


def test_every_model_of_a_file_is_written_by_its_name(project: Layout) -> None:
    samples = {
        json.loads(line)["id"]: {"model_response": {"Base": "Yes.", "S[FT]": "No."}}
        for line in written(Path("r.jsonl")).read_text().splitlines()
    }
    Path("cpg.json").write_text(json.dumps(samples, indent=2))
    assert cli.main(["reply", "paper", "--file", "cpg.json"]) == 0
    for name, model in {"paper-Base": "Base", "paper-S-FT": "S[FT]"}.items():
        told = meta(name)
        assert told["model"] == model and told["replies"] == dict.fromkeys(TEST_SPLITS, 8)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"error": {"message": "no"}}, {}), "the key was refused .* REMID_TEST_KEY"),
        ((200, "<html>welcome</html>", {}), "perhaps a web page; correct the URL"),
        ((404, {"error": {"message": "none"}}, {}), "404 for model 'm'; correct the model's name"),
        (completion(""), "no answer to any of 136 dialogues"),
        (completion("a" * 100_000), "a reply of 100,000 characters"),
        (None, "cannot be reached .* start the server or correct the URL"),
    ],
)
def test_an_endpoint_that_cannot_answer_is_one_sentence(
    answer: Any, said: str, project: Layout, capsys: Any
) -> None:
    with serving(lambda _: answer) as server:
        status = ask(server.url) if answer else None
    if answer is None:  # nobody listens any more
        status = ask(server.url)
    error = capsys.readouterr().err
    assert status == 2 and "Traceback" not in error
    assert re.search(f"remid reply: .*{said}", error)
    assert not project.replies("mine").exists()


def test_what_one_dialogue_lacks_is_counted_and_asked_for_alone(
    project: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_pause", lambda _: 0.0)
    bad = {
        "id_test-00": completion(None),
        "id_test-01": completion("a" * 100_000),
        "id_test-02": completion("sea " * 1990),  # within max_characters, beyond the scorer
        "id_test-03": (200, "{not json", {"content-type": "application/json"}),
    }
    monkeypatch.setattr("remid.lm.prompts.encode_reply.__kwdefaults__", {"max_tokens": 200})
    chosen = {key for key in bad}
    with serving(lambda r: bad.get(last(r)) or answered(r)) as server:
        assert ask(server.url) == 0
        told = meta()
        failed = told["failed"]
        assert failed.keys() <= chosen and len(failed) >= 3
        assert told["missing"] == {ID_TEST: sorted(failed)}
        reasons = {
            "id_test-00": "an empty reply",
            "id_test-01": "100,000 characters",
            "id_test-02": "too long to be scored whole; lower reply.max_tokens",
            "id_test-03": "not the JSON",
        }
        assert all(reasons[key] in reason for key, reason in failed.items())
        server.asked.clear()
        bad.clear()
        assert ask(server.url) == 0
        assert {last(request) for request in server.asked} == set(failed)
        assert meta()["missing"] == {} and meta()["replies"][ID_TEST] == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reply", "sft", "--file", "r.jsonl"], "'sft' is a name of the pipeline's own"),
        (["reply", "reference", "--file", "r.jsonl"], "'reference' is a name of the pipeline's"),
        (["reply", "../x", "--file", "r.jsonl"], "'../x' cannot name a model"),
        (["reply", "mine", "--file", "none.jsonl"], "cannot be read"),
        (["reply", "mine", "--model", "a", "--file", "b"], "--model and --file name two models"),
        (["reply", "mine", "--adapter", "a"], "--adapter needs --model"),
        (["reply", "mine", "--served", "m"], "go together"),
        (["reply", "mine", "--model", "nowhere"], "no model there"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], said: str, project: Layout, capsys: Any
) -> None:
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(project: Layout) -> None:
    """Kill -9 after twenty answers; then every other dialogue is asked for, and none again."""
    enough = threading.Event()
    done: list[str] = []

    def answer(request: dict[str, Any]) -> Any:
        done.append(last(request))
        if len(done) == 20:
            enough.set()
        time.sleep(0.02 if len(done) < 20 else 1.0)
        return answered(request)

    command = [sys.executable, "-m", "remid", "reply", "mine", "--served", "m", "--endpoint"]
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    with serving(answer) as server:
        run = subprocess.Popen([*command, server.url], env=environment, stderr=subprocess.DEVNULL)
        try:
            assert enough.wait(300)
            time.sleep(0.3)
        finally:
            run.send_signal(signal.SIGKILL)
            run.wait()
        assert not project.replies("mine").exists()
        time.sleep(1.5)  # let the questions in flight end
        before = set(done)
        done.clear()
        server.answer = lambda request: (done.append(last(request)), answered(request))[1]
        assert ask(server.url) == 0
    assert len(done) == len(set(done))
    # What was in flight when it was killed had no answer: at most `concurrency` are asked twice.
    assert len(before & set(done)) <= 8 and len(before | set(done)) == DIALOGUES
    assert len(done) <= DIALOGUES - 20 + 8
    assert meta()["replies"] == dict.fromkeys(TEST_SPLITS, 8)
    shutil.rmtree(project.cache)

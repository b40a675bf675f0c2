"""A chain of adapters over a base of its own answers as merging by hand does, or is refused."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import small_qwen3
import tiny_project
import torch
import yaml
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from remid.coevolve import estimators
from remid.coevolve.chains import Estimator, from_source
from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.prompts import encode, encode_reply, responder_prompt
from remid.pretrained import hub
from remid.store.fingerprints import weights_fingerprint
from remid.store.layout import Layout
from remid.store.project import Project

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, a cold start, an adapter on top of it whose scales follow from what is beneath."""
    root = tmp_path_factory.mktemp("estimator")
    base = small_qwen3.build_base(root / "base")
    small_qwen3.build_adapter(base, root / "cold", seed=2)
    merged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), root / "cold")
    merged.merge_and_unload().save_pretrained(root / "merged")
    small_qwen3.build_adapter(root / "merged", root / "top", seed=3, dora=True)
    for other in ("base", "merged"):  # of where the authors trained theirs nothing is here
        config = root / "top" / "adapter_config.json"
        config.write_text(
            config.read_text().replace(str(root / other), "../../llm_path/Qwen/Qwen3-8B")
        )
    return root


def declare(folder: Path, **fields: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "estimator.yaml").write_text(yaml.safe_dump(fields))
    return folder


def project_of(tmp_path: Path, source: object, **evaluate: Any) -> Project:
    params = tiny_project.params(evaluate={"estimator": str(source), **evaluate})
    return Project(params, Layout(tmp_path / "project"))


def by_hand(made: Path, *chain: str) -> Any:
    merged = AutoModelForCausalLM.from_pretrained(made / "base", dtype=torch.float32)
    for name in chain:
        merged = PeftModel.from_pretrained(merged, made / name).merge_and_unload()
    return merged.eval()


def log_probabilities(
    answering: Any, prompt: tuple[int, ...], reply: tuple[int, ...]
) -> list[float]:
    with torch.no_grad():
        logits = answering(input_ids=torch.tensor([prompt + reply])).logits[0].log_softmax(-1)
    return [float(logits[len(prompt) - 1 + k, token]) for k, token in enumerate(reply)]


@pytest.mark.parametrize("chain", [("cold",), ("cold", "top")])
def test_a_chain_answers_as_merging_by_hand(
    made: Path, chain: tuple[str, ...], tmp_path: Path
) -> None:
    own = declare(
        tmp_path / "own",
        base=str(made / "base"),
        reasoner=[str(made / "cold")],
        responder=[str(made / name) for name in chain],
    )
    project = project_of(tmp_path, own)
    runtime = estimators.responder(project, estimators.located(project), None)
    dialogues = [tiny_project.dialogue(key) for key in ("a", "b")]
    found = estimators.score_references(runtime, dialogues, ["be kind", "be dry"])
    merged = by_hand(made, *chain)
    for k, (d, trace) in enumerate(zip(dialogues, ("be kind", "be dry"), strict=True)):
        prompt = encode(responder_prompt(d, trace), runtime.lm.chat, max_tokens=600).ids
        reply = encode_reply(d.reference, runtime.lm.chat, dialogue_id=d.id)
        expected = log_probabilities(merged, prompt, reply)
        assert found.values[k].tolist() == pytest.approx(expected, abs=2e-4)


def test_the_order_of_a_chain_matters(made: Path) -> None:
    """An adapter that scales what is beneath it gives other weights on the plain base."""
    right, wrong = by_hand(made, "cold", "top"), by_hand(made, "top", "cold")
    ids = torch.arange(20)[None]
    with torch.no_grad():
        apart = (right(ids).logits - wrong(ids).logits).abs().max()
    assert float(apart) > 0.1
    own = model.load(
        made / "base",
        adapters={"responder": made / "top"},
        beneath=[made / "cold"],
        dtype="float32",
        device="cpu",
        merge=True,
    )
    with torch.no_grad():
        assert torch.allclose(own.model(ids).logits, right(ids).logits, atol=1e-4)
    alone = model.load(made / "base", dtype="float32", device="cpu")
    assert own.identity("responder") != alone.identity(None)
    # Two chains that end alike are two estimators to the cache.
    short = model.load(
        made / "base", adapters={"responder": made / "top"}, dtype="float32", device="cpu"
    )
    assert own.identity("responder") != short.identity("responder")


def test_a_chain_that_does_not_fit_is_refused(made: Path, tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    small_qwen3.build_adapter(made / "base", wide, seed=4)
    weights = load_file(wide / "adapter_model.safetensors")
    for key in [key for key in weights if "lora_A" in key]:
        weights[key] = torch.cat([weights[key]] * 2, -1)
    save_file(weights, wide / "adapter_model.safetensors")
    own = declare(
        tmp_path / "own",
        base=str(made / "base"),
        reasoner=[str(made / "cold")],
        responder=[str(made / "cold"), str(wide)],
    )
    project = project_of(tmp_path, own)
    with pytest.raises(RemidError) as caught:
        estimators.responder(project, estimators.located(project), None)
    told = str(caught.value)
    assert told.startswith(
        f"{wide}: this adapter was not trained on the base model in {made / 'base'}"
    )
    assert "with 1 of its chain merged" in told
    assert told.endswith(
        "name the adapters in the order of their training, and the base that they belong to."
    )


def test_what_was_loaded_is_told_with_its_hashes(made: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(made / "cold", own / "cold")
    declare(own, base=str(made / "base"), reasoner=["cold"], responder=["cold", str(made / "top")])
    found = from_source(str(own), base=Path("none"), remedy="")
    cold, top = weights_fingerprint(made / "cold"), weights_fingerprint(made / "top")
    assert found.loaded == {
        "base": f"{made / 'base'} ({weights_fingerprint(made / 'base')})",
        "reasoner": f"{own / 'cold'} ({cold})",
        "responder 1": f"{own / 'cold'} ({cold})",
        "responder 2": f"{made / 'top'} ({top})",
    }


def test_a_folder_of_two_adapters_needs_no_declaration(made: Path, tmp_path: Path) -> None:
    for name in ("reasoner", "responder"):
        shutil.copytree(made / "cold", tmp_path / name)
    found = from_source(str(tmp_path), base=made / "base", remedy="")
    assert found == Estimator(
        made / "base", (tmp_path / "reasoner",), (tmp_path / "responder",), sources={}
    )


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, made: Path, tmp_path: Path) -> list[Any]:
    """A hub with one repository at one commit, laid out as the authors' names are."""
    repository = tmp_path / "hub" / COMMIT
    shutil.copytree(made / "cold", repository / "ckpt" / "Type[a]-ITER[2]#x")
    shutil.copytree(made / "cold", repository / "reasoner")
    shutil.copytree(made / "cold", repository / "responder")
    asked = []

    def download(
        name: str, *, revision: str, allow_patterns: list[str], local_files_only: bool
    ) -> str:
        asked.append(SimpleNamespace(name=name, revision=revision, patterns=allow_patterns))
        if local_files_only and len(asked) == 1:
            raise FileNotFoundError("not here yet")
        return str(repository)

    monkeypatch.setattr(hub, "snapshot_download", download)
    return asked


def test_a_repository_of_a_hub_is_an_estimator_at_one_commit(served: list[Any], made: Path) -> None:
    found = from_source(f"hub:o/n@{COMMIT}", base=made / "base", remedy="")
    assert {one.revision for one in served} == {COMMIT}
    cold = weights_fingerprint(made / "cold")
    assert found.loaded["responder"] == f"hub:o/n@{COMMIT}/responder ({cold})"


def test_a_chain_may_be_of_folders_of_a_hub(served: list[Any], made: Path, tmp_path: Path) -> None:
    name = f"hub:o/n@{COMMIT}/ckpt/Type[a]-ITER[2]#x"
    own = declare(
        tmp_path / "own",
        base=str(made / "base"),
        reasoner=[name],
        responder=[name, str(made / "top")],
    )
    found = from_source(str(own), base=Path("none"), remedy="")
    # Brackets in a name are no choice of characters.
    assert served[0].patterns[0] == "ckpt/Type[[]a]-ITER[[]2]#x/*.json"
    assert found.responder[0].name == "Type[a]-ITER[2]#x"
    assert found.loaded["responder 1"].startswith(f"{name} (")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"responder": ["cold"]}, r"parameter 'reasoner' is missing"),
        ({"reasoner": [], "responder": ["cold"]}, r"parameter 'reasoner' is \[\]"),
        (
            {"reasoner": ["cold"], "responder": ["cold"], "template": "x"},
            r"unknown parameter 'template'; did you mean 'templates'\?",
        ),
        ({"reasoner": ["gone"], "responder": ["cold"]}, r"names gone, and .*gone is no folder"),
        (
            {"reasoner": ["hub:o/n@main"], "responder": ["cold"]},
            r"hub:o/n@main: no commit of the hub is named there",
        ),
        (
            {"reasoner": ["."], "responder": ["cold"]},
            r"is no adapter \(adapter_config.json is absent",
        ),
        (
            {"base": "cold", "reasoner": ["cold"], "responder": ["cold"]},
            r"cold: holds no config.json, so it is no model",
        ),
    ],
)
def test_a_declaration_that_says_nothing_usable_is_refused(
    made: Path, tmp_path: Path, fields: dict[str, Any], told: str
) -> None:
    shutil.copytree(made / "cold", tmp_path / "own" / "cold")
    own = declare(tmp_path / "own", **fields)
    with pytest.raises(RemidError, match=told):
        from_source(str(own), base=made / "base", remedy="")


def test_a_hub_without_a_commit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="hub:o/n: no commit of the hub is named there"):
        estimators.located(project_of(tmp_path, "hub:o/n"))


def test_templates_are_named_with_what_was_loaded(made: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    declare(
        own,
        base=str(made / "base"),
        reasoner=[str(made / "cold")],
        responder=[str(made / "cold")],
        templates="prompts",
    )
    (own / "prompts").mkdir()
    (own / "prompts" / "reply.jinja").write_text("## Reply\n{{ reply }}")
    found = from_source(str(own), base=Path("none"), remedy="")
    assert found.templates is not None
    assert found.loaded["templates"] == f"{own / 'prompts'} ({found.templates.fingerprint})"
    assert json.loads(json.dumps(found.loaded)) == found.loaded

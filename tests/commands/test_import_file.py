import json

import pytest

from remid.cli import main


def row(*texts):
    sides = ["user", "assistant"] * len(texts)
    messages = [{"role": r, "content": t} for r, t in zip(sides, texts, strict=False)]
    return json.dumps({"messages": messages}) + "\n"


def test_an_import_ends_with_a_table(tmp_path, capsys):
    path, output = tmp_path / "log.jsonl", tmp_path / "out.jsonl"
    path.write_text(row("Does it run?", "On patience.", "Why?", "Fog.") + row("Hello?") * 1)
    words = ["import", str(path), "--output", str(output), "--character", "Tamsin"]
    assert main([*words, "--items", "every"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{output}: 2 dialogues from {path} (chat)",
        "  records read          1",
        "  changed               1  ids made, the source has none",
        "  refused               1  no reply of the character to a user turn",
        "  language              2  en",
        "  user turns            1  1",
        "                        1  2",
        "    line 2: no reply of the character to a user turn",
    ]
    assert main([*words, "--strict"]) == 2
    assert "line 2: no reply of the character" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["import", "check"])
def test_check_takes_the_same_options(tmp_path, capsys, command, monkeypatch):
    path = tmp_path / "log.jsonl"
    path.write_bytes(row("Fährt sie?", "Mit Geduld.").encode("utf-16-le"))
    output = ["--output", str(tmp_path / "out.jsonl")] if command == "import" else []
    words = [command, str(path), *output]
    assert main(words) == 2
    assert "--encoding utf_16_le" in capsys.readouterr().err
    assert main([*words, "--encoding", "utf_16_le"]) == 2
    assert "--character TEXT or --card FILE" in capsys.readouterr().err
    said = ["--encoding", "utf_16_le", "--character", "Tamsin", "--language", "de"]
    assert main([*words, *said]) == 0
    shown = capsys.readouterr().out
    assert "1 dialogues" in shown and "1  de" in shown

"""CHARX: a zip that is read no further than its card."""

import io
import zipfile
from pathlib import Path

import pytest

from remid.corpus.cards import charx
from remid.domain.errors import RemidError


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, data in files:
            packed.writestr(name, data)
    return out.getvalue()


def card(path: Path, data: bytes) -> bytes | None:
    path.write_bytes(data)
    return charx.card(path)


@pytest.mark.parametrize("name", ["card.json", "CARD.json", "./card.json"])
@pytest.mark.parametrize("before", [b"", b"\xff\xd8\xff\xe0 a picture \xff\xd9"])
def test_the_card_at_the_root_is_found(tmp_path: Path, name: str, before: bytes) -> None:
    data = before + archive(("assets/icon/0.png", b"\x89PNG"), (name, b"{}"))
    assert card(tmp_path / "m.charx", data) == b"{}"
    assert charx.is_zip(tmp_path / "m.charx")


@pytest.mark.parametrize("files", [(), (("assets/card.json", b"{}"),), (("module.risum", b""),)])
def test_a_zip_without_a_card_has_none(
    tmp_path: Path, files: tuple[tuple[str, bytes], ...]
) -> None:
    assert card(tmp_path / "m.zip", archive(*files)) is None


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = archive(("card.json", b"0" * (64 * 1024 * 1024)))
    with pytest.raises(RemidError, match="card.json: over 16,777,216 bytes when unpacked"):
        card(tmp_path / "m.charx", bomb)


def test_a_large_picture_beside_the_card_is_not_unpacked(tmp_path: Path) -> None:
    data = archive(("big.png", b"0" * (64 * 1024 * 1024)), ("card.json", b"{}"))
    assert card(tmp_path / "m.charx", data) == b"{}"


def test_a_huge_table_of_contents_is_not_read(tmp_path: Path) -> None:
    data = bytearray(archive(("card.json", b"{}")))
    data[-10:-6] = (charx.MAX_DIRECTORY + 1).to_bytes(4, "little")
    with pytest.raises(RemidError, match="lists more than any card holds"):
        card(tmp_path / "m.charx", bytes(data))


def test_other_methods_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="card.json: packed by method 12"):
        card(tmp_path / "m.charx", archive(("card.json", b"{}"), method=zipfile.ZIP_BZIP2))


def test_a_damaged_zip_is_one_sentence(tmp_path: Path) -> None:
    whole = archive(("card.json", b'{"name": "a keeper of lamps"}' * 20))
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        for data in (bytes(damaged), whole[:place]):
            try:
                card(tmp_path / "m.charx", data)
            except RemidError as error:
                assert "\n" not in str(error) and "m.charx" in str(error)

"""The packages that carry models."""

import re

from remid.pretrained.registry import KNOWN


def test_every_package_is_pinned_by_version_and_hash() -> None:
    assert {package.kind for package in KNOWN.values()} == {"base", "encoder"}
    for name, package in KNOWN.items():
        assert package.name == name
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert re.fullmatch(r"\d+\.\d+\.\d+", package.version)
        assert package.bytes_needed > 10**8

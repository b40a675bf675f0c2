"""Pages without anything from elsewhere."""

from pathlib import Path

from remid.checks.docs import STYLE, readable_offline

PAGE = """<html><head><link rel="stylesheet" href="https://elsewhere/a.css"/>
<script src="https://elsewhere/a.js">let a = 1;</script><style>b { }</style></head>
<body><img src="https://elsewhere/a.png"><p>kept</p><footer>by elsewhere</footer></body></html>"""


def test_what_a_page_loads_is_taken_out_and_what_it_says_stays(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "font.woff").write_bytes(b"x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(PAGE)
    readable_offline(tmp_path)
    text = (tmp_path / "in" / "page.html").read_text()
    assert text == (
        f"<html><head>\n<style>\n{STYLE}\n</style>\n</head>\n<body><p>kept</p></body></html>"
    )
    assert not (tmp_path / "static").exists()

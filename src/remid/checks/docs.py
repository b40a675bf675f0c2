"""Data docs that can be read without a network."""

import re
import shutil
from pathlib import Path

_FOREIGN = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<footer\b.*?</footer>"
    r"|<link\b[^>]*>|<img\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75rem; margin: 1rem auto;
  padding: 0 1rem; }
h1, h2, h3, h4, h5 { line-height: 1.2; margin: 1.2em 0 .4em; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
th, td { border: 1px solid #8886; padding: .35rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
a { color: #2563eb; }
nav ul, .breadcrumb { list-style: none; display: flex; flex-wrap: wrap; gap: .8rem; padding: 0; }
.badge { border: 1px solid #8886; border-radius: .3rem; padding: 0 .3rem; font-family: monospace; }
.text-success { color: #15803d; } .text-danger { color: #b91c1c; }
.modal, .ge-walkthrough-modal, .cooltip, .tooltip, button { display: none !important; }
.fa-check-circle::before { content: "\\2714"; } .fa-times::before { content: "\\2718"; }
.row { display: block; }
""".strip()
"""Stands in for the style sheets that the pages would load from elsewhere."""


def readable_offline(folder: Path) -> None:
    """Take scripts, styles and images out of the pages of a folder and style them from within."""
    # Great Expectations links its style sheets and fonts from public servers: a page opened
    # without a network would be blank, and with one would tell them who reads it.
    for page in sorted(folder.rglob("*.html")):
        text = _FOREIGN.sub("", page.read_text(encoding="utf-8"))
        style = f"<style>\n{STYLE}\n</style>\n</head>"
        page.write_text(text.replace("</head>", style, 1), encoding="utf-8")
    shutil.rmtree(folder / "static", ignore_errors=True)  # fonts and pictures of those styles

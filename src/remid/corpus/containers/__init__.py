"""Any file as a stream of plain records with their places, whatever it is packed in.

JSON Lines, a JSON array, pretty-printed objects, CSV and TSV, each in any encoding and compressed
by gzip or not; Parquet; a saved data set; a data set of a hub; and a folder of such files.
"""

from remid.corpus.containers.columns import HUB, pinned
from remid.corpus.containers.kinds import (
    KINDS,
    entries,
    is_plain_lines,
    kind_of,
    kind_of_folder,
    members,
    nested,
    records,
)
from remid.corpus.containers.record import Record

__all__ = [
    "HUB",
    "KINDS",
    "Record",
    "entries",
    "is_plain_lines",
    "kind_of",
    "kind_of_folder",
    "members",
    "nested",
    "pinned",
    "records",
]

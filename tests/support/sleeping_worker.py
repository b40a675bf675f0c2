"""Worker for test_launch.py: says who it is, and waits."""

import os
import sys
import time
from pathlib import Path

from remid.training.start import orphan_guard

if __name__ == "__main__":
    orphan_guard.hold()
    output = Path(sys.argv[-1]).parent
    (output / f"pid_{os.environ['RANK']}").write_text(str(os.getpid()))
    time.sleep(600)

"""Worker of the supervised trainings."""

import sys

from remid.training.run import main

if __name__ == "__main__":
    sys.exit(main())

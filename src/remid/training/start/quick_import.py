"""Start a program without what its libraries import for nothing: half of a short training's time.

    python -m remid.training.start.quick_import MODULE [ARGUMENT ...]

DeepSpeed imports MLflow for its autotuner, which is optional to it. Collecting garbage among ten
thousand imports, and taking them all down at the end, cost seconds too.
"""

import gc
import importlib
import os
import runpy
import sys
import traceback

UNUSED = "mlflow"


def main() -> None:
    """Run the module named first on the command line; ends the process with its status."""
    # DeepSpeed puts --local_rank before the arguments that it is given.
    name = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))
    sys.argv.remove(name)
    # None in sys.modules makes `import mlflow` raise ImportError, which DeepSpeed expects.
    sys.modules[UNUSED] = None  # type: ignore[assignment]
    try:
        gc.disable()
        importlib.import_module(name)
        # What the imports made lives to the end: freezing it keeps every later collection short.
        gc.freeze()
        gc.enable()
        del sys.modules[name]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Skips taking down ten thousand modules; nothing below registers work for the exit.
    os._exit(status)


if __name__ == "__main__":
    main()

"""R-EMID: what a role-playing chat model loses under distribution shift, in nats.

``remid.read`` reads dialogues, ``remid.diagnose`` measures a model's replies, ``remid.compare`` sets
two diagnoses against each other. docs/python.md shows them.
"""

_HOMES = {
    "Comparison": "commands.comparison",
    "Diagnosis": "commands.diagnosis",
    "Reading": "commands.python",
    "RemidError": "domain.errors",
    "compare": "commands.comparison",
    "diagnose": "commands.python",
    "read": "commands.python",
}
"""Name to the module that has it; what type checkers are told is in ``__init__.pyi``."""
__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    # Late, so that `import remid` stays far under half a second: torch alone takes several. Every
    # room imports this package, so an import here that a linter sees would be one of every room.
    if name not in _HOMES:
        raise AttributeError(f"module 'remid' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"remid.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What other packages add: readers, constructions of shifts, rewards, by their entry points.

A package declares ``[project.entry-points."remid.readers"]`` with ``NAME = "module:object"``.
"""

from collections.abc import Collection
from importlib.metadata import entry_points
from typing import Any, Literal

from remid.domain.errors import RemidError

Group = Literal["remid.readers", "remid.shifts", "remid.rewards"]


def names(group: Group) -> list[str]:
    """Return the names of a group's entry points; nothing is imported."""
    return sorted(point.name for point in entry_points(group=group))


def load(group: Group, taken: Collection[str] = ()) -> dict[str, Any]:
    """Return name to object of every entry point of a group, in the order of their names.

    Raises
    ------
    RemidError
        For a name that is taken or declared twice, and for an object that cannot be imported.
    """
    found: dict[str, Any] = {}
    for point in sorted(entry_points(group=group), key=lambda each: each.name):
        package = point.dist.name if point.dist else "a package"
        where = f"{package}, entry point {point.name!r} of {group}"
        if point.name in taken or point.name in found:
            # Neither may win silently: which one ran would hang on the order of installation.
            raise RemidError(f"{where}: the name is taken; rename it, or uninstall {package}.")
        try:
            found[point.name] = point.load()
        except Exception as error:  # a package of somebody else's may fail in any way
            raise RemidError(
                f"{where}: {point.value} cannot be imported ({type(error).__name__}: {error}); "
                f"update or uninstall {package}."
            ) from error
    return found

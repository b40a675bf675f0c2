"""The table that ends an import: read, changed, dropped, refused, by reason, language and turns."""

from collections import Counter
from collections.abc import Iterator

from remid.corpus.tally import Tally

REASONS = 12
"""Most lines of one kind; the rest is summed."""


def rows(tally: Tally) -> Iterator[tuple[str, int, str]]:
    """Yield (what, how many, which) of everything that was counted and is not nothing."""
    yield "records read", tally.records, ""
    for which, count in _most(tally.changed):
        yield "changed", count, which
    for which, count in _most(tally.passed_over):
        yield "passed over", count, which
    for which, count in _most(tally.refused):
        yield "refused", count, which
    for which, count in _most(tally.languages):
        yield "language", count, which
    for which, count in sorted(tally.turns.items(), key=lambda row: int(row[0].split()[0])):
        yield "user turns", count, which


def table(tally: Tally) -> str:
    """Lay the rows out for a terminal, with the first refusals below."""
    lines = []
    before = ""
    for what, count, which in rows(tally):
        lines.append(f"  {what if what != before else '':<14}{count:>9,}  {which}".rstrip())
        before = what
    lines += [f"    {example}" for example in tally.examples[:5]]
    return "\n".join(lines)


def counted(tally: Tally) -> dict[str, object]:
    """Return everything that was counted, whole, under plain names."""
    return {
        "records": tally.records,
        **{
            name: dict(getattr(tally, name))
            for name in ("changed", "passed_over", "refused", "languages", "turns")
        },
        "examples": list(tally.examples),
    }


def _most(counts: Counter[str]) -> Iterator[tuple[str, int]]:
    # The commonest first; a reason that never occurred is no news.
    found = [(name, count) for name, count in counts.most_common() if count]
    yield from found[:REASONS]
    if rest := sum(count for _, count in found[REASONS:]):
        yield f"{len(found) - REASONS} other kinds", rest

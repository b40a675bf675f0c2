"""Great Expectations at work: one suite and one validation per split, data docs if asked."""

import logging
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation

from remid.checks.docs import readable_offline
from remid.store.whole import replacing_folder

_FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
Result = Mapping[str, Any]
"""The result of one expectation, as Great Expectations writes it to JSON."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A table and what is expected of it, each expectation of another kind or column."""

    frame: pd.DataFrame
    expectations: Sequence[Expectation]


def run_suites(
    suites: Mapping[str, Suite], docs: Path | None, *, done: Callable[[], object]
) -> dict[str, list[Result]]:
    """Return the result of every expectation, in the order in which they were given.

    Parameters
    ----------
    docs : folder for the data docs; replaced whole. None writes none.
    done : called after each suite, and once more after the docs.
    """
    with tempfile.TemporaryDirectory(prefix="remid-docs-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = _context(Path(folder))
        run = RunIdentifier(run_name="check")
        results = {}
        for name, suite in suites.items():
            results[name] = _run(context, name, suite, run)
            done()
        if docs:
            context.build_data_docs()
            readable_offline(Path(folder))
            with replacing_folder(docs) as part:
                shutil.copytree(folder, part, dirs_exist_ok=True)
            done()
    return results


def _context(folder: Path) -> Any:
    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.ERROR)  # its import sets them lower
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # The default site would be written to a temporary folder of its own that nobody reads.
    for site in list(context.variables.data_docs_sites or {}):
        context.delete_data_docs_site(site)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    context.add_data_docs_site(
        site_name="remid",
        site_config={
            "class_name": "SiteBuilder",
            "store_backend": store,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    return context


def _run(context: Any, name: str, suite: Suite, run: RunIdentifier) -> list[Result]:
    name = re.sub(r"[/\\]", ".", name)  # a page is named after its suite
    source = context.data_sources.add_pandas(name)
    batch = source.add_dataframe_asset("dialogues").add_batch_definition_whole_dataframe("all")
    expected = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=list(suite.expectations))
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=expected)
    )
    outcome = definition.run(
        batch_parameters={"dataframe": suite.frame}, result_format=_FORMAT, run_id=run
    )
    # Results come back in an order of the library's: they are put into that of the suite.
    found = {}
    for result in outcome.results:
        config = result.expectation_config
        found[config.type, config.kwargs.get("column")] = result.to_json_dict()
    return [found[e.expectation_type, getattr(e, "column", None)] for e in suite.expectations]

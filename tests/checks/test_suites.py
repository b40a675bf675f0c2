"""Suites run by Great Expectations, results in the order they were asked for."""

import great_expectations.expectations as gxe
import pandas as pd

from remid.checks.suites import Suite, run_suites


def test_results_come_in_order_and_name_the_rows() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "b"], "length": [1, 5, 9]})
    expected = [
        gxe.ExpectColumnMaxToBeBetween(column="length", max_value=5),
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        gxe.ExpectColumnValuesToBeUnique(column="id"),
    ]
    done: list[int] = []
    found = run_suites({"one/split": Suite(frame, expected)}, None, done=lambda: done.append(1))
    assert [result["success"] for result in found["one/split"]] == [False, True, False]
    assert found["one/split"][0]["result"]["observed_value"] == 9
    odd = found["one/split"][2]["result"]["unexpected_index_list"]
    assert [row["id"] for row in odd] == ["b", "b"]
    assert done == [1]

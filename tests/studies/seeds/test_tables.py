"""What each training gave, a row a model."""

from remid.studies.seeds.tables import seed_grid


def test_a_cell_has_a_value_for_every_seed() -> None:
    apart = {"sft": {"id_test": (0.1, -0.25), "user": (0.0, 0.5)}}
    grid = seed_grid(apart, "nats_per_token", 2)
    assert grid.columns == ("model", "id_test", "user")
    assert grid.rows == (("sft", "+0.10, -0.25", "+0.00, +0.50"),)

"""A job that no test trains, to be changed where a test needs it."""

from remid.training.job import Engine, Job, LoraShape

JOB = Job(
    name="cold start",
    kind="sft",
    base="b",
    train="reasoner",
    adapters={"reasoner": None},
    examples="e",
    output="o",
    seed=1,
    engine=Engine(ranks=1, stage=2),
    lora=LoraShape(4, 8, 0.0),
    learning_rate=1e-4,
    batch=2,
)

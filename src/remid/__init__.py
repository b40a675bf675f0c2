"""R-EMID: what a role-playing chat model loses under distribution shift, in nats."""

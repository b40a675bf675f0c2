"""Questions about the metric and the models that take many runs to answer."""

"""A Gaussian world with closed forms, sampled as dialogues of real numbers."""

from dataclasses import dataclass

import numpy as np

from remid.information.arrays import FloatArray, IntArray
from remid.information.worlds.tabular import Scores, Side


@dataclass(frozen=True, slots=True)
class GaussianWorld:
    """X ~ N(mean, scale^2), Y | x ~ N(gain x, noise^2), in `dimensions` independent coordinates.

    The responder is N(responder_gain x, responder_noise^2), not the truth unless told so.
    """

    gain: float = 0.6
    noise: float = 0.8
    model_gain: float = 0.3
    model_noise: float = 0.95
    responder_gain: float = 0.6
    responder_noise: float = 0.8
    shift_mean: float = 0.5
    shift_scale: float = 1.2
    dimensions: int = 3
    name: str = "gaussian"

    def information(self, side: Side, *, gain: float, noise: float) -> float:
        """I(X; Y) = d/2 log(1 + gain^2 scale^2 / noise^2), nats."""
        scale = 1.0 if side == "id" else self.shift_scale
        return self.dimensions / 2 * float(np.log1p((gain * scale / noise) ** 2))

    def emi(self, side: Side) -> float:
        """I(X; Y_theta) - I(X; Y) of the true laws."""
        model = self.information(side, gain=self.model_gain, noise=self.model_noise)
        return model - self.information(side, gain=self.gain, noise=self.noise)

    def responder_emi(self, side: Side) -> float:
        """What R-EMI estimates: d b (cov(X, Y_theta) - cov(X, Y)) / t^2, whatever the means."""
        variance = 1.0 if side == "id" else self.shift_scale**2
        slope = self.responder_gain / self.responder_noise**2
        return self.dimensions * slope * (self.model_gain - self.gain) * variance

    def responder_emid(self) -> float:
        """What R-EMID estimates."""
        return self.responder_emi("id") - self.responder_emi("shift")

    def scores(
        self, side: Side, size: int | tuple[int, ...], pairs: IntArray, rng: np.random.Generator
    ) -> Scores:
        """Draw dialogues (..., n) and score them with the responder's density."""
        shape = (*np.atleast_1d(size), self.dimensions)
        mean, scale = (0.0, 1.0) if side == "id" else (self.shift_mean, self.shift_scale)
        x = mean + scale * rng.standard_normal(shape)
        y = self.gain * x + self.noise * rng.standard_normal(shape)
        z = self.model_gain * x + self.model_noise * rng.standard_normal(shape)
        context, reply = pairs.T
        return Scores(
            pairs=pairs,
            reply_positive=self._log_q(x, z),
            reply_negative=self._log_q(x[..., context, :], z[..., reply, :]),
            reference_positive=self._log_q(x, y),
            reference_negative=self._log_q(x[..., context, :], y[..., reply, :]),
        )

    def _log_q(self, x: FloatArray, y: FloatArray) -> FloatArray:
        error = (y - self.responder_gain * x) / self.responder_noise
        constant = np.log(self.responder_noise) + np.log(2 * np.pi) / 2
        density: FloatArray = (-(error**2) / 2 - constant).sum(axis=-1)
        return density

"""Reference values of R-hat and effective size by arviz-stats, which the project does not need.

pip install arviz-stats==0.8.0 && python tests/reference/mixing.py > tests/reference/mixing.json
"""

import json

import numpy as np
from arviz_stats.base import array_stats

CASES = [
    (4, 100, 0.0, 0),
    (4, 101, 0.7, 0),
    (33, 20, 0.3, 0.5),
    (6, 20, -0.4, 0),
    (3, 250, 0.95, 0),
]


def draws(chains, length, correlation, shift, seed):
    """Autoregressive chains whose centres are apart, to one decimal so that there are ties."""
    rng = np.random.default_rng(seed)
    found = np.zeros((chains, length))
    for i in range(length):
        found[:, i] = rng.normal(size=chains) + (correlation * found[:, i - 1] if i else 0)
    return np.round(found + shift * np.arange(chains)[:, None] / chains, 1)


if __name__ == "__main__":
    rows = []
    for seed, case in enumerate(CASES):
        values = draws(*case, seed)
        r_hat = array_stats.rhat(values, chain_axis=0, draw_axis=1, method="rank")
        size = array_stats.ess(values, chain_axis=0, draw_axis=1, method="bulk")
        tail = array_stats.ess(values, chain_axis=0, draw_axis=1, method="tail", prob=(0.05, 0.95))
        rows.append(
            {
                "draws": values.tolist(),
                "r_hat": float(r_hat),
                "effective_size": float(size),
                "tail_effective_size": float(tail),
            }
        )
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")

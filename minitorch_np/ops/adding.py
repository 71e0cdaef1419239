"""Adding where index arrays point: an index that occurs twice adds twice.

np.add.at is quick for one array of places in a flat array, and for nothing else: every sum here is brought to that form.
"""

import numpy as np

from .keys import Picked


def add_at(result, key, values):
    """result[key] += values, for a result that lies row by row and a key of whole slices, index arrays and masks."""
    places = Picked.by_key(result.shape, key).positions()
    return add_flat(result, places, values)


def add_flat(result, places, values):
    """result.flatten()[places] += values, for a result that lies row by row."""
    values = np.broadcast_to(values, places.shape)
    np.add.at(result.reshape(-1), places.reshape(-1), values.reshape(-1))
    return result

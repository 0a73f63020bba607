"""Writes reference.safetensors with the format's own Python library, for SafetensorsTest.

    pip install safetensors numpy; python reference.py
"""

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "0.weight": numpy.array([[0.5, -1.25, 3], [1e-30, 0, -0.0]], dtype=numpy.float32),
        "0.bias": numpy.array([1.5], dtype=numpy.float32),
        "1.num_batches_tracked": numpy.array(1 << 40, dtype=numpy.int64),
        "image": numpy.array([[0, 127], [128, 255]], dtype=numpy.uint8),
        "nothing": numpy.zeros((0, 3), dtype=numpy.float32),
    },
    "reference.safetensors",
    metadata={"made_by": "reference.py", "größe": "klein"},
)

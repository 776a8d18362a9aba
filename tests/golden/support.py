"""What all golden cases share: random inputs, comparison, and the files that they go to."""

import json
import math
import pathlib
import zlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
TOLERANCE = 4e-6  # of the largest finite |expected| of a tensor
SIZE_LIMIT = 2_000_000  # bytes, all files together


class Writer:
    """Appends tensors to one .bin per operation (little-endian, C order, offsets multiple of 8)."""

    def __init__(self):
        self.bins = {}
        self.cases = []

    def tensor(self, op, name, value):
        value = np.asarray(value)
        dtype, stored = {"b": ("bool", np.uint8), "i": ("int32", "<i4"), "f": ("float32", "<f4")}[value.dtype.kind]
        raw = np.ascontiguousarray(value, dtype=stored).tobytes()
        blob = self.bins.setdefault(op, bytearray())
        blob.extend(b"\0" * (-len(blob) % 8))
        offset = len(blob)
        blob.extend(raw)
        return {"name": name, "file": f"{op}.bin", "offset": offset, "shape": list(value.shape), "dtype": dtype}

    def case(self, op, name, attrs, inputs, outputs):
        assert name not in {case["name"] for case in self.cases}, name
        self.cases.append({
            "name": name, "op": op, "attrs": attrs,
            "inputs": [self.tensor(op, key, value) for key, value in inputs.items()],
            "outputs": [self.tensor(op, key, value.numpy()) for key, value in outputs.items()],
        })

    def finish(self):
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
        (FOLDER / "index.json").write_text(f"[\n{lines}\n]\n")
        for op, blob in self.bins.items():
            (FOLDER / f"{op}.bin").write_bytes(bytes(blob))
        size = (FOLDER / "index.json").stat().st_size + sum(map(len, self.bins.values()))
        assert size < SIZE_LIMIT, size


WRITER = Writer()


def random_for(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def normal(random, *shape, gain=1.0):
    return (random.standard_normal(shape) * gain).astype(np.float32)


def eighths(random, *shape):
    """Multiples of 1/8 in [-2, 2]: their dot products are exact in float32, so large scores stay comparable."""
    return (random.randint(-16, 17, shape) / 8).astype(np.float32)


def double(value):
    return torch.from_numpy(np.asarray(value)).double()


def agree(got, expected, what, relative=1e-10):
    """Asserts |got - expected| <= relative * max finite |expected|; infinities have to be the same."""
    got, expected = got.double(), expected.double()
    assert got.shape == expected.shape, (what, got.shape, expected.shape)
    finite = torch.isfinite(expected)
    assert torch.equal(got[~finite], expected[~finite]), what
    if finite.any():
        limit = relative * max(expected[finite].abs().max().item(), 1e-30)
        worst = (got[finite] - expected[finite]).abs().max().item()
        assert worst <= limit, (what, worst, limit)


def largest_difference(got, expected):
    return (got - expected).abs().max().item()


def agree_in_float32(compute, outputs, what):
    """A plain float32 evaluation has to stay within half of the tolerance."""
    for key, value in compute(lambda array: torch.from_numpy(np.asarray(array))).items():
        agree(value, outputs[key], (what, key, "float32"), TOLERANCE / 2)

"""The files of a trained model, beside this folder: <name>.safetensors (float16), <name>.json, and <name>.examples.json for tests."""

import hashlib
import json
import pathlib
import struct

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent
SIZE_LIMIT = 1_500_000  # bytes, all models together


def rounded(state):
    """The weights as they are shipped: rounded to float16, as float32 again."""
    return {name: tensor.half().float() for name, tensor in state.items()}


def write_safetensors(path, state):
    """8 bytes with the header's length, the header in JSON, the data: https://github.com/huggingface/safetensors#format"""
    header, blobs, end = {}, [], 0
    for name, tensor in state.items():
        blob = tensor.half().contiguous().numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [end, end + len(blob)]}
        blobs.append(blob)
        end += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    state = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(content[begin:end], "<f2").reshape(entry["shape"])
        state[name] = torch.from_numpy(array.astype(np.float32))
    return state


def numbers(tensor):
    """float32 values as nested lists with the 7 digits that they have."""
    if tensor.dim() == 0:
        return float(f"{tensor.item():.7g}")
    return [numbers(part) for part in tensor]


def share(value):
    return round(float(value), 5)


def load(name):
    return read_safetensors(FOLDER / f"{name}.safetensors"), json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def save(name, state, description):
    """One line per entry, so that a diff can be read."""
    path = FOLDER / f"{name}.safetensors"
    write_safetensors(path, state)
    parameters = sum(tensor.numel() for tensor in state.values())
    description = {"name": name, "parameters": parameters, **description}
    # What PyTorch answers is for tests: a page does not load it.
    examples = {"examples": description.pop("examples")}
    text = readable(description)
    (FOLDER / f"{name}.json").write_text(text, "utf-8")
    (FOLDER / f"{name}.examples.json").write_text(readable(examples), "utf-8")
    size = sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file())
    assert size < SIZE_LIMIT, size
    print(f"{name}: {parameters} parameters, {path.stat().st_size} + {len(text.encode())} bytes; all models {size}")


def readable(description):
    lines = []
    for key, value in description.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = "[\n" + ",\n".join("    " + one_line(item) for item in value) + "\n  ]"
        else:
            value = one_line(value)
        lines.append(f"  {one_line(key)}: {value}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def one_line(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def unseen(*parts):
    """Whether what the parts name is kept out of training: a tenth of everything, the same in every run."""
    return hashlib.sha256(repr(parts).encode()).digest()[0] < 26

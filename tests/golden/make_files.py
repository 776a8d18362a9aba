#!/usr/bin/python3
"""Writes files/: small files as NumPy, PyTorch and spreadsheets write them, and manifest.json with what they hold.

The expected values are what NumPy (or PyTorch, for bfloat16) says after reading the values back, as float32. The
.safetensors are written here byte by byte from PyTorch tensors: 8 bytes with the length of the header, the header in
JSON, the data.
"""

import json
import pathlib
import struct
import zipfile

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent / "files"
MANIFEST = []


def numbers(values):
    """float32 values for JSON, which has no NaN and no infinities."""
    with np.errstate(over="ignore"):
        flat = np.asarray(values).astype(np.float32).ravel(order="C")
    return [float(value) if np.isfinite(value) else str(value) for value in flat]


def entry(name, array, dtype):
    return {"name": name, "dtype": dtype, "shape": list(array.shape), "values": numbers(array)}


def expect(file, tensors, labels=()):
    MANIFEST.append({"file": file, "tensors": list(tensors), "labels": list(labels)})


def npy(file, array, version=None):
    with open(FOLDER / file, "wb") as stream:
        np.lib.format.write_array(stream, array, version=version, allow_pickle=False)
    back = np.load(FOLDER / file)
    expect(file, [entry(file.removesuffix(".npy"), back, back.dtype.newbyteorder("=").name)])


def npy_files():
    random = np.random.RandomState(1)
    matrix = random.standard_normal((3, 4)) * 3
    for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"):
        values = matrix > 0 if code == "?" else np.abs(matrix) * 20 if code[0] == "u" else matrix * 20
        label = "bool" if code == "?" else code
        npy(f"{label}_c.npy", values.astype(code))
        npy(f"{label}_fortran.npy", np.asfortranarray(values.astype(code)))
        if code not in ("i1", "u1", "?"):
            npy(f"{label}_big_endian.npy", values.astype(f">{code}"))
    npy("f4_big_endian_fortran.npy", np.asfortranarray(matrix.astype(">f4")))
    npy("f8_fortran_4d.npy", np.asfortranarray(random.standard_normal((2, 3, 4, 5))))
    npy("f4_fortran_3d.npy", np.asfortranarray(random.standard_normal((2, 3, 4)).astype(np.float32)))
    npy("f4_1d.npy", np.arange(5, dtype=np.float32))
    npy("f8_0d.npy", np.array(2.5))
    npy("f4_no_values.npy", np.zeros((0, 4), np.float32))
    npy("f4_version_2.npy", matrix.astype(np.float32), version=(2, 0))
    npy("f4_version_3.npy", matrix.astype(np.float32), version=(3, 0))
    special = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-45, 3.4e38, 6e-8, 65504]
    npy("f4_special.npy", np.array(special, np.float32))
    npy("f8_special.npy", np.array([*special, 1e300, -1e300, 1e-300]))
    npy("f2_special.npy", np.array([0, -0.0, np.nan, np.inf, -np.inf, 6e-8, 6.1e-5, 65504, -1 / 3], np.float16))
    npy("i8_large.npy", np.array([2**62, -(2**62), 2**53 + 1, -(2**31), -1, 2**32], np.int64))
    npy("u8_large.npy", np.array([2**64 - 1, 2**63, 2**32 + 1], np.uint64))


def words(file, array):
    np.save(FOLDER / file, array)
    expect(file, [], [{"name": file.removesuffix(".npy"), "labels": array.ravel().tolist()}])


def npz_files():
    random = np.random.RandomState(2)
    query, key, value = (random.standard_normal((2, 3, 4)).astype(np.float32) for _ in range(3))
    tokens = np.array(["the", "c\u00e4t", "\U0001f408"])
    arrays = {"query": query, "key": np.asfortranarray(key), "value": value.astype(np.float64)}
    expected = [entry("query", query, "float32"), entry("key", key, "float32"), entry("value", value, "float64")]
    labels = [{"name": "tokens", "labels": tokens.tolist()}]
    np.savez(FOLDER / "qkv_stored.npz", **arrays, tokens=tokens)
    expect("qkv_stored.npz", expected, labels)
    np.savez_compressed(FOLDER / "qkv_compressed.npz", **arrays, tokens=tokens)
    expect("qkv_compressed.npz", expected, labels)
    np.savez(FOLDER / "positional.npz", query, key)
    expect("positional.npz", [entry("arr_0", query, "float32"), entry("arr_1", key, "float32")])
    zeros = np.zeros((200, 200), np.int8)  # deflates to next to nothing, honestly
    np.savez_compressed(FOLDER / "zeros_compressed.npz", zeros=zeros)
    MANIFEST.append({"file": "zeros_compressed.npz", "labels": [],
                     "tensors": [{"name": "zeros", "dtype": "int8", "shape": [200, 200], "every": 0}]})


SAFETENSORS_NAMES = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
                     torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64", torch.uint8: "U8",
                     torch.bool: "BOOL"}


def little_endian(tensor):
    # NumPy has no bfloat16: the same bits as int16.
    bits = tensor.contiguous().view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor.contiguous()
    return bits.numpy().tobytes()


def safetensors(file, tensors, metadata=None, padding=0):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, tensor in tensors.items():
        raw = little_endian(tensor)
        header[name] = {"dtype": SAFETENSORS_NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode() + b" " * padding
    (FOLDER / file).write_bytes(struct.pack("<Q", len(text)) + text + data)
    expect(file, [entry(name, tensor.double().numpy(), str(tensor.dtype).removeprefix("torch."))
                  for name, tensor in tensors.items()])


def safetensors_files():
    torch.manual_seed(3)
    matrix = torch.randn(3, 5) * 3
    kinds = {str(dtype).removeprefix("torch."): matrix.abs().mul(9).to(dtype) if dtype is torch.uint8 else
             matrix.mul(9).to(dtype) for dtype in SAFETENSORS_NAMES if dtype is not torch.bool}
    safetensors("dtypes.safetensors", {**kinds, "bool": matrix > 0}, {"format": "pt"}, padding=5)
    # An odd length before it: nothing that follows is aligned.
    odd = {"bool": matrix > 0, "float64": matrix.double(), "float32": matrix, "bfloat16": matrix.bfloat16()}
    safetensors("unaligned.safetensors", odd, padding=3)
    safetensors("projections.safetensors", {
        "attn.q_proj.weight": torch.randn(4, 6), "attn.k_proj.weight": torch.randn(4, 6),
        "attn.v_proj.weight": torch.randn(4, 6), "hidden_states": torch.randn(1, 5, 6), "scalar": torch.tensor(2.0),
        "none": torch.zeros(0, 3)})


def text_files():
    random = np.random.RandomState(4)
    matrix = np.round(random.standard_normal((3, 4)), 3)
    names, columns = ["the", "cat, the", 'a "dog"'], ["a", "b", "c", "d"]
    tensor = lambda file, array=matrix: [entry(file.rsplit(".", 1)[0], array, "number")]
    for file, options in {"numpy.csv": {"delimiter": ","}, "numpy.tsv": {"delimiter": "\t"}, "numpy.txt": {},
                          "numpy_header.csv": {"delimiter": ",", "header": "made by numpy.savetxt"}}.items():
        np.savetxt(FOLDER / file, matrix, **options)
        expect(file, tensor(file))

    def write(file, text, labels=(), array=matrix, encoding="utf-8"):
        (FOLDER / file).write_bytes(text.encode(encoding))
        expect(file, tensor(file, array), labels)

    rows = [",".join(map(str, row)) for row in matrix]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    tokens, header = {"name": "tokens", "labels": names}, {"name": "columns", "labels": columns}
    write("windows.csv", "\ufeff" + "\r\n".join(rows) + "\r\n\r\n")
    write("labelled.csv", ",".join(["", *columns]) + "\n" + "\n".join(f"{q},{row}" for q, row in zip(quoted, rows)),
          [tokens, header])
    write("header.csv", ",".join(columns) + "\n" + "\n".join(rows) + "\n", [header])
    write("names.csv", "\n".join(f"{q},{row}" for q, row in zip(quoted, rows)), [tokens])
    write("semicolons.csv", "\n".join(row.replace(",", ";").replace(".", ",") for row in rows))
    write("spreadsheet.txt", "\r\n".join(row.replace(",", "\t") for row in rows), encoding="utf-16")
    write("special.csv", "nan,inf,-inf\nNaN,Infinity,-1e-3\n",
          array=np.array([[np.nan, np.inf, -np.inf], [np.nan, np.inf, -1e-3]]))
    write("column.csv", "1\n2\n\n3\n", array=np.array([[1], [2], [3]]))
    write("pandas.csv", ",0,1\n0,1.5,2\n1,3,4\n", [{"name": "tokens", "labels": ["0", "1"]},
                                                   {"name": "columns", "labels": ["0", "1"]}],
          array=np.array([[1.5, 2], [3, 4]]))


def json_files():
    random = np.random.RandomState(5)
    query, key = random.standard_normal((2, 3, 2)).round(4), random.standard_normal((2, 3, 2)).round(4)
    (FOLDER / "matrix.json").write_text(json.dumps(query.tolist()))
    expect("matrix.json", [entry("matrix", query, "number")])
    content = {"model": "made up", "heads": 2, "attention": {"query": query.tolist(), "key": key.tolist()},
               "tokens": ["the", "cat", "sat"]}
    (FOLDER / "named.json").write_text(json.dumps(content, indent=1))
    expect("named.json", [entry("attention.query", query, "number"), entry("attention.key", key, "number")],
           [{"name": "tokens", "labels": content["tokens"]}])
    (FOLDER / "flat.json").write_text(json.dumps({"x": {"shape": [3, 4], "data": query.ravel().tolist()}}))
    expect("flat.json", [entry("x", query.reshape(3, 4), "number")])
    special = np.array([[1, np.nan], [np.inf, -np.inf]])
    (FOLDER / "python_nan.json").write_text(json.dumps({"NaN": special.tolist(), "words": ["NaN", "\\\" Infinity"]}))
    expect("python_nan.json", [entry("NaN", special, "number")], [{"name": "words", "labels": ["NaN", "\\\" Infinity"]}])
    (FOLDER / "javascript_nan.json").write_text('[[1, null], ["Infinity", "-Infinity"], [true, false]]')
    expect("javascript_nan.json", [entry("javascript_nan", np.array([*special, [1, 0]]), "number")])


def refused_files():
    """Files that real programs write and that are refused: they are in no manifest."""
    np.save(FOLDER / "refused_objects.npy", np.array([{"a": 1}, None], object), allow_pickle=True)
    np.save(FOLDER / "refused_complex.npy", np.zeros(2, np.complex64))
    np.save(FOLDER / "refused_structured.npy", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    np.save(FOLDER / "refused_dates.npy", np.zeros(2, "<M8[s]"))
    torch.save({"weight": torch.zeros(2, 2)}, FOLDER / "refused_pickle.pt")
    with zipfile.ZipFile(FOLDER / "refused_no_arrays.npz", "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), "nothing here")  # ZipInfo: without the time of day


def main():
    FOLDER.mkdir(exist_ok=True)
    npy_files()
    words("words_unicode.npy", np.array(["the", "c\u00e4t", "\U0001f408"]))
    words("words_unicode_big_endian.npy", np.array(["the", "cat"], ">U3"))
    npz_files()
    safetensors_files()
    text_files()
    json_files()
    refused_files()
    (FOLDER / "manifest.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in MANIFEST) + "\n]\n")


if __name__ == "__main__":
    main()

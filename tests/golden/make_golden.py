#!/usr/bin/python3
"""Writes the golden cases: index.json and one .bin per operation, beside this script.

The expected values come from PyTorch: the formula in float64 as plain expressions, rounded to float32 at the end.
Where PyTorch has a layer for the same thing (nn.MultiheadAttention, nn.Linear), the script asserts that it agrees. It
also asserts that a plain float32 evaluation stays inside the tolerance that the tests use, so that no case asks for
more than float32 can give.
"""

import json
import math
import pathlib
import zlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
TOLERANCE = 4e-6  # of the largest finite |expected| of a tensor
SIZE_LIMIT = 600_000  # bytes, all files together
PARTS = ("query", "key", "value")


class Writer:
    """Appends tensors to one .bin per operation (little-endian, C order, offsets multiple of 8)."""

    def __init__(self):
        self.bins = {}
        self.cases = []

    def tensor(self, op, name, value):
        value = np.asarray(value)
        dtype = "bool" if value.dtype == np.bool_ else "float32"
        raw = np.ascontiguousarray(value, dtype=np.uint8 if dtype == "bool" else "<f4").tobytes()
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


def agree_in_float32(compute, outputs, what):
    """A plain float32 evaluation has to stay within half of the tolerance."""
    for key, value in compute(lambda array: torch.from_numpy(np.asarray(array))).items():
        agree(value, outputs[key], (what, key, "float32"), TOLERANCE / 2)


# --- attention --------------------------------------------------------------------------------------------------------


def forbidden(shape, mask, causal, to_tensor):
    """(additive, fully): what is added to the scores (-inf = forbidden), and the rows where every key is forbidden."""
    query_length, key_length = shape[-2:]
    additive = torch.zeros(shape, dtype=to_tensor(np.float32(0)).dtype)
    if causal:
        later = torch.ones(query_length, key_length).triu(1).bool()
        additive = additive.masked_fill(later, -math.inf)
    if mask is not None:
        if mask.dtype == np.bool_:
            additive = additive.masked_fill(~torch.from_numpy(mask), -math.inf)
        else:
            additive = additive + to_tensor(mask)
    return additive, (additive == -math.inf).all(-1, keepdim=True)


def attention(query, key, value, mask, causal, scale, to_tensor):
    q, k, v = to_tensor(query), to_tensor(key), to_tensor(value)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = scale * (q @ k.transpose(-1, -2))
    additive, fully = forbidden(scores.shape, mask, causal, to_tensor)
    scores = scores + additive
    weights = torch.softmax(scores, -1).masked_fill(fully, 0)
    return {"output": weights @ v, "weights": weights, "logSumExp": torch.logsumexp(scores, -1)}


def check_with_torch_layer(query, key, mask, causal, scale, weights, what):
    """The weights from nn.MultiheadAttention with identity projections (it has its own scale, so q is scaled first)."""
    batch, heads, query_length, dim = query.shape
    key_length = key.shape[2]
    layer = torch.nn.MultiheadAttention(heads * dim, heads, bias=False, batch_first=True).double()
    identity = torch.eye(heads * dim, dtype=torch.float64)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([identity] * 3))
        layer.out_proj.weight.copy_(identity)
    scale = 1 / math.sqrt(dim) if scale is None else scale
    q = double(query) * (scale * math.sqrt(dim))
    rows = lambda tensor: tensor.transpose(1, 2).reshape(batch, -1, heads * dim)
    additive, fully = forbidden(weights.shape, mask, causal, double)
    with torch.no_grad():
        _, got = layer(rows(q), rows(double(key)), rows(double(key)), need_weights=True, average_attn_weights=False,
                       attn_mask=additive.reshape(batch * heads, query_length, key_length))
    agree(got.masked_fill(fully, 0), weights, (what, "nn.MultiheadAttention"))


def attention_case(name, b=1, h=1, lq=3, lk=None, d=4, dv=None, mask=None, causal=False, scale=None, exact=False):
    """mask: a function random -> array. exact: inputs on a grid on which scores are exact in float32."""
    lk, dv = lk or lq, dv or d
    random = random_for(name)
    # A score's standard deviation is about 3: sharp weights, so that a wrong mask, offset or head shows.
    draw = eighths if exact else lambda r, *shape: normal(r, *shape, gain=math.sqrt(3))
    query, key = draw(random, b, h, lq, d), draw(random, b, h, lk, d)
    value = normal(random, b, h, lk, dv)
    mask = mask(random) if mask else None
    outputs = attention(query, key, value, mask, causal, scale, double)
    check_with_torch_layer(query, key, mask, causal, scale, outputs["weights"], name)
    agree_in_float32(lambda to: attention(query, key, value, mask, causal, scale, to), outputs, name)
    attrs = {**({"causal": True} if causal else {}), **({"scale": scale} if scale is not None else {})}
    inputs = {"query": query, "key": key, "value": value, **({} if mask is None else {"mask": mask})}
    WRITER.case("attention", name, attrs, inputs, outputs)


def boolean(*shape, keep=0.6):
    """Random; at least one key is left in every row (rows that are masked whole have their own cases)."""
    def make(random):
        mask = random.uniform(size=shape) < keep
        mask[..., 0] |= ~mask.any(-1)
        return mask
    return make


def additive(*shape):
    """Random finite biases with some -inf, never a whole row of them."""
    def make(random):
        mask = normal(random, *shape, gain=2)
        mask[random.uniform(size=shape) < 0.3] = -np.inf
        mask[..., 0] = np.where(np.isinf(mask).all(-1), np.float32(0.5), mask[..., 0])
        return mask
    return make


def rows_off(rows, make):
    """`make`, with these query rows masked whole."""
    def changed(random):
        mask = make(random)
        mask[..., rows, :] = False if mask.dtype == np.bool_ else -np.inf
        return mask
    return changed


def attention_cases():
    attention_case("attention_1x1x1x1", lq=1, d=1)
    attention_case("attention_3x3", lq=3, d=3)
    for d in (1, 2, 3, 5, 7, 8, 12, 40, 64, 80):
        attention_case(f"attention_dim_{d}", h=2, lq=3, d=d)
    for d, dv in ((4, 1), (3, 7), (8, 5), (16, 33), (64, 3), (5, 64)):
        attention_case(f"attention_dim_{d}_value_dim_{dv}", h=2, lq=3, lk=5, d=d, dv=dv)
    for length in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 17, 19):
        attention_case(f"attention_length_{length}", lq=length, d=6)
    for lq, lk in ((1, 9), (9, 1), (2, 19), (19, 2), (7, 33), (33, 7)):
        attention_case(f"attention_length_{lq}_keys_{lk}", h=2, lq=lq, lk=lk, d=5)
    attention_case("attention_batch_2_heads_3", b=2, h=3, lq=5, lk=7, d=8, dv=6)
    attention_case("attention_length_33", lq=33, d=16)
    attention_case("attention_length_70", lq=70, d=5, dv=3)
    attention_case("attention_length_197_keys_21", lq=197, lk=21, d=3, dv=2)
    attention_case("attention_length_9_keys_197", lq=9, lk=197, d=8, dv=5)

    size = {"b": 2, "h": 3, "lq": 4, "lk": 5, "d": 3}
    shapes = ((5,), (1,), (4, 5), (1, 5), (4, 1), (3, 4, 5), (1, 4, 5), (3, 1, 5), (3, 4, 1), (2, 3, 4, 5),
              (1, 3, 4, 5), (2, 1, 4, 5), (2, 1, 1, 5), (2, 3, 1, 1), (1, 1, 4, 5), (2, 1, 4, 1))
    for shape in shapes:
        label = "x".join(map(str, shape))
        if shape[-1] != 1:
            attention_case(f"attention_mask_boolean_{label}", mask=boolean(*shape), **size)
        attention_case(f"attention_mask_additive_{label}", mask=additive(*shape), **size)
    # A boolean mask whose key dimension is broadcast can only keep or forbid whole rows.
    attention_case("attention_mask_boolean_4x1", mask=lambda _: np.array([[True], [False], [True], [False]]), **size)
    attention_case("attention_mask_boolean_2x3x1x1", mask=lambda r: r.permutation(6).reshape(2, 3, 1, 1) < 3, **size)
    attention_case("attention_mask_boolean_all_true", mask=lambda _: np.ones((4, 5), np.bool_), **size)
    attention_case("attention_mask_boolean_17x19", mask=boolean(17, 19, keep=0.4), h=2, lq=17, lk=19, d=5)
    attention_case("attention_mask_additive_17x19", mask=additive(17, 19), h=2, lq=17, lk=19, d=5)
    # Padding: the last keys of each batch element are not there.
    attention_case("attention_mask_padding", b=2, h=2, lq=9, d=8,
                   mask=lambda _: np.arange(9)[None, None, None, :] < np.array([4, 9])[:, None, None, None])
    # Huge negative finite biases forbid nothing: a row of them is an even softmax.
    attention_case("attention_mask_additive_minus_1e30", h=2, lq=4, d=4,
                   mask=lambda _: np.where(np.indices((4, 4))[0] < 2, np.float32(-1e30), np.float32(0)))
    attention_case("attention_mask_additive_some_minus_1e30", h=2, lq=4, d=4,
                   mask=lambda r: np.where(boolean(4, 4)(r), np.float32(0), np.float32(-1e30)))

    for lq, lk in ((1, 1), (3, 3), (8, 8), (19, 19), (3, 7), (7, 3), (1, 6), (6, 1)):
        attention_case(f"attention_causal_{lq}_keys_{lk}", h=2, lq=lq, lk=lk, d=5, causal=True)
    attention_case("attention_causal_batch_2_heads_3", b=2, h=3, lq=6, d=8, dv=3, causal=True)
    attention_case("attention_causal_length_37", lq=37, d=8, dv=2, causal=True)
    attention_case("attention_causal_mask_boolean", b=2, h=3, lq=6, d=4, causal=True,
                   mask=boolean(2, 1, 6, 6))
    attention_case("attention_causal_mask_additive", b=2, h=3, lq=5, lk=8, d=4, causal=True,
                   mask=additive(3, 5, 8))
    # Together they leave nothing to row 0, though neither masks it whole on its own.
    attention_case("attention_causal_mask_hides_first_key", h=2, lq=5, d=4, causal=True,
                   mask=lambda _: np.arange(5) > 0)
    attention_case("attention_causal_mask_additive_hides_first_keys", h=2, lq=5, lk=6, d=4, causal=True,
                   mask=lambda _: np.where(np.arange(6) > 1, np.float32(0.25), np.float32(-np.inf)))

    attention_case("attention_masked_rows_boolean", b=2, h=3, lq=6, d=3, mask=rows_off([0, 3], boolean(6, 6)))
    attention_case("attention_masked_rows_additive", b=2, h=3, lq=6, d=3, mask=rows_off([2, 5], additive(3, 6, 6)))
    attention_case("attention_masked_rows_all_boolean", h=2, lq=3, lk=9, d=4, mask=lambda _: np.zeros((1,), np.bool_))
    attention_case("attention_masked_rows_all_additive", h=2, lq=3, lk=9, d=4,
                   mask=lambda _: np.full((3, 9), -np.inf, np.float32))
    attention_case("attention_masked_rows_length_33", lq=33, d=3, mask=rows_off([0, 16, 32], boolean(33, 33)))

    attention_case("attention_scale_20", h=2, lq=7, d=8, scale=20, exact=True)
    attention_case("attention_scale_20_causal", lq=19, d=4, scale=20, causal=True, exact=True)
    attention_case("attention_scale_0", h=2, lq=5, lk=6, d=8, scale=0)
    attention_case("attention_scale_0_causal", h=2, lq=5, d=8, scale=0, causal=True)
    attention_case("attention_scale_negative", h=2, lq=5, d=8, scale=-0.5)
    attention_case("attention_scale_negative_mask", h=2, lq=5, d=8, scale=-0.5, mask=boolean(5, 5))
    attention_case("attention_scale_1", h=2, lq=4, d=3, scale=1, exact=True)


# --- layers -----------------------------------------------------------------------------------------------------------


def affine(x, weight, bias):
    """x Wᵀ + b, as nn.Linear."""
    y = x @ weight.transpose(-1, -2)
    return y if bias is None else y + bias


def check_linear(x, weight, bias, y, what):
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None).double()
    with torch.no_grad():
        layer.weight.copy_(double(weight))
        if bias is not None:
            layer.bias.copy_(double(bias))
        agree(layer(double(x)), y, (what, "nn.Linear"))


def projection(random, out, inner, gain=1.0):
    return normal(random, out, inner, gain=gain / math.sqrt(inner))


def linear_case(name, n, inner, out, bias):
    random = random_for(name)
    x, weight = normal(random, n, inner), projection(random, out, inner)
    b = normal(random, out) if bias else None
    compute = lambda to: {"y": affine(to(x), to(weight), None if b is None else to(b))}
    outputs = compute(double)
    check_linear(x, weight, b, outputs["y"], name)
    agree_in_float32(compute, outputs, name)
    WRITER.case("linear", name, {}, {"x": x, "weight": weight, **({"bias": b} if bias else {})}, outputs)


def self_attention_steps_case(name, x, w_query, w_key, w_value, causal=False, scale=None):
    def compute(to):
        query, key, value = to(x) @ to(w_query), to(x) @ to(w_key), to(x) @ to(w_value)
        scores = (1 / math.sqrt(query.shape[-1]) if scale is None else scale) * (query @ key.transpose(-1, -2))
        masked = scores + forbidden(scores.shape, None, causal, to)[0]
        weights = torch.softmax(masked, -1)
        return {"query": query, "key": key, "value": value, "scores": scores, "weights": weights,
                "output": weights @ value}

    outputs = compute(double)
    for key, weight in (("query", w_query), ("key", w_key), ("value", w_value)):
        check_linear(x, weight.T.copy(), None, outputs[key], (name, key))
    as_heads = lambda tensor: tensor[None, None].numpy()
    check_with_torch_layer(as_heads(outputs["query"]), as_heads(outputs["key"]), None, causal, scale,
                           outputs["weights"][None, None], name)
    agree_in_float32(compute, outputs, name)
    attrs = {**({"causal": True} if causal else {}), **({"scale": scale} if scale is not None else {})}
    inputs = {"x": x, "w_query": w_query, "w_key": w_key, "w_value": w_value}
    WRITER.case("self_attention_steps", name, attrs, inputs, outputs)


def self_attention_steps_cases():
    integers = lambda rows: np.array(rows, np.float32)
    x = integers([[2, 1, 0], [0, 1, 3], [1, -1, 1]])
    w_query = integers([[1, 0, 1], [0, 2, 0], [1, 0, 0]])
    w_key = integers([[0, 1, 1], [1, 0, 0], [0, 1, -1]])
    w_value = integers([[3, 0, 1], [0, 1, 0], [1, 2, 0]])
    for causal in (False, True):
        for scale in (None, 1):
            label = f"{'_causal' if causal else ''}{'' if scale is None else f'_scale_{scale}'}"
            name = f"self_attention_steps_integers_3x3{label}"
            self_attention_steps_case(name, x, w_query, w_key, w_value, causal, scale)
    for length, dim, out, causal, scale in ((1, 1, 1, False, None), (5, 4, 3, False, None), (6, 8, 8, True, None),
                                            (7, 3, 10, False, 0.25), (19, 16, 12, True, None), (33, 7, 5, False, None)):
        name = f"self_attention_steps_{length}x{dim}_to_{out}"
        random = random_for(name)
        weights = [normal(random, dim, out, gain=1.5 / math.sqrt(dim)) for _ in range(3)]
        self_attention_steps_case(name, normal(random, length, dim), *weights, causal, scale)


def self_attention_case(name, b, length, dim, bias):
    random = random_for(name)
    x = normal(random, b, length, dim)
    parameters = {}
    for part in PARTS:
        parameters[f"w_{part}"] = projection(random, dim, dim, gain=1.5)
        if bias:
            parameters[f"b_{part}"] = normal(random, dim, gain=0.5)

    def compute(to):
        q, k, v = (affine(to(x), to(parameters[f"w_{part}"]), to(parameters[f"b_{part}"]) if bias else None)
                   for part in PARTS)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(dim), -1)
        return {"output": weights @ v, "weights": weights[:, None]}

    outputs = compute(double)
    layer = torch.nn.MultiheadAttention(dim, 1, bias=bias, batch_first=True).double()
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([double(parameters[f"w_{part}"]) for part in PARTS]))
        layer.out_proj.weight.copy_(torch.eye(dim))
        if bias:
            layer.in_proj_bias.copy_(torch.cat([double(parameters[f"b_{part}"]) for part in PARTS]))
            layer.out_proj.bias.zero_()
        output, weights = layer(double(x), double(x), double(x), average_attn_weights=False)
    agree(output, outputs["output"], name)
    agree(weights, outputs["weights"], name)
    agree_in_float32(compute, outputs, name)
    WRITER.case("self_attention", name, {}, {"x": x, **parameters}, outputs)


def split_heads(tensor, heads):
    """(..., L, H*D) -> (..., H, L, D), the heads' columns beside each other."""
    return tensor.unflatten(-1, (heads, tensor.shape[-1] // heads)).transpose(-2, -3)


def join_heads(tensor):
    return tensor.transpose(-2, -3).flatten(-2)


def multi_head_attention_case(name, b, lq, lk, dim, heads, bias, causal=False):
    random = random_for(name)
    query = normal(random, b, lq, dim)
    key, value = (query, query) if lk is None else (normal(random, b, lk, dim), normal(random, b, lk, dim))
    parameters = {}
    for part in "qkvo":
        parameters[f"fc_{part}_weight"] = projection(random, dim, dim, gain=1.5)
        if bias:
            parameters[f"fc_{part}_bias"] = normal(random, dim, gain=0.5)

    def compute(to):
        def apply(part, x):
            return affine(x, to(parameters[f"fc_{part}_weight"]), to(parameters[f"fc_{part}_bias"]) if bias else None)

        q, k, v = (split_heads(apply(part, to(x)), heads) for part, x in (("q", query), ("k", key), ("v", value)))
        scores = q @ k.transpose(-1, -2) / math.sqrt(dim // heads)
        weights = torch.softmax(scores + forbidden(scores.shape, None, causal, to)[0], -1)
        return {"output": apply("o", join_heads(weights @ v)), "weights": weights}

    outputs = compute(double)
    layer = torch.nn.MultiheadAttention(dim, heads, bias=bias, batch_first=True).double()
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([double(parameters[f"fc_{part}_weight"]) for part in "qkv"]))
        layer.out_proj.weight.copy_(double(parameters["fc_o_weight"]))
        if bias:
            layer.in_proj_bias.copy_(torch.cat([double(parameters[f"fc_{part}_bias"]) for part in "qkv"]))
            layer.out_proj.bias.copy_(double(parameters["fc_o_bias"]))
        later = torch.ones(query.shape[1], key.shape[1]).triu(1).bool() if causal else None
        output, weights = layer(double(query), double(key), double(value), attn_mask=later, average_attn_weights=False)
    agree(output, outputs["output"], name)
    agree(weights, outputs["weights"], name)
    agree_in_float32(compute, outputs, name)
    attrs = {"heads": heads, **({"causal": True} if causal else {})}
    inputs = {"query": query, "key": key, "value": value, **parameters}
    WRITER.case("multi_head_attention", name, attrs, inputs, outputs)


def patch_attention_case(name, b, p, n, d, heads, dim_head):
    random = random_for(name)
    inner = heads * dim_head
    x, parameters = normal(random, b, p, n, d), {"w_qkv": projection(random, 3 * inner, d, gain=1.5)}
    if heads != 1 or dim_head != d:
        parameters |= {"w_out": projection(random, d, inner), "b_out": normal(random, d, gain=0.5)}

    def compute(to):
        q, k, v = (split_heads(part, heads) for part in affine(to(x), to(parameters["w_qkv"]), None).chunk(3, -1))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(dim_head), -1)
        output = join_heads(weights @ v)
        if "w_out" in parameters:
            output = affine(output, to(parameters["w_out"]), to(parameters["b_out"]))
        return {"output": output, "weights": weights}

    outputs = compute(double)
    assert outputs["output"].shape == x.shape and outputs["weights"].shape == (b, p, heads, n, n)
    if inner == d:  # nn.MultiheadAttention has no dim_head of its own
        layer = torch.nn.MultiheadAttention(d, heads, batch_first=True).double()
        with torch.no_grad():
            layer.in_proj_weight.copy_(double(parameters["w_qkv"]))
            layer.in_proj_bias.zero_()
            layer.out_proj.weight.copy_(double(parameters["w_out"]) if heads != 1 else torch.eye(d))
            layer.out_proj.bias.copy_(double(parameters["b_out"]) if heads != 1 else torch.zeros(d))
            rows = double(x).flatten(0, 1)
            output, weights = layer(rows, rows, rows, average_attn_weights=False)
        agree(output.unflatten(0, (b, p)), outputs["output"], name)
        agree(weights.unflatten(0, (b, p)), outputs["weights"], name)
    agree_in_float32(compute, outputs, name)
    WRITER.case("patch_attention", name, {"heads": heads, "dim_head": dim_head}, {"x": x, **parameters}, outputs)


def sinusoidal_positions_case(length, dim):
    position = torch.arange(length, dtype=torch.float64)[:, None]
    column = torch.arange(dim)
    angle = position / 10000 ** ((column - column % 2).double() / dim)
    positions = torch.where(column % 2 == 0, torch.sin(angle), torch.cos(angle))
    for p, c in ((length - 1, dim - 1), (length // 2, dim // 2)):  # the definition once more, by hand, at two places
        by_hand = (math.cos if c % 2 else math.sin)(p / math.pow(10000, (c // 2 * 2) / dim))
        assert abs(positions[p, c].item() - by_hand) < 1e-12
    attrs = {"length": length, "dim": dim}
    WRITER.case("sinusoidal_positions", f"sinusoidal_positions_{length}x{dim}", attrs, {}, {"positions": positions})


def main():
    torch.set_num_threads(1)
    attention_cases()
    self_attention_steps_cases()
    for b, length, dim in ((1, 3, 3), (2, 5, 8), (1, 1, 4), (2, 17, 7)):
        for bias in (False, True):
            self_attention_case(f"self_attention_{b}x{length}x{dim}{'_bias' if bias else ''}", b, length, dim, bias)
    for b, lq, lk, dim, heads, bias, causal in (
            (1, 3, None, 4, 1, True, False), (2, 5, None, 12, 3, True, False), (2, 5, None, 12, 3, False, False),
            (1, 4, 7, 16, 2, True, False), (2, 6, 3, 20, 4, False, False), (1, 9, None, 8, 8, True, True),
            (2, 4, 6, 10, 2, True, True), (1, 17, None, 18, 3, True, False)):
        keys = "" if lk is None else f"_keys_{lk}"
        label = f"{keys}_heads_{heads}{'_bias' if bias else ''}{'_causal' if causal else ''}"
        multi_head_attention_case(f"multi_head_attention_{b}x{lq}x{dim}{label}", b, lq, lk, dim, heads, bias, causal)
    for b, p, n, d, heads, dim_head in ((1, 1, 4, 6, 1, 6), (1, 4, 5, 8, 1, 3), (2, 4, 6, 12, 3, 4),
                                        (1, 2, 9, 10, 4, 8), (2, 1, 7, 5, 2, 3)):
        name = f"patch_attention_{b}x{p}x{n}x{d}_heads_{heads}_dim_head_{dim_head}"
        patch_attention_case(name, b, p, n, d, heads, dim_head)
    for length, dim in ((1, 1), (3, 4), (5, 7), (10, 16), (50, 12), (4, 65)):
        sinusoidal_positions_case(length, dim)
    for n, inner, out in ((1, 1, 1), (3, 4, 5), (7, 13, 9), (5, 40, 17)):
        for bias in (False, True):
            linear_case(f"linear_{n}x{inner}_to_{out}{'_bias' if bias else ''}", n, inner, out, bias)
    WRITER.finish()


if __name__ == "__main__":
    main()

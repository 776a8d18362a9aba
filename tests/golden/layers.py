"""Golden cases of layers: projections around attention, and what they are made of."""

import math

import numpy as np
import torch

from attention import check_with_torch_layer, forbidden
from support import WRITER, agree, agree_in_float32, double, normal, random_for

PARTS = ("query", "key", "value")



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
    additive = forbidden((1, 1, *outputs["scores"].shape), None, causal, double)[0]
    check_with_torch_layer(as_heads(outputs["query"]), as_heads(outputs["key"]), scale, additive,
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


def layer_cases():
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

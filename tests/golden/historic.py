"""Golden cases of the attentions beside the scaled dot product: additive, multiplicative, linear."""

import math

import torch

from support import WRITER, agree, agree_in_float32, double, normal, random_for


def result(scores, value, mask, causal, to):
    """softmax of the scores (b, lq, lk), masked, times the values; rows without a key are 0."""
    masked = scores
    if mask is not None:
        bias = torch.where(torch.from_numpy(mask), 0.0, -math.inf) if mask.dtype == bool else to(mask)
        masked = masked + bias.to(scores.dtype)
    if causal:
        masked = masked + torch.full(scores.shape[-2:], -math.inf, dtype=scores.dtype).triu(1)
    weights = torch.softmax(masked, -1).nan_to_num(0.0)
    return {"output": weights @ value, "weights": weights, "scores": scores}


def mask_for(random, kind, b, lq, lk):
    if kind == "boolean":
        mask = random.random_sample((b, lq, lk)) < 0.7
        mask[0, 0] = False  # a query without any key
        return mask
    return normal(random, lq, lk) if kind == "additive" else None


def finish(op, name, compute, inputs, mask, causal):
    outputs = compute(double)
    agree_in_float32(compute, outputs, name)
    attrs = {"causal": True} if causal else {}
    WRITER.case(op, name, attrs, {**inputs, **({} if mask is None else {"mask": mask})}, outputs)


def sequences(random, b, lq, lk, query_dim, key_dim, value_dim):
    return {"query": normal(random, b, lq, query_dim), "key": normal(random, b, lk, key_dim),
            "value": normal(random, b, lk, value_dim)}


def label(b, lq, lk, dims, mask, causal):
    return f"{b}x{lq}x{lk}_dims_{'_'.join(map(str, dims))}{f'_{mask}' if mask else ''}{'_causal' if causal else ''}"


def additive_case(b, lq, lk, dims, hidden, bias=False, mask=None, causal=False):
    name = f"additive_attention_{label(b, lq, lk, dims, mask, causal)}_hidden_{hidden}{'_bias' if bias else ''}"
    random = random_for(name)
    inputs = sequences(random, b, lq, lk, *dims)
    inputs |= {"W_q.weight": normal(random, hidden, dims[0], gain=1 / math.sqrt(dims[0])),
               "W_k.weight": normal(random, hidden, dims[1], gain=1 / math.sqrt(dims[1])),
               "w_v.weight": normal(random, 1, hidden, gain=2 / math.sqrt(hidden))}
    if bias:
        inputs |= {"W_q.bias": normal(random, hidden), "W_k.bias": normal(random, hidden), "w_v.bias": normal(random, 1)}
    masking = mask_for(random, mask, b, lq, lk)

    def compute(to):
        linear = lambda part, x: torch.nn.functional.linear(
            x, to(inputs[f"{part}.weight"]), to(inputs[f"{part}.bias"]) if bias else None)
        query, key = linear("W_q", to(inputs["query"])), linear("W_k", to(inputs["key"]))
        scores = linear("w_v", torch.tanh(query[:, :, None] + key[:, None])).squeeze(-1)
        return result(scores, to(inputs["value"]), masking, causal, to)

    finish("additive_attention", name, compute, inputs, masking, causal)


def multiplicative_case(b, lq, lk, dims, general, mask=None, causal=False):
    name = f"multiplicative_attention_{label(b, lq, lk, dims, mask, causal)}_{'general' if general else 'dot'}"
    random = random_for(name)
    inputs = sequences(random, b, lq, lk, *dims)
    if general:
        inputs["W_a.weight"] = normal(random, dims[0], dims[1], gain=1 / math.sqrt(dims[1]))
    masking = mask_for(random, mask, b, lq, lk)

    def compute(to):
        key = to(inputs["key"])
        seen = torch.nn.functional.linear(key, to(inputs["W_a.weight"])) if general else key
        return result(to(inputs["query"]) @ seen.transpose(-1, -2), to(inputs["value"]), masking, causal, to)

    finish("multiplicative_attention", name, compute, inputs, masking, causal)


def linear_attention_case(b, heads, lq, lk, depth, value_depth, causal):
    name = f"linear_attention_{b}x{heads}x{lq}x{lk}_depth_{depth}_{value_depth}{'_causal' if causal else ''}"
    random = random_for(name)
    inputs = {"query": normal(random, b, heads, lq, depth, gain=1.5), "key": normal(random, b, heads, lk, depth, gain=1.5),
              "value": normal(random, b, heads, lk, value_depth)}

    def compute(to):
        query, key = (torch.nn.functional.elu(to(inputs[part])) + 1 for part in ("query", "key"))
        weights = query @ key.transpose(-1, -2)
        if causal:
            weights = weights.tril()
        weights = weights / weights.sum(-1, keepdim=True)
        return {"output": weights @ to(inputs["value"]), "weights": weights}

    outputs = compute(double)
    # The same without ever having the weights: what makes it linear.
    query, key = (torch.nn.functional.elu(double(inputs[part])) + 1 for part in ("query", "key"))
    value = double(inputs["value"])
    if causal and lq == lk:
        state = torch.einsum("bhjd,bhjv->bhjdv", key, value).cumsum(2)
        linear = torch.einsum("bhid,bhidv->bhiv", query, state) / (query * key.cumsum(2)).sum(-1, keepdim=True)
        agree(linear, outputs["output"], name)
    elif not causal:
        linear = query @ (key.transpose(-1, -2) @ value) / (query * key.sum(2, keepdim=True)).sum(-1, keepdim=True)
        agree(linear, outputs["output"], name)
    agree_in_float32(compute, outputs, name)
    if lq * lk > 5000:
        del outputs["weights"]  # too large to keep
    WRITER.case("linear_attention", name, {"causal": True} if causal else {}, inputs, outputs)


def historic_cases():
    additive_case(1, 1, 1, (1, 1, 1), 1)
    additive_case(1, 3, 5, (4, 6, 2), 7)
    additive_case(2, 4, 4, (5, 5, 3), 16, bias=True)
    additive_case(2, 4, 6, (3, 4, 5), 9, bias=True, mask="boolean")
    additive_case(2, 5, 4, (3, 4, 5), 12, mask="additive")
    additive_case(1, 6, 6, (4, 4, 4), 10, causal=True)
    for general in (False, True):
        key_dim = 6 if general else 4
        multiplicative_case(1, 1, 1, (1, 1, 1), general)
        multiplicative_case(2, 3, 5, (4, key_dim, 2), general)
        multiplicative_case(2, 4, 6, (4, key_dim, 5), general, mask="boolean")
        multiplicative_case(1, 5, 4, (4, key_dim, 3), general, mask="additive")
        multiplicative_case(1, 7, 7, (4, key_dim, 4), general, causal=True)
    for shape in ((1, 1, 1, 1, 1, 1), (1, 2, 3, 5, 4, 6), (2, 1, 7, 7, 3, 5), (1, 1, 9, 4, 8, 8), (1, 1, 4, 300, 5, 3),
                  (1, 1, 280, 280, 4, 2)):
        for causal in (False, True):
            linear_attention_case(*shape, causal)

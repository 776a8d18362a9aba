"""Golden cases of attention: what scaled_dot_product_attention does, with every option."""

import math

import numpy as np
import torch

from support import WRITER, agree, agree_in_float32, double, eighths, largest_difference, normal, random_for

BOTTOM_RIGHT = "bottom-right"


def forbidden(shape, mask, causal, to_tensor, window=None, first_positions=(0,), key_lengths=None, slopes=None):
    """(additive, fully): what is added to the scores (-inf = forbidden), and the rows where every key is forbidden.

    Query i of batch element b stands at first_positions[b] + i.
    """
    query_length, key_length = shape[-2:]
    additive = torch.zeros(shape, dtype=to_tensor(np.float32(0)).dtype)
    position = torch.tensor(first_positions)[:, None, None, None] + torch.arange(query_length)[:, None]
    key = torch.arange(key_length)
    before = position - key
    if len(shape) == 2:
        before = before[0, 0]
    if causal:
        additive = additive.masked_fill(before < 0, -math.inf)
    left, right = window or (None, None)
    if left is not None:
        additive = additive.masked_fill(before > left, -math.inf)
    if right is not None:
        additive = additive.masked_fill(-before > right, -math.inf)
    if slopes is not None:
        additive = additive - to_tensor(slopes)[:, None, None] * before.abs()
    if mask is not None:
        if mask.shape[-1:] != (1,) and mask.shape[-1] < key_length:  # a mask need not cover padding
            fill = False if mask.dtype == np.bool_ else -np.inf
            mask = np.concatenate([mask, np.full((*mask.shape[:-1], key_length - mask.shape[-1]), fill, mask.dtype)], -1)
        if mask.dtype == np.bool_:
            additive = additive.masked_fill(~torch.from_numpy(mask), -math.inf)
        else:
            additive = additive + to_tensor(mask)
    if key_lengths is not None:
        additive = additive.masked_fill(key >= torch.tensor(key_lengths)[:, None, None, None], -math.inf)
    return additive, (additive == -math.inf).all(-1, keepdim=True)


def dropout_factors(shape, probability, seed):
    """1 / (1 - probability) where a weight is kept, else 0: a hash of seed, head (through all batch elements), query, key."""
    word = 0xFFFFFFFF

    def mix(x):
        x = (x ^ x >> 16) * 0x7FEB352D & word
        x = (x ^ x >> 15) * 0x846CA68B & word
        return x ^ x >> 16

    factors = torch.zeros(shape, dtype=torch.float64)
    for b, h, i, j in np.ndindex(*shape):
        head = b * shape[1] + h
        row = mix(mix(seed ^ 0x9E3779B9 * (head + 1) & word) + i & word)
        if mix(row + 0x9E3779B9 * (j + 1) & word) >= math.floor(probability * 2**32):
            factors[b, h, i, j] = 1 / (1 - probability)
    return factors


def alibi_slopes(heads):
    """As in the paper's own code (github.com/ofirpress/attention_with_linear_biases)."""
    if math.log2(heads).is_integer():
        start = 2 ** -(2 ** -(math.log2(heads) - 3))
        return [start * start**i for i in range(heads)]
    closest = 2 ** math.floor(math.log2(heads))
    return alibi_slopes(closest) + alibi_slopes(2 * closest)[0::2][: heads - closest]


def kv_head_of(query_heads, kv_heads):
    """Grouped queries: query head h reads this head of the keys and values."""
    return [h // (query_heads // kv_heads) for h in range(query_heads)]


def attention(query, key, value, mask, causal, scale, to_tensor, softcap=None, sinks=None, dropout=None, window=None,
              first_positions=(0,), key_lengths=None, slopes=None, kv_heads=None, softcap_last=False):
    """Every step of attention over (B, H, L, D). kv_heads and softcap_last are there to get it wrong."""
    q, k, v = to_tensor(query), to_tensor(key), to_tensor(value)
    if q.shape[1] != k.shape[1]:
        heads = kv_heads or kv_head_of(q.shape[1], k.shape[1])
        k, v = k[:, heads], v[:, heads]
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    cap = (lambda s: softcap * torch.tanh(s / softcap)) if softcap else (lambda s: s)
    scaled = scale * (q @ k.transpose(-1, -2))
    softcapped = scaled if softcap_last else cap(scaled)
    additive, fully = forbidden(scaled.shape, mask, causal, to_tensor, window, first_positions, key_lengths, slopes)
    biased = cap(softcapped + additive) if softcap_last else softcapped + additive
    if sinks is None:
        softmax, log_sum_exp = torch.softmax(biased, -1), torch.logsumexp(biased, -1)
    else:  # as in gpt-oss: one more column of logits for each head, of which nothing is kept
        column = to_tensor(sinks)[None, :, None, None].expand(*biased.shape[:-1], 1)
        combined = torch.cat([biased, column], -1)
        softmax = torch.softmax(combined, -1)[..., :-1]
        log_sum_exp = torch.logsumexp(combined, -1).masked_fill(fully[..., 0], -math.inf)
    softmax = softmax.masked_fill(fully, 0)
    weights = softmax if dropout is None else softmax * dropout_factors(softmax.shape, **dropout).to(softmax.dtype)
    return {"output": weights @ v, "weights": weights, "logSumExp": log_sum_exp,
            "scaled": scaled, "softcapped": softcapped, "biased": biased, "softmax": softmax}


def check_with_torch_layer(query, key, scale, additive, weights, what):
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
    with torch.no_grad():
        _, got = layer(rows(q), rows(double(key)), rows(double(key)), need_weights=True, average_attn_weights=False,
                       attn_mask=additive.reshape(batch * heads, query_length, key_length))
    agree(got.masked_fill((additive == -math.inf).all(-1, keepdim=True), 0), weights, (what, "nn.MultiheadAttention"))


def attention_case(name, b=1, h=1, lq=3, lk=None, d=4, dv=None, mask=None, causal=False, scale=None, exact=False):
    """mask: a function random -> array. exact: inputs on a grid on which scores are exact in float32."""
    lk, dv = lk or lq, dv or d
    random = random_for(name)
    # A score's standard deviation is about 3: sharp weights, so that a wrong mask, offset or head shows.
    draw = eighths if exact else lambda r, *shape: normal(r, *shape, gain=math.sqrt(3))
    query, key = draw(random, b, h, lq, d), draw(random, b, h, lk, d)
    value = normal(random, b, h, lk, dv)
    mask = mask(random) if mask else None
    compute = lambda to: results(attention(query, key, value, mask, causal, scale, to))
    outputs = compute(double)
    shape = outputs["weights"].shape
    check_with_torch_layer(query, key, scale, forbidden(shape, mask, causal, double)[0], outputs["weights"], name)
    agree_in_float32(compute, outputs, name)
    attrs = {**({"causal": True} if causal else {}), **({"scale": scale} if scale is not None else {})}
    inputs = {"query": query, "key": key, "value": value, **({} if mask is None else {"mask": mask})}
    WRITER.case("attention", name, attrs, inputs, outputs)


def results(steps):
    return {name: steps[name] for name in ("output", "weights", "logSumExp")}


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


# --- every option -----------------------------------------------------------------------------------------------------


def option_case(name, b=1, h=4, kv=2, lq=5, lk=7, d=4, dv=3, past=0, mask=None, causal=False, scale=None, softcap=None,
                window=None, alignment=None, alibi=None, sinks=None, key_lengths=None, dropout=None, rows=False,
                stages=False, gain=math.sqrt(3), dull=()):
    """A sharp case: each option that it has is also got wrong, which has to show unless it is among the `dull` ones.

    past: how many of the lk keys are given as past_key. alibi: True for the paper's slopes. rows: heads side by side,
    (B, L, H D). stages: the scores on their way to the weights are results too.
    """
    random, b = random_for(name), len(key_lengths or range(b))
    query, key = normal(random, b, h, lq, d, gain=gain), normal(random, b, kv, lk, d, gain=gain)
    value = normal(random, b, kv, lk, dv)
    mask = mask(random) if mask else None
    slopes = {None: None, True: np.array(alibi_slopes(h), np.float32), "random": np.abs(normal(random, h))}[alibi]
    sinks = normal(random, h, gain=2) if sinks else None
    first = [past] * b
    if alignment == BOTTOM_RIGHT:
        first = [length - lq for length in (key_lengths or [lk] * b)]
    right = {"mask": mask, "causal": causal or None, "scale": scale, "softcap": softcap, "window": window,
             "first_positions": first, "key_lengths": key_lengths, "slopes": slopes, "sinks": sinks, "dropout": dropout}

    def compute(to, **wrong):
        return attention(query, key, value, to_tensor=to, **{**right, **wrong})

    steps = compute(double)
    outputs = results(steps)
    for what, wrong in wrong_ways(right, h, kv, alignment == BOTTOM_RIGHT):
        shows = largest_difference(compute(double, **wrong)["output"], steps["output"]) > 1e-3
        assert shows or what in dull, (name, what)
    check_options_with_torch_layer(query, key, scale, right, steps, name)
    agree_in_float32(lambda to: results(compute(to)), outputs, name)
    if stages:
        outputs |= {f"scores_{stage}": steps[stage] for stage in ("scaled", "softcapped", "biased", "softmax")}

    attrs = {"causal": right["causal"], "scale": scale, "softcap": softcap, "alignment": alignment, "dropout": dropout,
             "alibi": True if alibi is True else None,
             "window": window and {side: size for side, size in zip(("left", "right"), window) if size is not None}}
    inputs = {"query": query, "key": key[:, :, past:], "value": value[:, :, past:], "mask": mask, "sinks": sinks,
              "alibiSlopes": slopes if alibi == "random" else None,
              "keyLengths": None if key_lengths is None else np.array(key_lengths)}
    if past:
        inputs |= {"pastKey": key[:, :, :past], "pastValue": value[:, :, :past]}
        outputs |= {"presentKey": torch.from_numpy(key), "presentValue": torch.from_numpy(value)}
    if rows:
        attrs |= {"heads": h, "kvHeads": kv}
        side_by_side = lambda array: array.swapaxes(1, 2).reshape(b, array.shape[2], -1)
        inputs |= {part: side_by_side(inputs[part]) for part in ("query", "key", "value")}
        outputs["output"] = torch.from_numpy(side_by_side(outputs["output"].numpy()))
    given = lambda values: {key: value for key, value in values.items() if value is not None}
    WRITER.case("attention", name, given(attrs), given(inputs), outputs)


def wrong_ways(right, query_heads, kv_heads, bottom_right):
    """(what, arguments) for each way in which a plausible implementation gets an option wrong."""
    if 1 < kv_heads < query_heads:
        yield "heads are tiled", {"kv_heads": [h % kv_heads for h in range(query_heads)]}
    for option in ("mask", "causal", "scale", "softcap", "key_lengths", "window", "slopes", "sinks", "dropout"):
        # Where the last query stands at the last key, causality says all that the lengths say.
        said_already = option == "key_lengths" and right["causal"] and bottom_right
        if right[option] is not None and not said_already:
            yield f"no {option}", {option: None}
    if right["causal"] or right["window"]:
        for shift in (-1, 1):
            yield "positions", {"first_positions": [first + shift for first in right["first_positions"]]}
    left, right_size = right["window"] or (None, None)
    if left is not None:
        yield "left", {"window": (left + 1, right_size)}
    if right_size is not None and not right["causal"]:
        yield "right", {"window": (left, right_size + 1)}
    if right["softcap"] and (right["slopes"] is not None or (right["mask"] is not None and right["mask"].dtype != np.bool_)):
        yield "softcap after the mask", {"softcap_last": True}
    for option in ("slopes", "sinks"):
        if right[option] is not None and query_heads > 1:
            yield f"{option} reversed", {option: right[option][::-1].copy()}
    if right["key_lengths"] is not None and len(set(right["key_lengths"])) > 1:
        yield "lengths of the other batch element", {"key_lengths": right["key_lengths"][::-1]}
    if right["dropout"] is not None:
        yield "seed", {"dropout": {**right["dropout"], "seed": right["dropout"]["seed"] ^ 1}}


def check_options_with_torch_layer(query, key, scale, right, steps, name):
    """nn.MultiheadAttention knows no softcap; a sink is to it a key of zeros with a bias."""
    if right["softcap"]:
        return
    key = key[:, kv_head_of(query.shape[1], key.shape[1])]
    additive, weights = steps["biased"] - steps["scaled"], steps["softmax"]
    if right["sinks"] is not None:
        fully = (additive == -math.inf).all(-1, keepdim=True)
        key = np.concatenate([key, np.zeros_like(key[:, :, :1])], 2)
        column = double(right["sinks"])[None, :, None, None].expand(*additive.shape[:-1], 1)
        additive = torch.cat([additive, column.masked_fill(fully, -math.inf)], -1)
        weights = torch.cat([weights, (1 - weights.sum(-1, keepdim=True)).masked_fill(fully, 0)], -1)
    check_with_torch_layer(query, key, scale, additive, weights, name)


def option_cases():
    one = {"b": 1, "h": 2, "kv": 2, "lq": 5, "lk": 5}
    for h, kv, lq, lk in ((4, 2, 5, 7), (6, 2, 3, 4), (6, 3, 3, 4), (3, 1, 4, 6), (8, 1, 1, 9), (8, 4, 17, 5)):
        option_case(f"attention_heads_{h}_kv_{kv}_length_{lq}_keys_{lk}", h=h, kv=kv, lq=lq, lk=lk)
    for kv in (4, 2, 1):
        option_case(f"attention_rows_heads_4_kv_{kv}", b=2, kv=kv, rows=True)
    option_case("attention_rows_past_causal_mask", b=2, rows=True, past=3, causal=True, mask=additive(4, 5, 7))
    option_case("attention_rows_value_dim_9", rows=True, dv=9)

    for alignment in (None, BOTTOM_RIGHT):
        label = "_bottom_right" if alignment else ""
        aligned = {"alignment": alignment}
        for lq, lk in ((5, 7), (7, 5), (5, 5), (1, 6), (3, 19)) if alignment else ():
            dull = ("no causal", "positions") if lq == 1 else ()
            option_case(f"attention_causal_{lq}_keys_{lk}{label}", lq=lq, lk=lk, causal=True, dull=dull, **aligned)
        option_case(f"attention_window_2_1{label}", window=(2, 1), lq=8, lk=10, **aligned)
        option_case(f"attention_window_left_2{label}", window=(2, None), lq=8, lk=9, **aligned)
        option_case(f"attention_window_right_1{label}", window=(None, 1), lq=8, lk=11, **aligned)
        option_case(f"attention_window_2_causal{label}", window=(2, None), causal=True, lq=8, lk=10, **aligned)
        option_case(f"attention_window_0_0{label}", window=(0, 0), lq=6, lk=7, **aligned)
        option_case(f"attention_alibi{label}", alibi=True, lq=6, lk=9, **aligned)
        option_case(f"attention_lengths_causal{label}", key_lengths=[3, 7], causal=True, lq=4, lk=7, **aligned)
    option_case("attention_window_4_long", h=2, kv=1, window=(4, 3), lq=37, lk=41, d=3)
    option_case("attention_window_wider_than_all", **one, window=(3, 4), causal=True)
    # Queries far behind the last key see nothing at all.
    option_case("attention_window_past_the_keys", h=2, kv=2, window=(1, 0), lq=9, lk=4)
    option_case("attention_causal_before_the_keys_bottom_right", lq=9, lk=4, causal=True, alignment=BOTTOM_RIGHT)

    option_case("attention_past_causal", b=2, past=4, causal=True, lq=3)
    option_case("attention_past", past=4, lq=3)
    option_case("attention_past_window", past=6, window=(3, 0), lq=4, lk=10)
    option_case("attention_past_alibi", past=4, alibi=True, causal=True, lq=3)
    option_case("attention_past_bottom_right", past=4, causal=True, lq=5, alignment=BOTTOM_RIGHT)
    option_case("attention_past_one_token", past=8, causal=True, lq=1, lk=9, window=(4, None),
                dull=("no causal",))

    option_case("attention_lengths", key_lengths=[3, 7])
    option_case("attention_lengths_none_left", key_lengths=[0, 5])
    option_case("attention_lengths_mask_boolean", key_lengths=[6, 3], mask=boolean(4, 5, 7))
    option_case("attention_lengths_mask_short", key_lengths=[4, 5], mask=additive(2, 1, 5, 5))
    option_case("attention_lengths_mask_short_boolean", key_lengths=[4, 3], mask=boolean(5, 4))
    option_case("attention_lengths_window_bottom_right", key_lengths=[5, 8], window=(2, 1), lq=4, lk=8,
                alignment=BOTTOM_RIGHT)
    # The first queries of batch element 0 stand before the first key.
    option_case("attention_lengths_causal_before_the_keys_bottom_right", key_lengths=[2, 6], causal=True, lq=4, lk=6,
                alignment=BOTTOM_RIGHT)

    for softcap in (0.5, 2.0, 30.0):
        option_case(f"attention_softcap_{softcap:g}", softcap=softcap, gain=2.5)
    option_case("attention_softcap_mask_additive", softcap=1.5, mask=additive(4, 5, 7))
    option_case("attention_softcap_mask_boolean_causal", softcap=1.5, causal=True, mask=boolean(2, 1, 5, 7), b=2, kv=4)
    option_case("attention_softcap_scale", softcap=3.0, scale=2.0)
    option_case("attention_softcap_alibi", softcap=2.0, alibi="random")

    option_case("attention_alibi_random", alibi="random", causal=True)
    for heads in (1, 6, 8, 12):
        option_case(f"attention_alibi_{heads}_heads", h=heads, kv=heads, lq=4, lk=6, alibi=True)
    option_case("attention_alibi_mask_causal", alibi=True, causal=True, mask=additive(5, 7))
    option_case("attention_alibi_lengths_bottom_right", alibi=True, key_lengths=[4, 7], alignment=BOTTOM_RIGHT)

    option_case("attention_sinks", sinks=True)
    option_case("attention_sinks_causal", sinks=True, causal=True, lq=7)
    option_case("attention_sinks_window_causal", sinks=True, causal=True, window=(2, None), lq=8, lk=8)
    option_case("attention_sinks_masked_rows", sinks=True, mask=rows_off([0, 3], boolean(5, 7)))
    option_case("attention_sinks_softcap_mask", sinks=True, softcap=2.0, mask=additive(2, 4, 5, 7), b=2)
    option_case("attention_sinks_long", h=2, kv=2, sinks=True, lq=5, lk=67, d=3)

    for probability in (0.25, 0.5, 0.9):
        option_case(f"attention_dropout_{probability:g}", dropout={"probability": probability, "seed": 7})
    option_case("attention_dropout_seed_large", dropout={"probability": 0.5, "seed": 0xFEDCBA98}, causal=True)
    option_case("attention_dropout_sinks", dropout={"probability": 0.3, "seed": 1}, sinks=True, b=2)

    for shape in ((7,), (5, 7), (4, 5, 7), (1, 5, 7), (4, 1, 7), (2, 4, 5, 7), (2, 1, 1, 7), (1, 4, 1, 7)):
        label = "x".join(map(str, shape))
        option_case(f"attention_grouped_mask_boolean_{label}", b=2, mask=boolean(*shape))
        option_case(f"attention_grouped_mask_additive_{label}", b=2, mask=additive(*shape))

    option_case("attention_stages", stages=True, softcap=2.0, mask=additive(4, 5, 7))
    option_case("attention_stages_plain", stages=True)
    option_case("attention_stages_masked_rows", stages=True, mask=rows_off([1], boolean(5, 7)), scale=0.7)
    option_case("attention_stages_dropout_sinks", stages=True, sinks=True,
                dropout={"probability": 0.4, "seed": 3})
    option_case("attention_stages_everything", stages=True, softcap=4.0, mask=additive(2, 1, 5, 7), causal=True,
                window=(3, None), alibi=True, sinks=True, key_lengths=[5, 7], alignment=BOTTOM_RIGHT, scale=0.8,
                dropout={"probability": 0.2, "seed": 11}, rows=True)
    option_case("attention_everything_long", h=2, kv=1, lq=19, lk=67, d=5, dv=6, softcap=6.0, causal=True,
                window=(10, None), alibi="random", sinks=True, alignment=BOTTOM_RIGHT, mask=additive(19, 67))

"""Golden cases of torch.nn.MultiheadAttention: the layer itself computes what is expected."""

import copy
import json
import math
import struct

import numpy as np
import torch

from support import FOLDER, WRITER, agree_in_float32, double, largest_difference, normal, random_for

PREFIX = "encoder.self_attn."


def random_layer(random, dim, heads, **options):
    layer = torch.nn.MultiheadAttention(dim, heads, **options).double()
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            gain = 1.5 / math.sqrt(parameter.shape[-1]) if name.endswith("weight") else 0.7
            parameter.copy_(double(normal(random, *parameter.shape, gain=gain)))
    return layer


def state_of(layer):
    return {name: tensor.float().numpy() for name, tensor in layer.state_dict().items()}


def forward(layer, to, query, key, value, average, mask, padding):
    """mask and padding: true = attend, as everywhere in this project but for PyTorch's padding."""
    layer = copy.deepcopy(layer).to(to(np.float32(0)).dtype)
    if mask is not None and padding is not None and padding.dtype != np.bool_:  # PyTorch 2 adds both, 1.13 loses one
        by_batch = mask.reshape(padding.shape[0], -1, *mask.shape[1:])
        mask, padding = (by_batch + padding[:, None, None]).reshape(mask.shape), None
    torch_mask = lambda array: None if array is None else to(array) if array.dtype != np.bool_ else to(~array)
    with torch.no_grad():
        output, weights = layer(to(query), to(key), to(value), need_weights=True, average_attn_weights=average,
                                attn_mask=torch_mask(mask), key_padding_mask=None if padding is None else to(padding))
    return {"output": output, "weights": weights}


def case(name, b=2, lq=4, lk=6, dim=8, heads=2, mask=None, padding=None, average=False, batch_first=True, causal=False,
         state_dict=None, **options):
    """mask: random -> array, true = attend, or added. padding: random -> (B, Lk), true = ignore, or added.

    b: None for tensors without a batch axis. state_dict: the name of two files that hold the layer's parameters, too.
    """
    random = random_for(name)
    layer = random_layer(random, dim, heads, batch_first=batch_first, **options)
    rows = lambda length: (length,) if b is None else (b, length) if batch_first else (length, b)
    draw = lambda length, size: normal(random, *rows(length), size, gain=1.5)
    query, key, value = draw(lq, dim), draw(lk, layer.kdim), draw(lk, layer.vdim)
    mask = np.tri(lq, lk, dtype=np.bool_) if causal else mask and mask(random)
    padding = padding and padding(random)
    double_or_bool = lambda array: torch.from_numpy(array) if array.dtype == np.bool_ else double(array)
    compute = lambda to, m=mask, p=padding: forward(layer, to, query, key, value, average, m, p)
    outputs = compute(double_or_bool)
    for left_out in ({"m": None}, {"p": None}):
        if {"m": mask, "p": padding}[next(iter(left_out))] is not None:
            wrong = compute(double_or_bool, **left_out)
            assert largest_difference(wrong["output"], outputs["output"]) > 1e-3, (name, left_out)
    agree_in_float32(compute, outputs, name)
    attrs = {"heads": heads, "averageWeights": average or None, "batchFirst": None if batch_first else False,
             "addZeroAttention": options.get("add_zero_attn"), "causal": causal or None,
             **({"stateDict": state_dict, "prefix": PREFIX} if state_dict else {})}
    inputs = {"query": query, "key": key, "value": value, "mask": None if causal else mask, "keyPaddingMask": padding, **state_of(layer)}
    if state_dict:
        write_state_dict(state_dict, state_of(layer))
    given = lambda values: {key: value for key, value in values.items() if value is not None}
    WRITER.case("torch_multi_head_attention", f"torch_multi_head_attention_{name}", given(attrs), given(inputs), outputs)


def some(*shape):
    """Boolean, true where a key may be seen; the first one always."""
    def make(random):
        mask = random.uniform(size=shape) < 0.5
        mask[..., 0] = True
        return mask
    return make


def padded(random):
    return np.arange(6) >= np.array([[4], [5]])


def finite(*shape):
    return lambda random: normal(random, *shape, gain=2)


def torch_multi_head_attention_cases():
    case("plain")
    case("one_head", heads=1, b=1)
    case("no_bias", bias=False)
    case("kdim_vdim", kdim=5, vdim=7)
    case("kdim", kdim=3, heads=4, bias=False)
    case("vdim_bias_kv", vdim=11, add_bias_kv=True)
    case("bias_kv", add_bias_kv=True)
    case("zero_attention", add_zero_attn=True)
    case("bias_kv_zero_attention", add_bias_kv=True, add_zero_attn=True)
    case("average_weights", heads=4, average=True)
    case("length_first", batch_first=False)
    case("length_first_average_kdim", batch_first=False, average=True, kdim=4)
    case("causal", causal=True)
    case("causal_bias_kv_zero_attention", causal=True, add_bias_kv=True, add_zero_attn=True)
    case("unbatched", b=None)
    case("unbatched_average_bias_kv", b=None, average=True, add_bias_kv=True)
    for kind, mask in (("boolean", some), ("additive", finite)):
        case(f"mask_{kind}_rank_2", mask=mask(4, 6))
        case(f"mask_{kind}_rank_3", mask=mask(2 * 2, 4, 6))
        case(f"mask_{kind}_rank_3_bias_kv_zero_attention", mask=mask(2 * 2, 4, 6), add_bias_kv=True, add_zero_attn=True)
    case("padding_boolean", padding=padded)
    case("padding_additive", padding=finite(2, 6))
    case("padding_boolean_bias_kv_zero_attention", padding=padded, add_bias_kv=True, add_zero_attn=True)
    case("padding_boolean_length_first", padding=padded, batch_first=False)
    case("padding_mask_boolean_rank_2", padding=padded, mask=some(4, 6))
    case("padding_mask_boolean_rank_3_average", padding=padded, mask=some(4, 4, 6), average=True)
    case("padding_mask_additive_rank_3", padding=finite(2, 6), mask=finite(4, 4, 6))
    case("everything", padding=padded, mask=some(4, 4, 6), add_bias_kv=True, add_zero_attn=True, kdim=5, vdim=3,
         batch_first=False, average=True)
    case("state_dict", b=1, state_dict="state_dict", add_bias_kv=True)
    case("state_dict_kdim", b=1, state_dict="state_dict_kdim", kdim=3, vdim=5)


def write_state_dict(name, state):
    """In the two formats that the readers know, as a part of a larger model."""
    tensors = {f"{PREFIX}{key}": tensor for key, tensor in state.items()}
    tensors["encoder.norm.weight"] = np.ones(3, np.float32)
    np.savez(FOLDER / f"{name}.npz", **tensors)
    write_safetensors(FOLDER / f"{name}.safetensors", tensors)


def write_safetensors(path, tensors):
    """8 bytes with the length of the header, the header in JSON, the data."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)

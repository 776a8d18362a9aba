"""Golden cases of rotary position embeddings ("RoFormer", Su et al., 2021)."""

import numpy as np
import torch

from support import WRITER, agree, agree_in_float32, double, normal, random_for


def angles(positions, dim, base):
    """(..., L, dim / 2): the angle by which a pair turns at a position."""
    return positions[..., None].double() / base ** (torch.arange(0, dim, 2).double() / dim)


def rotate_halves(x, cos, sin):
    """As in GPT-NeoX and Hugging Face's transformers: element f goes with element f + dim / 2."""
    half = x.shape[-1] // 2
    rotated = torch.cat([-x[..., half:], x[..., :half]], -1)
    return x * torch.cat([cos, cos], -1) + rotated * torch.cat([sin, sin], -1)


def rotate_interleaved(x, cos, sin):
    """As in Llama's own code: elements 2f and 2f + 1 are one complex number."""
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * torch.complex(cos, sin)
    return torch.view_as_real(turned).flatten(-2)


def rotary_case(name, b=2, h=3, length=5, d=8, dim=None, base=None, offset=0, interleaved=False, positions=None,
                cached=False, rows=False):
    """positions: (B, L). cached: cosines and sines are inputs, of all positions, or of (B, L) where there are none."""
    random = random_for(name)
    x = normal(random, b, h, length, d)
    turning = dim or d
    at = np.arange(length)[None].repeat(b, 0) + offset if positions is None else np.array(positions)
    angle = angles(torch.from_numpy(at), turning, base or 10000)
    if cached:  # any numbers do, and any others show where they are read from
        angle = double(normal(random, *((b, length) if positions is None else (at.max() + 3,)), turning // 2))
        cos, sin = (values.numpy().astype(np.float32) for values in (angle.cos(), angle.sin()))
        pick = slice(None) if positions is None else at
    rotate = rotate_interleaved if interleaved else rotate_halves

    def compute(to):
        c, s = (to(cos[pick]), to(sin[pick])) if cached else (angle.cos(), angle.sin())
        tensor = to(x)
        c, s = (values.to(tensor.dtype)[:, None] for values in (c, s))
        return {"output": torch.cat([rotate(tensor[..., :turning], c, s), tensor[..., turning:]], -1)}

    outputs = compute(double)
    if not interleaved:  # the same with the elements of each pair beside each other
        order = torch.arange(turning).unflatten(0, (2, -1)).T.flatten()
        c, s = (values[:, None] for values in ((double(cos[pick]), double(sin[pick])) if cached else
                                               (angle.cos(), angle.sin())))
        agree(rotate_interleaved(double(x)[..., order], c, s), outputs["output"][..., order], name)
    agree_in_float32(compute, outputs, name)
    attrs = {"interleaved": interleaved or None, "dim": dim, "base": base, "offset": offset or None}
    inputs = {"x": x, "positions": None if positions is None else at, **({"cos": cos, "sin": sin} if cached else {})}
    if rows:
        attrs["heads"] = h
        inputs["x"] = x.swapaxes(1, 2).reshape(b, length, -1)
        outputs["output"] = outputs["output"].transpose(1, 2).flatten(2)
    given = lambda values: {key: value for key, value in values.items() if value is not None}
    WRITER.case("rotary_embedding", f"rotary_embedding_{name}", given(attrs), given(inputs), outputs)


def rotary_embedding_cases():
    for interleaved in (False, True):
        label = "interleaved" if interleaved else "half"
        pairs = {"interleaved": interleaved}
        rotary_case(label, **pairs)
        rotary_case(f"{label}_dim_2", d=2, **pairs)
        rotary_case(f"{label}_dim_18_length_11", b=1, h=1, d=18, length=11, **pairs)
        rotary_case(f"{label}_partial", dim=4, d=10, **pairs)
        rotary_case(f"{label}_offset", offset=37, **pairs)
        rotary_case(f"{label}_base", base=500000, **pairs)
        rotary_case(f"{label}_base_partial_offset", base=100, dim=6, offset=3, **pairs)
        rotary_case(f"{label}_positions", positions=[[4, 0, 9, 9, 1], [0, 1, 2, 3, 100]], **pairs)
        rotary_case(f"{label}_rows", rows=True, **pairs)
        rotary_case(f"{label}_rows_partial_positions", rows=True, dim=6, positions=[[1, 2, 3, 5, 8], [7, 6, 5, 4, 3]],
                    **pairs)
        rotary_case(f"{label}_cached", cached=True, **pairs)
        rotary_case(f"{label}_cached_positions", cached=True, positions=[[0, 3, 2, 5, 4], [6, 6, 1, 0, 2]], **pairs)
        rotary_case(f"{label}_cached_positions_partial_rows", cached=True, dim=4, rows=True,
                    positions=[[0, 3, 2, 5, 4], [6, 6, 1, 0, 2]], **pairs)
    # Far from the start an angle in single precision is off by more than a weight can bear.
    rotary_case("half_far", offset=100_000, h=1, length=3)

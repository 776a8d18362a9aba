"""Golden cases of the layers that mix an image's positions: spatial shift, split attention, S2 attention."""

import math

import torch

from support import WRITER, agree_in_float32, double, normal, random_for

UP, DOWN = 1, -1


def groups(shift, channels):
    """(slice of channels, axis, direction) of the four groups."""
    first, second = (1, 2) if shift == 1 else (2, 1)
    moves = ((first, UP), (first, DOWN), (second, UP), (second, DOWN))
    return [(slice(channels * q // 4, channels * (q + 1) // 4), *moves[q]) for q in range(4)]


def shifted(x, shift):
    """The shift of the unmodified source: targets are written in a copy."""
    y = x.clone()
    for part, axis, direction in groups(shift, x.shape[-1]):
        ahead, behind = (lambda t: t.narrow(axis, 1, t.shape[axis] - 1)), (lambda t: t.narrow(axis, 0, t.shape[axis] - 1))
        to, source = (ahead, behind) if direction == UP else (behind, ahead)
        to(y)[..., part] = source(x)[..., part]
    return y


def shifted_in_place(x, shift):
    """One index after the other, each reading what has been written before it."""
    y = x.clone()
    for part, axis, direction in groups(shift, x.shape[-1]):
        size = y.shape[axis]
        for index in range(1, size) if direction == UP else range(size - 1):
            y.select(axis, index)[..., part] = y.select(axis, index - direction)[..., part].clone()
    return y


def assignments_1(x):
    """Slices assigned to overlapping slices of one tensor: what PyTorch 1.13 makes of it is checked to be ascending."""
    b, w, h, c = x.shape
    x[:, 1:, :, :c // 4] = x[:, :w - 1, :, :c // 4]
    x[:, :w - 1, :, c // 4:c // 2] = x[:, 1:, :, c // 4:c // 2]
    x[:, :, 1:, c // 2:c * 3 // 4] = x[:, :, :h - 1, c // 2:c * 3 // 4]
    x[:, :, :h - 1, c * 3 // 4:] = x[:, :, 1:, c * 3 // 4:]
    return x


def assignments_2(x):
    b, w, h, c = x.shape
    x[:, :, 1:, :c // 4] = x[:, :, :h - 1, :c // 4]
    x[:, :, :h - 1, c // 4:c // 2] = x[:, :, 1:, c // 4:c // 2]
    x[:, 1:, :, c // 2:c * 3 // 4] = x[:, :w - 1, :, c // 2:c * 3 // 4]
    x[:, :w - 1, :, c * 3 // 4:] = x[:, 1:, :, c * 3 // 4:]
    return x


def shift_of(in_place):
    return shifted_in_place if in_place else shifted


def spatial_shift_case(shape, shift, in_place):
    name = f"spatial_shift{shift}_{'x'.join(map(str, shape))}{'_in_place' if in_place else ''}"
    x = normal(random_for(f"spatial_shift_{shape}"), *shape)
    output = shift_of(in_place)(double(x), shift)
    if in_place and shape[3] > 1:  # PyTorch sees the overlap where a slice has no gaps, and refuses
        assignments = assignments_1 if shift == 1 else assignments_2
        assert torch.equal(assignments(double(x).clone()), output), name
    attrs = {"shift": shift, **({"inPlace": True} if in_place else {})}
    WRITER.case("spatial_shift", name, attrs, {"x": x}, {"output": output})


def split_attention(branches, mlp1, mlp2):
    """branches (b, k, h, w, c), mlp1 (c, c), mlp2 (k c, c)"""
    b, k, h, w, c = branches.shape
    a = branches.sum((1, 2, 3))
    logits = torch.nn.functional.gelu(a @ mlp1.T) @ mlp2.T
    weights = torch.softmax(logits.reshape(b, k, c), 1)
    return (weights[:, :, None, None] * branches).sum(1), weights


def split_attention_case(b, k, h, w, c, gain=1.0):
    name = f"split_attention_{b}x{k}x{h}x{w}x{c}"
    random = random_for(name)
    # Sums over positions grow with their root: that much smaller weights keep the softmax from being all or nothing.
    gain = gain / math.sqrt(k * h * w)
    inputs = {"x": normal(random, b, k, h, w, c), "mlp1.weight": normal(random, c, c, gain=2 * gain / math.sqrt(c)),
              "mlp2.weight": normal(random, k * c, c, gain=2 / math.sqrt(c))}

    def compute(to):
        output, weights = split_attention(*map(to, inputs.values()))
        return {"output": output, "weights": weights}

    outputs = compute(double)
    agree_in_float32(compute, outputs, name)
    assert outputs["weights"].var() > 1e-4 or k == 1, name  # not all alike
    WRITER.case("split_attention", name, {}, inputs, outputs)


class S2Attention(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mlp1 = torch.nn.Linear(channels, 3 * channels)
        self.mlp2 = torch.nn.Linear(channels, channels)
        self.split_attention = torch.nn.Module()
        self.split_attention.mlp1 = torch.nn.Linear(channels, channels, bias=False)
        self.split_attention.mlp2 = torch.nn.Linear(channels, 3 * channels, bias=False)

    def forward(self, x, in_place):
        rows = self.mlp1(x.permute(0, 2, 3, 1))
        parts = rows.chunk(3, -1)
        shift = shift_of(in_place)
        branches = torch.stack([shift(parts[0], 1), shift(parts[1], 2), parts[2]], 1)
        split = self.split_attention
        mixed, weights = split_attention(branches, split.mlp1.weight, split.mlp2.weight)
        return {"output": self.mlp2(mixed).permute(0, 3, 1, 2).contiguous(), "mlp1": rows,
                "spatial_shift1": branches[:, 0].contiguous(), "spatial_shift2": branches[:, 1].contiguous(),
                "split_attention.weights": weights}


def s2_attention_case(b, c, w, h, in_place=False):
    name = f"s2_attention_{b}x{c}x{w}x{h}{'_in_place' if in_place else ''}"
    torch.manual_seed(b + 10 * c + 100 * w + 1000 * h)
    layer = S2Attention(c)
    with torch.no_grad():
        layer.split_attention.mlp1.weight /= math.sqrt(w * h)
        x = torch.randn(b, c, w, h)
        state = {key: value.numpy().copy() for key, value in layer.state_dict().items()}

        def compute(to):
            layer.double() if to is double else layer.float()
            layer.load_state_dict({key: to(value) for key, value in state.items()})
            return layer(to(x.numpy()), in_place)

        outputs = compute(double)
        agree_in_float32(compute, outputs, name)
    attrs = {"inPlace": True} if in_place else {}
    WRITER.case("s2_attention", name, attrs, {"x": x.numpy(), **state}, outputs)


def vision_cases():
    for shape in ((1, 1, 1, 4), (1, 1, 5, 8), (2, 4, 1, 8), (2, 3, 4, 8), (1, 4, 3, 6), (2, 5, 2, 7), (1, 3, 3, 1)):
        for shift in (1, 2):
            for in_place in (False, True):
                spatial_shift_case(shape, shift, in_place)
    for shape in ((1, 3, 2, 3, 4), (2, 3, 4, 2, 7), (1, 1, 3, 3, 5), (2, 4, 1, 5, 6), (1, 2, 1, 1, 1), (1, 3, 20, 15, 5)):
        split_attention_case(*shape)
    for shape in ((1, 4, 1, 1), (1, 8, 1, 5), (2, 8, 4, 3), (1, 6, 5, 2), (2, 7, 3, 4), (1, 1, 2, 3), (1, 18, 6, 7)):
        s2_attention_case(*shape)
        s2_attention_case(*shape, in_place=True)

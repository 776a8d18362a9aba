#!/usr/bin/python3
"""Shapes: a small vision model that says what has been drawn.

    /usr/bin/python3 web/models/train/shapes.py            train, measure, write ../shapes.safetensors and ../shapes.json
    /usr/bin/python3 web/models/train/shapes.py --check    measure what is shipped

Patch attention as in MobileViT (Mehta and Rastegari, 2021): every token looks at the tokens that have its place in the
other 2 x 2 patches; S2 attention (Yu et al., 2021) brings neighbours together, by shifting channels, before each block.
"""

import random
import sys
import time

import torch
from torch import nn

from model_files import load, numbers, rounded, save, share
from shape_drawings import NAMES, SIZE, draw

SEED = 32
MAP, WINDOW, DIM, HEADS, DIM_HEAD, FEED_FORWARD, BLOCKS = 16, 4, 32, 4, 8, 64, 2
STEPS, BATCH, RATE, TRAINED_ON, MEASURED_ON = 2000, 64, 4e-3, 8000, 2000
CLAIMED_ACCURACY = 0.98
SUMMED = 3 * MAP**2  # so many values does split attention add: weights behind it are smaller, and so are their steps
EXAMPLES = 3  # pictures with what the model says


class SplitAttention(nn.Module):
    """A weighted sum of k branches, with a weight for each channel that all positions together decide."""

    def __init__(self, channels, k):
        super().__init__()
        self.k = k
        self.mlp1 = nn.Linear(channels, channels, bias=False)
        self.mlp2 = nn.Linear(channels, channels * k, bias=False)

    def forward(self, branches):
        """(b, k, w, h, c) to (b, w, h, c)."""
        b, k, _, _, c = branches.shape
        scores = self.mlp2(nn.functional.gelu(self.mlp1(branches.sum((1, 2, 3)))))
        self.weights = scores.reshape(b, k, c).softmax(1)
        return (self.weights[:, :, None, None] * branches).sum(1)


def spatial_shift(x, first, second):
    """A quarter of the channels each moves one step forwards and backwards along two axes of (b, w, h, c)."""
    quarter = x.shape[-1] // 4
    parts = x.split([quarter] * 3 + [x.shape[-1] - 3 * quarter], -1)
    return torch.cat([moved(part, axis, step) for part, axis, step in
                      zip(parts, (first, first, second, second), (1, -1, 1, -1))], -1)


def moved(x, axis, step):
    """The source is not modified; what has no neighbour keeps its own."""
    length = x.shape[axis]
    kept = x.narrow(axis, 0 if step > 0 else length - 1, 1)
    rest = x.narrow(axis, 0 if step > 0 else 1, length - 1)
    return torch.cat([kept, rest] if step > 0 else [rest, kept], axis)


class S2Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mlp1 = nn.Linear(channels, channels * 3)
        self.mlp2 = nn.Linear(channels, channels)
        self.split_attention = SplitAttention(channels, 3)

    def forward(self, x):
        """(b, c, w, h) to the same."""
        x1, x2, x3 = self.mlp1(x.permute(0, 2, 3, 1)).chunk(3, -1)
        branches = torch.stack([spatial_shift(x1, 1, 2), spatial_shift(x2, 2, 1), x3], 1)
        return self.mlp2(self.split_attention(branches)).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Over n, within each p, of (b, p, n, d)."""

    def __init__(self, dim, heads, dim_head):
        super().__init__()
        self.heads, self.scale = heads, dim_head**-0.5
        self.to_qkv = nn.Linear(dim, heads * dim_head * 3, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * dim_head, dim))

    def forward(self, x):
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(2, 3) for part in self.to_qkv(x).chunk(3, -1))
        self.weights = (query @ key.transpose(-1, -2) * self.scale).softmax(-1)  # (b, p, heads, n, n)
        return self.to_out((self.weights @ value).transpose(2, 3).flatten(3))


class Block(nn.Module):
    """S2 attention on the map, patch attention, feed-forward; each after a norm and beside a residual."""

    def __init__(self):
        super().__init__()
        self.s2_norm = nn.LayerNorm(DIM)
        self.s2 = S2Attention(DIM)
        self.attention_norm = nn.LayerNorm(DIM)
        self.attention = Attention(DIM, HEADS, DIM_HEAD)
        self.feed_forward_norm = nn.LayerNorm(DIM)
        self.feed_forward = nn.Sequential(nn.Linear(DIM, FEED_FORWARD), nn.GELU(), nn.Linear(FEED_FORWARD, DIM))

    def forward(self, x):
        """(b, rows, columns, d) to the same."""
        x = x + self.s2(self.s2_norm(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        x = x + folded(self.attention(unfolded(self.attention_norm(x))))
        return x + self.feed_forward(self.feed_forward_norm(x))


def unfolded(x):
    """(b, rows, columns, d) to (b, p, n, d): place in its 2 x 2 patch, and patch."""
    b, _, _, d = x.shape
    return x.reshape(b, MAP // 2, 2, MAP // 2, 2, d).permute(0, 2, 4, 1, 3, 5).reshape(b, 4, MAP * MAP // 4, d)


def folded(x):
    b, _, _, d = x.shape
    return x.reshape(b, 2, 2, MAP // 2, MAP // 2, d).permute(0, 3, 1, 4, 2, 5).reshape(b, MAP, MAP, d)


def windows(pictures):
    """(b, SIZE, SIZE) to (b, MAP, MAP, WINDOW²): every second window of 4 x 4 pixels; neighbours share half."""
    padded = nn.functional.pad(pictures, [1, 1, 1, 1])
    return padded.unfold(1, WINDOW, SIZE // MAP).unfold(2, WINDOW, SIZE // MAP).flatten(3)


class ShapesModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embedding = nn.Linear(WINDOW**2, DIM)
        self.positions = nn.Parameter(torch.randn(MAP, MAP, DIM) * 0.1)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        for block in self.blocks:
            block.s2.split_attention.mlp1.weight.data /= SUMMED
        self.norm = nn.LayerNorm(DIM)
        self.classifier = nn.Linear(DIM, len(NAMES))

    def forward(self, pictures):
        """(b, SIZE, SIZE), 0 is paper and 1 is ink, to (b, classes) logits."""
        x = self.patch_embedding(windows(pictures)) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.classifier(self.norm(x).mean((1, 2)))


def turned(pictures, generator):
    """Mirrored and turned by quarters at random: another drawing of the same kind for nothing."""
    mirror, rows, columns = torch.randint(2, (3,), generator=generator).tolist()
    pictures = pictures.transpose(1, 2) if mirror else pictures
    return pictures.flip([axis for axis, flip in ((1, rows), (2, columns)) if flip])


def train():
    generator = torch.Generator().manual_seed(SEED)
    began = time.time()
    pictures, classes = draw(TRAINED_ON, random.Random(SEED))
    print(f"{TRAINED_ON} drawings in {time.time() - began:.0f} s", flush=True)
    model = ShapesModel()
    behind_sum = [block.s2.split_attention.mlp1.weight for block in model.blocks]
    others = [parameter for parameter in model.parameters() if all(parameter is not weight for weight in behind_sum)]
    optimizer = torch.optim.AdamW([{"params": others}, {"params": behind_sum}], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, RATE / SUMMED], STEPS, pct_start=0.1)
    for step in range(1, STEPS + 1):
        chosen = torch.randint(len(pictures), (BATCH,), generator=generator)
        loss = nn.functional.cross_entropy(model(turned(pictures[chosen], generator)), classes[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    return model


@torch.no_grad()
def measure(model):
    model.eval()
    pictures, classes = draw(MEASURED_ON, random.Random(SEED + 1))
    said, on_ink = [], []
    for some in pictures.split(100):
        said.append(model(some).argmax(-1))
        inked = unfolded((some.reshape(-1, MAP, 2, MAP, 2).amax((2, 4)) > 0.25).float()[..., None])[..., 0]  # (b, p, n)
        # Of the weights of the tokens with ink, how much lies on tokens with ink: (layers, heads).
        rows = inked[:, :, None] / inked.sum((1, 2))[:, None, None, None]
        on_ink.append(torch.stack([((block.attention.weights @ inked[:, :, None, :, None])[..., 0] * rows).sum((1, 3))
                                   for block in model.blocks], 1))
    right = torch.cat(said) == classes
    paper = (pictures.reshape(-1, MAP, 2, MAP, 2).amax((2, 4)) > 0.25).float().mean()
    return {
        "accuracy": {
            "right": share(right.float().mean()), "unseenDrawings": len(classes),
            "byClass": {name: share(right[classes == index].float().mean()) for index, name in enumerate(NAMES)},
        },
        "attentionFromInkToInk": [[share(value) for value in layer] for layer in torch.cat(on_ink).mean(0)],
        "inkedTokens": share(paper),
    }


def check(measured):
    print(measured)
    assert measured["accuracy"]["right"] >= CLAIMED_ACCURACY


@torch.no_grad()
def examples(model):
    """Pictures in hundredths, so that the file holds exactly what the model was shown."""
    pictures = (draw(EXAMPLES, random.Random(SEED + 2))[0] * 100).round()
    logits = model(pictures / 100)
    entries = [{"picture": picture.int().flatten().tolist(), "divideBy": 100, "output": NAMES[int(row.argmax())],
                "logits": numbers(row)} for picture, row in zip(pictures, logits)]
    for index, block in enumerate(model.blocks):
        name = f"blocks.{index}"
        entries[0][f"{name}.s2.split_attention.weights"] = numbers(block.s2.split_attention.weights[0])  # (k, c)
        entries[0][f"{name}.attention.weights[0, :, 27]"] = numbers(block.attention.weights[0, 0, :, 27])  # (heads, n)
    return entries


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if "--check" in sys.argv:
        model = ShapesModel()
        model.load_state_dict(load("shapes")[0])
        check(measure(model))
        return
    model = train()
    model.load_state_dict(rounded(model.state_dict()))
    measured = measure(model)
    check(measured)
    save("shapes", model.state_dict(), {
        "task": "what has been drawn: a grey picture, 0 is paper and 1 is ink",
        "sizes": {"picture": SIZE, "map": MAP, "window": WINDOW, "dim": DIM, "blocks": BLOCKS, "heads": HEADS, "dimHead": DIM_HEAD,
                  "feedForward": FEED_FORWARD},
        "activation": "gelu", "normFirst": True, "positions": "learned", "seed": SEED, "classes": NAMES,
        "strokeWidth": [1, 2.6],
        "architecture": "x = patch_embedding of windows of 4 x 4 at every second pixel, with a border of 1, + positions;"
                        " in each block x += s2(s2_norm(x)), x += attention(attention_norm(x)),"
                        " x += feed_forward(feed_forward_norm(x)); logits = classifier mean(norm(x))",
        **measured,
        "examples": examples(model),
    })


if __name__ == "__main__":
    main()

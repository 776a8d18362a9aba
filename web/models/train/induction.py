#!/usr/bin/python3
"""Induction: two layers of causal attention, nothing else, that continue what has been there before.

    /usr/bin/python3 web/models/train/induction.py            train, measure, write ../induction.safetensors and .json
    /usr/bin/python3 web/models/train/induction.py --check    measure what is shipped

After "In-context Learning and Induction Heads" (Olsson et al., 2022): a head of layer 0 looks at the previous token, so
that every position knows what stands before it; a head of layer 1 looks for a position that follows the same letter as
the one at hand, and copies what it finds there.
"""

import math
import sys
import time

import torch
from torch import nn

from model_files import load, numbers, rounded, save, share

SEED = 26
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTH, DIM, LAYERS, HEADS = 64, 64, 2, 2
STEPS, BATCH, RATE, SURPRISE = 4000, 32, 5e-3, 0.15
CLAIMED_EXACT, CLAIMED_SCORE = 0.99, 0.9

EXAMPLES = ["headscopeheadsc", "thequickbrownfoxthequick", "abcxyzabcxyzabc", "onetwothreeonetwothree", "qwertyuiopqwertyuiop"]
WITH_NUMBERS = 1


def positions(length, dim):
    """Sine in even columns, cosine in odd ones."""
    angle = torch.arange(length)[:, None] * torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


class Layer(nn.Module):
    """x + self_attn(norm(x)), causal."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(DIM)
        self.self_attn = nn.MultiheadAttention(DIM, HEADS, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        output, self.weights = self.self_attn(y, y, y, attn_mask=later, average_attn_weights=False)
        return x + output


class InductionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), DIM)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.unembedding = nn.Linear(DIM, len(LETTERS), bias=False)

    def forward(self, tokens):
        """(B, L) letters to (B, L, 26) logits of the next one."""
        x = self.embedding(tokens) + positions(tokens.shape[1], DIM)
        for layer in self.layers:
            x = layer(x)
        return self.unembedding(x)


def wandering(count, length, rng):
    """(count, length) letters: what followed a letter last time follows it again, but for a surprise now and then."""
    random = torch.randint(len(LETTERS), (count, length), generator=rng)
    surprise = torch.rand(count, length, generator=rng) < SURPRISE
    successor = torch.full((count, len(LETTERS)), -1)
    tokens, rows = random.clone(), torch.arange(count)
    for i in range(1, length):
        known = successor[rows, tokens[:, i - 1]]
        tokens[:, i] = torch.where((known >= 0) & ~surprise[:, i], known, random[:, i])
        successor[rows, tokens[:, i - 1]] = tokens[:, i]
    return tokens


def repeating(count, length, rng):
    """(count, length) letters: a random piece of 4 to 26 different letters, again and again."""
    pieces = torch.rand(count, len(LETTERS), generator=rng).argsort(1)
    periods = torch.randint(4, len(LETTERS) + 1, (count, 1), generator=rng)
    return pieces.gather(1, torch.arange(length) % periods)


def sequences(count, length, rng):
    half = count // 2
    return torch.cat([wandering(half, length, rng), repeating(count - half, length, rng)])


def last_occurrences(tokens):
    """(B, L): the last position before i with the letter of i, or -1."""
    length = tokens.shape[1]
    same = tokens[:, :, None] == tokens[:, None, :]
    earlier = same & torch.ones(length, length, dtype=torch.bool).tril(-1)
    return torch.where(earlier, torch.arange(length), torch.tensor(-1)).amax(-1)


def train():
    generator = torch.Generator().manual_seed(SEED)
    model = InductionModel()
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=0.1)
    began = time.time()
    for step in range(1, STEPS + 1):
        tokens = sequences(BATCH, LENGTH, generator)
        # Only where it can be known: what comes after a letter that was there before.
        known = last_occurrences(tokens)[:, :-1] >= 0
        logits = model(tokens[:, :-1])
        loss = nn.functional.cross_entropy(logits[known], tokens[:, 1:][known])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    return model


@torch.no_grad()
def measure(model):
    """How often it continues right, and what each head does, on sequences that training never saw."""
    model.eval()
    generator = torch.Generator().manual_seed(SEED + 1)
    tokens = repeating(500, LENGTH, generator)
    known = last_occurrences(tokens)[:, :-1] >= 0
    right = model(tokens)[:, :-1].argmax(-1) == tokens[:, 1:]
    accuracy = {"exact": share(right[known].float().mean()), "predictions": int(known.sum()), "sequences": len(tokens)}

    tokens = sequences(1000, LENGTH, generator)
    model(tokens)
    last = last_occurrences(tokens)
    previous, after_last = [], []
    for layer in model.layers:
        weights = layer.weights  # (B, heads, L, L)
        previous.append([share(value) for value in weights.diagonal(-1, 2, 3).mean((0, 2))])
        on = weights.gather(-1, (last + 1)[:, None, :, None].expand(-1, HEADS, -1, 1))[..., 0]
        seen = (last >= 0)[:, None].expand_as(on)
        after_last.append([share(on[:, head][seen[:, head]].mean()) for head in range(HEADS)])
    return {"accuracy": accuracy, "previousToken": previous, "afterLastOccurrence": after_last}


def check(measured):
    print(measured)
    assert measured["accuracy"]["exact"] >= CLAIMED_EXACT
    assert max(measured["previousToken"][0]) >= CLAIMED_SCORE
    assert max(measured["afterLastOccurrence"][1]) >= CLAIMED_SCORE


@torch.no_grad()
def example(model, text, with_numbers):
    tokens = torch.tensor([[LETTERS.index(letter) for letter in text]])
    logits = model(tokens)[0]
    entry = {"input": text, "tokens": tokens[0].tolist(), "next": "".join(LETTERS[i] for i in logits.argmax(-1).tolist())}
    if with_numbers:
        weights = {f"layers.{index}.self_attn.weights": numbers(layer.weights[0]) for index, layer in enumerate(model.layers)}
        entry = {**entry, "logits": numbers(logits), **weights}
    return entry


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if "--check" in sys.argv:
        model = InductionModel()
        model.load_state_dict(load("induction")[0])
        check(measure(model))
        return
    model = train()
    model.load_state_dict(rounded(model.state_dict()))
    measured = measure(model)
    check(measured)
    save("induction", model.state_dict(), {
        "task": "the next letter, where the last letter was there before: what followed it the last time",
        "sizes": {"dim": DIM, "layers": LAYERS, "heads": HEADS, "longest": LENGTH},
        "normFirst": True, "causal": True, "positions": "sinusoidal", "seed": SEED, "vocabulary": list(LETTERS),
        "architecture": "x = embedding + positions; x += self_attn(norm(x)) in each layer; logits = unembedding x",
        **measured,
        "examples": [example(model, text, index < WITH_NUMBERS) for index, text in enumerate(EXAMPLES)],
    })


if __name__ == "__main__":
    main()

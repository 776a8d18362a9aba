#!/usr/bin/python3
"""Sorting: one encoder layer, small enough to show every number, that puts five digits in order.

    /usr/bin/python3 web/models/train/sorting.py            train, measure, write ../sorting.safetensors and .json
    /usr/bin/python3 web/models/train/sorting.py --check    measure what is shipped

Position i of the output is the i-th smallest digit. What is measured was never seen in any order: a tenth of the 2002
bags of five digits is kept out of training.
"""

import itertools
import sys
import time

import torch
from torch import nn

from model_files import load, numbers, rounded, save, share, unseen

SEED = 5
DIGITS, LENGTH, DIM, HEADS, FEED_FORWARD = 10, 5, 12, 2, 24
STEPS, BATCH, RATE = 4000, 256, 1e-2
CLAIMED_EXACT = 0.99

EXAMPLES = ["31415", "92653", "50505", "98765", "77777", "40213"]
WITH_NUMBERS = 3


class SortingModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(DIGITS, DIM)
        self.positions = nn.Embedding(LENGTH, DIM)
        self.layer = nn.TransformerEncoderLayer(DIM, HEADS, FEED_FORWARD, dropout=0.0, batch_first=True, norm_first=True)
        self.classifier = nn.Linear(DIM, DIGITS)

    def forward(self, digits):
        """(B, 5) digits to (B, 5, 10) logits of the digits in order."""
        layer, x = self.layer, self.embedding(digits) + self.positions.weight
        y = layer.norm1(x)
        output, self.weights = layer.self_attn(y, y, y, average_attn_weights=False)
        x = x + output
        return self.classifier(x + layer.linear2(layer.linear1(layer.norm2(x)).relu()))


def all_lists():
    """(seen, unseen): all lists of five digits, by whether their bag is trained on."""
    everything = torch.cartesian_prod(*[torch.arange(DIGITS)] * LENGTH)
    kept = {bag: unseen(*bag) for bag in itertools.combinations_with_replacement(range(DIGITS), LENGTH)}
    out = torch.tensor([kept[tuple(bag)] for bag in everything.sort(1)[0].tolist()])
    return everything[~out], everything[out]


def train(lists):
    generator = torch.Generator().manual_seed(SEED)
    model = SortingModel()
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=0.1)
    began = time.time()
    for step in range(1, STEPS + 1):
        digits = lists[torch.randint(len(lists), (BATCH,), generator=generator)]
        loss = nn.functional.cross_entropy(model(digits).flatten(0, 1), digits.sort(1)[0].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {time.time() - began:.0f} s", flush=True)
    return model


@torch.no_grad()
def measure(model, lists):
    model.eval()
    exact = (model(lists).argmax(-1) == lists.sort(1)[0]).all(1)
    # Of the weights of output i, how much lies on digits equal to the i-th smallest: (heads, outputs).
    right = lists[:, None, :] == lists.sort(1)[0][:, :, None]
    on_answer = (model.weights * right[:, None]).sum(-1).mean(0)
    return {
        "accuracy": {"exact": share(exact.float().mean()), "unseenLists": len(lists)},
        "attentionOnAnswer": [[share(value) for value in head] for head in on_answer],
        "attentionOnAnswerIfUniform": [share(value) for value in right.float().mean(-1).mean(0)],
    }


def check(measured):
    print(measured)
    assert measured["accuracy"]["exact"] >= CLAIMED_EXACT


@torch.no_grad()
def example(model, text, with_numbers):
    digits = torch.tensor([[int(digit) for digit in text]])
    logits = model(digits)[0]
    entry = {"input": text, "output": "".join(str(digit) for digit in logits.argmax(-1).tolist())}
    if with_numbers:
        entry = {**entry, "logits": numbers(logits), "layer.self_attn.weights": numbers(model.weights[0])}
    return entry


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    seen, kept_out = all_lists()
    if "--check" in sys.argv:
        model = SortingModel()
        model.load_state_dict(load("sorting")[0])
        check(measure(model, kept_out))
        return
    model = train(seen)
    model.load_state_dict(rounded(model.state_dict()))
    measured = measure(model, kept_out)
    check(measured)
    save("sorting", model.state_dict(), {
        "task": "five digits in ascending order",
        "sizes": {"dim": DIM, "layers": 1, "heads": HEADS, "feedForward": FEED_FORWARD, "length": LENGTH},
        "activation": "relu", "normFirst": True, "positions": "learned", "seed": SEED,
        "vocabulary": [str(digit) for digit in range(DIGITS)],
        "architecture": "x = embedding + positions; x += self_attn(norm1(x)); x += linear2(relu(linear1(norm2(x)))); logits = classifier x",
        **measured,
        "examples": [example(model, text, index < WITH_NUMBERS) for index, text in enumerate(EXAMPLES)],
    })


if __name__ == "__main__":
    main()

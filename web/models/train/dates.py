#!/usr/bin/python3
"""Dates: an encoder-decoder Transformer that turns a date as people write it into YYYY-MM-DD, character by character.

    /usr/bin/python3 web/models/train/dates.py            train, measure, write ../dates.safetensors and ../dates.json
    /usr/bin/python3 web/models/train/dates.py --check    measure what is shipped

The architecture is that of "Attention Is All You Need" with sinusoidal positions, normalised before each sublayer (which
learns faster); the parameters are named as in PyTorch's translation tutorial. No dropout: there is no end of data.
"""

import math
import sys
import time

import torch
from torch import nn

import date_texts
from model_files import load, numbers, rounded, save, share, unseen

SEED = 2021
SIZES = {"dim": 64, "heads": 4, "encoderLayers": 2, "decoderLayers": 1, "feedForward": 128}
STEPS, BATCH, RATE, TRAINED_ON, MEASURED_ON = 1800, 128, 3e-3, 150_000, 4000
CLAIMED_EXACT, CLAIMED_SHARE = 0.99, 0.8

PAD, START, END = "<pad>", "<start>", "<end>"
SOURCES = [PAD, START, END, *" '-./,0123456789abcdefghijlmnoprstuvwy年月日号星期周礼拜天〇一二三四五六七八九十"]
TARGETS = [PAD, START, END, *"-0123456789"]
# What the characters of the output say; <end> and the hyphens say nothing.
FIELDS = {"year": (0, 1, 2, 3), "month": (5, 6), "day": (8, 9)}
ROLES = ["", "year", "month", "day", "weekday"]
STEPS_OF_OUTPUT = 11  # ten characters and <end>

EXAMPLES = ["3rd of march 2021", "tuesday, march 3, 2021", "03.03.21", "2021年3月3日", "3/4/05", "4-3-2005", "20210303",
            "mar 3rd, '69", "the 14th of july 1789", "二〇二一年十二月二十五日", "1 jan. 2000", "2024/2/29", "sept 9, 1999",
            "31-dec-1968", "2012年10月11日 星期四", "29. 02. 2000"]
WITH_NUMBERS = 3  # so many of them with logits and weights


def positions(length, dim):
    """(length, dim): sine in even columns, cosine in odd ones."""
    angle = torch.arange(length)[:, None] * torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


class TokenEmbedding(nn.Module):
    def __init__(self, vocabulary, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.dim = dim

    def forward(self, tokens):
        return self.embedding(tokens) * math.sqrt(self.dim) + positions(tokens.shape[1], self.dim)


class Seq2SeqTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        dim = SIZES["dim"]
        self.transformer = nn.Transformer(dim, SIZES["heads"], SIZES["encoderLayers"], SIZES["decoderLayers"],
                                          SIZES["feedForward"], dropout=0.0, batch_first=True, norm_first=True)
        self.src_tok_emb = TokenEmbedding(len(SOURCES), dim)
        self.tgt_tok_emb = TokenEmbedding(len(TARGETS), dim)
        self.generator = nn.Linear(dim, len(TARGETS))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

        self.cross_weights = {}
        for index, layer in enumerate(self.transformer.decoder.layers):
            self.keep_weights(index, layer.multihead_attn)

    def keep_weights(self, index, attention):
        """The decoder does not ask its attention for the weights: ask on its behalf."""
        forward = attention.forward

        def with_weights(*inputs, **options):
            output, weights = forward(*inputs, **{**options, "need_weights": True, "average_attn_weights": False})
            self.cross_weights[index] = weights
            return output, weights

        attention.forward = with_weights

    def encode(self, source):
        return self.transformer.encoder(self.src_tok_emb(source), src_key_padding_mask=source == 0)

    def decode(self, memory, source, target):
        causal = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        hidden = self.transformer.decoder(self.tgt_tok_emb(target), memory, tgt_mask=causal,
                                          memory_key_padding_mask=source == 0)
        return self.generator(hidden)

    def forward(self, source, target):
        """(B, S) and (B, T) tokens to (B, T, targets) logits of the next one."""
        return self.decode(self.encode(source), source, target)

    @torch.no_grad()
    def greedy(self, source):
        """(B, S) tokens to (B, 12): <start> and what is likeliest, step by step."""
        memory = self.encode(source)
        output = torch.full((len(source), 1), TARGETS.index(START))
        for _ in range(STEPS_OF_OUTPUT):
            likeliest = self.decode(memory, source, output)[:, -1].argmax(-1, keepdim=True)
            output = torch.cat([output, likeliest], 1)
        return output


def source_tokens(text):
    return [SOURCES.index(token) for token in (START, *text, END)]


def target_tokens(text):
    return [TARGETS.index(token) for token in (START, *text, END)]


def as_text(tokens):
    return "".join(TARGETS[token] for token in tokens[1:-1])


class Data:
    """source (N, S), padded; roles (N, S), what each token says; target (N, 12); kinds, a name for each."""

    def __init__(self, examples):
        width = max(len(text) for text, *_ in examples) + 2
        pad = lambda values: values + [0] * (width - len(values))
        self.source = torch.tensor([pad(source_tokens(text)) for text, *_ in examples])
        self.roles = torch.tensor([pad([0, *map(ROLES.index, roles)]) for _, roles, *_ in examples])
        self.target = torch.tensor([target_tokens(iso) for _, _, iso, _ in examples])
        self.kinds = [kind for *_, kind in examples]
        self.lengths = (self.source != 0).sum(1)


def batches(data, generator):
    """Endless batches of texts of similar lengths, cut to the longest in each."""
    while True:
        for many in torch.randperm(len(data.source), generator=generator).split(32 * BATCH):
            alike = many[data.lengths[many].argsort()].split(BATCH)
            for index in torch.randperm(len(alike), generator=generator).tolist():
                chosen = alike[index]
                yield data.source[chosen, : data.lengths[chosen].max()], data.target[chosen]


def training_examples():
    return date_texts.draw(TRAINED_ON, SEED, lambda date: not unseen(*date))


def train():
    data = Data(training_examples())
    model = Seq2SeqTransformer()
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=0.1)
    began = time.time()
    for step, (source, target) in zip(range(1, STEPS + 1), batches(data, torch.Generator().manual_seed(SEED))):
        logits = model(source, target[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
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
    """Shares of exact answers on dates never trained on, and where the cross-attention looks."""
    model.eval()
    data = Data(date_texts.draw(MEASURED_ON, SEED + 1, lambda date: unseen(*date)))
    exact, looks = [], {field: [] for field in FIELDS}
    for chosen in data.lengths.argsort().split(500):
        length = data.lengths[chosen].max()
        exact.append((model.greedy(data.source[chosen, :length]) == data.target[chosen]).all(1))
        weights = torch.stack(list(model.cross_weights.values()), 1)  # (B, layers, heads, outputs, S)
        for field, rows in FIELDS.items():
            right = data.roles[chosen, :length] == ROLES.index(field)
            looks[field].append((weights[:, :, :, list(rows)] * right[:, None, None, None]).sum(-1).mean(-1))
    exact = torch.cat(exact)[data.lengths.argsort().argsort()].tolist()
    of_kind = lambda name: [right for right, kind in zip(exact, data.kinds) if kind == name]
    return {
        "accuracy": {
            "exact": share(sum(exact) / len(exact)),
            "unseenDates": len(exact),
            "byKind": {kind: share(sum(of_kind(kind)) / len(of_kind(kind))) for kind in date_texts.FORMS},
        },
        # Of the weights of the output's digits of a field, how much lies on the characters that say that field.
        "crossAttention": {
            field: {
                "heads": [[share(value) for value in layer] for layer in torch.cat(parts).mean(0)],
                "mean": share(torch.cat(parts).mean()),
            }
            for field, parts in looks.items()
        },
    }


def check(measured):
    print(measured)
    assert measured["accuracy"]["exact"] >= CLAIMED_EXACT
    for field, looks in measured["crossAttention"].items():
        assert max(max(layer) for layer in looks["heads"]) >= CLAIMED_SHARE, field


@torch.no_grad()
def example(model, text, with_numbers):
    source = torch.tensor([source_tokens(text)])
    output = model.greedy(source)
    entry = {"input": text, "source": source[0].tolist(), "output": as_text(output[0].tolist())}
    if with_numbers:
        logits = model(source, output[:, :-1])
        weights = {f"decoder.layers.{index}.multihead_attn.weights": numbers(weights[0])
                   for index, weights in model.cross_weights.items()}
        entry = {**entry, "target": output[0].tolist(), "logits": numbers(logits[0]), **weights}
    return entry


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if "--check" in sys.argv:
        model = Seq2SeqTransformer()
        model.load_state_dict(load("dates")[0])
        check(measure(model))
        return
    model = train()
    model.load_state_dict(rounded(model.state_dict()))
    measured = measure(model)
    check(measured)
    longest = max(len(text) for text, *_ in training_examples())
    save("dates", model.state_dict(), {
        "task": "a date as people write it to YYYY-MM-DD, character by character",
        "sizes": SIZES, "activation": "relu", "normFirst": True, "seed": SEED,
        "source": {"vocabulary": SOURCES, "longest": longest, "lowerCase": True},
        "target": {"vocabulary": TARGETS, "steps": STEPS_OF_OUTPUT},
        "rules": {
            "years": [date_texts.FIRST_YEAR, date_texts.LAST_YEAR],
            "twoDigitYears": [1900 + date_texts.CENTURY_STARTS_AT, 1999 + date_texts.CENTURY_STARTS_AT],
            "order": "slashes: month first; dots, hyphens and spaces: day first; a year of four digits in front: year, month, day",
        },
        **measured,
        "examples": [example(model, text, index < WITH_NUMBERS) for index, text in enumerate(EXAMPLES)],
    })


if __name__ == "__main__":
    main()

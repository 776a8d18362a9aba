"""Golden cases of the Transformer: torch.nn.Transformer's own modules compute what is expected, in float64."""

import copy
import math

import numpy as np
import torch

from support import WRITER, agree, agree_in_float32, double, largest_difference, normal, random_for

GAINS = {"embedding.weight": 0.3, "generator.weight": 2.0}


def fill(module, random):
    """Every parameter a rounded normal number; norms around weight 1."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            gain = next((gain for end, gain in GAINS.items() if name.endswith(end)), 1.2)
            if parameter.dim() == 2 and not name.endswith("embedding.weight"):
                gain /= math.sqrt(parameter.shape[-1])
            elif parameter.dim() == 1:
                gain = 0.4
            value = double(normal(random, *parameter.shape, gain=gain))
            if "norm" in name and name.endswith("weight"):
                value += 1
            parameter.copy_(value.float())
    return module


def without_biases(module):
    """As torch 2 makes it with bias=False: Linear and LayerNorm without biases."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
    return module


def state_of(module, biases=True):
    return {name: tensor.float().numpy() for name, tensor in module.state_dict().items()
            if biases or not name.endswith("bias")}


class Recorder:
    """What modules give on the way, by their paths. Attention is made to tell its weights."""

    def __init__(self, module):
        self.seen = {}
        for path, child in module.named_modules():
            if isinstance(child, torch.nn.MultiheadAttention):
                self.tell_weights(path, child)
            elif not list(child.children()) or path.split(".")[-1].isdigit():
                child.register_forward_hook(self.hook(path))

    def tell_weights(self, path, attention):
        original = attention.forward

        def forward(*args, **kwargs):
            output, weights = original(*args, **{**kwargs, "need_weights": True, "average_attn_weights": False})
            self.seen[f"{path}.output"], self.seen[f"{path}.weights"] = output, weights
            return output, weights

        attention.forward = forward

    def hook(self, path):
        name = f"{path}.output" if path.split(".")[-1].isdigit() else path

        def keep(module, inputs, output):
            self.seen[name] = output
        return keep


def positions(length, dim):
    column = torch.arange(dim)
    angle = torch.arange(length, dtype=torch.float64)[:, None] / 10000 ** ((column - column % 2).double() / dim)
    return torch.where(column % 2 == 0, torch.sin(angle), torch.cos(angle))


class TokenEmbedding(torch.nn.Module):
    def __init__(self, vocabulary, dim):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, dim)


class Seq2SeqTransformer(torch.nn.Module):
    """The names of PyTorch's translation tutorial. vocabularies: (source, target), or none."""

    def __init__(self, dim, heads, encoder_layers, decoder_layers, feed_forward, vocabularies, **options):
        super().__init__()
        self.transformer = torch.nn.Transformer(dim, heads, encoder_layers, decoder_layers, feed_forward, dropout=0,
                                                batch_first=True, **options)
        if vocabularies:
            self.src_tok_emb = TokenEmbedding(vocabularies[0], dim)
            self.tgt_tok_emb = TokenEmbedding(vocabularies[1], dim)
            self.generator = torch.nn.Linear(dim, vocabularies[1])

    def embed(self, embedding, tokens):
        vectors = embedding.embedding(tokens) * math.sqrt(self.transformer.d_model)
        return vectors, vectors + positions(tokens.shape[1], self.transformer.d_model).to(vectors.dtype)

    def forward(self, source, target, masks):
        seen = {}
        if hasattr(self, "generator"):
            seen["src_tok_emb.embedding"], source = self.embed(self.src_tok_emb, source)
            seen["tgt_tok_emb.embedding"], target = self.embed(self.tgt_tok_emb, target)
        seen["encoder.input"], seen["decoder.input"] = source, target
        recorder = Recorder(self.transformer)
        output = self.transformer(source, target, src_mask=masks["sourceMask"], tgt_mask=masks["targetMask"],
                                  src_key_padding_mask=masks["sourceKeyPaddingMask"],
                                  tgt_key_padding_mask=masks["targetKeyPaddingMask"],
                                  memory_key_padding_mask=masks["sourceKeyPaddingMask"])
        seen |= recorder.seen
        seen["decoder.output"] = output
        if hasattr(self, "generator"):
            output = seen["logits"] = self.generator(output)
        return {"output": output, **seen}


def torch_mask(mask, to):
    """Ours: true = attend. PyTorch's: true = forbid."""
    if mask is None:
        return None
    return torch.from_numpy(~mask) if mask.dtype == np.bool_ else to(mask)


def compute_transformer(model, to, source, target, masks, causal):
    model = copy.deepcopy(model).to(to(np.float32(0)).dtype)
    as_input = lambda array: torch.from_numpy(array).long() if array.dtype.kind == "i" else to(array)
    given = {"sourceMask": torch_mask(masks.get("sourceMask"), to), "targetMask": torch_mask(masks.get("targetMask"), to)}
    for name in ("sourceKeyPaddingMask", "targetKeyPaddingMask"):
        given[name] = None if name not in masks else torch.from_numpy(masks[name])
    if causal:
        later = torch.ones(target.shape[1], target.shape[1]).triu(1).bool()
        mask = given["targetMask"]
        if mask is None or mask.dtype == torch.bool:
            given["targetMask"] = later if mask is None else mask | later
        else:
            given["targetMask"] = mask.masked_fill(later, -math.inf)
    with torch.no_grad():
        return model(as_input(source), as_input(target), given)


SOME = ("encoder.layers.0.self_attn.weights", "decoder.layers.0.multihead_attn.weights")
ALL = ("encoder.layers.0.self_attn.weights", "encoder.layers.0.self_attn.output", "encoder.layers.0.norm1",
       "encoder.layers.0.linear1", "encoder.layers.0.linear2", "encoder.layers.0.norm2", "encoder.layers.0.output",
       "encoder.norm", "decoder.layers.0.self_attn.weights", "decoder.layers.0.self_attn.output",
       "decoder.layers.0.multihead_attn.weights", "decoder.layers.0.multihead_attn.output", "decoder.layers.0.norm1",
       "decoder.layers.0.norm2", "decoder.layers.0.norm3", "decoder.layers.0.linear1", "decoder.layers.0.linear2",
       "decoder.layers.0.output", "decoder.norm", "encoder.input", "decoder.input", "decoder.output")


def transformer_case(name, b=2, ls=5, lt=4, dim=8, heads=2, layers=(1, 1), feed_forward=12, vocabularies=None,
                     norm_first=False, activation="relu", masks=None, causal=True, capture=SOME, biases=True,
                     final_norms=True, eps=1e-5):
    random = random_for(name)
    model = Seq2SeqTransformer(dim, heads, *layers, feed_forward, vocabularies, norm_first=norm_first,
                               activation=activation, layer_norm_eps=eps)
    if not final_norms:
        model.transformer.encoder.norm = model.transformer.decoder.norm = None
    model = fill(model, random).double()
    if not biases:
        without_biases(model)
    if vocabularies:
        source = random.randint(0, vocabularies[0], (b, ls)).astype(np.int32)
        target = random.randint(0, vocabularies[1], (b, lt)).astype(np.int32)
        capture = (*capture, "src_tok_emb.embedding", "logits")
    else:
        source, target = normal(random, b, ls, dim), normal(random, b, lt, dim)
    masks = {key: make(random) for key, make in (masks or {}).items()}
    everything = compute_transformer(model, double, source, target, masks, causal)
    for key in masks:
        left_out = {other: mask for other, mask in masks.items() if other != key}
        wrong = compute_transformer(model, double, source, target, left_out, causal)
        assert largest_difference(wrong["output"], everything["output"]) > 1e-3, (name, key)
    wanted = ("output", *capture)
    outputs = {key: everything[key] for key in wanted}
    single = compute_transformer(model, lambda array: torch.from_numpy(np.asarray(array)), source, target, masks, causal)
    for key in wanted:
        agree(single[key], outputs[key], (name, key, "float32"), 3e-6)
    state = state_of(model, biases)
    if not vocabularies:
        state = {key.removeprefix("transformer."): tensor for key, tensor in state.items()}
    attrs = {"heads": heads, "capture": list(capture), **({"normFirst": True} if norm_first else {}),
             **({"activation": activation} if activation != "relu" else {}), **({} if causal else {"causal": False}),
             **({"epsilon": eps} if eps != 1e-5 else {})}
    WRITER.case("transformer", f"transformer_{name}", attrs, {"source": source, "target": target, **masks, **state},
                outputs)


def encoder_case(name, b=2, length=5, dim=8, heads=2, layers=1, feed_forward=12, norm_first=False, activation="relu",
                 mask=None, padding=None, causal=False, final_norm=False, prefix=""):
    random = random_for(name)
    layer = torch.nn.TransformerEncoderLayer(dim, heads, feed_forward, dropout=0, activation=activation,
                                             batch_first=True, norm_first=norm_first)
    encoder = torch.nn.TransformerEncoder(layer, layers, torch.nn.LayerNorm(dim) if final_norm else None,
                                          enable_nested_tensor=False)
    fill(encoder, random).double()
    x = normal(random, b, length, dim)
    mask, padding = mask and mask(random), padding and padding(random)

    def compute(to, mask=mask, padding=padding):
        own = copy.deepcopy(encoder).to(to(np.float32(0)).dtype)
        recorder = Recorder(own)
        later = torch.ones(length, length).triu(1).bool() if causal else None
        torch_masks = {"mask": later if causal else torch_mask(mask, to)}
        if padding is not None:
            torch_masks["src_key_padding_mask"] = torch.from_numpy(padding) if padding.dtype == np.bool_ else to(padding)
        with torch.no_grad():
            output = own(to(x), **torch_masks)
        return {"output": output, "layers.0.self_attn.weights": recorder.seen["layers.0.self_attn.weights"],
                f"layers.{layers - 1}.norm2": recorder.seen[f"layers.{layers - 1}.norm2"]}

    outputs = compute(double)
    for key, value in {"mask": mask, "padding": padding}.items():
        if value is not None:
            assert largest_difference(compute(double, **{key: None})["output"], outputs["output"]) > 1e-3, (name, key)
    for key, value in compute(lambda array: torch.from_numpy(np.asarray(array))).items():
        agree(value, outputs[key], (name, key, "float32"), 3e-6)
    inputs = {"x": x, "mask": mask, "keyPaddingMask": padding,
              **{prefix + key: tensor for key, tensor in state_of(encoder).items()}}
    attrs = {"heads": heads, "capture": [key for key in outputs if key != "output"], "prefix": prefix or None,
             "normFirst": norm_first or None, "activation": activation, "causal": causal or None}
    given = lambda values: {key: value for key, value in values.items() if value is not None}
    WRITER.case("transformer_encoder", f"transformer_encoder_{name}", given(attrs), given(inputs), outputs)


def layer_norm_case(name, shape, eps=1e-5, weight=True, bias=True, offset=0.0):
    random = random_for(name)
    x = (normal(random, *shape, gain=2) + offset).astype(np.float32)
    parameters = {"weight": normal(random, shape[-1]) if weight else None, "bias": normal(random, shape[-1]) if bias else None}
    parameters = {key: value for key, value in parameters.items() if value is not None}
    to_or_none = lambda to, key: to(parameters[key]) if key in parameters else None
    compute = lambda to: {"y": torch.nn.functional.layer_norm(to(x), shape[-1:], to_or_none(to, "weight"),
                                                              to_or_none(to, "bias"), eps)}
    outputs = compute(double)
    agree_in_float32(compute, outputs, name)
    WRITER.case("layer_norm", f"layer_norm_{name}", {"eps": eps}, {"x": x, **parameters}, outputs)


def next_log_probabilities(model, source, target):
    logits = compute_transformer(model, double, source, target, {}, True)["logits"]
    return torch.log_softmax(logits[:, -1], -1)


def greedy(model, source, start, end, most):
    target = np.full((1, 1), start, np.int32)
    chosen = []
    while len(chosen) < most:
        scores = next_log_probabilities(model, source, target)[0]
        best, second = scores.topk(2).values.tolist()
        assert best - second > 1e-3  # not a matter of rounding
        token = int(scores.argmax())
        if token == end:
            break
        chosen.append(token)
        target = np.concatenate([target, [[token]]], 1).astype(np.int32)
    return chosen


def beam_search(model, source, start, end, most, width, penalty):
    """Wu et al. (2016), section 7: log P / ((5 + length) / 6)^penalty, the end token counted."""
    score = lambda log, length: log / ((5 + length) / 6) ** penalty
    beams, finished = [([], 0.0)], []
    for length in range(1, most + 1):
        candidates = []
        for tokens, log in beams:
            scores = next_log_probabilities(model, source, np.array([[start, *tokens]], np.int32))[0]
            candidates += [([*tokens, token], log + value.item()) for token, value in enumerate(scores)]
        candidates.sort(key=lambda candidate: -candidate[1])
        if len(candidates) > width:
            assert candidates[width - 1][1] - candidates[width][1] > 1e-3
        beams = []
        for tokens, log in candidates[:width]:
            if tokens[-1] == end:
                finished.append((tokens[:-1], score(log, length)))
            else:
                beams.append((tokens, log))
        if not beams or len(finished) >= width:
            break
    else:
        finished += [(tokens, score(log, most)) for tokens, log in beams]
    finished.sort(key=lambda hypothesis: -hypothesis[1])
    return finished[:width]


def padded(rows, length):
    return np.array([row + [-1] * (length - len(row)) for row in rows], np.int32)


def decoding_case(name, ls=5, dim=8, heads=2, layers=(1, 2), feed_forward=12, vocabularies=(9, 7), most=6, width=3,
                  penalty=0.6, b=2, seed=0, **options):
    random = random_for(f"{name} {seed}")
    model = fill(Seq2SeqTransformer(dim, heads, *layers, feed_forward, vocabularies, **options), random).double()
    source = random.randint(0, vocabularies[0], (b, ls)).astype(np.int32)
    start, end = 0, 1
    with torch.no_grad():
        model.generator.bias[end] -= 0.5
        model.generator.bias.copy_(model.generator.bias.float())
    outputs = {"greedy": padded([greedy(model, source[i:i + 1], start, end, most) for i in range(b)], most)}
    found = [beam_search(model, source[i:i + 1], start, end, most, width, penalty) for i in range(b)]
    assert all(len(beams) == width for beams in found)
    outputs["beams"] = np.stack([padded([tokens for tokens, _ in beams], most) for beams in found])
    outputs["scores"] = double([[score for _, score in beams] for beams in found])
    attrs = {"heads": heads, "start": start, "end": end, "maxLength": most, "width": width, "lengthPenalty": penalty,
             **({"normFirst": True} if options.get("norm_first") else {})}
    tensors = {key: value if torch.is_tensor(value) else torch.from_numpy(value) for key, value in outputs.items()}
    WRITER.case("transformer_decoding", f"transformer_decoding_{name}", attrs, {"source": source, **state_of(model)},
                tensors)


def some(*shape):
    """Boolean, true where a key may be seen; the own one always."""
    def make(random):
        return (random.uniform(size=shape) < 0.5) | np.eye(shape[-1], dtype=np.bool_)
    return make


def finite(*shape):
    return lambda random: normal(random, *shape, gain=2)


def ending(length, *ends):
    """(B, length), true from each end on: to be ignored."""
    return lambda random: np.arange(length) >= np.array(ends)[:, None]


def transformer_cases():
    transformer_case("post_norm_relu", capture=ALL)
    transformer_case("pre_norm_gelu", norm_first=True, activation="gelu", capture=ALL)
    transformer_case("two_layers", layers=(2, 2), b=1, dim=6, heads=3, feed_forward=7, ls=7, lt=9)
    transformer_case("pre_norm_two_layers_odd", layers=(1, 2), b=1, dim=7, heads=1, feed_forward=5, norm_first=True, ls=3)
    transformer_case("not_causal", causal=False, b=1)
    transformer_case("padding", masks={"sourceKeyPaddingMask": ending(5, 3, 5), "targetKeyPaddingMask": ending(4, 4, 2)})
    transformer_case("masks", masks={"sourceMask": some(5, 5), "targetMask": finite(4, 4)}, activation="gelu")
    transformer_case("masks_padding_pre_norm", norm_first=True,
                     masks={"sourceMask": finite(5, 5), "targetMask": some(4, 4), "sourceKeyPaddingMask": ending(5, 5, 4)})
    transformer_case("no_biases_no_final_norms", biases=False, final_norms=False, b=1)
    transformer_case("epsilon", eps=0.1, b=1)
    transformer_case("one_token_each", b=1, ls=1, lt=1, heads=4)
    transformer_case("tokens", vocabularies=(11, 9), capture=(*SOME, "encoder.input", "decoder.input"))
    transformer_case("tokens_pre_norm_gelu_odd_padding", vocabularies=(6, 5), dim=9, heads=3, norm_first=True,
                     activation="gelu", masks={"sourceKeyPaddingMask": ending(5, 2, 5)})
    encoder_case("post_norm")
    encoder_case("pre_norm_gelu_final_norm_prefix", norm_first=True, activation="gelu", final_norm=True,
                 prefix="encoder.", layers=2)
    encoder_case("causal", causal=True, b=1, length=9)
    encoder_case("mask_padding", mask=some(5, 5), padding=ending(5, 4, 5))
    encoder_case("additive", mask=finite(5, 5), dim=6, heads=3)
    layer_norm_case("1x1", (1, 1))
    layer_norm_case("7x13", (7, 13))
    layer_norm_case("2x3x40_epsilon", (2, 3, 40), eps=0.01)
    layer_norm_case("no_bias", (3, 9), bias=False)
    layer_norm_case("no_parameters", (3, 17), weight=False, bias=False)
    layer_norm_case("offset", (4, 33), offset=5.0)
    decoding_case("post_norm")
    decoding_case("pre_norm_width_2", norm_first=True, width=2, penalty=0, most=5)
    decoding_case("width_1", width=1, b=1, dim=5, heads=1)


def main():
    """Tries the cases out."""
    transformer_cases()
    print(len(WRITER.cases), {op: len(blob) for op, blob in WRITER.bins.items()})
    for case in WRITER.cases[-3:]:
        print(case["name"])


if __name__ == "__main__":
    main()

"""Shapes as a hand draws them with a mouse, as grey pictures: the data of shapes.py."""

import math

import torch

NAMES = ["circle", "square", "triangle", "star", "heart", "cross", "arrow", "spiral"]
SIZE = 32  # pixels
POINTS = 32  # of a stroke


def along(corners, count):
    """Points at equal steps along the line through the corners: (N, 2) to (count, 2)."""
    corners = torch.tensor(corners)
    steps = (corners[1:] - corners[:-1]).norm(dim=1)
    ends = torch.cat([torch.zeros(1), steps.cumsum(0)])
    at = torch.linspace(0, float(ends[-1]), count)
    index = (torch.searchsorted(ends, at, right=True) - 1).clamp(0, len(steps) - 1)
    part = ((at - ends[index]) / steps[index])[:, None]
    return corners[index] + part * (corners[index + 1] - corners[index])


def polar(radius, turn):
    return [radius * math.sin(2 * math.pi * turn), -radius * math.cos(2 * math.pi * turn)]


def curve(function, start, end):
    return torch.tensor([function(start + (end - start) * i / (POINTS - 1)) for i in range(POINTS)])


def heart(turn):
    t = 2 * math.pi * turn
    return [0.95 * math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16 - 0.1]


def strokes(name, rng):
    """The strokes of a shape of radius 1 around 0, upright: a list of (points, 2)."""
    if name == "circle":
        start = rng.random()
        return [curve(lambda turn: polar(1, turn), start, start + rng.uniform(0.92, 1.08))]
    if name == "square":
        return [along([[-1.0, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], POINTS) * 0.8]
    if name == "triangle":
        corners = [polar(1, turn / 3 + rng.uniform(-0.05, 0.05)) for turn in range(3)]
        return [along([*corners, corners[0]], POINTS)]
    if name == "star":
        if rng.random() < 0.5:  # in one go, with crossing lines
            return [along([polar(1, 2 * corner / 5) for corner in range(6)], POINTS)]
        inner = rng.uniform(0.35, 0.5)
        return [along([polar(inner if corner % 2 else 1, corner / 10) for corner in range(11)], POINTS)]
    if name == "heart":
        start = rng.choice([0, 0.5])
        return [curve(heart, start, start + rng.uniform(0.95, 1.03))]
    if name == "cross":
        slant = rng.uniform(-0.15, 0.15)
        return [along([[-1.0, slant], [1, -slant]], POINTS // 2), along([[0.0, -1], [0, 1]], POINTS // 2)]
    if name == "arrow":
        length, width = rng.uniform(0.45, 0.8), rng.uniform(0.35, 0.7)
        head = [[-width, length - 1], [0.0, -1], [width, length - 1]]
        return [along([[0.0, 1], [0, -1]], POINTS // 2), along(head, POINTS // 2)]
    turns = rng.uniform(1.5, 2.6) * rng.choice([-1, 1])
    return [curve(lambda part: polar(0.05 + 0.95 * part, turns * part), 0.0, 1.0)]


def by_hand(points, rng):
    """Not quite straight: a slow wave across the stroke and a tremble."""
    at = torch.linspace(0, 2 * math.pi, len(points))
    for axis in (0, 1):
        for frequency in (1, 2, 3):
            points[:, axis] += rng.uniform(-0.06, 0.06) * torch.sin(frequency * at + rng.uniform(0, 2 * math.pi))
    tremble = torch.tensor([[rng.gauss(0, 0.015), rng.gauss(0, 0.015)] for _ in points])
    return points + tremble


def draw_segments(name, rng):
    """One drawing in pixels: the segments' beginnings and ends, (segments, 2) each."""
    radius = rng.uniform(8, 13.5)
    stretch = rng.uniform(0.8, 1.25)
    turn = rng.uniform(-25, 25) if name == "heart" else rng.uniform(0, 360)
    sine, cosine = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    rotation = torch.tensor([[cosine, sine], [-sine, cosine]])
    slack = SIZE / 2 - radius - 1.5
    centre = torch.tensor([SIZE / 2 + rng.uniform(-slack, slack), SIZE / 2 + rng.uniform(-slack, slack)])
    begins, ends = [], []
    for stroke in strokes(name, rng):
        wide = torch.tensor([math.sqrt(stretch), 1 / math.sqrt(stretch)])
        points = (by_hand(stroke, rng) * wide) @ rotation * radius * 0.95 + centre
        begins.append(points[:-1])
        ends.append(points[1:])
    return torch.cat(begins), torch.cat(ends)


def ink(begins, ends, thickness):
    """(B, segments, 2) twice and (B) to (B, SIZE, SIZE): 1 on the line, 0 off it, a pixel of grey between."""
    axis = torch.arange(SIZE) + 0.5
    pixels = torch.stack([axis.repeat(SIZE), axis.repeat_interleave(SIZE)], 1)[None, None]  # (1, 1, SIZE * SIZE, (x, y))
    begins, along_it = begins[:, :, None], (ends - begins)[:, :, None]
    part = ((pixels - begins) * along_it).sum(-1) / (along_it**2).sum(-1).clamp(min=1e-9)
    distance = (pixels - begins - part.clamp(0, 1)[..., None] * along_it).norm(dim=-1).amin(1)
    return (thickness[:, None] / 2 + 0.5 - distance).clamp(0, 1).reshape(-1, SIZE, SIZE)


def draw(count, rng):
    """(count, SIZE, SIZE) pictures and (count) classes."""
    pictures, classes = [], []
    for begin in range(0, count, 64):
        chosen = [rng.randrange(len(NAMES)) for _ in range(min(64, count - begin))]
        segments = [draw_segments(NAMES[index], rng) for index in chosen]
        most = max(len(begins) for begins, _ in segments)
        # Shorter drawings end with their last segment, again and again: the same ink.
        fill = lambda points: torch.cat([points, points[-1:].expand(most - len(points), 2)])
        thickness = torch.tensor([rng.uniform(1, 2.6) for _ in chosen])
        pictures.append(ink(torch.stack([fill(b) for b, _ in segments]), torch.stack([fill(e) for _, e in segments]), thickness))
        classes += chosen
    return torch.cat(pictures), torch.tensor(classes)

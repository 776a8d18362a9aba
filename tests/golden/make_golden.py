#!/usr/bin/python3
"""Writes the golden cases: index.json and one .bin per operation, beside this script.

The expected values come from PyTorch: the formula in float64 as plain expressions, rounded to float32 at the end.
Where PyTorch has a layer for the same thing (nn.MultiheadAttention, nn.Linear), the scripts assert that it agrees. They
also assert that a plain float32 evaluation stays inside the tolerance that the tests use, so that no case asks for
more than float32 can give, and that getting an option wrong shows.
"""

import torch

from attention import attention_cases, option_cases
from historic import historic_cases
from layers import layer_cases
from rotary_embedding import rotary_embedding_cases
from support import WRITER
from torch_multi_head_attention import torch_multi_head_attention_cases
from transformer import transformer_cases
from vision import vision_cases


def main():
    torch.set_num_threads(1)
    attention_cases()
    layer_cases()
    option_cases()
    rotary_embedding_cases()
    torch_multi_head_attention_cases()
    vision_cases()
    historic_cases()
    transformer_cases()
    WRITER.finish()


if __name__ == "__main__":
    main()

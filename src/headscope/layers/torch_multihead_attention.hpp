#pragma once

#include <cstddef>

#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/status.hpp"

namespace headscope {

/// A torch.nn.MultiheadAttention(dim, heads) from its "in_proj_weight" (3 dim, dim), "in_proj_bias" (3 dim),
/// "out_proj.weight" (dim, dim) and "out_proj.bias" (dim); biases may be missing. Refuses what is missing
/// (InvalidArgument), other shapes (InvalidShape) and heads that do not divide dim (InvalidArgument).
Result<MultiHeadAttention> torch_multihead_attention(const Parameters& parameters, std::size_t heads, std::size_t dim);

}  // namespace headscope

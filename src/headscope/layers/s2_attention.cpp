#include "headscope/layers/s2_attention.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "headscope/expect.hpp"
#include "headscope/kernels/channel_sums.hpp"
#include "headscope/kernels/image_lanes.hpp"
#include "headscope/kernels/matrix_product.hpp"
#include "headscope/kernels/store_rows.hpp"

// Nothing that is as large as the three branches is ever written. Shifts move whole positions, and all but the softmax
// of split attention is linear in the image x. With d running over "from along w", "from along h" and "from here",
// what a group of channels is after the weighing is one product,
//
//   z[n] = Σ_d diag(weights of the branch that d moves) (W1 of that branch) x[origin_d(n)],
//
// and the sums that the weights come from need of x only its sums over the origins. Images are channels first:
// positions lie side by side, as lanes need them, and neither x nor the output has to be turned around.
namespace headscope {
namespace {

using Arch = xsimd::default_arch;
constexpr std::size_t lanes = kernels::Lanes<Arch>::count;

constexpr std::size_t branch_count = 3;
/// Where a branch of a channel comes from: a neighbour along w, one along h, the position itself.
constexpr std::size_t origin_count = 3;

/// The branch of a group whose values have an origin.
constexpr std::size_t branch_from(std::size_t origin, std::size_t group) {
  const bool second_pair = group >= shift_groups / 2;
  return origin < 2 && second_pair ? 1 - origin : origin;
}

constexpr std::ptrdiff_t step(std::size_t elements) { return static_cast<std::ptrdiff_t>(elements); }

struct Group {
  std::size_t begin;
  std::size_t count;
};

constexpr Group group_of(std::size_t index, std::size_t channels) {
  const std::size_t begin = shift_group_begin(index, channels);
  return {.begin = begin, .count = shift_group_begin(index + 1, channels) - begin};
}

/// How an image is read.
struct Shift {
  std::size_t width;
  std::size_t height;
  ShiftSource source;

  std::size_t positions() const { return width * height; }

  /// What an axis adds up to when every place takes its origin's value.
  double moved(double total, double first, double last, std::size_t extent, ShiftDirection direction) const {
    if (direction == ShiftDirection::down) return total - first + last;
    if (source == ShiftSource::in_place) return static_cast<double>(extent) * first;
    return total - last + first;
  }
};

/// means (directions, origins, c)[d][o] = the mean, over all positions, of their origins' values of an image (c, w, h).
/// columns (h) is overwritten. Stands alone, as packed_product does.
[[gnu::noinline]] void origin_means(const float* image, std::size_t channels, const Shift& shift, float* columns,
                                    float* means) {
  const auto sum = [](const float* values, std::size_t count) {
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) total += static_cast<double>(values[i]);
    return total;
  };
  const std::size_t positions = shift.positions();
  for (std::size_t c = 0; c < channels; ++c) {
    const float* const plane = image + c * positions;
    std::fill_n(columns, shift.height, 0.0f);
    kernels::add_rows<Arch>(plane, shift.width, shift.height, columns);
    const double total = sum(columns, shift.height);
    const double top = sum(plane, shift.height);
    const double bottom = sum(plane + positions - shift.height, shift.height);
    const auto left = static_cast<double>(columns[0]);
    const auto right = static_cast<double>(columns[shift.height - 1]);
    for (const auto direction : {ShiftDirection::up, ShiftDirection::down}) {
      const std::array<double, origin_count> sums{shift.moved(total, top, bottom, shift.width, direction),
                                                  shift.moved(total, left, right, shift.height, direction), total};
      float* const target = means + static_cast<std::size_t>(direction) * origin_count * channels + c;
      for (std::size_t o = 0; o < origin_count; ++o) {
        target[o * channels] = static_cast<float>(sums[o] / static_cast<double>(positions));
      }
    }
  }
}

/// packed (strips, origins, c, lanes) = what the origins of the positions [first, first + rows) hold of an image (c, w,
/// h).
void gather_origins(const float* image, std::size_t channels, const Shift& shift, ShiftDirection direction,
                    std::size_t first, std::size_t rows, float* packed) {
  std::size_t i = first / shift.height;
  std::size_t j = first % shift.height;
  for (std::size_t row = 0; row < rows; row += lanes) {
    const std::size_t count = std::min(lanes, rows - row);
    std::array<std::array<std::size_t, lanes>, origin_count> places;
    for (std::size_t l = 0; l < count; ++l) {
      places[0][l] = shift_origin(i, shift.width, direction, shift.source) * shift.height + j;
      places[1][l] = i * shift.height + shift_origin(j, shift.height, direction, shift.source);
      places[2][l] = i * shift.height + j;
      if (++j < shift.height) continue;
      j = 0;
      ++i;
    }
    for (const auto& origins : places) {
      kernels::gather_lanes<Arch>(image, channels, shift.positions(), std::span(origins).first(count), packed);
      packed += channels * lanes;
    }
  }
}

/// Floats of a group's weights for all origins, as weighed_group packs them.
std::size_t weighed_group_size(std::size_t rows, std::size_t channels) {
  return kernels::round_up(rows, kernels::panel_rows) * (origin_count * channels + 1);
}

/// The three branches of a group, weighed and added up, as one product of what their origins hold (origins, c).
///
/// parts (origins) are their layers (rows, c), weights[o] points to how much each of the rows of that one counts.
kernels::PackedWeights weighed_group(const std::array<kernels::PackedWeights, origin_count>& parts,
                                     const std::array<const float*, origin_count>& weights, float* memory) {
  constexpr std::size_t height = kernels::panel_rows;
  const auto [rows, channels] = std::pair{parts[0].out, parts[0].in};
  const std::size_t padded = kernels::round_up(rows, height);
  float* const bias = memory + padded * origin_count * channels;
  std::fill_n(bias, padded, 0.0f);
  float* to = memory;
  for (std::size_t first = 0; first < rows; first += height) {
    for (std::size_t o = 0; o < origin_count; ++o) {
      float factors[height] = {};
      std::copy_n(weights[o] + first, std::min(height, rows - first), factors);
      for (std::size_t r = 0; r < height; ++r) bias[first + r] += factors[r] * parts[o].bias[first + r];
      const float* from = parts[o].panels + first * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        for (const float factor : factors) *to++ = factor * *from++;
      }
    }
  }
  return {.panels = memory, .bias = bias, .in = origin_count * channels, .out = rows};
}

/// What one block of positions goes through.
struct Workspace {
  float* origins;  ///< (strips, origins, c, lanes)
  float* mixed;    ///< (strips, c, lanes)
  float* tiles;
};

std::size_t strips_of(std::size_t rows) { return (rows + lanes - 1) / lanes; }

/// strips (strips, out, lanes) = a product of what is packed (strips, in, lanes).
void multiply(const float* packed, std::size_t strips, const kernels::PackedWeights& weights, float* tiles,
              std::size_t channels, float* result) {
  kernels::packed_product<Arch>(
      packed, strips, weights, tiles, [&](std::size_t s, std::size_t column, std::size_t columns, const float* tile) {
        kernels::scatter_lanes<Arch>(tile, columns, lanes, lanes, result + (s * channels + column) * lanes);
      });
}

/// mixed = the weighed sum of the branches of the positions [first, first + rows) of an image.
void mix(const float* image, std::size_t channels, const Shift& shift,
         const std::array<kernels::PackedWeights, shift_groups>& products, std::size_t first, std::size_t rows,
         const Workspace& workspace) {
  for (const auto direction : {ShiftDirection::up, ShiftDirection::down}) {
    gather_origins(image, channels, shift, direction, first, rows, workspace.origins);
    for (std::size_t index = 0; index < shift_groups; ++index) {
      if (shift_direction(index) != direction) continue;
      multiply(workspace.origins, strips_of(rows), products[index], workspace.tiles, channels,
               workspace.mixed + group_of(index, channels).begin * lanes);
    }
  }
}

/// Rows (strips, c, lanes) turned around where someone wants them: (rows, c).
void keep_rows(const float* strips, std::size_t channels, std::size_t rows, float* wanted) {
  alignas(64) std::array<float, lanes> ones;
  ones.fill(1);
  for (std::size_t row = 0; wanted != nullptr && row < rows; row += lanes) {
    kernels::store_rows<Arch>(strips + row * channels, channels, ones.data(), std::min(lanes, rows - row),
                              wanted + row * channels, channels);
  }
}

}  // namespace

Result<S2Attention> S2Attention::create(const Parameters& parameters) {
  auto split_attention = SplitAttention::create(parameters.of("split_attention"));
  if (!split_attention) return std::unexpected(split_attention.error());
  const std::size_t c = split_attention->channels();
  if (split_attention->branches() != branch_count) {
    return refuse(StatusCode::InvalidShape, parameters.name("split_attention.mlp2.weight"),
                  "shape " + shape_text(Extents<2>{branch_count * c, c}),
                  shape_text(Extents<2>{split_attention->branches() * c, c}));
  }
  const auto whole = parameters.linear_parameters("mlp1", branch_count * c, c);
  if (!whole) return std::unexpected(whole.error());
  const LinearParameters& all = *whole;
  std::vector<Linear> mlp1;
  for (std::size_t branch = 0; branch < branch_count; ++branch) {
    for (std::size_t index = 0; index < shift_groups; ++index) {
      const Group group = group_of(index, c);
      const std::size_t row = branch * c + group.begin;
      LinearParameters rows{.weight = view_of<const float, 2>(all.weight.data() + row * c, {group.count, c})};
      if (all.bias) rows.bias = view_of<const float, 1>(all.bias->data() + row, {group.count});
      auto part = Linear::create(parameters.name("mlp1."), rows);
      if (!part) return std::unexpected(part.error());
      mlp1.push_back(std::move(*part));
    }
  }
  auto mlp2 = parameters.linear("mlp2", c, c);
  if (!mlp2) return std::unexpected(mlp2.error());
  return S2Attention(std::move(mlp1), std::move(*split_attention), std::move(*mlp2));
}

Result<void> S2Attention::keep_branches(const TensorView<const float, 4>& x, ShiftSource source,
                                        const CaptureScope& captures) const {
  constexpr std::array<std::string_view, 3> names{"mlp1", "spatial_shift1", "spatial_shift2"};
  if (std::ranges::none_of(names, [&](std::string_view name) { return captures.wants(name); })) return {};
  const std::size_t c = channels();
  const std::size_t row = branch_count * c;
  const Extents<4> shape{x.shape()[0], x.shape()[2], x.shape()[3], c};
  const auto [batch, width, height] = Extents<3>{shape[0], shape[1], shape[2]};
  const std::size_t n = width * height;
  const auto size = element_count<float>(Extents<3>{batch, n, row});
  if (!size) return refuse(StatusCode::TooLarge, "x", "branches that memory can address", shape_text_of(x));
  auto buffer = kernels::allocate_floats(*size);
  if (!buffer) return std::unexpected(buffer.error());
  for (std::size_t b = 0; b < batch; ++b) {
    const auto positions = view_of<const float, 2>(x.data() + b * n * c, {n, c}, {1, step(n)});
    for (std::size_t branch = 0; branch < branch_count; ++branch) {
      for (std::size_t index = 0; index < shift_groups; ++index) {
        const Group group = group_of(index, c);
        float* const target = buffer->get() + b * n * row + branch * c + group.begin;
        const auto done =
            part(branch, index).forward(positions, view_of<float, 2>(target, {n, group.count}, {step(row), 1}));
        if (!done) return done;
      }
    }
  }
  auto done = captures.keep(names[0], Extents<4>{batch, width, height, row}, buffer->get());
  for (std::size_t branch = 0; done && branch < 2; ++branch) {
    const auto place = captures.room(names[1 + branch], shape);
    if (!place) return std::unexpected(place.error());
    if (*place == nullptr) continue;
    const auto shift = branch == 0 ? spatial_shift1 : spatial_shift2;
    done = shift(
        view_of<const float, 4>(buffer->get() + branch * c, shape, {step(n * row), step(height * row), step(row), 1}),
        source, view_of<float, 4>(*place, shape));
  }
  return done;
}

Result<void> S2Attention::sum_branches(const float* image, const Extents<2>& extents, ShiftSource source,
                                       float* sums) const {
  const std::size_t c = channels();
  const Shift shift{.width = extents[0], .height = extents[1], .source = source};
  auto buffer = kernels::allocate_floats((2 * origin_count + 1) * c + shift.height);
  if (!buffer) return std::unexpected(buffer.error());
  float* const means = buffer->get();
  float* const projected = means + 2 * origin_count * c;
  origin_means(image, c, shift, projected + c, means);
  for (std::size_t index = 0; index < shift_groups; ++index) {
    const Group group = group_of(index, c);
    std::fill_n(sums + group.begin, group.count, 0.0f);
    for (std::size_t o = 0; o < origin_count; ++o) {
      const std::size_t place = static_cast<std::size_t>(shift_direction(index)) * origin_count + o;
      const auto done = part(branch_from(o, index), index)
                            .forward(view_of<const float, 2>(means + place * c, {1, c}),
                                     view_of<float, 2>(projected, {1, group.count}));
      if (!done) return done;
      for (std::size_t i = 0; i < group.count; ++i) {
        sums[group.begin + i] += static_cast<float>(shift.positions()) * projected[i];
      }
    }
  }
  return {};
}

std::array<kernels::PackedWeights, shift_groups> S2Attention::weighed_groups(const float* weights,
                                                                             float* memory) const {
  const std::size_t c = channels();
  std::array<kernels::PackedWeights, shift_groups> products;
  for (std::size_t index = 0; index < shift_groups; ++index) {
    const Group group = group_of(index, c);
    std::array<kernels::PackedWeights, origin_count> parts;
    std::array<const float*, origin_count> counts;
    for (std::size_t o = 0; o < origin_count; ++o) {
      const std::size_t branch = branch_from(o, index);
      parts[o] = part(branch, index).packed();
      counts[o] = weights + branch * c + group.begin;
    }
    products[index] = weighed_group(parts, counts, memory);
    memory += weighed_group_size(group.count, c);
  }
  return products;
}

Result<void> S2Attention::forward(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> output,
                                  const CaptureScope& captures) const {
  const auto [batch, width, height] = Extents<3>{x.shape()[0], x.shape()[2], x.shape()[3]};
  const std::size_t c = channels();
  const Extents<4> image{batch, c, width, height};
  if (auto fits = first_failure(expect_shape("x", x, image), expect_shape("output", output, image)); !fits) return fits;
  const Shift shift{.width = width, .height = height, .source = source};
  const std::size_t n = shift.positions();
  if (batch == 0 || n == 0) return {};

  const std::size_t most_rows = kernels::round_up(std::min(n, kernels::product_rows), lanes);
  const std::size_t columns = (origin_count + 1) * c + kernels::product_panels * kernels::panel_rows;
  std::size_t weighed_size = 0;
  for (std::size_t index = 0; index < shift_groups; ++index) {
    weighed_size += weighed_group_size(group_of(index, c).count, c);
  }
  const auto size = element_count<float>(Extents<2>{most_rows, columns});
  if (!size) return refuse(StatusCode::TooLarge, "x", "channels that memory can address", shape_text(image));
  auto buffer = kernels::allocate_floats(*size + weighed_size + (batch * branch_count + 1) * c);
  if (!buffer) return std::unexpected(buffer.error());
  const Workspace workspace{.origins = buffer->get(),
                            .mixed = buffer->get() + most_rows * origin_count * c,
                            .tiles = buffer->get() + most_rows * (origin_count + 1) * c};
  float* const weighed = buffer->get() + *size;
  float* const sums = weighed + weighed_size;  // (c)
  float* const weights = sums + c;             // (b, branches, c)

  if (auto done = keep_branches(x, source, captures); !done) return done;
  for (std::size_t b = 0; b < batch; ++b) {
    auto done = sum_branches(x.data() + b * n * c, {width, height}, source, sums);
    if (done) {
      done = split_attention_.weigh(view_of<const float, 2>(sums, {1, c}),
                                    view_of<float, 3>(weights + b * branch_count * c, {1, branch_count, c}));
    }
    if (!done) return done;
  }
  const CaptureScope inner = captures.of("split_attention");
  if (auto done = inner.keep("weights", Extents<3>{batch, branch_count, c}, weights); !done) return done;
  const Extents<4> rows_shape{batch, width, height, c};
  const auto mixed_rows = inner.room("output", rows_shape);
  if (!mixed_rows) return std::unexpected(mixed_rows.error());
  const auto projected_rows = captures.room("mlp2", rows_shape);
  if (!projected_rows) return std::unexpected(projected_rows.error());

  for (std::size_t b = 0; b < batch; ++b) {
    const auto products = weighed_groups(weights + b * branch_count * c, weighed);
    for (std::size_t first = 0; first < n; first += kernels::product_rows) {
      const std::size_t rows = std::min(kernels::product_rows, n - first);
      mix(x.data() + b * n * c, c, shift, products, first, rows, workspace);
      const auto kept = [&](float* all) { return all == nullptr ? nullptr : all + (b * n + first) * c; };
      keep_rows(workspace.mixed, c, rows, kept(*mixed_rows));
      // The strips of the origins take what the last layer gives.
      multiply(workspace.mixed, strips_of(rows), mlp2_.packed(), workspace.tiles, c, workspace.origins);
      for (std::size_t row = 0; row < rows; row += lanes) {
        kernels::scatter_lanes<Arch>(workspace.origins + row * c, c, n, std::min(lanes, rows - row),
                                     output.data() + b * n * c + first + row);
      }
      keep_rows(workspace.origins, c, rows, kept(*projected_rows));
    }
  }
  return {};
}

}  // namespace headscope

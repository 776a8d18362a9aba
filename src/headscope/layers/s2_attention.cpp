#include "headscope/layers/s2_attention.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

constexpr std::size_t branch_count = 3;

constexpr std::ptrdiff_t step(std::size_t elements) { return static_cast<std::ptrdiff_t>(elements); }

/// One image's (c, n) as positions (n, c), without moving anything.
TensorView<const float, 2> positions_of(const float* image, std::size_t positions, std::size_t channels) {
  return view_of<const float, 2>(image, {positions, channels}, {1, step(positions)});
}

/// The branches [image][branch] (w, h, c) of rows (b, w, h, 3 c): two shifted ones and one as it is.
struct Branches {
  Extents<4> shape;  ///< (b, w, h, c)
  float* data;       ///< (b, 3, w, h, c)

  TensorView<float, 4> operator[](std::size_t index) const {
    const auto [batch, width, height, channels] = shape;
    const std::size_t image = width * height * channels;
    return view_of<float, 4>(data + index * image, shape,
                             {step(branch_count * image), step(height * channels), step(channels), 1});
  }
};

TensorView<const float, 4> part(const float* rows, const Extents<4>& shape, std::size_t index) {
  const auto [batch, width, height, channels] = shape;
  const std::size_t row = branch_count * channels;
  return view_of<const float, 4>(rows + index * channels, shape,
                                 {step(width * height * row), step(height * row), step(row), 1});
}

void copy(const TensorView<const float, 4>& from, TensorView<float, 4> to) {
  const auto [batch, width, height, channels] = Extents<4>{from.shape()};
  for (std::size_t b = 0; channels > 0 && b < batch; ++b) {
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t j = 0; j < height; ++j) std::copy_n(&from(b, i, j, 0), channels, &to(b, i, j, 0));
    }
  }
}

/// A branch of each image where it is wanted: their memory is apart.
Result<void> keep(const CaptureScope& captures, std::string_view name, const Branches& branches, std::size_t index) {
  const auto place = captures.room(name, branches.shape);
  if (!place) return std::unexpected(place.error());
  if (*place == nullptr) return {};
  const auto view = branches[index];
  copy(view_of<const float, 4>(view.data(), branches.shape, Strides<4>{view.strides()}),
       view_of<float, 4>(*place, branches.shape));
  return {};
}

/// to (c, n) = the transpose of from (n, c), in squares that stay in the cache.
void transpose(const float* from, std::size_t positions, std::size_t channels, float* to) {
  constexpr std::size_t square = 16;
  for (std::size_t n = 0; n < positions; n += square) {
    for (std::size_t c = 0; c < channels; c += square) {
      for (std::size_t k = c; k < std::min(channels, c + square); ++k) {
        for (std::size_t i = n; i < std::min(positions, n + square); ++i)
          to[k * positions + i] = from[i * channels + k];
      }
    }
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
  auto mlp1 = parameters.linear("mlp1", branch_count * c, c);
  if (!mlp1) return std::unexpected(mlp1.error());
  auto mlp2 = parameters.linear("mlp2", c, c);
  if (!mlp2) return std::unexpected(mlp2.error());
  return S2Attention(std::move(*mlp1), std::move(*split_attention), std::move(*mlp2));
}

Result<void> S2Attention::forward(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> output,
                                  const CaptureScope& captures) const {
  const auto [batch, width, height] = Extents<3>{x.shape()[0], x.shape()[2], x.shape()[3]};
  const std::size_t c = channels();
  const Extents<4> image{batch, c, width, height};
  if (auto fits = first_failure(expect_shape("x", x, image), expect_shape("output", output, image)); !fits) return fits;
  const Extents<4> shape{batch, width, height, c};
  const std::size_t n = width * height;
  const auto size = element_count<float>(Extents<5>{batch, width, height, c, 2 * branch_count});
  if (!size) return refuse(StatusCode::TooLarge, "x", "branches that memory can address", shape_text(image));
  if (*size == 0) return {};
  auto buffer = kernels::allocate_floats(*size);
  if (!buffer) return std::unexpected(buffer.error());
  float* const rows = buffer->get();
  const Branches branches{.shape = shape, .data = rows + batch * n * branch_count * c};

  Result<void> done;
  for (std::size_t b = 0; done && b < batch; ++b) {
    done = mlp1_.forward(positions_of(x.data() + b * n * c, n, c),
                         view_of<float, 2>(rows + b * n * branch_count * c, {n, branch_count * c}));
  }
  if (done) done = captures.keep("mlp1", Extents<4>{batch, width, height, branch_count * c}, rows);
  if (done) done = spatial_shift1(part(rows, shape, 0), source, branches[0]);
  if (done) done = keep(captures, "spatial_shift1", branches, 0);
  if (done) done = spatial_shift2(part(rows, shape, 1), source, branches[1]);
  if (done) done = keep(captures, "spatial_shift2", branches, 1);
  if (!done) return done;
  copy(part(rows, shape, 2), branches[2]);

  // What the first linear layer wrote is in the branches now: its memory takes what follows.
  float* const weighed = rows;
  float* const projected = rows + batch * n * c;
  const CaptureScope inner = captures.of("split_attention");
  done = split_attention_.forward(view_of<const float, 4>(branches.data, {batch, branch_count, n, c}),
                                  view_of<float, 3>(weighed, {batch, n, c}), inner);
  if (done) done = inner.keep("output", shape, weighed);
  if (done) {
    done =
        mlp2_.forward(view_of<const float, 2>(weighed, {batch * n, c}), view_of<float, 2>(projected, {batch * n, c}));
  }
  if (done) done = captures.keep("mlp2", shape, projected);
  for (std::size_t b = 0; done && b < batch; ++b) transpose(projected + b * n * c, n, c, output.data() + b * n * c);
  return done;
}

}  // namespace headscope

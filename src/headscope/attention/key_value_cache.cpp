#include "headscope/attention/key_value_cache.hpp"

#include <algorithm>
#include <utility>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

/// Tokens that a cache has room for from the start.
constexpr std::size_t first_capacity = 64;

/// Tokens of all heads, one after the other: `rows` of them from `from` on, of `capacity` each, to `to` of
/// `new_capacity`.
void move_tokens(const float* source, std::size_t capacity, std::size_t from, float* target, std::size_t new_capacity,
                 std::size_t heads, std::size_t rows, std::size_t depth) {
  for (std::size_t head = 0; head < heads; ++head) {
    const float* const first = source + (head * capacity + from) * depth;
    // In ascending order, so that within one buffer nothing is overwritten before it has been moved.
    std::copy_n(first, rows * depth, target + head * new_capacity * depth);
  }
}

void append_rows(const TensorView<const float, 4>& rows, float* buffer, std::size_t capacity, std::size_t at) {
  const auto [batch, heads, count, depth] = Extents<4>{rows.shape()};
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t h = 0; h < heads; ++h) {
      float* target = buffer + ((b * heads + h) * capacity + at) * depth;
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t d = 0; d < depth; ++d) *target++ = rows(b, h, i, d);
      }
    }
  }
}

}  // namespace

Result<KeyValueCache> KeyValueCache::create(const Shape& shape, std::optional<std::size_t> window) {
  if (window == 0) return refuse(StatusCode::InvalidArgument, "window", "at least 1", "0");
  return KeyValueCache(shape, window);
}

std::size_t KeyValueCache::kept() const { return window_ ? std::min(stored_, *window_ - 1) : stored_; }

/// Room for so many more tokens behind those that are there, which stay: moved to the front where half of the room is
/// free there, else into twice the room.
Result<void> KeyValueCache::make_room(std::size_t tokens) {
  const std::size_t needed = stored_ + tokens;
  if (start_ + needed <= capacity_) return {};
  const std::size_t heads = shape_.batch * shape_.kv_heads;
  if (needed <= capacity_ / 2) {
    move_tokens(keys_.get(), capacity_, start_, keys_.get(), capacity_, heads, stored_, shape_.depth);
    move_tokens(values_.get(), capacity_, start_, values_.get(), capacity_, heads, stored_, shape_.value_depth);
    start_ = 0;
    return {};
  }
  const std::size_t capacity = std::max({first_capacity, 2 * capacity_, 2 * needed});
  const auto allocate = [&](std::size_t depth) -> Result<kernels::Buffer> {
    const auto size = element_count<float>(Extents<4>{shape_.batch, shape_.kv_heads, capacity, depth});
    if (!size) return refuse(StatusCode::TooLarge, "key", "tokens that memory can address", std::to_string(needed));
    return kernels::allocate_floats(*size);
  };
  auto keys = allocate(shape_.depth);
  if (!keys) return std::unexpected(keys.error());
  auto values = allocate(shape_.value_depth);
  if (!values) return std::unexpected(values.error());
  move_tokens(keys_.get(), capacity_, start_, keys->get(), capacity, heads, stored_, shape_.depth);
  move_tokens(values_.get(), capacity_, start_, values->get(), capacity, heads, stored_, shape_.value_depth);
  keys_ = std::move(*keys);
  values_ = std::move(*values);
  capacity_ = capacity;
  start_ = 0;
  return {};
}

Result<void> KeyValueCache::append(const TensorView<const float, 4>& key, const TensorView<const float, 4>& value) {
  const std::size_t tokens = key.shape()[2];
  if (auto fits = first_failure(
          expect_shape("key", key, Extents<4>{shape_.batch, shape_.kv_heads, tokens, shape_.depth}),
          expect_shape("value", value, Extents<4>{shape_.batch, shape_.kv_heads, tokens, shape_.value_depth}));
      !fits) {
    return fits;
  }
  if (auto room = make_room(tokens); !room) return room;
  append_rows(key, keys_.get(), capacity_, start_ + stored_);
  append_rows(value, values_.get(), capacity_, start_ + stored_);
  const std::size_t stored = stored_after(tokens);
  start_ += stored_ + tokens - stored;
  stored_ = stored;
  length_ += tokens;
  return {};
}

Result<void> KeyValueCache::attend(const TensorView<const float, 4>& query, const AttentionOptions& options,
                                   const AttentionResults& results) const {
  const std::size_t queries = query.shape()[2];
  if (auto fits = expect_shape("query", query, Extents<4>{shape_.batch, query.shape()[1], queries, shape_.depth});
      !fits) {
    return fits;
  }
  if (queries > stored_) {
    return refuse(StatusCode::InvalidShape, "query", "at most the " + std::to_string(stored_) + " tokens in the cache",
                  std::to_string(queries));
  }
  const char* const own = options.first_positions ? "firstPositions" : options.key_lengths ? "keyLengths" : nullptr;
  if (own != nullptr) return refuse(StatusCode::InvalidArgument, own, "none, beside a cache", "some");
  const auto first_position = static_cast<std::int32_t>(stored_ - queries);
  AttentionOptions cached = options;
  cached.first_positions = view_of<const std::int32_t, 1>(&first_position, {shape_.batch}, {0});
  if (window_) {
    cached.causal = true;
    cached.window.left = std::min(*window_ - 1, options.window.left.value_or(*window_ - 1));
  }
  const auto view = [&](const kernels::Buffer& rows, std::size_t depth) {
    const auto step = [&](std::size_t count) { return static_cast<std::ptrdiff_t>(count * depth); };
    return view_of<const float, 4>(rows.get() + start_ * depth, {shape_.batch, shape_.kv_heads, stored_, depth},
                                   {step(shape_.kv_heads * capacity_), step(capacity_), step(1), 1});
  };
  return scaled_dot_product_attention(query, view(keys_, shape_.depth), view(values_, shape_.value_depth), cached,
                                      results);
}

Result<void> KeyValueCache::append_and_attend(const TensorView<const float, 4>& key,
                                              const TensorView<const float, 4>& value,
                                              const TensorView<const float, 4>& query, const AttentionOptions& options,
                                              const AttentionResults& results) {
  const std::size_t stored = stored_;
  const std::size_t length = length_;
  const std::size_t forgotten = stored_ - kept();
  if (auto appended = append(key, value); !appended) return appended;
  auto attended = attend(query, options, results);
  if (!attended) {
    // What append() let go of still lies where it was.
    start_ -= forgotten;
    stored_ = stored;
    length_ = length;
  }
  return attended;
}

Result<void> KeyValueCache::reorder(std::span<const std::size_t> sources) {
  if (sources.size() != shape_.batch) {
    return refuse(StatusCode::InvalidArgument, "sources", std::to_string(shape_.batch) + ", one for each batch element",
                  std::to_string(sources.size()));
  }
  for (const std::size_t source : sources) {
    if (source < shape_.batch) continue;
    return refuse(StatusCode::InvalidArgument, "sources", "less than " + std::to_string(shape_.batch),
                  std::to_string(source));
  }
  if (stored_ == 0) return {};
  const auto reordered = [&](const kernels::Buffer& rows, std::size_t depth) -> Result<kernels::Buffer> {
    const std::size_t size = shape_.kv_heads * capacity_ * depth;
    auto copy = kernels::allocate_floats(shape_.batch * size);
    if (!copy) return copy;
    for (std::size_t b = 0; b < shape_.batch; ++b) {
      move_tokens(rows.get() + sources[b] * size, capacity_, start_, copy->get() + b * size + start_ * depth, capacity_,
                  shape_.kv_heads, stored_, depth);
    }
    return copy;
  };
  auto keys = reordered(keys_, shape_.depth);
  if (!keys) return std::unexpected(keys.error());
  auto values = reordered(values_, shape_.value_depth);
  if (!values) return std::unexpected(values.error());
  keys_ = std::move(*keys);
  values_ = std::move(*values);
  return {};
}

void KeyValueCache::clear() { start_ = stored_ = length_ = 0; }

}  // namespace headscope

// libFuzzer drives attention through its public boundary: the bytes say shapes, options and which of them contradict
// each other, and what is left of them are the numbers, whatever they are. The sanitizers see what is read and written
// where it should not be; the target itself looks for results that no input may give.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <optional>
#include <source_location>
#include <vector>

#include "headscope/attention/attention_session.hpp"
#include "headscope/attention/key_value_cache.hpp"
#include "headscope/attention/rotary_embedding.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"

namespace headscope {
namespace {

/// The bytes of a run, as decisions and numbers.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool flip() { return bytes_.ConsumeBool(); }
  /// One in sixteen: for what should be rare.
  bool rarely() { return between(0, 15) == 0; }
  std::size_t between(std::size_t low, std::size_t high) { return bytes_.ConsumeIntegralInRange(low, high); }
  /// Mostly a length that ends within registers and tiles; rarely one that spans blocks of keys.
  std::size_t length() { return rarely() ? between(0, 400) : between(0, 21); }
  float number() { return bit_pattern<float>(); }
  std::int32_t integer() { return rarely() ? bit_pattern<std::int32_t>() : std::int32_t(between(0, 40)) - 10; }

  /// `count` numbers: tame ones in [-2, 2), or any bit patterns. They repeat where the bytes have come to an end.
  std::vector<float> numbers(std::size_t count) {
    const bool tame = !rarely();
    const auto raw = bytes_.ConsumeBytes<std::uint8_t>(std::min(count, std::size_t{64}) * (tame ? 1 : 4));
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count && !raw.empty(); ++i) {
      if (tame) {
        values[i] = static_cast<float>(raw[i % raw.size()]) / 64 - 2;
      } else if (raw.size() >= 4) {
        std::memcpy(&values[i], raw.data() + i % (raw.size() / 4) * 4, 4);
      }
    }
    wild_ = wild_ || !tame;
    return values;
  }

  std::vector<std::int32_t> integers(std::size_t count) {
    std::vector<std::int32_t> values(count);
    for (std::int32_t& value : values) value = integer();
    return values;
  }

  /// Whether anything came that is not tame.
  bool wild() const { return wild_; }

 private:
  template <class T>
  T bit_pattern() {
    wild_ = true;
    const auto bits = bytes_.ConsumeIntegral<std::uint32_t>();
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

  FuzzedDataProvider bytes_;
  bool wild_ = false;
};

std::size_t product(const Extents<4>& shape) { return shape[0] * shape[1] * shape[2] * shape[3]; }

/// A tensor in memory of its own of just its size. A wrong extent now and then has to be refused.
struct Tensor {
  Tensor(Input& input, Extents<4> wanted) : shape(wanted) {
    if (input.rarely()) shape[input.between(0, 3)] = input.between(0, 9);
    values = input.numbers(product(shape));
  }
  TensorView<const float, 4> view() const { return view_of<const float, 4>(values.data(), shape); }

  Extents<4> shape;
  std::vector<float> values;
};

/// Ends the run, and says where.
void require(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold\n", where.function_name(), static_cast<unsigned>(where.line()));
  std::abort();
}

/// Options for scores of some shape, and what they refer to.
class Options {
 public:
  Options(Input& input, const Extents<4>& square) {
    const auto [batches, heads, queries, keys] = square;
    all.softcap = input.rarely() ? input.number() : input.flip() ? 0.0f : 1.5f;
    all.causal = input.flip();
    if (input.rarely()) all.scale = input.number();
    if (input.flip()) all.window.left = input.rarely() ? SIZE_MAX - input.between(0, 3) : input.between(0, 9);
    if (input.flip()) all.window.right = input.rarely() ? SIZE_MAX - input.between(0, 3) : input.between(0, 9);
    const auto size = [&](std::size_t right) { return input.rarely() ? input.between(0, 5) : right; };
    if (input.flip()) {
      first_positions_ = input.integers(size(batches));
      all.first_positions = view_of<const std::int32_t, 1>(first_positions_.data(), {first_positions_.size()});
    }
    if (input.flip()) {
      key_lengths_ = input.integers(size(batches));
      if (!input.rarely()) {
        for (std::int32_t& length : key_lengths_) length = std::clamp(length, 0, static_cast<std::int32_t>(keys));
      }
      all.key_lengths = view_of<const std::int32_t, 1>(key_lengths_.data(), {key_lengths_.size()});
    }
    if (input.flip()) {
      slopes_ = input.numbers(size(heads));
      all.alibi_slopes = view_of<const float, 1>(slopes_.data(), {slopes_.size()});
    }
    if (input.flip()) {
      sinks_ = input.numbers(size(heads));
      all.sinks = view_of<const float, 1>(sinks_.data(), {sinks_.size()});
    }
    Extents<4> shape = square;
    for (std::size_t& extent : shape) extent = input.rarely() ? input.between(0, 30) : input.flip() ? 1 : extent;
    const std::size_t kind = input.between(0, 3);
    if (kind == 1) {
      bias_ = input.numbers(product(shape));
      for (std::size_t i = 0; i < bias_.size(); i += 3) bias_[i] = -INFINITY;
      all.mask = AdditiveMask{view_of<const float, 4>(bias_.data(), shape)};
    } else if (kind == 2) {
      for (const float value : input.numbers(product(shape))) allowed_.push_back(value > 0 ? 1 : 0);
      all.mask = BooleanMask{view_of<const std::uint8_t, 4>(allowed_.data(), shape)};
    }
  }
  Options(const Options&) = delete;

  AttentionOptions all;

 private:
  std::vector<std::int32_t> first_positions_;
  std::vector<std::int32_t> key_lengths_;
  std::vector<float> slopes_;
  std::vector<float> sinks_;
  std::vector<float> bias_;
  std::vector<std::uint8_t> allowed_;
};

/// Room for results, of which some are wanted.
struct Room {
  Room(Input& input, const Extents<4>& square, std::size_t value_depth)
      : output(product({square[0], square[1], square[2], value_depth})),
        results{.output = view_of<float, 4>(output.data(), {square[0], square[1], square[2], value_depth})} {
    if (input.flip()) {
      weights.resize(product(square));
      results.weights = view_of<float, 4>(weights.data(), square);
    }
    if (input.flip()) {
      log_sum_exp.resize(square[0] * square[1] * square[2]);
      results.log_sum_exp = view_of<float, 3>(log_sum_exp.data(), {square[0], square[1], square[2]});
    }
    if (input.flip()) {
      scores.resize(product(square));
      results.scores = ScoreResult{.stage = static_cast<ScoreStage>(input.between(0, 3)),
                                   .scores = view_of<float, 4>(scores.data(), square)};
    }
  }
  Room(const Room&) = delete;

  std::vector<float> output;
  std::vector<float> weights;
  std::vector<float> log_sum_exp;
  std::vector<float> scores;
  AttentionResults results;
};

/// What holds for all tame numbers.
void check_results(const Input& input, const AttentionOptions& options, const Room& room, std::size_t keys) {
  if (input.wild()) return;
  for (const float value : room.output) require(std::isfinite(value));
  const float most = 1 / (1 - options.dropout.probability) + 1e-3f;
  for (std::size_t row = 0; keys > 0 && row < room.weights.size() / keys; ++row) {
    float sum = 0;
    for (std::size_t j = 0; j < keys; ++j) {
      const float weight = room.weights[row * keys + j];
      require(weight >= 0 && weight <= most);
      sum += weight;
    }
    // All or nothing, unless a sink or dropout takes some.
    const bool whole = !options.sinks && options.dropout.probability == 0;
    require(!whole || sum == 0 || std::abs(sum - 1) < 1e-3f);
  }
}

void attention(Input& input) {
  const std::size_t kv_heads = input.between(0, 3);
  const Extents<4> square{input.between(0, 2), kv_heads * input.between(1, 3) + (input.rarely() ? 1 : 0),
                          input.length(), input.length()};
  const auto [batches, heads, queries, keys] = square;
  const std::size_t depth = input.length();
  const std::size_t value_depth = input.length();
  if (product({batches, heads, queries, std::max(keys, value_depth)}) * (1 + depth) > 1'000'000) return;
  Options options(input, square);
  if (input.flip()) {
    options.all.dropout = {.probability = input.rarely() ? input.number() : 0.5f,
                           .seed = static_cast<std::uint32_t>(input.between(0, UINT32_MAX)),
                           .first_head = input.between(0, 3),
                           .first_query = input.between(0, 3)};
  }
  const Tensor query(input, {batches, heads, queries, depth});
  const Tensor key(input, {batches, kv_heads, keys, depth});
  const Tensor value(input, {batches, kv_heads, keys, value_depth});
  Room room(input, square, value_depth);
  if (scaled_dot_product_attention(query.view(), key.view(), value.view(), options.all, room.results)) {
    check_results(input, options.all, room, keys);
  }
}

void session(Input& input) {
  const std::size_t kv_heads = input.between(0, 2);
  const Extents<4> square{input.between(0, 2), kv_heads * input.between(1, 2), input.length(), input.length()};
  const std::size_t depth = input.length();
  if (product(square) * (1 + depth) > 1'000'000) return;
  Options options(input, square);
  const Tensor query(input, {square[0], square[1], square[2], depth});
  const Tensor key(input, {square[0], kv_heads, square[3], depth});
  auto opened = AttentionSession::create(query.view(), key.view(), options.all);
  if (!opened) return;
  const auto range = [&](std::size_t count) -> Range {
    if (input.rarely()) return {SIZE_MAX - input.between(0, 3), input.between(0, SIZE_MAX)};
    const std::size_t first = input.between(0, count);
    return {first, input.between(0, count - first)};
  };
  const auto room = [&](std::size_t right) { return std::vector<float>(input.rarely() ? right + 1 : right); };
  for (std::size_t calls = input.between(1, 6); calls-- > 0;) {
    const std::size_t head = input.between(0, square[0] * square[1]);
    const std::size_t row = input.between(0, square[2]);
    std::vector<float> numbers;
    switch (input.between(0, 3)) {
      case 0:
        numbers = room(square[3]);
        if (!opened->row(head, row, numbers)) continue;
        break;
      case 1: {
        const std::size_t width = input.between(0, 40);
        const std::size_t height = input.between(0, 40);
        numbers = room(width * height);
        const Pooling pooling = input.flip() ? Pooling::max : Pooling::mean;
        if (!opened->tile(head, range(square[2]), range(square[3]), width, height, pooling, numbers)) continue;
        break;
      }
      case 2: {
        const std::size_t k = input.between(0, 30);
        numbers = room(std::min(k, square[3]));
        std::vector<std::int32_t> keys(numbers.size());
        if (!opened->top_k(head, row, k, keys, numbers)) continue;
        break;
      }
      default:
        if (const auto found = opened->statistics(head); found && !input.wild()) require(std::isfinite(found->entropy));
    }
    for (const float weight : numbers) require(input.wild() || (weight >= 0 && weight <= 1.001f));
  }
}

void cache(Input& input) {
  const KeyValueCache::Shape shape{.batch = input.between(0, 2),
                                   .kv_heads = input.between(0, 2),
                                   .depth = input.between(0, 9),
                                   .value_depth = input.between(0, 9)};
  const auto window = input.flip() ? std::optional(input.between(0, 9)) : std::nullopt;
  auto opened = KeyValueCache::create(shape, window);
  if (!opened) return;
  for (std::size_t calls = input.between(1, 9); calls-- > 0;) {
    const std::size_t wanted = input.between(0, 7);
    const std::size_t queries = input.flip() ? wanted : input.between(0, 9);
    const bool append = input.flip();
    const Tensor key(input, {shape.batch, shape.kv_heads, wanted, shape.depth});
    const Tensor value(input, {shape.batch, shape.kv_heads, wanted, shape.value_depth});
    const std::size_t tokens = key.shape[2];
    const std::size_t before = opened->length();
    if (input.rarely()) {
      opened->clear();
    } else if (input.flip()) {
      const bool done = opened->append(key.view(), value.view()).has_value();
      require(opened->length() == before + (done ? tokens : 0));
    } else {
      const Extents<4> square{shape.batch, shape.kv_heads * input.between(1, 2), queries,
                              append ? opened->stored_after(tokens) : opened->stored()};
      Options options(input, square);
      const Tensor query(input, {square[0], square[1], queries, shape.depth});
      Room room(input, square, shape.value_depth);
      const auto done =
          append ? opened->append_and_attend(key.view(), value.view(), query.view(), options.all, room.results)
                 : opened->attend(query.view(), options.all, room.results);
      require(opened->length() == before + (append && done ? tokens : 0));
      if (done) check_results(input, options.all, room, square[3]);
    }
  }
}

void rotary(Input& input) {
  const Tensor x(input, {input.between(0, 2), input.between(0, 3), input.length(), input.length()});
  const std::size_t batches = x.shape[0];
  const std::size_t length = x.shape[2];
  RotaryOptions options{.dim = input.rarely() ? input.between(0, 50) : x.shape[3] / 2 * 2,
                        .interleaved = input.flip(),
                        .base = input.rarely() ? static_cast<double>(input.number()) : 100.0,
                        .offset = input.rarely() ? SIZE_MAX - input.between(0, 9) : input.between(0, 9)};
  std::vector<std::int32_t> positions;
  if (input.flip()) {
    const std::size_t rows = input.flip() ? batches : 1;
    positions = input.integers(rows * length);
    options.positions = view_of<const std::int32_t, 2>(positions.data(), {rows, length});
  }
  const bool for_positions = input.flip();
  const Extents<3> table{for_positions ? 1 : batches, for_positions ? input.between(0, 40) : length,
                         input.rarely() ? input.between(0, 5) : options.dim / 2};
  const auto cosines = input.numbers(product({1, table[0], table[1], table[2]}));
  const auto sines = input.numbers(cosines.size());
  if (input.flip()) {
    options.tables = RotaryTables{.cosines = view_of<const float, 3>(cosines.data(), table),
                                  .sines = view_of<const float, 3>(sines.data(), table),
                                  .for_positions = for_positions};
  }
  std::vector<float> output(x.values.size());
  (void)rotary_embedding(x.view(), options, view_of<float, 4>(output.data(), x.shape));
}

}  // namespace
}  // namespace headscope

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headscope::Input input(data, size);
  switch (input.between(0, 9)) {
    case 0:
      headscope::rotary(input);
      break;
    case 1:
    case 2:
      headscope::session(input);
      break;
    case 3:
    case 4:
      headscope::cache(input);
      break;
    default:
      headscope::attention(input);
  }
  return 0;
}

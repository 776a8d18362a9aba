// Attention and layers through their public functions, in the sizes of the table that `npm run bench` prints.
#include <cstddef>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "headscope/attention/attention_session.hpp"
#include "headscope/attention/key_value_cache.hpp"
#include "headscope/attention/rotary_embedding.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/layers/linear.hpp"

namespace headscope {
namespace {

std::vector<float> random_floats(std::size_t count) {
  std::vector<float> values(count);
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (float& value : values) value = normal(generator);
  return values;
}

struct Sizes {
  std::size_t heads = 12;
  std::size_t queries;
  std::size_t keys;
  std::size_t depth = 64;
  std::size_t kv_heads = heads;
};

void attend(benchmark::State& state, const Sizes& s, const AttentionOptions& options = {}, bool with_weights = false) {
  const auto query = random_floats(s.heads * s.queries * s.depth);
  const auto key = random_floats(s.kv_heads * s.keys * s.depth);
  std::vector<float> output(s.heads * s.queries * s.depth);
  std::vector<float> weights(with_weights ? s.heads * s.queries * s.keys : 0);
  const auto q = view_of<const float, 4>(query.data(), {1, s.heads, s.queries, s.depth});
  const auto kv = view_of<const float, 4>(key.data(), {1, s.kv_heads, s.keys, s.depth});
  AttentionResults results{.output = view_of<float, 4>(output.data(), {1, s.heads, s.queries, s.depth})};
  if (with_weights) results.weights = view_of<float, 4>(weights.data(), {1, s.heads, s.queries, s.keys});
  for (auto _ : state) {
    if (!scaled_dot_product_attention(q, kv, kv, options, results)) return state.SkipWithError("refused");
    benchmark::ClobberMemory();
  }
  state.counters["flops"] = benchmark::Counter(4.0 * static_cast<double>(s.heads * s.queries * s.keys * s.depth),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

void Length(benchmark::State& state) {
  const auto length = static_cast<std::size_t>(state.range(0));
  attend(state, {.queries = length, .keys = length});
}
BENCHMARK(Length)->RangeMultiplier(2)->Range(16, 2048)->Unit(benchmark::kMicrosecond);

void HeadSize(benchmark::State& state) {
  attend(state, {.queries = 512, .keys = 512, .depth = static_cast<std::size_t>(state.range(0))});
}
BENCHMARK(HeadSize)->Arg(32)->Arg(40)->Arg(64)->Arg(80)->Arg(96)->Arg(128)->Arg(256)->Unit(benchmark::kMicrosecond);

void WithWeights(benchmark::State& state) {
  const auto length = static_cast<std::size_t>(state.range(0));
  attend(state, {.queries = length, .keys = length}, {}, true);
}
BENCHMARK(WithWeights)->Arg(512)->Arg(2048)->Unit(benchmark::kMicrosecond);

/// Half of the products are left out; "flops" counts them all the same.
void Causal(benchmark::State& state) { attend(state, {.heads = 16, .queries = 512, .keys = 512}, {.causal = true}); }
BENCHMARK(Causal)->Unit(benchmark::kMicrosecond);

void Window(benchmark::State& state) {
  attend(state, {.queries = 2048, .keys = 2048}, {.causal = true, .window = {.left = 255}});
}
BENCHMARK(Window)->Unit(benchmark::kMicrosecond);

void Softcap(benchmark::State& state) { attend(state, {.queries = 512, .keys = 512}, {.softcap = 30}); }
BENCHMARK(Softcap)->Unit(benchmark::kMicrosecond);

void DroppedOut(benchmark::State& state) {
  attend(state, {.queries = 512, .keys = 512}, {.dropout = {.probability = 0.1f, .seed = 1}});
}
BENCHMARK(DroppedOut)->Unit(benchmark::kMicrosecond);

void AdditiveMasked(benchmark::State& state) {
  const auto bias = random_floats(512 * 512);
  attend(state, {.queries = 512, .keys = 512},
         {.mask = AdditiveMask{view_of<const float, 4>(bias.data(), {1, 1, 512, 512})}});
}
BENCHMARK(AdditiveMasked)->Unit(benchmark::kMicrosecond);

/// One token against a cache, with as many key heads as query heads and with a quarter of them.
void Decode(benchmark::State& state) {
  attend(state, {.queries = 1, .keys = 1024, .kv_heads = static_cast<std::size_t>(state.range(0))});
}
BENCHMARK(Decode)->Arg(12)->Arg(3)->Unit(benchmark::kMicrosecond);

/// The same from a cache that holds them.
void DecodeFromCache(benchmark::State& state) {
  const auto token = random_floats(12 * 1024 * 64);
  auto cache = KeyValueCache::create({.batch = 1, .kv_heads = 12, .depth = 64, .value_depth = 64}, {});
  const auto tokens = view_of<const float, 4>(token.data(), {1, 12, 1024, 64});
  if (!cache || !cache->append(tokens, tokens)) return state.SkipWithError("refused");
  std::vector<float> output(12 * 64);
  for (auto _ : state) {
    if (!cache->attend(view_of<const float, 4>(token.data(), {1, 12, 1, 64}), {},
                       {.output = view_of<float, 4>(output.data(), {1, 12, 1, 64})})) {
      return state.SkipWithError("refused");
    }
    benchmark::ClobberMemory();
  }
}
BENCHMARK(DecodeFromCache)->Unit(benchmark::kMicrosecond);

/// A screenful of one head of 4096 x 4096: `range` rows and columns of it under 1024 x 768 pixels.
void Tile(benchmark::State& state) {
  constexpr std::size_t length = 4096;
  const auto query = random_floats(length * 64);
  const auto view = view_of<const float, 4>(query.data(), {1, 1, length, 64});
  auto session = AttentionSession::create(view, view, {});
  if (!session) return state.SkipWithError("refused");
  const auto rows = static_cast<std::size_t>(state.range(0));
  const auto columns = static_cast<std::size_t>(state.range(1));
  std::vector<float> pixels(1024 * 768);
  for (auto _ : state) {
    if (!session->tile(0, {0, rows}, {0, columns}, 1024, 768, Pooling::max, pixels)) {
      return state.SkipWithError("refused");
    }
    benchmark::ClobberMemory();
  }
}
BENCHMARK(Tile)->Args({768, 1024})->Args({4096, 4096})->Unit(benchmark::kMillisecond);

void Rotary(benchmark::State& state) {
  const auto x = random_floats(12 * 512 * 64);
  std::vector<float> output(x.size());
  for (auto _ : state) {
    if (!rotary_embedding(view_of<const float, 4>(x.data(), {1, 12, 512, 64}), {.dim = 64},
                          view_of<float, 4>(output.data(), {1, 12, 512, 64}))) {
      return state.SkipWithError("refused");
    }
    benchmark::ClobberMemory();
  }
}
BENCHMARK(Rotary)->Unit(benchmark::kMicrosecond);

void Projection(benchmark::State& state) {
  constexpr std::size_t rows = 512;
  constexpr std::size_t dim = 768;
  const auto x = random_floats(rows * dim);
  const auto weight = random_floats(dim * dim);
  std::vector<float> y(rows * dim);
  const auto layer = Linear::create("linear", {.weight = view_of<const float, 2>(weight.data(), {dim, dim})});
  for (auto _ : state) {
    if (!layer->forward(view_of<const float, 2>(x.data(), {rows, dim}), view_of<float, 2>(y.data(), {rows, dim}))) {
      return state.SkipWithError("refused");
    }
    benchmark::ClobberMemory();
  }
  state.counters["flops"] = benchmark::Counter(2.0 * rows * dim * dim, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(Projection)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace headscope

// Every kernel alone, in the sizes that attention uses it in. "flops" counts a multiply-add as two; the others count
// what they pass over.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <xsimd/xsimd.hpp>

#include "headscope/kernels/bias.hpp"
#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/matrix_product.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/pool.hpp"
#include "headscope/kernels/row_statistics.hpp"
#include "headscope/kernels/rows.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/kernels/store_rows.hpp"
#include "headscope/kernels/workspace.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {
namespace {

using Arch = xsimd::default_arch;
constexpr std::size_t lanes = Lanes<Arch>::count;

Buffer random_floats(std::size_t count, float spread = 1) {
  Buffer buffer = std::move(*allocate_floats(count));
  std::mt19937 generator(1);
  std::normal_distribution<float> normal(0, spread);
  std::generate_n(buffer.get(), count, [&] { return normal(generator); });
  return buffer;
}

void count_flops(benchmark::State& state, std::size_t multiply_adds) {
  state.counters["flops"] =
      benchmark::Counter(2.0 * static_cast<double>(multiply_adds), benchmark::Counter::kIsIterationInvariantRate);
}

void count_floats(benchmark::State& state, std::size_t floats) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(floats * sizeof(float)));
}

/// Kᵀ Q of one panel: the loop that most of the time is spent in.
void OuterProductTile(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const Buffer left = random_floats(depth * panel_rows);
  const Buffer right = random_floats(depth * lanes);
  const Buffer tile = random_floats(panel_rows * lanes);
  for (auto _ : state) {
    outer_product_tile<Arch, panel_rows>(left.get(), panel_rows, right.get(), depth, false, tile.get());
    benchmark::ClobberMemory();
  }
  count_flops(state, panel_rows * lanes * depth);
}
BENCHMARK(OuterProductTile)->Arg(32)->Arg(64)->Arg(128)->Arg(256);

/// Vᵀ Pᵀ of some keys, values as they lie.
template <auto product>
void OuterProduct(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const Buffer values = random_floats(chain * depth);
  const Buffer weights = random_floats(chain * lanes);
  const Buffer output = random_floats(depth * lanes);
  for (auto _ : state) {
    product(values.get(), depth, weights.get(), chain, depth, true, output.get());
    benchmark::ClobberMemory();
  }
  count_flops(state, chain * depth * lanes);
}
BENCHMARK(OuterProduct<outer_product<Arch>>)->Arg(32)->Arg(40)->Arg(64)->Arg(80)->Arg(128);
BENCHMARK(OuterProduct<outer_product_without_zeros<Arch>>)->Arg(64);

void OnlineSoftmax(benchmark::State& state) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const Buffer scores = random_floats(keys * lanes);
  const Buffer work = random_floats(keys * lanes);
  const Buffer rows = random_floats(3 * lanes);
  for (auto _ : state) {
    // The kernel works in place: the copy is measured too.
    std::copy_n(scores.get(), keys * lanes, work.get());
    std::fill_n(rows.get(), lanes, -std::numeric_limits<float>::infinity());
    std::fill_n(rows.get() + lanes, lanes, 0.0f);
    online_softmax<Arch>(work.get(), keys, rows.get(), rows.get() + lanes, rows.get() + 2 * lanes);
    benchmark::ClobberMemory();
  }
  count_floats(state, keys * lanes);
}
BENCHMARK(OnlineSoftmax)->Arg(60)->Arg(240);

void Softcap(benchmark::State& state) {
  constexpr std::size_t count = 240 * lanes;
  const Buffer scores = random_floats(count, 5);
  for (auto _ : state) {
    softcap<Arch>(scores.get(), count, 30);
    benchmark::ClobberMemory();
  }
  count_floats(state, count);
}
BENCHMARK(Softcap);

void AddAlibi(benchmark::State& state) {
  constexpr std::size_t keys = 240;
  const Buffer scores = random_floats(keys * lanes);
  const Buffer positions = random_floats(lanes, 100);
  for (auto _ : state) {
    add_alibi<Arch>(scores.get(), keys, 0.5f, positions.get());
    benchmark::ClobberMemory();
  }
  count_floats(state, keys * lanes);
}
BENCHMARK(AddAlibi);

template <bool has_bias>
void ApplyBias(benchmark::State& state) {
  constexpr std::size_t keys = 240;
  const Buffer scores = random_floats(keys * lanes);
  const Buffer bias = random_floats(keys * lanes);
  const Buffer rows = random_floats(3 * lanes);
  std::fill_n(rows.get(), lanes, 20.0f);
  std::fill_n(rows.get() + lanes, lanes, 200.0f);
  for (auto _ : state) {
    apply_bias<Arch, has_bias>(scores.get(), bias.get(), 0, keys, rows.get(), rows.get() + lanes,
                               rows.get() + 2 * lanes);
    benchmark::ClobberMemory();
  }
  count_floats(state, keys * lanes);
}
BENCHMARK(ApplyBias<false>);
BENCHMARK(ApplyBias<true>);

void Exp2(benchmark::State& state) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t count = 1024;
  const Buffer values = random_floats(count);
  const Buffer powers = random_floats(count);
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; i += Batch::size) {
      simd::exp2(-xsimd::abs(Batch::load_aligned(values.get() + i))).store_aligned(powers.get() + i);
    }
    benchmark::ClobberMemory();
  }
  count_floats(state, count);
}
BENCHMARK(Exp2);

void PackPanels(benchmark::State& state) {
  constexpr std::size_t rows = 512;
  const auto depth = static_cast<std::size_t>(state.range(0));
  const Buffer keys = random_floats(rows * depth);
  const Buffer packed = random_floats(packed_panels_size<Arch>(rows, depth));
  for (auto _ : state) {
    pack_panels<Arch>({.data = keys.get(), .rows = rows, .columns = depth, .row_stride = depth, .column_stride = 1},
                      packed.get());
    benchmark::ClobberMemory();
  }
  count_floats(state, rows * depth);
}
BENCHMARK(PackPanels)->Arg(40)->Arg(64)->Arg(128);

void PackLanes(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const Buffer queries = random_floats(lanes * depth);
  const Buffer packed = random_floats(lanes * depth + packed_overhang<Arch>);
  for (auto _ : state) {
    pack_lanes<Arch>({.data = queries.get(), .rows = lanes, .columns = depth, .row_stride = depth, .column_stride = 1},
                     0, 0.125f, packed.get());
    benchmark::ClobberMemory();
  }
  count_floats(state, lanes * depth);
}
BENCHMARK(PackLanes)->Arg(40)->Arg(64)->Arg(128);

void StoreRows(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const Buffer tile = random_floats(depth * lanes);
  const Buffer factors = random_floats(lanes);
  const Buffer rows = random_floats(lanes * depth);
  for (auto _ : state) {
    store_rows<Arch>(tile.get(), depth, factors.get(), lanes, rows.get(), depth);
    benchmark::ClobberMemory();
  }
  count_floats(state, lanes * depth);
}
BENCHMARK(StoreRows)->Arg(40)->Arg(64)->Arg(512);

/// One query's scores, softmax and output: what decoding a token takes.
void RowTimesTransposed(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t depth = 64;
  const Buffer keys = random_floats(rows * depth);
  const Buffer query = random_floats(depth);
  const Buffer scores = random_floats(padded_row<Arch>(rows));
  for (auto _ : state) {
    row_times_transposed<Arch>(
        query.get(), {.data = keys.get(), .rows = rows, .columns = depth, .row_stride = depth, .column_stride = 1},
        scores.get());
    benchmark::ClobberMemory();
  }
  count_flops(state, rows * depth);
}
BENCHMARK(RowTimesTransposed)->Arg(64)->Arg(1024);

void SoftmaxRow(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Buffer scores = random_floats(count);
  const Buffer work = random_floats(count);
  for (auto _ : state) {
    std::copy_n(scores.get(), count, work.get());
    float maximum = -std::numeric_limits<float>::infinity();
    float sum = 0;
    softmax_row<Arch>(work.get(), count, maximum, sum);
    benchmark::DoNotOptimize(sum);
    benchmark::ClobberMemory();
  }
  count_floats(state, count);
}
BENCHMARK(SoftmaxRow)->Arg(1024);

void RowTimes(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t depth = 64;
  const Buffer values = random_floats(rows * depth);
  const Buffer weights = random_floats(rows);
  const Buffer output = random_floats(depth);
  for (auto _ : state) {
    row_times<Arch>(weights.get(),
                    {.data = values.get(), .rows = rows, .columns = depth, .row_stride = depth, .column_stride = 1}, 1,
                    output.get());
    benchmark::ClobberMemory();
  }
  count_flops(state, rows * depth);
}
BENCHMARK(RowTimes)->Arg(64)->Arg(1024);

/// Weights of a strip to the pixels of a picture that is a quarter as wide.
template <bool takes_largest>
void PoolKeys(benchmark::State& state) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const std::size_t width = keys / 4;
  const Buffer weights = random_floats(keys * lanes);
  const Buffer pooled = random_floats(width * lanes);
  std::vector<Cells> cells(width);
  for (std::size_t x = 0; x < width; ++x) {
    cells[x] = {.first = static_cast<std::uint32_t>(first_cell(x, width, keys)),
                .end = static_cast<std::uint32_t>(end_cell(x, width, keys))};
  }
  for (auto _ : state) {
    pool_keys<Arch, takes_largest>(weights.get(), cells.data(), width, pooled.get());
    benchmark::ClobberMemory();
  }
  count_floats(state, keys * lanes);
}
BENCHMARK(PoolKeys<true>)->Arg(4096);
BENCHMARK(PoolKeys<false>)->Arg(4096);

void PoolRow(benchmark::State& state) {
  const auto width = static_cast<std::size_t>(state.range(0));
  const Buffer row = random_floats(width);
  const Buffer target = random_floats(width);
  for (auto _ : state) {
    pool_row<Arch, true>(row.get(), width, target.get());
    benchmark::ClobberMemory();
  }
  count_floats(state, width);
}
BENCHMARK(PoolRow)->Arg(1024);

void RowStatistics(benchmark::State& state) {
  const auto keys = static_cast<std::size_t>(state.range(0));
  const Buffer scores = random_floats(keys * lanes);
  const Buffer rows = random_floats(5 * lanes);
  for (auto _ : state) {
    row_statistics<Arch>(scores.get(), keys, rows.get(), rows.get() + lanes,
                         {rows.get() + 2 * lanes, rows.get() + 3 * lanes, rows.get() + 4 * lanes});
    benchmark::ClobberMemory();
  }
  count_floats(state, keys * lanes);
}
BENCHMARK(RowStatistics)->Arg(4096);

}  // namespace
}  // namespace headscope::kernels

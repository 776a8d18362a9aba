#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

#include "headscope/attention/tensors.hpp"
#include "headscope/kernels/bias.hpp"
#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"

namespace headscope {

/// As many queries of one head as there are lanes.
struct Strip {
  std::size_t batch;
  std::size_t head;
  std::size_t first_query;
  std::size_t queries;
  KeyRange some;  ///< keys that at least one of the queries may reach
  KeyRange all;   ///< keys that every one of them may reach
  float* packed;  ///< (D, lanes): the queries, times scale log2(e)
};

/// Scores of a strip's queries and some keys, in units of log 2 and with everything that is added to them or forbids
/// them: what the softmax is taken of.
template <class Arch>
class StripScores {
 public:
  static constexpr std::size_t lanes = kernels::Lanes<Arch>::count;

  /// For at most `most_keys` keys at a time, a multiple of the panels' height.
  StripScores(const AttentionTensors& tensors, std::size_t most_keys) : tensors_(tensors), most_keys_(most_keys) {}

  /// Floats of working memory.
  std::size_t workspace() const { return 3 * lanes + (tensors_.has_mask() ? 2 : 1) * most_keys_ * lanes; }

  /// Working memory, aligned to a cache line. To be called once, before everything else.
  void set_workspace(float* memory) {
    const auto take = [&](std::size_t size) { return std::exchange(memory, memory + size); };
    firsts_ = take(lanes);
    ends_ = take(lanes);
    positions_ = take(lanes);
    scores_ = take(most_keys_ * lanes);
    if (tensors_.has_mask()) bias_ = take(most_keys_ * lanes);
  }

  /// Floats that a strip's packed queries take.
  std::size_t packed_size() const { return tensors_.depth() * lanes; }

  /// Packs queries from `first_query` on.
  Strip strip(std::size_t batch, std::size_t head, std::size_t first_query, float* packed) const {
    const std::size_t queries = std::min(lanes, tensors_.query_length() - first_query);
    kernels::pack_lanes<Arch>(head_matrix(tensors_.query, batch, head), first_query,
                              tensors_.scale() * std::numbers::log2e_v<float>, packed);
    // Both ends of what a query may reach only grow with the query.
    const KeyRange first = reachable_keys(tensors_, batch, first_query);
    const KeyRange last = reachable_keys(tensors_, batch, first_query + queries - 1);
    return {.batch = batch,
            .head = head,
            .first_query = first_query,
            .queries = queries,
            // Scores that are asked for are wanted whether or not they are forbidden later.
            .some = tensors_.results.scores ? KeyRange{.first = 0, .end = tensors_.key_length()}
                                            : KeyRange{.first = first.first, .end = last.end},
            .all = {.first = last.first, .end = first.end},
            .packed = packed};
  }

  /// scores() become those of `keys` keys from `first` on, whose panels are given. allowed (lanes) becomes 1 where a
  /// query has a key that is not forbidden. after(stage) is called when a stage is reached.
  template <class After>
  void compute(const Strip& s, std::size_t first, std::size_t keys, const float* packed_keys, float* allowed,
               After&& after) {
    const std::size_t depth = tensors_.depth();
    // The panels' missing rows are computed as zeros behind the last key and not looked at.
    for (std::size_t j = 0; j < keys; j += kernels::panel_rows) {
      kernels::outer_product_tile<Arch, kernels::panel_rows>(packed_keys + j * depth, kernels::panel_rows, s.packed,
                                                             depth, false, scores_ + j * lanes);
    }
    after(ScoreStage::scaled);
    if (tensors_.options.softcap > 0) kernels::softcap<Arch>(scores_, keys * lanes, tensors_.options.softcap);
    after(ScoreStage::softcapped);
    add_bias(s, first, keys, allowed);
    after(ScoreStage::biased);
  }

  float* scores() { return scores_; }  ///< (keys, lanes)

 private:
  void add_bias(const Strip& s, std::size_t first, std::size_t keys, float* allowed) {
    const AttentionOptions& options = tensors_.options;
    const auto relative = [&](std::int64_t place) {
      return static_cast<float>(place - static_cast<std::int64_t>(first));
    };
    if (options.alibi_slopes) {
      for (std::size_t l = 0; l < lanes; ++l) positions_[l] = relative(position(options, s.batch, s.first_query + l));
      kernels::add_alibi<Arch>(scores_, keys, (*options.alibi_slopes)(s.head), positions_);
    }
    // Keys that all queries may reach need no look at the bounds, unless a mask forbids some.
    const std::size_t end = first + keys;
    const std::size_t free_first = std::clamp(s.all.first, first, end);
    const std::size_t free_end = std::clamp(s.all.end, free_first, end);
    if (!tensors_.has_mask() && free_end > free_first) std::fill_n(allowed, lanes, 1.0f);
    if (!tensors_.has_mask() && free_first == first && free_end == end) return;
    for (std::size_t l = 0; l < lanes; ++l) {
      const KeyRange range = reachable_keys(tensors_, s.batch, s.first_query + std::min(l, s.queries - 1));
      firsts_[l] = relative(static_cast<std::int64_t>(range.first));
      ends_[l] = relative(static_cast<std::int64_t>(range.end));
    }
    if (tensors_.has_mask()) {
      fill_bias(s, first, keys);
      kernels::apply_bias<Arch, true>(scores_, bias_, 0, keys, firsts_, ends_, allowed);
    } else {
      kernels::apply_bias<Arch, false>(scores_, nullptr, 0, free_first - first, firsts_, ends_, allowed);
      kernels::apply_bias<Arch, false>(scores_, nullptr, free_end - first, keys, firsts_, ends_, allowed);
    }
  }

  /// bias (keys, lanes)[j][l]: what the mask adds to the score of query l and key first + j. A mask may be shorter than
  /// the keys: what it lacks is out of reach.
  void fill_bias(const Strip& s, std::size_t first, std::size_t keys) {
    const std::size_t end = reachable_keys(tensors_, s.batch, s.first_query + s.queries - 1).end;
    const std::size_t given = std::min(keys, end - std::min(end, first));
    for (std::size_t l = 0; l < s.queries; ++l) {
      with_mask_row(
          tensors_.options.mask, s.batch, s.head, s.first_query + l,
          [&](const std::uint8_t* row, std::size_t step) {
            for (std::size_t j = 0; j < given; ++j) {
              bias_[j * lanes + l] = row[(first + j) * step] ? 0.0f : -std::numeric_limits<float>::infinity();
            }
          },
          [&](const float* row, std::size_t step) {
            for (std::size_t j = 0; j < given; ++j) bias_[j * lanes + l] = row[(first + j) * step];
          });
    }
  }

  const AttentionTensors& tensors_;
  std::size_t most_keys_;
  float* firsts_ = nullptr;     ///< (lanes), first key that a query may reach, relative to the keys at hand
  float* ends_ = nullptr;       ///< (lanes), likewise
  float* positions_ = nullptr;  ///< (lanes), likewise
  float* scores_ = nullptr;     ///< (most_keys, lanes)
  float* bias_ = nullptr;       ///< (most_keys, lanes), if there is a mask
};

}  // namespace headscope

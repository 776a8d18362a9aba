#include <span>

#include "handle.hpp"
#include "headscope/attention/attention_session.hpp"
#include "score_options.hpp"

namespace headscope::bindings {
namespace {

template <class T>
std::span<T> room(double address, std::size_t count) {
  return {pointer<T>(address), count};
}

}  // namespace

emscripten::val create_attention_session(Address address) {
  auto& call = block<CreateAttentionSessionCall>(address);
  const auto query = heads_input(call.query);
  const auto given = to_score_options(call.scores, query.shape()[1]);
  return hand_over(AttentionSession::create(query, heads_input(call.key), given.options), call.handle);
}

emscripten::val session_row(Address address) {
  const auto& call = block<SessionRowCall>(address);
  auto& session = held<AttentionSession>(call.handle);
  return to_js(session.row(to_size(call.head), to_size(call.query), room<float>(call.weights, session.key_length())));
}

emscripten::val session_tile(Address address) {
  const auto& call = block<SessionTileCall>(address);
  const std::size_t width = to_size(call.width);
  const std::size_t height = to_size(call.height);
  return to_js(held<AttentionSession>(call.handle)
                   .tile_part(to_size(call.head), {.first = to_size(call.first_row), .count = to_size(call.rows)},
                              {.first = to_size(call.first_column), .count = to_size(call.columns)}, width, height,
                              static_cast<Pooling>(to_size(call.pooling)),
                              {.first = to_size(call.first_drawn), .count = to_size(call.drawn)},
                              room<float>(call.pixels, width * height)));
}

emscripten::val session_top_k(Address address) {
  auto& call = block<SessionTopKCall>(address);
  const std::size_t k = to_size(call.k);
  const auto found = held<AttentionSession>(call.handle)
                         .top_k(to_size(call.head), to_size(call.query), k, room<std::int32_t>(call.keys, k),
                                room<float>(call.weights, k));
  if (!found) return to_js(std::unexpected(found.error()));
  call.k = static_cast<double>(*found);
  return to_js({});
}

emscripten::val session_statistics(Address address) {
  auto& call = block<SessionStatisticsCall>(address);
  auto& sums = reinterpret_cast<StatisticsSums&>(call.sums);
  const auto added =
      held<AttentionSession>(call.handle)
          .add_statistics(to_size(call.head), {.first = to_size(call.first_row), .count = to_size(call.rows)}, sums);
  if (added) *pointer<HeadStatistics>(call.statistics) = sums.means();
  return to_js(added);
}

}  // namespace headscope::bindings

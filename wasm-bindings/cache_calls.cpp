#include "handle.hpp"
#include "headscope/attention/key_value_cache.hpp"
#include "score_options.hpp"

namespace headscope::bindings {

emscripten::val create_key_value_cache(Address address) {
  auto& call = block<CreateKeyValueCacheCall>(address);
  return hand_over(KeyValueCache::create({.batch = to_size(call.batch),
                                          .kv_heads = to_size(call.kv_heads),
                                          .depth = to_size(call.depth),
                                          .value_depth = to_size(call.value_depth)},
                                         to_bound(call.window)),
                   call.handle);
}

emscripten::val cache_sizes(Address address) {
  auto& call = block<CacheSizesCall>(address);
  const auto& cache = held<KeyValueCache>(call.handle);
  call.length = static_cast<double>(cache.length());
  call.stored = static_cast<double>(cache.stored());
  call.stored_after = static_cast<double>(cache.stored_after(to_size(call.tokens)));
  return to_js({});
}

emscripten::val cache_append(Address address) {
  const auto& call = block<CacheAppendCall>(address);
  return to_js(held<KeyValueCache>(call.handle).append(heads_input(call.key), heads_input(call.value)));
}

emscripten::val cache_attend(Address address) {
  const auto& call = block<CacheAttendCall>(address);
  auto& cache = held<KeyValueCache>(call.handle);
  const bool appends = call.key.data != 0;
  const std::size_t keys = appends ? cache.stored_after(extents<4>(call.key)[2]) : cache.stored();
  const auto query = heads_input(call.query);
  const auto given = to_score_options(call.scores, query.shape()[1]);
  const auto results = to_results(call.results, call.query, keys, cache.shape().value_depth);
  if (!appends) return to_js(cache.attend(query, given.options, results));
  return to_js(cache.append_and_attend(heads_input(call.key), heads_input(call.value), query, given.options, results));
}

void cache_clear(Address handle) { held<KeyValueCache>(static_cast<double>(handle)).clear(); }

}  // namespace headscope::bindings

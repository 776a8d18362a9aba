#pragma once

#include <cstddef>
#include <cstdint>

#include <emscripten/val.h>

/// The calls that bindings.cpp registers: arguments converted, the core called, its refusal handed back.
///
/// A call is a block of doubles in the heap, which the JavaScript API writes in the order of the struct (its heap.ts);
/// the function takes the block's address and gives null, or an object with code, argument, expected and got.
/// JavaScript has copied the tensors into the heap before, and has checked ranks and that sizes are whole numbers that
/// fit. Result pointers are room that it has reserved; 0 means that the result is not wanted. Functions that create
/// something write its handle into the block's first field, for `destroy`.
namespace headscope::bindings {

using Address = std::uintptr_t;

/// A tensor in the heap; data 0 stands for "none". Tensors of a lower rank have leading 1s.
struct TensorFields {
  double data;
  double shape[4];       ///< (B, H, L, D)
  double heads_in_rows;  ///< 1 where its memory is (B, L, H, D)
};

struct ScoreFields {
  double scale;  ///< NaN for 1 / sqrt(D)
  double softcap;
  double causal;
  double window_left;   ///< -1 for none
  double window_right;  ///< -1 for none
  double dropout_probability;
  double dropout_seed;
  double first_head;   ///< of the whole that the call is a part of
  double first_query;  ///< of that whole
  double alibi_heads;  ///< takes the slopes of first_head on among the paper's for that many heads; 0 for none
  TensorFields alibi_slopes;
  TensorFields sinks;
  TensorFields key_lengths;
  TensorFields first_positions;
  TensorFields mask;
  double mask_is_boolean;
};

struct ResultFields {
  double output;         ///< (B, Hq, Lq, Dv), with heads in rows where the query has them there
  double weights;        ///< (B, Hq, Lq, Lk)
  double log_sum_exp;    ///< (B, Hq, Lq)
  double scores;         ///< (B, Hq, Lq, Lk)
  double present_key;    ///< (B, Hkv, P + Lk, D)
  double present_value;  ///< (B, Hkv, P + Lk, Dv)
  double score_stage;
};

struct AttentionCall {
  TensorFields query;       ///< (B, Hq, Lq, D)
  TensorFields key;         ///< (B, Hkv, Lk, D)
  TensorFields value;       ///< (B, Hkv, Lk, Dv)
  TensorFields past_key;    ///< (B, Hkv, P, D)
  TensorFields past_value;  ///< (B, Hkv, P, Dv)
  ScoreFields scores;
  ResultFields results;
};
emscripten::val attention(Address call);

struct SelfAttentionStepsCall {
  TensorFields x;                 ///< (L, dim)
  TensorFields query_projection;  ///< (dim, D)
  TensorFields key_projection;    ///< (dim, D)
  TensorFields value_projection;  ///< (dim, Dv)
  double scale;                   ///< NaN for 1 / sqrt(D)
  double causal;
  double query;    ///< (L, D)
  double key;      ///< (L, D)
  double value;    ///< (L, Dv)
  double scores;   ///< (L, L)
  double weights;  ///< (L, L)
  double output;   ///< (L, Dv)
};
emscripten::val self_attention_steps(Address call);

struct SinusoidalPositionsCall {
  double length;
  double dim;
  double output;  ///< (length, dim)
};
emscripten::val sinusoidal_positions(Address call);

struct RotaryEmbeddingCall {
  TensorFields x;          ///< (B, H, L, D)
  TensorFields positions;  ///< (B, L) or (1, L)
  TensorFields cosines;    ///< (1, positions, dim / 2) or (B, L, dim / 2)
  TensorFields sines;
  double tables_for_positions;  ///< the former
  double dim;
  double interleaved;
  double base;
  double offset;
  double output;  ///< as x
};
emscripten::val rotary_embedding(Address call);

struct AlibiSlopesCall {
  double heads;
  double output;  ///< (heads)
};
emscripten::val alibi_slopes(Address call);

struct LinearFields {
  TensorFields weight;  ///< (out, in)
  TensorFields bias;    ///< (out)
};

struct LinearCall {
  TensorFields x;  ///< (n, in)
  LinearFields parameters;
  double output;  ///< (n, out)
};
emscripten::val linear(Address call);

struct CreateMultiHeadAttentionCall {
  double handle;
  LinearFields query;
  LinearFields key;
  LinearFields value;
  LinearFields output;      ///< may be missing
  TensorFields bias_key;    ///< (heads D), may be missing
  TensorFields bias_value;  ///< (heads Dv), may be missing
  double add_zero_attention;
  double heads;
};
emscripten::val create_multi_head_attention(Address call);

struct CreatePatchAttentionCall {
  double handle;
  TensorFields qkv;     ///< (3 heads headDim, dim)
  LinearFields output;  ///< may be missing
  double heads;
  double head_dim;
};
emscripten::val create_patch_attention(Address call);

/// Its sequences lie as `heads_in_rows` says with B for H: (L, B, dim) where it is 1.
struct ForwardCall {
  double handle;
  TensorFields query;  ///< (B, Lq, query dim)
  TensorFields key;    ///< (B, Lk, key dim)
  TensorFields value;  ///< (B, Lk, value dim)
  TensorFields mask;   ///< broadcasts to (B, heads, Lq, Lk)
  double mask_is_boolean;
  TensorFields key_padding_mask;  ///< (B, Lk)
  double key_padding_mask_is_boolean;
  double causal;
  double dropout_probability;
  double dropout_seed;
  double output_dropout_probability;
  double output_dropout_seed;
  double output;           ///< (B, Lq, out), lying as the query does
  double weights;          ///< (B, heads, Lq, Lk + extra keys)
  double average_weights;  ///< (B, Lq, Lk + extra keys)
};
emscripten::val forward(Address call);

struct CreateKeyValueCacheCall {
  double handle;
  double batch;
  double kv_heads;
  double depth;
  double value_depth;
  double window;  ///< -1 for none
};
emscripten::val create_key_value_cache(Address call);

struct CacheSizesCall {
  double handle;
  double tokens;        ///< that would be appended
  double length;        ///< answer
  double stored;        ///< answer
  double stored_after;  ///< answer: stored with those tokens
};
emscripten::val cache_sizes(Address call);

struct CacheAppendCall {
  double handle;
  TensorFields key;    ///< (B, Hkv, n, D)
  TensorFields value;  ///< (B, Hkv, n, Dv)
};
emscripten::val cache_append(Address call);

struct CacheAttendCall {
  double handle;
  TensorFields query;  ///< (B, Hq, Lq, D)
  TensorFields key;    ///< (B, Hkv, n, D), appended before; may be missing
  TensorFields value;  ///< (B, Hkv, n, Dv)
  ScoreFields scores;
  ResultFields results;
};
emscripten::val cache_attend(Address call);

struct CreateAttentionSessionCall {
  double handle;
  TensorFields query;  ///< (B, Hq, Lq, D)
  TensorFields key;    ///< (B, Hkv, Lk, D)
  ScoreFields scores;
};
emscripten::val create_attention_session(Address call);

struct SessionRowCall {
  double handle;
  double head;
  double query;
  double weights;  ///< (Lk)
};
emscripten::val session_row(Address call);

struct SessionTileCall {
  double handle;
  double head;
  double first_row;
  double rows;
  double first_column;
  double columns;
  double width;
  double height;
  double pooling;
  double first_drawn;  ///< of the rows that are drawn now; all of them make the tile, from the first to the last
  double drawn;
  double pixels;  ///< (height, width); each call but that of the first row goes on with them
};
emscripten::val session_tile(Address call);

struct SessionTopKCall {
  double handle;
  double head;
  double query;
  double k;        ///< room; the answer says how many there are
  double keys;     ///< (k), int32
  double weights;  ///< (k)
};
emscripten::val session_top_k(Address call);

struct SessionStatisticsCall {
  double handle;
  double head;
  double first_row;
  double rows;
  double sums[6];     ///< as in StatisticsSums: those of the rows before; the answer has these rows, too
  double statistics;  ///< (5), as in HeadStatistics: the means
};
emscripten::val session_statistics(Address call);

/// What JavaScript holds and has to end.
class Handle {
 public:
  virtual ~Handle() = default;
};
void destroy(Address handle);

/// Of a key-value cache.
void cache_clear(Address handle);

}  // namespace headscope::bindings

#include "headscope/layers/transformer_decoding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

/// (B, Lm) as numbers that are added to scores, in a buffer of their own; none where there is no padding.
Result<kernels::Buffer> additive(const KeyPaddingMask& padding, const Extents<2>& shape) {
  kernels::Buffer added;
  const auto copy = [&](const auto& view, auto&& number) -> Result<void> {
    if (auto fits = expect_shape("sourceKeyPaddingMask", view, shape); !fits) return fits;
    auto buffer = kernels::allocate_floats(shape[0] * shape[1]);
    if (!buffer) return std::unexpected(buffer.error());
    float* to = buffer->get();
    for (std::size_t b = 0; b < shape[0]; ++b) {
      for (std::size_t j = 0; j < shape[1]; ++j) *to++ = number(view(b, j));
    }
    added = std::move(*buffer);
    return {};
  };
  Result<void> done;
  if (const auto* ignored = std::get_if<1>(&padding)) {
    done = copy(*ignored,
                [](std::uint8_t ignore) { return ignore != 0 ? -std::numeric_limits<float>::infinity() : 0.0f; });
  } else if (const auto* bias = std::get_if<2>(&padding)) {
    done = copy(*bias, [](float number) { return number; });
  }
  if (!done) return std::unexpected(done.error());
  return added;
}

Result<void> expect_token(std::string_view argument, std::int32_t token, std::size_t vocabulary) {
  if (token >= 0 && static_cast<std::size_t>(token) < vocabulary) return {};
  return refuse(StatusCode::InvalidArgument, argument, "a token below " + std::to_string(vocabulary),
                std::to_string(token));
}

Result<void> check_search(const Transformer& model, const SearchOptions& options) {
  if (!model.has_generator() || model.target_vocabulary() == 0) {
    return refuse(StatusCode::InvalidArgument, "model", "one with a generator and an embedding of target tokens",
                  model.has_generator() ? "no embedding" : "no generator");
  }
  if (model.output_dim() != model.target_vocabulary()) {
    return refuse(StatusCode::InvalidShape, "generator.weight",
                  std::to_string(model.target_vocabulary()) + " rows, one for each target token",
                  std::to_string(model.output_dim()));
  }
  return first_failure(expect_token("start", options.start, model.target_vocabulary()),
                       expect_token("end", options.end, model.target_vocabulary()));
}

/// encode(source) in a buffer, (B, Ls, dim).
Result<kernels::Buffer> memory_of(const Transformer& model, const Sequence& source, const KeyPaddingMask& padding,
                                  Extents<3>& shape) {
  const auto [batch, length] = sequence_shape(source);
  shape = {batch, length, model.dim()};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, "source", "addressable memory", shape_text(shape));
  auto memory = kernels::allocate_floats(*size);
  if (!memory) return memory;
  Captures none;
  auto done =
      model.encode(source, {.source_padding = padding}, view_of<float, 3>(memory->get(), shape), CaptureScope(none));
  if (!done) return std::unexpected(done.error());
  return memory;
}

/// Row b of a padding mask, as a mask of batch 1.
KeyPaddingMask padding_row(const KeyPaddingMask& padding, std::size_t b) {
  const auto row = [&](const auto& view) {
    const auto first = static_cast<std::ptrdiff_t>(b) * view.strides()[0];
    using Element = std::remove_reference_t<decltype(*view.data())>;
    return KeyPaddingMask(view_of<Element, 2>(view.data() + first, {1, view.shape()[1]}, {0, view.strides()[1]}));
  };
  if (const auto* ignored = std::get_if<1>(&padding)) return row(*ignored);
  if (const auto* bias = std::get_if<2>(&padding)) return row(*bias);
  return {};
}

/// One decoding whose sequences get a token each at a time.
class TokenSteps {
 public:
  /// memory (B, Lm, dim), as TransformerDecoding takes it.
  static Result<TokenSteps> create(const Transformer& model, const TensorView<const float, 3>& memory,
                                   const KeyPaddingMask& padding, std::size_t batch) {
    auto decoding = TransformerDecoding::create(model, memory, padding, batch);
    if (!decoding) return std::unexpected(decoding.error());
    const Extents<2> shape{batch, model.output_dim()};
    const auto size = element_count<float>(shape);
    if (!size) return refuse(StatusCode::TooLarge, "source", "addressable logits", shape_text(shape));
    auto logits = kernels::allocate_floats(*size);
    if (!logits) return std::unexpected(logits.error());
    return TokenSteps(shape[1], std::move(*decoding), std::move(*logits));
  }

  TransformerDecoding& decoding() { return decoding_; }

  /// The logits (B, vocabulary) of what comes behind these tokens (B).
  Result<void> step(const std::vector<std::int32_t>& tokens) {
    Captures none;
    return decoding_.step(view_of<const std::int32_t, 2>(tokens.data(), {tokens.size(), 1}),
                          view_of<float, 3>(logits_.get(), {tokens.size(), 1, vocabulary_}), CaptureScope(none));
  }

  std::span<const float> logits(std::size_t b) const { return {logits_.get() + b * vocabulary_, vocabulary_}; }

 private:
  TokenSteps(std::size_t vocabulary, TransformerDecoding decoding, kernels::Buffer logits)
      : vocabulary_(vocabulary), decoding_(std::move(decoding)), logits_(std::move(logits)) {}

  std::size_t vocabulary_;
  TransformerDecoding decoding_;
  kernels::Buffer logits_;  ///< (B, vocabulary)
};

/// Wider beams are taken for a mistake.
constexpr std::size_t most_beams = 1000;

/// log Σ exp(x)
double log_sum_exp(std::span<const float> x) {
  const auto largest = static_cast<double>(*std::ranges::max_element(x));
  double sum = 0;
  for (const float logit : x) sum += std::exp(static_cast<double>(logit) - largest);
  return largest + std::log(sum);
}

struct Beam {
  std::vector<std::int32_t> tokens;
  double log_probability;
};

/// A token behind one of the beams.
struct Candidate {
  std::size_t beam;
  std::int32_t token;
  double log_probability;
};

/// The `width` most likely continuations, best first.
std::vector<Candidate> best_candidates(const std::vector<Beam>& beams, const TokenSteps& steps, std::size_t width) {
  std::vector<Candidate> candidates;
  for (std::size_t b = 0; b < beams.size(); ++b) {
    const auto logits = steps.logits(b);
    const double normaliser = log_sum_exp(logits);
    for (std::size_t token = 0; token < logits.size(); ++token) {
      candidates.push_back(
          {.beam = b,
           .token = static_cast<std::int32_t>(token),
           .log_probability = beams[b].log_probability + static_cast<double>(logits[token]) - normaliser});
    }
  }
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(std::min(width, candidates.size()));
  // Of equals the first stays first, so that results do not depend on the sorting.
  std::ranges::partial_sort(candidates, end, [](const Candidate& a, const Candidate& b) {
    if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
    return a.beam != b.beam ? a.beam < b.beam : a.token < b.token;
  });
  candidates.erase(end, candidates.end());
  return candidates;
}

/// The search for one sequence of the source, whose decoding has as many sequences as there are beams.
Result<std::vector<Hypothesis>> search(TokenSteps steps, const SearchOptions& options, const BeamOptions& beam) {
  const auto hypothesis = [&](std::vector<std::int32_t> tokens, double log_probability, std::size_t length) {
    const double penalty = std::pow((5 + static_cast<double>(length)) / 6, static_cast<double>(beam.length_penalty));
    return Hypothesis{.tokens = std::move(tokens), .score = static_cast<float>(log_probability / penalty)};
  };
  std::vector<Hypothesis> finished;
  std::vector<Beam> beams{{.tokens = {}, .log_probability = 0}};
  // Sequences beyond the beams that there are go along with any token.
  std::vector<std::int32_t> last(beam.width, options.start);
  for (std::size_t length = 1; length <= options.max_length && !beams.empty() && finished.size() < beam.width;
       ++length) {
    if (auto done = steps.step(last); !done) return std::unexpected(done.error());
    std::vector<Beam> continued;
    std::vector<std::size_t> sources;
    for (const Candidate& candidate : best_candidates(beams, steps, beam.width)) {
      std::vector<std::int32_t> tokens = beams[candidate.beam].tokens;
      if (candidate.token == options.end) {
        finished.push_back(hypothesis(std::move(tokens), candidate.log_probability, length));
        continue;
      }
      tokens.push_back(candidate.token);
      last[continued.size()] = candidate.token;
      sources.push_back(candidate.beam);
      continued.push_back({.tokens = std::move(tokens), .log_probability = candidate.log_probability});
    }
    beams = std::move(continued);
    sources.resize(beam.width, 0);
    if (auto done = steps.decoding().reorder(sources); !done) return std::unexpected(done.error());
  }
  if (finished.size() < beam.width) {
    for (Beam& unfinished : beams) {
      finished.push_back(hypothesis(std::move(unfinished.tokens), unfinished.log_probability, options.max_length));
    }
  }
  const auto kept = finished.begin() + static_cast<std::ptrdiff_t>(std::min(beam.width, finished.size()));
  // A sort that stays within its bounds where scores are NaN.
  std::ranges::partial_sort(finished, kept, [](const Hypothesis& a, const Hypothesis& b) {
    return a.score != b.score ? a.score > b.score : a.tokens < b.tokens;
  });
  finished.erase(kept, finished.end());
  return finished;
}

}  // namespace

Result<TransformerDecoding> TransformerDecoding::create(const Transformer& model,
                                                        const TensorView<const float, 3>& memory,
                                                        const KeyPaddingMask& padding, std::size_t batch) {
  auto state = model.decoder().start(memory, batch);
  if (!state) return std::unexpected(state.error());
  TransformerDecoding decoding(model, batch, std::move(*state));
  auto added = additive(padding, {memory.shape()[0], memory.shape()[1]});
  if (!added) return std::unexpected(added.error());
  decoding.padding_ = std::move(*added);
  return decoding;
}

Result<void> TransformerDecoding::step(const Sequence& tokens, TensorView<float, 3> output,
                                       const CaptureScope& captures) {
  const auto [batch, count] = sequence_shape(tokens);
  if (batch != batch_) {
    return refuse(StatusCode::InvalidShape, "target", "a batch of " + std::to_string(batch_), std::to_string(batch));
  }
  if (auto fits = expect_shape("output", output, Extents<3>{batch, count, model_->output_dim()}); !fits) return fits;
  auto stream = model_->embed_target(tokens, length_, captures);
  if (!stream) return std::unexpected(stream.error());
  MultiHeadAttentionOptions memory_options;
  if (padding_) {
    const ProjectedKeys& memory = state_.front().memory;
    const Strides<2> strides{memory.batch == 1 ? 0 : static_cast<std::ptrdiff_t>(memory.length), 1};
    memory_options.key_padding_mask = view_of<const float, 2>(padding_.get(), {batch, memory.length}, strides);
  }
  const Extents<3> shape{batch, count, model_->dim()};
  const CaptureScope own = captures.of("decoder");
  auto done = model_->decoder().step(view_of<const float, 3>(stream->get(), shape), state_, memory_options,
                                     view_of<float, 3>(stream->get(), shape), own);
  if (!done) return done;
  length_ += count;
  done = own.keep("output", shape, stream->get());
  const std::size_t rows = batch * count;
  if (done) {
    done = model_->generate(view_of<const float, 2>(stream->get(), {rows, model_->dim()}),
                            view_of<float, 2>(output.data(), {rows, model_->output_dim()}));
  }
  if (done && model_->has_generator()) done = captures.keep("logits", output.shape(), output.data());
  return done;
}

Result<void> TransformerDecoding::reorder(std::span<const std::size_t> sources) {
  const std::size_t memories = state_.front().memory.batch;
  if (memories != 1 && memories == batch_) {
    // Each goes on with its own memory: only sequences of the same one may change places.
    for (std::size_t b = 0; b < std::min(sources.size(), batch_); ++b) {
      if (sources[b] == b) continue;
      return refuse(StatusCode::InvalidArgument, "sources", "a memory of batch 1, for sequences that change places",
                    "one for each");
    }
  }
  for (DecoderLayerState& layer : state_) {
    if (auto done = layer.tokens.reorder(sources); !done) return done;
  }
  return {};
}

Result<std::vector<std::vector<std::int32_t>>> greedy_search(const Transformer& model, const Sequence& source,
                                                             const KeyPaddingMask& source_padding,
                                                             const SearchOptions& options) {
  if (auto fits = check_search(model, options); !fits) return std::unexpected(fits.error());
  Extents<3> shape;
  const auto memory = memory_of(model, source, source_padding, shape);
  if (!memory) return std::unexpected(memory.error());
  const std::size_t batch = shape[0];
  auto steps = TokenSteps::create(model, view_of<const float, 3>(memory->get(), shape), source_padding, batch);
  if (!steps) return std::unexpected(steps.error());
  std::vector<std::vector<std::int32_t>> results(batch);
  std::vector<bool> ended(batch);
  std::vector<std::int32_t> last(batch, options.start);
  for (std::size_t length = 0; length < options.max_length && std::ranges::count(ended, false) > 0; ++length) {
    if (auto done = steps->step(last); !done) return std::unexpected(done.error());
    for (std::size_t b = 0; b < batch; ++b) {
      if (ended[b]) continue;
      const auto logits = steps->logits(b);
      last[b] = static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin());
      if (last[b] == options.end) {
        ended[b] = true;
      } else {
        results[b].push_back(last[b]);
      }
    }
  }
  return results;
}

Result<std::vector<std::vector<Hypothesis>>> beam_search(const Transformer& model, const Sequence& source,
                                                         const KeyPaddingMask& source_padding,
                                                         const SearchOptions& options, const BeamOptions& beam) {
  if (auto fits = check_search(model, options); !fits) return std::unexpected(fits.error());
  if (beam.width == 0 || beam.width > most_beams) {
    return refuse(StatusCode::InvalidArgument, "width", "from 1 to " + std::to_string(most_beams),
                  std::to_string(beam.width));
  }
  if (auto fits = expect_finite("lengthPenalty", beam.length_penalty); !fits) return std::unexpected(fits.error());
  Extents<3> shape;
  const auto memory = memory_of(model, source, source_padding, shape);
  if (!memory) return std::unexpected(memory.error());
  std::vector<std::vector<Hypothesis>> results;
  for (std::size_t b = 0; b < shape[0]; ++b) {
    const float* const own = memory->get() + b * shape[1] * shape[2];
    auto steps = TokenSteps::create(model, view_of<const float, 3>(own, {1, shape[1], shape[2]}),
                                    padding_row(source_padding, b), beam.width);
    if (!steps) return std::unexpected(steps.error());
    auto found = search(std::move(*steps), options, beam);
    if (!found) return std::unexpected(found.error());
    results.push_back(std::move(*found));
  }
  return results;
}

}  // namespace headscope

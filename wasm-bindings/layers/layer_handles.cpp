#include "layer_handles.hpp"

#include <algorithm>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace headscope::bindings {

CaptureScope held_captures(double handle) {
  static Captures none;
  return CaptureScope(handle == 0 ? none : held<Captures>(handle));
}

emscripten::val create_state_dict(Address address) {
  return hand_over(Result<StateDict>(StateDict()), block<CreateStateDictCall>(address).handle);
}

emscripten::val state_dict_add(Address address) {
  const auto& call = block<StateDictAddCall>(address);
  const Extents<4> shape = extents<4>(call.tensor);
  return to_js(held<StateDict>(call.handle)
                   .add(std::string(to_text(call.name)), std::span(shape).last(to_size(call.rank)),
                        pointer<const float>(call.tensor.data)));
}

emscripten::val create_captures(Address address) {
  auto& call = block<CreateCapturesCall>(address);
  std::vector<std::string> wanted;
  for (const auto line : std::views::split(to_text(call.wanted), '\n')) {
    if (!line.empty()) wanted.emplace_back(line.begin(), line.end());
  }
  return hand_over(Result<Captures>(Captures(std::move(wanted))), call.handle);
}

emscripten::val captured(Address address) {
  auto& call = block<CapturedCall>(address);
  const auto& entries = held<Captures>(call.handle).entries();
  call.count = static_cast<double>(entries.size());
  if (const auto index = to_size(call.index); index < entries.size()) {
    const auto& entry = entries[index];
    const auto address_of = [](const void* memory) { return static_cast<double>(reinterpret_cast<Address>(memory)); };
    call.name = address_of(entry.name.data());
    call.name_length = static_cast<double>(entry.name.size());
    call.rank = static_cast<double>(entry.shape.size());
    std::ranges::copy(entry.shape, call.shape);
    call.data = address_of(entry.data.get());
  }
  return to_js({});
}

}  // namespace headscope::bindings

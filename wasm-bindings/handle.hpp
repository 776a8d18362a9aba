#pragma once

#include <utility>

#include "convert.hpp"

namespace headscope::bindings {

/// An object of the core that JavaScript holds.
template <class T>
struct Held final : Handle {
  explicit Held(T object) : object(std::move(object)) {}
  T object;
};

/// Gives the object to JavaScript: its address goes into the block's first field.
template <class T>
emscripten::val hand_over(Result<T> object, double& handle) {
  if (!object) return to_js(std::unexpected(std::move(object.error())));
  handle = static_cast<double>(reinterpret_cast<Address>(static_cast<Handle*>(new Held<T>(std::move(*object)))));
  return to_js({});
}

template <class T>
T& held(double handle) {
  return static_cast<Held<T>*>(pointer<Handle>(handle))->object;
}

}  // namespace headscope::bindings

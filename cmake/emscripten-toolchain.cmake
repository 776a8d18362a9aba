# Finds the Emscripten that set-up chose, or one that is on the machine.
set(written_by_set_up "${CMAKE_CURRENT_LIST_DIR}/../.toolchain/emscripten.cmake")
if(EXISTS "${written_by_set_up}")
  include("${written_by_set_up}")
elseif(DEFINED ENV{EMSDK})
  set(HEADSCOPE_EMSCRIPTEN "$ENV{EMSDK}/upstream/emscripten")
else()
  find_program(HEADSCOPE_EMCC emcc NO_CACHE)
  cmake_path(GET HEADSCOPE_EMCC PARENT_PATH HEADSCOPE_EMSCRIPTEN)
endif()

set(platform "${HEADSCOPE_EMSCRIPTEN}/cmake/Modules/Platform/Emscripten.cmake")
if(NOT EXISTS "${platform}")
  message(FATAL_ERROR "Emscripten is missing; this sets it up:\n    node tools/setup.mjs")
endif()

# A Node in which relaxed SIMD is on.
set(wasm_node "${CMAKE_CURRENT_LIST_DIR}/../.toolchain/bin/wasm-node")
if(EXISTS "${wasm_node}")
  set(CMAKE_CROSSCOMPILING_EMULATOR "${wasm_node}" CACHE FILEPATH "Runs WebAssembly programs")
endif()
include("${platform}")

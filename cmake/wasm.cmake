# Every Emscripten flag of the project, and why it is there.

# xsimd asks the compiler whether it may use SIMD: every file has to be compiled with the same answer.
add_compile_options(-msimd128)
if(HEADSCOPE_RELAXED_SIMD)
  add_compile_options(-mrelaxed-simd)
endif()
# The core reports by value and nothing throws. Exceptions are left as Emscripten has them, where a throw ends the program: told that
# there are none, xtensor prints instead, which brings in all of the C++ library's streams and locales (60 KB of the module, gzipped).

# A download should be small; only the files whose loops do the work are compiled for speed. Those loops are written in registers already:
# looking for others to turn into registers, and copying small functions into each other, would only make them larger.
set(HEADSCOPE_KERNEL_SOURCES
  src/headscope/attention/attention_session.cpp
  src/headscope/attention/scaled_dot_product_attention.cpp
  src/headscope/layers/additive_attention.cpp
  src/headscope/layers/feed_forward.cpp
  src/headscope/layers/layer_norm.cpp
  src/headscope/layers/linear.cpp
  src/headscope/layers/linear_attention.cpp
  src/headscope/layers/s2_attention.cpp
  src/headscope/layers/spatial_shift.cpp
  src/headscope/layers/split_attention.cpp)
set_source_files_properties(${HEADSCOPE_KERNEL_SOURCES} PROPERTIES
  COMPILE_OPTIONS "-O3;-fno-vectorize;-fno-slp-vectorize;-mllvm;-inline-threshold=30")

# Programs of this build are CommonJS; the package.json above says otherwise. Importing the module does nothing by itself, so a
# bundle that only talks to the worker leaves it out.
file(WRITE ${CMAKE_BINARY_DIR}/package.json "{ \"type\": \"commonjs\", \"sideEffects\": false }\n")

# The module that the package ships.
add_library(headscope_module INTERFACE)
target_link_options(headscope_module INTERFACE
  # Not -Oz, whose C library fills and moves memory byte by byte: sessions take half as long again, for 400 bytes less.
  -O3
  -lembind
  # A factory, as an ES module, that knows only how to start: the JavaScript API fetches the file and hands it over. Nothing in it is for
  # Node, so that bundlers find no Node import in it; it runs there all the same.
  -sMODULARIZE
  -sEXPORT_ES6
  -sENVIRONMENT=web,worker
  -sUSE_ES6_IMPORT_META=0
  -sINCOMING_MODULE_JS_API=instantiateWasm
  # No `new Function`: pages whose policy allows only 'wasm-unsafe-eval' must work. The callers are written at link time instead.
  -sDYNAMIC_EXECUTION=0
  -sEMBIND_AOT
  # The names between JavaScript and WebAssembly stay as they are: shortened, they would differ between the flavours, which share the
  # JavaScript. (A JavaScript library of Emscripten's that needs the names; naming it is the way to ask for them.)
  -lexports.js
  -sSUPPORT_LONGJMP=0
  # Memory grows with the work. malloc gives 0 when there is no more, and the API says so.
  -sALLOW_MEMORY_GROWTH
  -sMALLOC=emmalloc
  -sSTACK_SIZE=256KB
  -sEXPORTED_FUNCTIONS=_malloc,_free
  -sEXPORTED_RUNTIME_METHODS=HEAPU8
  # Nothing reads files, and nothing is checked twice: the core validates at its boundary.
  -sFILESYSTEM=0
  -sASSERTIONS=0)

# A program for Node: the unit tests. It reads the machine's files directly.
add_library(headscope_node_program INTERFACE)
target_link_options(headscope_node_program INTERFACE
  -O2
  -sENVIRONMENT=node
  -sNODERAWFS
  -sEXIT_RUNTIME
  -sALLOW_MEMORY_GROWTH
  -sSTACK_SIZE=1MB)

# How the core is compiled for the machine itself.
add_compile_options(-fno-exceptions)
if(HEADSCOPE_NATIVE_ARCH)
  add_compile_options(-march=native)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 takes the deliberately undefined operands in its own AVX-512 headers for mistakes of ours (GCC bug 105593).
    add_compile_options(-Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
endif()
if(HEADSCOPE_SANITIZE)
  # xtensor steps back and forth from the null pointer of an empty array, without ever reading there; what is read AddressSanitizer sees.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # The oracle only evaluates expressions, as tests do everywhere: to watch each step of theirs would double the longest compilation of all.
  set_source_files_properties(src/headscope/reference/attention.cpp PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
endif()
if(HEADSCOPE_FUZZ)
  # What the fuzzer learns from; its own main comes with the target.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

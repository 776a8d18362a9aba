# How the core is compiled for the machine itself.
add_compile_options(-fno-exceptions)
if(HEADSCOPE_NATIVE_ARCH)
  add_compile_options(-march=native)
endif()
if(HEADSCOPE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# xtl, xtensor and xsimd, pinned; GoogleTest and a JSON reader for the tests. Each is looked for where set-up unpacks it and on the
# machine, and fetched only if it is nowhere.
include(FetchContent)

set(HEADSCOPE_LIBRARIES "${CMAKE_CURRENT_SOURCE_DIR}/.toolchain/trixie/usr" CACHE PATH "Where set-up unpacks C++ libraries")

# Finds a header-only package, or fetches that very commit. `accepted` is a version or a range, as find_package takes it.
macro(headscope_header_library name accepted repository commit)
  # The libraries are headers: those of the machine do as well for WebAssembly, so the sysroot's search rules do not apply.
  find_package(${name} ${accepted} CONFIG QUIET PATHS ${HEADSCOPE_LIBRARIES} /usr NO_CMAKE_FIND_ROOT_PATH)
  if(${name}_FOUND)
    message(STATUS "${name} ${${name}_VERSION}: ${${name}_DIR}")
  else()
    message(STATUS "${name}: fetching commit ${commit}")
    FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${commit} OVERRIDE_FIND_PACKAGE)
    FetchContent_MakeAvailable(${name})
  endif()
endmacro()

set(BUILD_TESTS OFF)
headscope_header_library(xtl 0.7.7...<0.8 https://github.com/xtensor-stack/xtl a7c1c5444dfc57f76620391af4c94785ff82c8d6)
headscope_header_library(xsimd 13.2.0...<14 https://github.com/xtensor-stack/xsimd 1f8dd9c8e162968d9b4ff0251c56d431b8777f36)
headscope_header_library(xtensor 0.25.0...<0.26 https://github.com/xtensor-stack/xtensor 3634f2ded19e0cf38208c8b86cea9e1d7c8e397d)

add_library(headscope_dependencies INTERFACE)
foreach(library xtl xsimd xtensor)
  # Only their headers: as system headers they are not held to our warnings.
  target_include_directories(headscope_dependencies SYSTEM INTERFACE $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
endforeach()

function(headscope_find_googletest)
  set(BUILD_GMOCK OFF)
  set(INSTALL_GTEST OFF)
  set(gtest_disable_pthreads ON)
  foreach(folder ${HEADSCOPE_LIBRARIES}/src/googletest /usr/src/googletest)
    if(EXISTS ${folder}/CMakeLists.txt)
      # From source, so that it is compiled as our code is: for WebAssembly, and with the sanitizers.
      add_subdirectory(${folder} ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
      message(STATUS "GoogleTest: ${folder}")
      set(found TRUE)
      break()
    endif()
  endforeach()
  if(NOT found)
    FetchContent_Declare(googletest GIT_REPOSITORY https://github.com/google/googletest
      GIT_TAG 6910c9d9165801d8827d628cb72eb7ea9dd538c5 SYSTEM) # 1.16.0
    FetchContent_MakeAvailable(googletest)
  endif()
  if(NOT TARGET GTest::gtest_main)
    add_library(GTest::gtest_main ALIAS gtest_main)
  endif()
endfunction()

function(headscope_find_json)
  find_package(nlohmann_json 3.11 CONFIG QUIET GLOBAL PATHS ${HEADSCOPE_LIBRARIES} /usr NO_CMAKE_FIND_ROOT_PATH)
  if(NOT nlohmann_json_FOUND)
    FetchContent_Declare(nlohmann_json GIT_REPOSITORY https://github.com/nlohmann/json GIT_TAG v3.11.3 SYSTEM)
    FetchContent_MakeAvailable(nlohmann_json)
  endif()
endfunction()

function(headscope_find_benchmark)
  # A program of the machine's own, so what set-up unpacked for the machine's release will do.
  find_package(benchmark 1.7 CONFIG QUIET GLOBAL PATHS ${CMAKE_CURRENT_SOURCE_DIR}/.toolchain/bookworm/usr /usr)
  if(NOT benchmark_FOUND)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    FetchContent_Declare(benchmark GIT_REPOSITORY https://github.com/google/benchmark
      GIT_TAG v1.9.1 SYSTEM)
    FetchContent_MakeAvailable(benchmark)
  endif()
endfunction()

# Helpers that give every room of src/ the same flags and every folder of tests/unit its own test program.

find_program(XL_CCACHE ccache)
if(XL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${XL_CCACHE})
endif()
find_program(XL_MOLD mold)
if(XL_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(xl_flags INTERFACE)
target_compile_options(xl_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
                                          -fno-omit-frame-pointer)
target_include_directories(xl_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

# xl_room(NAME [PORTABLE] [EXCEPT folder] [DEPS lib…]): a static library `xl_NAME` of all .cpp files below the current
# folder, except those of a folder in it.
# PORTABLE rooms run on a microcontroller too: no exceptions, no RTTI.
function(xl_room name)
  cmake_parse_arguments(ARG "PORTABLE" "EXCEPT" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(ARG_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${ARG_EXCEPT}/")
  endif()
  if(sources)
    add_library(xl_${name} STATIC ${sources})
    target_link_libraries(xl_${name} PRIVATE xl_flags)
    target_link_libraries(xl_${name} PUBLIC ${ARG_DEPS})
    target_include_directories(xl_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    if(ARG_PORTABLE)
      target_compile_options(xl_${name} PRIVATE -fno-exceptions -fno-rtti)
    endif()
  else()
    add_library(xl_${name} INTERFACE)
    target_include_directories(xl_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(xl_${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# xl_program(NAME DEPS lib…): the program `NAME` of all .cpp files in the current folder.
function(xl_program name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE xl_flags ${ARG_DEPS})
endfunction()

# xl_test(NAME DEPS lib…): the GoogleTest program `test_NAME` of all .cpp files below the current folder.
function(xl_test name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE xl_flags ${ARG_DEPS} GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  add_test(NAME ${name} COMMAND test_${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# xl_fuzz(NAME DEPS lib…): the fuzz target of NAME.cpp with the seeds in corpus/NAME. With XL_FUZZ (preset `fuzz`) it is
# the libFuzzer program `fuzz_NAME`; in every other build the test `fuzz_NAME`, which only replays those seeds.
function(xl_fuzz name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(fuzz_${name} ${name}.cpp)
  target_link_libraries(fuzz_${name} PRIVATE xl_flags ${ARG_DEPS})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  if(XL_FUZZ)
    target_sources(fuzz_${name} PRIVATE libfuzzer.cpp)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers fuzz_${name})
  else()
    target_sources(fuzz_${name} PRIVATE replay.cpp)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

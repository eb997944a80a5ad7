// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const xl::Byte* data, std::size_t size);

int LLVMFuzzerTestOneInput(const xl::Byte* data, std::size_t size) {
  xl::fuzz::run({data, size});
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target once over the empty input and every file of the folders that are named on the command line.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

/// In a buffer of exactly its size, so that a sanitizer sees a read past the end.
std::vector<xl::Byte> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  return {text.begin(), text.end()};
}

int replay(const char* folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().string();
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);  // the last line names the input that failed
    xl::fuzz::run(bytes_of(entry.path()));
    ++files;
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  xl::fuzz::run({});
  int files = 0;
  for (int i = 1; i < argc; ++i) files += replay(argv[i]);
  std::printf("%d inputs replayed\n", files);
  return files > 0 ? 0 : 1;
}

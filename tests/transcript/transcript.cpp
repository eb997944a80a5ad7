// SPDX-License-Identifier: Apache-2.0
#include "transcript/transcript.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace xl::tests {
namespace {

constexpr std::array<std::pair<std::string_view, Step::Kind>, 5> kMarks{{
    {">>", Step::Kind::host_bytes},
    {">", Step::Kind::host_line},
    {"<*", Step::Kind::reply_prefix},
    {"<", Step::Kind::exact_reply},
    {"!", Step::Kind::directive},
}};

/// A mark, one space, the text; the mark alone is an empty text.
std::optional<Step> step_of(const std::string& line, std::size_t line_number) {
  for (const auto& [mark, kind] : kMarks) {
    if (line == mark) return Step{kind, "", line_number};
    if (line.starts_with(std::string(mark) + " ")) return Step{kind, line.substr(mark.size() + 1), line_number};
  }
  return std::nullopt;
}

}  // namespace

std::vector<Scenario> read_transcript(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<Scenario> scenarios;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("== ")) {
      scenarios.push_back({line.substr(3), {}});
      continue;
    }
    const auto step = step_of(line, number);
    if (!step || scenarios.empty()) {
      throw std::runtime_error(file.filename().string() + ":" + std::to_string(number) + ": not understood: " + line);
    }
    scenarios.back().steps.push_back(*step);
  }
  return scenarios;
}

std::vector<std::string> transcript_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".at") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string without_c_escapes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char letter = text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        out += letter;
    }
  }
  return out;
}

}  // namespace xl::tests

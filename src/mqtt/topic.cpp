// SPDX-License-Identifier: Apache-2.0
#include "mqtt/topic.hpp"

#include <cstddef>

#include "mqtt/utf8.hpp"

namespace xl::mqtt {
namespace {

constexpr std::size_t kStringBytesMax = 65'535;  // source: MQTT 3.1.1 1.5.3

bool is_topic_string(std::string_view text) {
  return !text.empty() && text.size() <= kStringBytesMax && is_utf8_string(text);
}

/// Walks the levels of a topic: "a//b" has three, "/" has two, "" has one.
class Levels {
 public:
  explicit Levels(std::string_view topic) : rest_(topic) {}
  bool at_end() const { return at_end_; }
  std::string_view next() {
    const std::size_t slash = rest_.find('/');
    const std::string_view level = rest_.substr(0, slash);
    at_end_ = slash == std::string_view::npos;
    rest_ = at_end_ ? std::string_view() : rest_.substr(slash + 1);
    return level;
  }

 private:
  std::string_view rest_;
  bool at_end_ = false;
};

bool has_wildcard(std::string_view level) { return level.find_first_of("+#") != std::string_view::npos; }

}  // namespace

bool is_topic_name(std::string_view topic) { return is_topic_string(topic) && !has_wildcard(topic); }

bool is_topic_filter(std::string_view filter) {
  if (!is_topic_string(filter)) return false;
  Levels levels(filter);
  while (!levels.at_end()) {
    const std::string_view level = levels.next();
    if (level == "+" || (level == "#" && levels.at_end())) continue;
    if (has_wildcard(level)) return false;
  }
  return true;
}

bool matches(std::string_view filter, std::string_view topic) {
  if (filter.empty() || topic.empty()) return false;
  if (topic.front() == '$' && has_wildcard(filter.substr(0, 1))) return false;  // source: MQTT 3.1.1 4.7.2
  Levels wanted(filter);
  Levels given(topic);
  while (!wanted.at_end()) {
    const std::string_view level = wanted.next();
    if (level == "#" && wanted.at_end()) return true;  // also with no level left: `a/#` matches `a`
    if (given.at_end()) return false;
    const std::string_view actual = given.next();
    if (level != "+" && level != actual) return false;
  }
  return given.at_end();
}

}  // namespace xl::mqtt

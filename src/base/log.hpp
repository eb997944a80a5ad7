// SPDX-License-Identifier: Apache-2.0
// One structured log line per event: `time level room message key=value …` on standard error.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

namespace xl::log {

enum class Level { debug, info, warn, error };

struct Field {
  std::string_view key;
  std::string value;
};
using Fields = std::initializer_list<Field>;

/// Values are quoted when they hold spaces or control characters, so a hostile client cannot forge a line.
/// Never pass a secret: keys, passphrases, session secrets and signatures do not belong here.
void write(Level level, std::string_view room, std::string_view message, Fields fields = {});
void set_level(Level lowest);

inline void debug(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::debug, room, message, f);
}
inline void info(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::info, room, message, f);
}
inline void warn(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::warn, room, message, f);
}
inline void error(std::string_view room, std::string_view message, Fields f = {}) {
  write(Level::error, room, message, f);
}

}  // namespace xl::log

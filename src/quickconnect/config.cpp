// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/config.hpp"

#include <array>
#include <fstream>

#include "base/text.hpp"

namespace xl::quickconnect {
namespace {

constexpr std::size_t kBytesMax = 64 << 10;
constexpr std::string_view kExample =
    "  # The serial port of the kit, for example /dev/ttyUSB0\n"
    "  SerialPort=/dev/ttyUSB0\n"
    "  # Wi-Fi kits only; leave empty otherwise\n"
    "  SSID=\n"
    "  Passphrase=\n";

struct Key {
  std::string_view name;
  std::string Config::* value;
  std::size_t bytes_max;  ///< source: guide 6.1, table 2
};
constexpr std::array kKeys{
    Key{"SerialPort", &Config::serial_port, 4096},
    Key{"SSID", &Config::ssid, 32},
    Key{"Passphrase", &Config::passphrase, 64},
};

/// A passphrase may begin or end with a space: of its line only the end of line goes.
std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Status read_line(std::string_view line, Config& config) {
  const std::string_view content = trim(line);
  if (content.empty() || content.starts_with('#')) return {};
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return fail(Error::invalid("expected Key=value"));
  const std::string_view name = trim(line.substr(0, equals));
  for (const Key& key : kKeys) {
    if (!equals_ignoring_case(name, key.name)) continue;
    const std::string_view raw = without_line_end(line.substr(equals + 1));
    const std::string_view value = key.value == &Config::passphrase ? raw : trim(raw);
    if (value.size() > key.bytes_max) {
      return fail(
          Error::invalid(std::string(key.name) + " is longer than " + std::to_string(key.bytes_max) + " bytes"));
    }
    config.*key.value = value;
    return {};
  }
  return fail(Error::invalid("unknown key (known: SerialPort, SSID, Passphrase)"));
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view name) {
  Config config;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // some editors begin a file with a byte order mark
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (const Status status = read_line(line, config); !status) {
      return fail(
          Error::invalid(std::string(name) + ", line " + std::to_string(number) + ": " + status.error().detail));
    }
  }
  if (config.serial_port.empty()) {
    return fail(Error::invalid(std::string(name) + " names no serial port. It should look like this:\n" +
                               std::string(kExample)));
  }
  return config;
}

Result<Config> read_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Error{Errc::not_found, path + " cannot be read. Make it with your kit's serial port, like this:\n" +
                                           std::string(kExample)});
  }
  std::string text(kBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail(Error::io("Reading " + path + " failed."));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() == kBytesMax) return fail(Error::invalid(path + " is too large for a config.txt."));
  return parse_config(text, path);
}

}  // namespace xl::quickconnect

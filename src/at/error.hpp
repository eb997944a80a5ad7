// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace xl::at {

/// The numbers are the wire's. source: guide table 1
enum class AtError : std::uint8_t {
  overflow = 1,
  parse_error = 2,
  command_not_found = 3,
  parameter_error = 4,
  invalid_escape = 5,
  no_connection = 6,
  out_of_range = 7,
  parameter_undefined = 8,
  invalid_key_length = 9,
  invalid_key_name = 10,
  unknown_key = 11,
  key_readonly = 12,
  key_writeonly = 13,
  unable_to_connect = 14,  ///< its reply puts a hint number before the text (guide 4.7.2.2)
  time_not_available = 15,
  location_not_available = 16,
  mode_not_available = 17,
  active_connection = 18,
  host_image_not_available = 19,
  invalid_address = 20,
  invalid_ota_update = 21,
  invalid_signature = 23,
  shadow_error = 24,
  not_allowed = 25,
  invalid_certificate = 26,
  ble_error = 27,
  configuration_error = 28,
};

constexpr unsigned number(AtError error) { return static_cast<unsigned>(error); }
/// "COMMAND NOT FOUND": what follows `ERR3 `.
std::string_view text(AtError error);

}  // namespace xl::at

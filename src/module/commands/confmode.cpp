// SPDX-License-Identifier: Apache-2.0
#include "module/commands/confmode.hpp"

#include <algorithm>

#include "module/core.hpp"

namespace xl::module::commands {
namespace {

constexpr std::size_t kNameBytesMax = 32;

bool is_name(std::string_view text) {
  return text.size() <= kNameBytesMax && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

}  // namespace

Reply enter_confmode(Core& core, const Arguments& arguments) {
  if (core.ports.provisioner == nullptr) return error(AtError::mode_not_available);
  if (core.connection.is_connected()) return error(AtError::active_connection);
  if (core.is_in_confmode()) return error(AtError::not_allowed);
  if (!is_name(arguments.text())) return error(AtError::parameter_error);
  if (!core.start_confmode(arguments.text())) return error(AtError::mode_not_available);
  return at::ok("CONFMODE ENABLED");
}

}  // namespace xl::module::commands

// SPDX-License-Identifier: Apache-2.0
#include "module/commands/otw.hpp"

#include <algorithm>

#include "at/command_line.hpp"
#include "module/core.hpp"

namespace xl::module::commands {
namespace {

using update::Transfer;
using Verdict = ports::ImageStore::Verdict;

std::optional<std::uint32_t> count(std::string_view text, std::uint32_t max) {
  const auto number = at::parse_number(text, max);
  return number && *number > 0 ? number : std::nullopt;
}

std::optional<Transfer::Plan> plan_of(const Arguments& arguments) {
  Transfer::Plan plan;
  const std::string_view text = at::without_outer_spaces(arguments.text());
  if (text.empty()) return plan;
  const std::size_t comma = std::min(text.find(','), text.size());
  const auto size = count(text.substr(0, comma), kImageBytesMax);
  if (!size) return std::nullopt;
  plan.size = *size;
  if (comma == text.size()) return plan;
  const auto block_bytes = count(text.substr(comma + 1), at::kCommandBytesMax);
  if (!block_bytes) return std::nullopt;
  plan.block_bytes = *block_bytes;
  return plan;
}

}  // namespace

Reply update_over_the_wire(Core& core, const Arguments& arguments) {
  if (core.ports.images == nullptr) return error(AtError::command_not_found);
  const auto plan = plan_of(arguments);
  if (!plan) return error(AtError::parameter_error);
  if (core.dictionary.value(dictionary::Key::ota_certificate).empty()) {
    return error(AtError::invalid_signature, "OTAcertificate is empty");
  }
  const Verdict verdict = core.begin_update(*plan);
  return verdict == Verdict::good ? at::ok() : refusal(verdict);
}

Reply refusal(Verdict verdict) {
  const auto invalid = [](std::string_view why) { return error(AtError::invalid_ota_update, why); };
  switch (verdict) {
    case Verdict::unknown_format:
      return invalid("format not known");
    case Verdict::other_model:
      return invalid("for another model");
    case Verdict::older:
      return invalid("older than what runs");
    case Verdict::no_room:
      return invalid("no room");
    case Verdict::invalid_signature:
      return error(AtError::invalid_signature);
    default:
      return invalid("damaged");
  }
}

}  // namespace xl::module::commands

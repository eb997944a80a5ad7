// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "at/text_builder.hpp"
#include "base/bytes.hpp"

namespace xl::module::onboarding {

using HostName = at::TextBuilder<256>;

/// The new Endpoint that a message on `{ThingName}/expresslink_config` asks for: a JSON object whose member "Endpoint"
/// is a string with a host name; other members are ignored. nullopt: the message asks for nothing that we may do.
/// source: guide 11.3.2.1
std::optional<HostName> requested_endpoint(ByteView payload);

}  // namespace xl::module::onboarding

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "at/text_builder.hpp"
#include "module/ports/identity.hpp"

namespace xl::module::connection {

inline constexpr std::size_t kMetadataCharactersMax = 256;  ///< between the parentheses. source: guide v1.1.2 11.1.5.4
using LoginString = at::TextBuilder<kMetadataCharactersMax + 128>;

/// The user name of the MQTT CONNECT: who made the module, and the host's CustomName as far as it fits.
/// shape: ?SDK=…&SDKVersion=…&Platform=ExpressLink&Metadata=(Vendor=…; Model=…; FWversion=…; TechSpec=…; CustomName=…)
/// source: guide v1.1.2 11.1.5
LoginString login_string(const ports::Identity& identity, std::string_view custom_name);

}  // namespace xl::module::connection

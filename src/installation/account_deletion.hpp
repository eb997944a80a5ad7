// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <stop_token>
#include <string_view>

#include "base/result.hpp"
#include "cloud/onboarding/account_deletion.hpp"
#include "cloud/ports/message_bus.hpp"
#include "installation/installation.hpp"

namespace xl::installation {

enum class Deleted {
  now,
  before  ///< there was nothing left to do
};

/// The account with all that belongs to it, and its profiles in DIR/credentials; a server may be running. An attempt
/// that was cut off is gone on with. errors: not_found, conflict (what stands in the way; nothing was changed),
/// unavailable (closed, but modules are still to be withdrawn from its account elsewhere)
Result<Deleted> delete_account(Installation& installation, std::string_view name,
                               const cloud::onboarding::DeletionOptions& options);

/// What closed accounts have retained in the engine goes, at most `limit` messages: how many. For the server, which has
/// the engine. errors: unavailable (the engine is away, or a stop was requested)
Result<std::size_t> clear_retained(cloud::RegistryStore& store, cloud::MessageBus& bus, std::size_t limit,
                                   const std::stop_token& stop);

}  // namespace xl::installation

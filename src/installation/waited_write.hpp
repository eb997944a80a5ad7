// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>

#include "cloud/ports/registry.hpp"

namespace xl::installation {

/// RegistryStore::write() for a thread that is to end soon when it is told to, also while somebody else has the
/// registry locked: `work` owns what it needs. errors: those of `work`; unavailable (a stop was requested)
Status write_unless_stopped(cloud::RegistryStore& store, cloud::RegistryStore::Work work, const std::stop_token& stop);

}  // namespace xl::installation

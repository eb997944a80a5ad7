// SPDX-License-Identifier: Apache-2.0
// Batches of identities: key, birth certificate and everything a module needs of its factory (guide 11.1.3).
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "factory/ca.hpp"

namespace xl::factory {

struct IssueOptions {
  std::filesystem::path out;
  std::size_t count = 1;
  std::string key_store = "file";  ///< where keys are made, as keystore::create_key_store() takes it
  std::string endpoint;            ///< empty: the one `ca enroll` wrote into the CA's folder
  std::string root_ca;             ///< PEM text; empty: likewise
};

/// Brings `out` to `count` identity folders in all: a batch that was interrupted goes on where it stopped, and a
/// finished one is left alone. Every UID is written to the journal before it is used, so none is ever issued twice.
/// `progress` gets (done, count). errors: not_found (not enrolled and no endpoint given), io
Result<std::size_t> issue_batch(const VendorCa& ca, IssueOptions options,
                                const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace xl::factory

// SPDX-License-Identifier: Apache-2.0
// Registers a vendor's CA in its staging account: SNI_ONLY, active, auto-registration on, JITP template attached
// (guide 11.1.3, 11.1.4).
#pragma once
#include <functional>
#include <string>

#include "factory/ca.hpp"

namespace xl::factory {

struct EnrollOptions {
  std::string endpoint_url, profile;
  std::string root_ca_file;  ///< the cloud's server root; empty: fetched from endpoint_url/root-ca.pem
};

/// Idempotent. `step` is told what was done, a sentence each. Writes `endpoint` and `root-ca.pem` into the CA's folder.
Status enroll_ca(const VendorCa& ca, const EnrollOptions& options, const std::function<void(const std::string&)>& step);

/// The staging template for a vendor's model: thing named by the UID, least-privilege policy.
std::string staging_template(const VendorCa& ca, const std::string& region, const std::string& account_id);

}  // namespace xl::factory

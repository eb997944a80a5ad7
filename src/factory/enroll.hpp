// SPDX-License-Identifier: Apache-2.0
// Registers a vendor's CA in its staging account, or in a customer's: SNI_ONLY, active, auto-registration on, JITP
// template attached (guide 11.1.3, 11.1.4, 11.3).
#pragma once
#include <functional>
#include <string>

#include "factory/ca.hpp"
#include "factory/provisioning_template.hpp"

namespace xl::factory {

struct EnrollOptions {
  std::string endpoint_url, profile;
  std::string root_ca_file;  ///< the cloud's server root; empty: fetched from endpoint_url/root-ca.pem
  Enrolment enrolment = Enrolment::staging;
};

/// Idempotent. `step` is told what was done, a sentence each. In staging it writes `endpoint` and `root-ca.pem` into
/// the CA's folder; a customer's account changes nothing about the modules that are issued.
Status enroll_ca(const VendorCa& ca, const EnrollOptions& options, const std::function<void(const std::string&)>& step);

}  // namespace xl::factory

// SPDX-License-Identifier: Apache-2.0
// Registers a vendor's CA in its staging account, or in a customer's: SNI_ONLY, active, auto-registration on, JITP
// template attached (guide 11.1.3, 11.1.4, 11.3).
#pragma once
#include <functional>
#include <string>

#include "factory/ca.hpp"

namespace xl::factory {

enum class Enrolment { staging, customer };

struct EnrollOptions {
  std::string endpoint_url, profile;
  std::string root_ca_file;  ///< the cloud's server root; empty: fetched from endpoint_url/root-ca.pem
  Enrolment enrolment = Enrolment::staging;
};

/// Idempotent. `step` is told what was done, a sentence each. In staging it writes `endpoint` and `root-ca.pem` into
/// the CA's folder; a customer's account changes nothing about the modules that are issued.
Status enroll_ca(const VendorCa& ca, const EnrollOptions& options, const std::function<void(const std::string&)>& step);

/// The template for a vendor's model: thing named by the UID, least-privilege policy. A customer's also allows the jobs
/// topics, to which an onboarded module subscribes by itself (guide 11.3.2).
std::string provisioning_template(const VendorCa& ca, const std::string& region, const std::string& account_id,
                                  Enrolment enrolment);

}  // namespace xl::factory

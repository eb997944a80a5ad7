// SPDX-License-Identifier: Apache-2.0
// The templates by which modules become things.
#pragma once
#include <string>

#include "factory/ca.hpp"

namespace xl::factory {

enum class Enrolment { staging, customer };

/// The template for a vendor's model: thing named by the UID, least-privilege policy. A customer's also allows the jobs
/// topics, to which an onboarded module subscribes by itself (guide 11.3.2).
std::string provisioning_template(const VendorCa& ca, const std::string& region, const std::string& account_id,
                                  Enrolment enrolment);

/// The template for RegisterThing of modules of any vendor, with the parameters ThingName, CertificatePem, Vendor and
/// Model. The policy is that of a customer's account.
std::string registration_template(const std::string& region, const std::string& account_id);
/// As an attribute of a thing, which may not hold spaces.
std::string attribute_value(std::string name);

}  // namespace xl::factory

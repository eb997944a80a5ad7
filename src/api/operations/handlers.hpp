// SPDX-License-Identifier: Apache-2.0
// The handlers, by family. The table that routes to them is operations/table.cpp.
#pragma once
#include "api/operation.hpp"

namespace xl::api {

// endpoint.cpp
Outcome describe_endpoint(const Request& request, const cloud::Registry& registry, const Site& site);

// ca_registration.cpp
tl::expected<Change, Fault> get_registration_code(const Request& request);
tl::expected<Change, Fault> register_ca_certificate(const Request& request);

// ca_certificates.cpp
Outcome list_ca_certificates(const Request& request, const cloud::Registry& registry, const Site& site);
Outcome describe_ca_certificate(const Request& request, const cloud::Registry& registry, const Site& site);
tl::expected<Change, Fault> update_ca_certificate(const Request& request);

// certificates.cpp
Outcome list_certificates(const Request& request, const cloud::Registry& registry, const Site& site);
Outcome describe_certificate(const Request& request, const cloud::Registry& registry, const Site& site);
tl::expected<Change, Fault> update_certificate(const Request& request);

// things.cpp
Outcome list_things(const Request& request, const cloud::Registry& registry, const Site& site);
Outcome describe_thing(const Request& request, const cloud::Registry& registry, const Site& site);
Outcome list_thing_principals(const Request& request, const cloud::Registry& registry, const Site& site);

// policies.cpp
Outcome get_policy(const Request& request, const cloud::Registry& registry, const Site& site);
Outcome list_attached_policies(const Request& request, const cloud::Registry& registry, const Site& site);

// provisioning_templates.cpp
tl::expected<Change, Fault> create_provisioning_template(const Request& request);
Outcome describe_provisioning_template(const Request& request, const cloud::Registry& registry, const Site& site);

// publish.cpp
Outcome publish(const Request& request, const cloud::Registry& registry, const Site& site);

}  // namespace xl::api

// SPDX-License-Identifier: Apache-2.0
// Policy variables that come from the registry and from the certificate.
// source: AWS IoT Developer Guide, "Thing policy variables" and "X.509 certificate policy variables"
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/provisioning/jitp.hpp"

namespace xl::cloud::provisioning {

/// Fills in the things of a principal whose account and certificate are known.
Status add_things(const Registry& registry, Principal& principal);

/// The attached thing that a connection speaks for: the one that its client id names, or the only one when the
/// certificate is that thing's alone. nullptr: none, and thing policy variables have no values.
std::shared_ptr<const Thing> thing_of(const Principal& principal, std::string_view client_id);

/// `iot:Connection.Thing.…`; nullopt: the variable is another, or has no value.
std::optional<std::string> thing_variable(const Thing* thing, std::string_view name);

/// "CN" for `iot:Certificate.Subject.CommonName`; nullopt: not a variable of a certificate's subject.
std::optional<std::string_view> subject_attribute_of(std::string_view variable);

}  // namespace xl::cloud::provisioning

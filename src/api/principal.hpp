// SPDX-License-Identifier: Apache-2.0
// What a policy can be attached to, and who can be a thing's principal, as ARNs of this account.
#pragma once
#include <string>

#include "api/constraints.hpp"
#include "api/request.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

/// What an ARN of this account names; it need not exist.
struct PolicyTarget {
  enum class Kind { certificate, thing_group };
  Kind kind = Kind::certificate;
  std::string name;  ///< the certificate's id, the group's name
};

/// errors: InvalidRequestException (not an ARN), ResourceNotFoundException (of another kind or account)
tl::expected<PolicyTarget, Fault> policy_target(const Request& request, const std::string& arn);

/// The same where only a certificate will do.
tl::expected<std::string, Fault> certificate_of(const Request& request, const std::string& arn);

/// Something may be attached to it. errors: ResourceNotFoundException, InvalidRequestException (in a transfer: whoever
/// attached something then would keep the other account from having it)
tl::expected<void, Fault> check_attachable(const cloud::Registry& registry, const Request& request,
                                           const std::string& certificate_id);

/// The ARN in the header `x-amzn-principal`.
std::string principal_header(Constraints& constraints, const Request& request);

}  // namespace xl::api

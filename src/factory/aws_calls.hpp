// SPDX-License-Identifier: Apache-2.0
// What several of the factory's commands ask an AWS-compatible control plane.
#pragma once
#include <string>

#include "factory/aws_client.hpp"

namespace xl::factory {

using aws::kJson;

/// `what` was refused: the exception and its message. errors: forbidden
Error refused(const std::string& what, const AwsReply& reply);
/// True when it was made now, false when it had been there. errors: forbidden
Result<bool> made(const std::string& what, const AwsReply& reply);
/// The twelve digits of the account that the profile's key belongs to.
Result<std::string> account_of(const AwsClient& aws);
/// The host that its modules call.
Result<std::string> endpoint_of(const AwsClient& aws);

}  // namespace xl::factory

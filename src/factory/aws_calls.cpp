// SPDX-License-Identifier: Apache-2.0
#include "factory/aws_calls.hpp"

#include <boost/json.hpp>

namespace xl::factory {
namespace json = boost::json;

namespace {

constexpr std::size_t kAccountDigits = 12;

}  // namespace

Error refused(const std::string& what, const AwsReply& reply) {
  return Error{Errc::forbidden, aws::refusal_text(what, reply)};
}

/// True when it was made now, false when it had been there.
Result<bool> made(const std::string& what, const AwsReply& reply) {
  if (reply.status < 300) return true;
  if (reply.exception == "ResourceAlreadyExistsException") return false;
  return fail(refused(what, reply));
}

Result<std::string> account_of(const AwsClient& aws) {
  XL_TRY(const AwsReply reply, aws.call("sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15",
                                        "application/x-www-form-urlencoded; charset=utf-8"));
  const auto start = reply.body.find("<Account>");
  if (reply.status != 200 || start == std::string::npos) return fail(refused("GetCallerIdentity", reply));
  const std::string account = reply.body.substr(start + 9, kAccountDigits);
  const bool good = account.size() == kAccountDigits && account.find_first_not_of("0123456789") == std::string::npos;
  if (!good) return fail(Error::unavailable("GetCallerIdentity answers without a 12-digit account id"));
  return account;
}

Result<std::string> endpoint_of(const AwsClient& aws) {
  XL_TRY(const AwsReply reply, aws.call("iot", "GET", "/endpoint?endpointType=iot%3AData-ATS", "", kJson));
  boost::system::error_code error;
  const json::value body = json::parse(reply.body, error);
  const json::value* address = !error && body.is_object() ? body.get_object().if_contains("endpointAddress") : nullptr;
  if (reply.status != 200 || address == nullptr || !address->is_string())
    return fail(refused("DescribeEndpoint", reply));
  return std::string(address->get_string());
}

}  // namespace xl::factory

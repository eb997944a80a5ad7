// SPDX-License-Identifier: Apache-2.0
// Signed calls of an AWS-compatible control plane, with the credentials of a profile.
#pragma once
#include <string>
#include <string_view>

#include "aws/client.hpp"
#include "base/result.hpp"
#include "crypto/sigv4.hpp"

namespace xl::factory {

struct Profile {
  std::string name;
  crypto::Credentials credentials;
  std::string region = "us-east-1";
};
/// From AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. errors: not_found (file or profile: names both)
Result<Profile> load_profile(const std::string& name);

using AwsReply = aws::Reply;

class AwsClient {
 public:
  AwsClient(std::string endpoint_url, const Profile& profile, std::string root_ca_file)
      : client_(
            {std::move(endpoint_url), profile.credentials, profile.region, {.root_ca_file = std::move(root_ca_file)}}) {
  }

  /// errors: unavailable (no answer). An AWS exception is a reply, not an error.
  Result<AwsReply> call(std::string_view service, std::string_view method, std::string target, std::string body,
                        std::string_view content_type) const {
    return client_.call({std::string(method), std::move(target), std::move(body), service, content_type});
  }
  const std::string& region() const { return client_.region(); }

 private:
  aws::Client client_;
};

}  // namespace xl::factory

// SPDX-License-Identifier: Apache-2.0
// Signed calls of an AWS-compatible control plane.
#pragma once
#include <string>
#include <string_view>

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

struct AwsReply {
  int status = 0;
  std::string exception;  ///< "ResourceAlreadyExistsException"; empty on success
  std::string body;
};

class AwsClient {
 public:
  AwsClient(std::string endpoint_url, Profile profile, std::string root_ca_file)
      : url_(std::move(endpoint_url)), profile_(std::move(profile)), root_ca_file_(std::move(root_ca_file)) {}

  /// errors: unavailable (no answer). An AWS exception is a reply, not an error.
  Result<AwsReply> call(std::string_view service, std::string_view method, std::string target, std::string body,
                        std::string_view content_type) const;
  const std::string& region() const { return profile_.region; }

 private:
  std::string url_;
  Profile profile_;
  std::string root_ca_file_;
};

}  // namespace xl::factory

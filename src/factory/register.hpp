// SPDX-License-Identifier: Apache-2.0
// Modules become things of an account at the end of the line, before they ever connect (guide 11.2, 11.3).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "factory/aws_client.hpp"

namespace xl::factory {

/// What an account must know of a module.
struct ModuleFacts {
  std::string thing_name, certificate_pem;
};
/// Of an identity folder. errors: not_found, invalid_argument (no ThingName)
Result<ModuleFacts> read_module(const std::filesystem::path& identity);
/// The identity folders that `folder` is or holds, in the order of their names. errors: not_found (none)
Result<std::vector<std::filesystem::path>> identities_in(const std::filesystem::path& folder);

struct RegisterOptions {
  std::string endpoint_url, profile;
  std::string root_ca_file;  ///< the cloud's server root for https; empty: the system's
  /// Template for RegisterThing with the parameters of registration_template(); empty: that one.
  std::string template_body;
  /// The certificates' CA is registered in the account, and they are to be known as its. Otherwise they are registered
  /// without a CA.
  bool with_ca = false;
};

/// An account that modules are registered in.
class Registrar {
 public:
  /// errors: not_found (credentials), forbidden (the cloud refuses them), unavailable
  static Result<Registrar> open(const RegisterOptions& options);

  /// False: it was there already, and nothing was touched. errors: conflict (its ThingName is another certificate's),
  /// forbidden (the cloud's reason), invalid_argument (certificate)
  Result<bool> add(const ModuleFacts& module) const;

  /// Whether the thing of that name has just this certificate. errors: forbidden, invalid_argument, unavailable
  Result<bool> has(const ModuleFacts& module) const;

  const AwsClient& aws() const { return aws_; }
  const std::string& account_id() const { return account_id_; }
  const std::string& endpoint() const { return endpoint_; }  ///< that its modules call
  const std::string& template_body() const { return template_body_; }

 private:
  Registrar(AwsClient aws, std::string account_id, std::string endpoint, const RegisterOptions& options);

  AwsClient aws_;
  std::string account_id_, endpoint_, template_body_;
  bool with_ca_;
};

/// The template's parameters for one module, as JSON. errors: invalid_argument (certificate)
Result<std::string> registration_parameters(const ModuleFacts& module);

}  // namespace xl::factory

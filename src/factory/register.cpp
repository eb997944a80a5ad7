// SPDX-License-Identifier: Apache-2.0
#include "factory/register.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.hpp"
#include "factory/aws_calls.hpp"
#include "factory/files.hpp"
#include "factory/provisioning_template.hpp"
#include "pki/certificate.hpp"

namespace xl::factory {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kThingNameBytesMax = 128;

Status check_thing_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= kThingNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == ':';
  });
  if (good) return {};
  return fail(Error::invalid("\"" + name + "\" is not a ThingName (1 to 128 of a-z A-Z 0-9 : _ -)"));
}

/// As a segment of a path.
std::string escaped(const std::string& thing_name) {
  std::string out;
  for (const char c : thing_name) out += c == ':' ? std::string("%3A") : std::string(1, c);
  return out;
}

bool is_among(const std::vector<std::string>& arns, const pki::Certificate& certificate) {
  const std::string own = "cert/" + certificate.facts().fingerprint;
  return std::ranges::any_of(arns, [&](const std::string& arn) { return arn.ends_with(own); });
}

/// ARNs of the certificates of a thing; empty too when there is no such thing.
Result<std::vector<std::string>> principals_of(const AwsClient& aws, const std::string& thing_name) {
  XL_TRY(const AwsReply reply, aws.call("iot", "GET", "/things/" + escaped(thing_name) + "/principals", "", kJson));
  if (reply.status == 404) return std::vector<std::string>();
  boost::system::error_code error;
  const json::value body = json::parse(reply.body, error);
  const json::value* principals = !error && body.is_object() ? body.get_object().if_contains("principals") : nullptr;
  if (reply.status != 200 || principals == nullptr || !principals->is_array())
    return fail(refused("ListThingPrincipals", reply));
  std::vector<std::string> out;
  for (const json::value& principal : principals->get_array()) {
    if (principal.is_string()) out.emplace_back(principal.get_string());
  }
  return out;
}

/// INACTIVE: the template activates it when thing and policy are there.
Status register_without_ca(const AwsClient& aws, const std::string& certificate_pem) {
  const json::object body{{"certificatePem", certificate_pem}, {"status", "INACTIVE"}};
  XL_TRY(const AwsReply reply, aws.call("iot", "POST", "/certificate/register-no-ca", json::serialize(body), kJson));
  XL_TRY([[maybe_unused]] const bool is_new, made("RegisterCertificateWithoutCA", reply));
  return {};
}

}  // namespace

Result<ModuleFacts> read_module(const fs::path& identity) {
  XL_TRY(const std::string name, read_file(identity / "thing-name"));
  ModuleFacts out{std::string(trim(name)), {}};
  XL_CHECK(check_thing_name(out.thing_name));
  XL_TRY(out.certificate_pem, read_file(identity / "certificate.pem"));
  return out;
}

Result<std::vector<fs::path>> identities_in(const fs::path& folder) {
  const auto is_identity = [](const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path / "certificate.pem", ignored) && fs::exists(path / "thing-name", ignored);
  };
  if (is_identity(folder)) return std::vector{folder};
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const bool is_unfinished = entry->path().filename().string().starts_with('.');  // `issue` is at work
    if (!is_unfinished && is_identity(entry->path())) out.push_back(entry->path());
  }
  std::ranges::sort(out);
  if (!out.empty()) return out;
  return fail(Error{Errc::not_found, folder.string() +
                                         " is no identity folder (certificate.pem, thing-name) and holds none; "
                                         "`expresslink-factory issue` makes them."});
}

Result<std::string> registration_parameters(const ModuleFacts& module) {
  XL_TRY(const auto certificate, pki::Certificate::from_pem(module.certificate_pem));
  const auto attribute = [&certificate](const char* name) {
    return attribute_value(certificate.facts().subject_attribute(name).value_or("unknown"));
  };
  return json::serialize(json::object{{"ThingName", module.thing_name},
                                      {"CertificatePem", certificate.facts().pem},
                                      {"Vendor", attribute("O")},
                                      {"Model", attribute("OU")}});
}

Registrar::Registrar(AwsClient aws, std::string account_id, std::string endpoint, const RegisterOptions& options)
    : aws_(std::move(aws)),
      account_id_(std::move(account_id)),
      endpoint_(std::move(endpoint)),
      template_body_(options.template_body.empty() ? registration_template(aws_.region(), account_id_)
                                                   : options.template_body),
      with_ca_(options.with_ca) {}

Result<Registrar> Registrar::open(const RegisterOptions& options) {
  XL_TRY(const Profile profile, load_profile(options.profile));
  AwsClient aws(options.endpoint_url, profile, options.root_ca_file);
  XL_TRY(std::string account_id, account_of(aws));
  XL_TRY(std::string endpoint, endpoint_of(aws));
  return Registrar(std::move(aws), std::move(account_id), std::move(endpoint), options);
}

Result<bool> Registrar::has(const ModuleFacts& module) const {
  XL_TRY(const auto certificate, pki::Certificate::from_pem(module.certificate_pem));
  XL_TRY(const auto principals, principals_of(aws_, module.thing_name));
  return is_among(principals, certificate);
}

Result<bool> Registrar::add(const ModuleFacts& module) const {
  XL_CHECK(check_thing_name(module.thing_name));
  XL_TRY(const auto certificate, pki::Certificate::from_pem(module.certificate_pem));
  XL_TRY(const auto principals, principals_of(aws_, module.thing_name));
  if (is_among(principals, certificate)) return false;
  if (!principals.empty()) {
    return fail(Error::conflict("thing " + module.thing_name + " has another certificate already: " +
                                principals.front() + ". One UID must not have two keys."));
  }
  if (!with_ca_) XL_CHECK(register_without_ca(aws_, certificate.facts().pem));
  XL_TRY(const std::string parameters, registration_parameters(module));
  const json::object body{{"templateBody", template_body_}, {"parameters", json::parse(parameters)}};
  XL_TRY(const AwsReply reply, aws_.call("iot", "POST", "/things", json::serialize(body), kJson));
  return made("RegisterThing", reply);
}

}  // namespace xl::factory

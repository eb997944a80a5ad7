// SPDX-License-Identifier: Apache-2.0
#include "factory/enroll.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "factory/aws_calls.hpp"
#include "factory/files.hpp"
#include "net/http.hpp"

namespace xl::factory {
namespace json = boost::json;

namespace {

Result<bool> create_template(const AwsClient& aws, const VendorCa& ca, const std::string& name,
                             const std::string& account_id, Enrolment enrolment) {
  const std::string purpose = enrolment == Enrolment::staging ? "Staging of " : "Onboarding of ";
  const json::object body{{"templateName", name},
                          {"type", "JITP"},
                          {"enabled", true},
                          {"description", purpose + ca.vendor + " " + ca.model},
                          {"provisioningRoleArn", "arn:aws:iam::" + account_id + ":role/expresslink-provisioning"},
                          {"templateBody", provisioning_template(ca, aws.region(), account_id, enrolment)}};
  XL_TRY(const AwsReply reply, aws.call("iot", "POST", "/provisioning-templates", json::serialize(body), kJson));
  return made("CreateProvisioningTemplate", reply);
}

Result<bool> register_ca(const AwsClient& aws, const VendorCa& ca, const std::string& template_name) {
  const json::object body{{"caCertificate", ca.issuing.certificate.facts().pem},
                          {"certificateMode", "SNI_ONLY"},
                          {"registrationConfig", json::object{{"templateName", template_name}}}};
  XL_TRY(const AwsReply reply, aws.call("iot", "POST", "/cacertificate?setAsActive=true&allowAutoRegistration=true",
                                        json::serialize(body), kJson));
  return made("RegisterCACertificate", reply);
}

std::string text_at(const json::value& body, std::string_view pointer) {
  boost::system::error_code error;
  const json::value* found = body.find_pointer(pointer, error);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string{};
}

/// A CA that somebody registered before must do what ours would, or every module's first connection fails.
Status check_registered_ca(const AwsClient& aws, const VendorCa& ca, const std::string& template_name) {
  const std::string& id = ca.issuing.certificate.facts().fingerprint;
  XL_TRY(const AwsReply reply, aws.call("iot", "GET", "/cacertificate/" + id, "", kJson));
  if (reply.status != 200) return fail(refused("DescribeCACertificate", reply));
  boost::system::error_code error;
  const json::value body = json::parse(reply.body, error);
  const bool good = !error && text_at(body, "/certificateDescription/status") == "ACTIVE" &&
                    text_at(body, "/certificateDescription/autoRegistrationStatus") == "ENABLE" &&
                    text_at(body, "/certificateDescription/certificateMode") == "SNI_ONLY" &&
                    text_at(body, "/registrationConfig/templateName") == template_name;
  if (good) return {};
  return fail(Error::conflict(
      "the CA is registered already, but is not ACTIVE, SNI_ONLY, with auto-registration on and template " +
      template_name + ". Repair it: aws iot update-ca-certificate --certificate-id " + id +
      " --new-status ACTIVE --new-auto-registration-status ENABLE --registration-config templateName=" + template_name +
      " (or delete it and enroll again)"));
}

Result<std::string> server_root(const EnrollOptions& options) {
  if (!options.root_ca_file.empty()) return read_file(options.root_ca_file);
  net::HttpRequest request;
  request.method = "GET";
  request.target = "/root-ca.pem";
  XL_TRY(net::HttpResponse response, net::http_call(options.endpoint_url, std::move(request)));
  if (response.status == 200) return std::move(response.body);
  return fail(Error{Errc::not_found, options.endpoint_url + "/root-ca.pem answers " + std::to_string(response.status) +
                                         ". Give the server's root certificate with --root-ca FILE."});
}

std::string made_or_kept(bool is_new) { return is_new ? "made" : "there already"; }

/// Another cloud than ours (AWS itself) has no vouchers; modules are claimed there by their ThingName.
Result<std::string> register_voucher_key(const AwsClient& aws, const VendorCa::VoucherKey& key) {
  const json::object body{{"publicKey", key.public_pem}};
  XL_TRY(const AwsReply reply, aws.call("iot", "PUT", "/voucher-keys/" + key.id, json::serialize(body), kJson));
  if (reply.status == 404 || reply.status == 501) return "not taken, this cloud has no vouchers";
  XL_TRY(const bool is_new, made("CreateVoucherKey", reply));
  return made_or_kept(is_new);
}

}  // namespace

Status enroll_ca(const VendorCa& ca, const EnrollOptions& options,
                 const std::function<void(const std::string&)>& step) {
  XL_TRY(const Profile profile, load_profile(options.profile));
  const AwsClient aws(options.endpoint_url, profile, options.root_ca_file);
  XL_TRY(const std::string account_id, account_of(aws));
  step("account     " + account_id + " (profile " + options.profile + ")");
  const std::string template_name = "expresslink-" + ca.issuing.certificate.facts().fingerprint.substr(0, 12);
  XL_TRY(const bool new_template, create_template(aws, ca, template_name, account_id, options.enrolment));
  step("template    " + template_name + ": " + made_or_kept(new_template));
  XL_TRY(const bool new_ca, register_ca(aws, ca, template_name));
  if (!new_ca) XL_CHECK(check_registered_ca(aws, ca, template_name));
  step("CA          " + ca.issuing.certificate.facts().subject_text + ": " + made_or_kept(new_ca));
  if (options.enrolment == Enrolment::staging && ca.voucher_key) {
    XL_TRY(const std::string registered, register_voucher_key(aws, *ca.voucher_key));
    step("voucher key " + ca.voucher_key->id + ": " + registered);
  }
  XL_TRY(const std::string endpoint, endpoint_of(aws));
  if (options.enrolment == Enrolment::staging) {
    XL_TRY(const std::string root, server_root(options));
    XL_CHECK(pki::Certificate::bundle_from_pem(root));
    const auto before = read_file(ca.folder / "endpoint");
    if (before && trim(*before) != endpoint)
      step("note        modules issued from now on call the endpoint below, not " + std::string(trim(*before)));
    XL_CHECK(write_file(ca.folder / "root-ca.pem", root));
    XL_CHECK(write_file(ca.folder / "endpoint", endpoint + "\n"));
  }
  step("endpoint    " + endpoint);
  return {};
}

}  // namespace xl::factory

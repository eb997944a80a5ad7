// SPDX-License-Identifier: Apache-2.0
#include "aws/customer_registry.hpp"

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.hpp"
#include "base/text.hpp"
#include "net/tls_probe.hpp"

namespace xl::aws {
namespace json = boost::json;

namespace {

constexpr std::uint32_t kCallSeconds = 10;
constexpr std::int64_t kMillisFrom = 100'000'000'000;  ///< a time of so much is in milliseconds, not in seconds

/// What RegisterThing is to make. A thing that is there keeps its attributes, type and groups.
constexpr std::string_view kThingAndCertificate = R"json({
 "Parameters": {"ThingName": {"Type": "String"}, "CertificateId": {"Type": "String"}},
 "Resources": {
  "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "ThingName"}},
            "OverrideSettings": {"AttributePayload": "MERGE", "ThingTypeName": "DO_NOTHING",
                                 "ThingGroups": "DO_NOTHING"}},
  "certificate": {"Type": "AWS::IoT::Certificate",
                  "Properties": {"CertificateId": {"Ref": "CertificateId"}, "Status": "ACTIVE"}}}})json";

/// For accounts that have named no policy: as the built-in one of accounts here.
constexpr std::string_view kOwnNamePolicy = R"json({"Version": "2012-10-17", "Statement": [
 {"Effect": "Allow", "Action": "iot:Connect",
  "Resource": "arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
 {"Effect": "Allow", "Action": ["iot:Publish", "iot:Receive", "iot:RetainPublish"],
  "Resource": ["arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}/*",
               "arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/*"]},
 {"Effect": "Allow", "Action": "iot:Subscribe",
  "Resource": ["arn:aws:iot:*:*:topicfilter/${iot:Connection.Thing.ThingName}/*",
               "arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/*"]}]})json";

std::string template_for(const std::string& policy) {
  json::value body = json::parse(kThingAndCertificate);
  json::object properties;
  if (policy.empty()) {
    properties["PolicyDocument"] = json::parse(kOwnNamePolicy);
  } else {
    properties["PolicyName"] = policy;
  }
  body.at("Resources").as_object()["policy"] = {{"Type", "AWS::IoT::Policy"}, {"Properties", std::move(properties)}};
  return json::serialize(body);
}

/// errors: unavailable (not now), not_found, already_exists, forbidden (all else, for its owner to mend)
Status status_of(const std::string& what, const Reply& reply) {
  if (reply.status < 300) return {};
  const std::string text = refusal_text(what, reply);
  const bool is_passing = reply.status == 429 || reply.status == 408 || (reply.status >= 500 && reply.status != 501) ||
                          reply.exception == "ThrottlingException" || reply.exception == "RequestTimeoutException" ||
                          // What was detached a moment ago may still count as attached.
                          reply.exception == "DeleteConflictException" ||
                          reply.exception == "CertificateStateException";
  if (is_passing) return fail(Error::unavailable(text));
  if (reply.exception == "ResourceNotFoundException") return fail(Error{Errc::not_found, text});
  if (reply.exception == "ResourceAlreadyExistsException") return fail(Error{Errc::already_exists, text});
  return fail(Error::forbidden(text));
}

Status unless_gone(Status status) {
  if (!status && status.error().code == Errc::not_found) return {};
  return status;
}

std::string_view text_in(const json::value& value, std::string_view name) {
  const json::value* member = value.is_object() ? value.get_object().if_contains(name) : nullptr;
  return member != nullptr && member->is_string() ? std::string_view(member->get_string()) : std::string_view();
}

std::string escaped(std::string_view text) { return percent_encode(text, ""); }

class AwsCustomer final : public cloud::CustomerRegistry {
 public:
  AwsCustomer(const cloud::Elsewhere& elsewhere, Access access)
      : elsewhere_(elsewhere), stop_(access.http.stop), client_(std::move(access)) {}

  Result<bool> check(const cloud::ModuleElsewhere& module) override {
    XL_CHECK(to_mend(ask("DescribeEndpoint", {"GET", "/endpoint?endpointType=iot%3AData-ATS"})));
    XL_CHECK(net::probe_tls({elsewhere_.endpoint, static_cast<std::uint16_t>(elsewhere_.port), elsewhere_.root_ca_pem,
                             std::chrono::seconds(kCallSeconds), stop_}));
    return has_thing(module);
  }

  Status prepare(const cloud::ModuleElsewhere& module) override {
    XL_CHECK(register_certificate(module));
    json::object body{{"templateBody", template_for(elsewhere_.policy)},
                      {"parameters", {{"ThingName", module.thing_name}, {"CertificateId", module.certificate_id}}}};
    return to_mend(ask("RegisterThing", {"POST", "/things", json::serialize(body)}));
  }

  Status admits(const cloud::ModuleElsewhere& module) override {
    const auto known = describe(module.certificate_id);
    if (!known && known.error().code == Errc::not_found)
      return fail(Error::forbidden("the account has the module's certificate no longer; claim the module again"));
    if (!known) return unless_untold(known.error());
    if (known->status != "ACTIVE") {
      return fail(
          Error::forbidden("the module's certificate is " + known->status + " in the account; set it to ACTIVE"));
    }
    return may_connect(module, known->arn);
  }

  /// In the order in which AWS lets go: nothing that is attached can be deleted, nor a certificate that is ACTIVE. The
  /// certificate goes last, since it is what leads to the rest.
  Status withdraw(const cloud::ModuleElsewhere& module) override {
    XL_TRY(const std::string arn, arn_of(module.certificate_id));
    if (!arn.empty()) {
      XL_TRY(const auto things,
             names_in("ListPrincipalThings",
                      {.method = "GET", .target = "/principals/things", .headers = {{"x-amzn-principal", arn}}},
                      "things", ""));
      for (const std::string& thing : things) {
        XL_CHECK(unless_gone(to_mend(ask("DetachThingPrincipal", {.method = "DELETE",
                                                                  .target = "/things/" + escaped(thing) + "/principals",
                                                                  .headers = {{"x-amzn-principal", arn}}}))));
      }
    }
    if (!module.keeps_thing) XL_CHECK(delete_thing(module.thing_name));
    return arn.empty() ? Status() : delete_certificate(module.certificate_id, arn);
  }

  Result<Presence> presence_of(std::string_view thing_name) override {
    XL_TRY(const json::value found,
           ask("GetThingConnectivityData", {"POST", "/things/" + escaped(thing_name) + "/connectivity-data", "{}"}));
    Presence out;
    const json::object* members = found.if_object();
    if (members == nullptr) return out;
    if (const json::value* connected = members->if_contains("connected"))
      out.is_connected = connected->is_bool() && connected->get_bool();
    const json::value* time = members->if_contains("timestamp");
    if (time == nullptr || !time->is_number()) return out;
    const double number = time->to_number<double>();
    const bool is_time = number > 0 && number < 1e15;
    if (is_time)
      out.since = static_cast<std::int64_t>(number < static_cast<double>(kMillisFrom) ? number * 1000 : number);
    return out;
  }

 private:
  Result<json::value> ask(const std::string& what, Client::Call call) const {
    XL_TRY(const Reply reply, client_.call(std::move(call)));
    XL_CHECK(status_of(what, reply));
    if (reply.body.empty()) return json::value(json::object());
    boost::system::error_code error;
    json::value body = json::parse(reply.body, error);
    if (error) return fail(Error::unavailable(what + " was answered with something else than JSON"));
    return body;
  }

  static Status to_mend(const Result<json::value>& answer) {
    if (answer) return {};
    return fail(answer.error());
  }

  /// errors: forbidden: another certificate speaks for it, whose name is not taken over
  Result<bool> has_thing(const cloud::ModuleElsewhere& module) const {
    auto found = names_in("ListThingPrincipals", {"GET", "/things/" + escaped(module.thing_name) + "/principals"},
                          "principals", "");
    if (!found && found.error().code == Errc::not_found) return false;
    XL_CHECK(found);
    for (const std::string& principal : *found) {
      if (principal.ends_with("/" + module.certificate_id)) continue;
      return fail(Error::forbidden("thing " + module.thing_name + " of the account belongs to " + principal +
                                   "; detach that first (DetachThingPrincipal)"));
    }
    return true;
  }

  /// A lost answer shows as a certificate that is there already. RegisterThing sets it to ACTIVE whatever it was, but
  /// for what must not come back to life.
  Status register_certificate(const cloud::ModuleElsewhere& module) const {
    const json::object body{{"certificatePem", module.certificate_pem}, {"status", "ACTIVE"}};
    const Status made =
        to_mend(ask("RegisterCertificateWithoutCA", {"POST", "/certificate/register-no-ca", json::serialize(body)}));
    if (made || made.error().code != Errc::already_exists) return made;
    XL_TRY(const Known known, describe(module.certificate_id));
    if (known.status != "REVOKED" && known.status != "PENDING_TRANSFER") return {};
    return fail(Error::forbidden("the module's certificate " + module.certificate_id + " is " + known.status +
                                 " in the account; delete it there or end the transfer"));
  }

  /// Empty: the account has no such certificate.
  Result<std::string> arn_of(const std::string& certificate_id) const {
    const auto known = describe(certificate_id);
    if (!known && known.error().code == Errc::not_found) return std::string();
    XL_CHECK(known);
    return known->arn;
  }

  /// Of a certificate of the account.
  struct Known {
    std::string arn, status;
  };
  /// errors: not_found
  Result<Known> describe(const std::string& certificate_id) const {
    XL_TRY(const json::value found, ask("DescribeCertificate", {"GET", "/certificates/" + escaped(certificate_id)}));
    const json::value* description =
        found.is_object() ? found.get_object().if_contains("certificateDescription") : nullptr;
    if (description == nullptr || text_in(*description, "certificateArn").empty())
      return fail(Error::unavailable("DescribeCertificate is answered without a certificateArn"));
    return Known{std::string(text_in(*description, "certificateArn")), std::string(text_in(*description, "status"))};
  }

  /// Neither a key that may not ask nor an account that does not serve the operation speaks against the module.
  static Status unless_untold(const Error& error) {
    return error.code == Errc::unavailable ? Status(fail(error)) : Status();
  }

  /// The account's own evaluation of its policies. One that hangs on what only a connection has decides nothing.
  Status may_connect(const cloud::ModuleElsewhere& module, const std::string& arn) const {
    const std::string client = arn.substr(0, arn.find(":cert/")) + ":client/" + module.thing_name;
    const json::object body{
        {"principal", arn},
        {"authInfos", json::array{json::object{{"actionType", "CONNECT"}, {"resources", json::array{client}}}}}};
    const auto found = ask("TestAuthorization", {"POST", "/test-authorization?clientId=" + escaped(module.thing_name),
                                                 json::serialize(body)});
    if (!found) return unless_untold(found.error());
    const json::value* results = found->is_object() ? found->get_object().if_contains("authResults") : nullptr;
    if (results == nullptr || !results->is_array() || results->get_array().empty()) return {};
    const json::value& result = results->get_array().front();
    const json::value* missing = result.is_object() ? result.get_object().if_contains("missingContextValues") : nullptr;
    const bool is_open = missing != nullptr && missing->is_array() && !missing->get_array().empty();
    const std::string_view decision = text_in(result, "authDecision");
    if (is_open || !decision.ends_with("DENY")) return {};
    return fail(Error::forbidden("the policies of the account do not let the module connect (TestAuthorization: " +
                                 std::string(decision) + " for iot:Connect on " + client + "); mend them there"));
  }

  /// The names in a list of an answer; `member`: of each entry, empty when the entries are the names.
  Result<std::vector<std::string>> names_in(const std::string& what, Client::Call call, std::string_view list,
                                            std::string_view member) const {
    XL_TRY(const json::value found, ask(what, std::move(call)));
    std::vector<std::string> names;
    const json::value* entries = found.is_object() ? found.get_object().if_contains(list) : nullptr;
    if (entries == nullptr || !entries->is_array()) return names;
    for (const json::value& entry : entries->get_array()) {
      const json::value* name = member.empty()      ? &entry
                                : entry.is_object() ? entry.get_object().if_contains(member)
                                                    : nullptr;
      if (name != nullptr && name->is_string()) names.emplace_back(name->get_string());
    }
    return names;
  }

  /// Unless somebody else speaks for it.
  Status delete_thing(const std::string& thing) const {
    auto others =
        names_in("ListThingPrincipals", {"GET", "/things/" + escaped(thing) + "/principals"}, "principals", "");
    if (!others && others.error().code == Errc::not_found) return {};
    XL_CHECK(others);
    if (!others->empty()) return {};
    return unless_gone(to_mend(ask("DeleteThing", {"DELETE", "/things/" + escaped(thing)})));
  }

  Status delete_certificate(const std::string& id, const std::string& arn) const {
    XL_TRY(const auto policies,
           names_in("ListAttachedPolicies", {"POST", "/attached-policies/" + escaped(arn)}, "policies", "policyName"));
    const std::string target = json::serialize(json::object{{"target", arn}});
    for (const std::string& policy : policies)
      XL_CHECK(unless_gone(to_mend(ask("DetachPolicy", {"POST", "/target-policies/" + escaped(policy), target}))));
    const std::string path = "/certificates/" + escaped(id);
    XL_CHECK(unless_gone(to_mend(ask("UpdateCertificate", {"PUT", path + "?newStatus=INACTIVE"}))));
    return unless_gone(to_mend(ask("DeleteCertificate", {"DELETE", path})));
  }

  const cloud::Elsewhere elsewhere_;
  const std::stop_token stop_;
  const Client client_;
};

}  // namespace

Result<std::unique_ptr<cloud::CustomerRegistry>> make_customer_registry(const cloud::Elsewhere& elsewhere,
                                                                        const crypto::AeadKey& master_key,
                                                                        std::stop_token stop) {
  XL_TRY(const std::string secret, crypto::unseal(master_key, elsewhere.sealed_secret, elsewhere.sealing_context()));
  Access access;
  access.url = elsewhere.url;
  access.credentials = {elsewhere.access_key_id, secret, ""};
  access.region = elsewhere.region;
  access.http.timeout_seconds = kCallSeconds;
  access.http.root_ca_pem = elsewhere.root_ca_pem;
  access.http.stop = std::move(stop);
  return std::unique_ptr<cloud::CustomerRegistry>(std::make_unique<AwsCustomer>(elsewhere, std::move(access)));
}

}  // namespace xl::aws

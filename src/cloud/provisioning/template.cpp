// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/template.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/text.hpp"
#include "cloud/model/limits.hpp"
#include "cloud/policy/policy.hpp"
#include "cloud/provisioning/functions.hpp"
#include "crypto/digest.hpp"

namespace xl::cloud::provisioning {
namespace json = boost::json;

namespace {

Error broken(std::string what) { return Error::invalid("Provisioning template: " + std::move(what)); }

Result<json::object> parse_body(std::string_view body) {
  if (body.size() > limits::kTemplateBytesMax) return fail(broken("longer than 10240 characters."));
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_object()) return fail(broken("not a JSON object."));
  return std::move(value.get_object());
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

Status check_members(const json::object& object, std::string_view where,
                     std::initializer_list<std::string_view> known) {
  for (const auto& member : object) {
    if (std::ranges::find(known, std::string_view(member.key())) != known.end()) continue;
    return fail(broken(std::string(where) + " has \"" + std::string(member.key()) + "\", which is not supported."));
  }
  return {};
}

Status check_parameters(const json::object& body) {
  if (body.contains("Parameters") && object_at(body, "Parameters") == nullptr)
    return fail(broken("Parameters must be an object."));
  const json::object* declared = object_at(body, "Parameters");
  if (declared == nullptr) return {};
  for (const auto& [name, definition] : *declared) {
    const json::object* members = definition.if_object();
    const json::value* type = members != nullptr ? members->if_contains("Type") : nullptr;
    if (type == nullptr || !type->is_string() || type->get_string() != "String")
      return fail(broken("parameter " + std::string(name) + " must have the Type \"String\"."));
    XL_CHECK(check_members(*members, "parameter " + std::string(name), {"Type", "Default"}));
  }
  return {};
}

Result<json::object> resources_of(const json::object& body) {
  const json::object* resources = object_at(body, "Resources");
  if (resources == nullptr || resources->empty()) return fail(broken("Resources is missing or empty."));
  return *resources;
}

/// Declared parameters with their values: given, else Default, else an error that names the parameter.
Result<Parameters> parameters_of(const json::object& body, const Parameters& given) {
  Parameters out = given;
  const json::object* declared = object_at(body, "Parameters");
  if (declared == nullptr) return out;
  for (const auto& [name, definition] : *declared) {
    const std::string key(name);
    if (out.contains(key)) continue;
    const json::value* fallback = definition.is_object() ? definition.get_object().if_contains("Default") : nullptr;
    if (fallback == nullptr || !fallback->is_string()) {
      return fail(
          broken("parameter " + key + " has no value (the certificate has no such subject attribute) and no Default."));
    }
    out[key] = std::string(fallback->get_string());
  }
  return out;
}

/// One resource's properties, functions resolved as they are asked for.
class Properties {
 public:
  Properties(const json::object& properties, const Scope& scope) : properties_(properties), scope_(scope) {}

  Result<std::string> text(std::string_view key) const {
    const json::value* value = properties_.if_contains(key);
    if (value == nullptr) return std::string{};
    return evaluate_text(*value, scope_);
  }
  const json::object* object(std::string_view key) const { return object_at(properties_, key); }
  const json::object& all() const { return properties_; }
  const json::value* raw(std::string_view key) const { return properties_.if_contains(key); }
  const Scope& scope() const { return scope_; }

 private:
  const json::object& properties_;
  const Scope& scope_;
};

bool is_thing_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kThingNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
           c == '-';
  });
}

Status check_attribute(const std::string& name, const std::string& value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (value.size() <= limits::kAttributeValueBytesMax && std::ranges::none_of(value, is_control)) return {};
  return fail(broken("attribute " + name + " is longer than 800 bytes or holds control characters."));
}

Status plan_groups(const Properties& properties, Plan& plan) {
  const json::value* groups = properties.raw("ThingGroups");
  if (groups == nullptr) return {};
  if (!groups->is_array()) return fail(broken("ThingGroups must be a list."));
  for (const json::value& group : groups->get_array()) {
    XL_TRY(std::string name, evaluate_text(group, properties.scope()));
    plan.thing_groups.push_back(std::move(name));
  }
  return {};
}

Status plan_thing(const Properties& properties, Plan& plan) {
  XL_CHECK(
      check_members(properties.all(), "the thing", {"ThingName", "AttributePayload", "ThingTypeName", "ThingGroups"}));
  if (!plan.thing_name.empty()) return fail(broken("it makes more than one thing."));
  XL_TRY(plan.thing_name, properties.text("ThingName"));
  if (plan.thing_name.empty()) return fail(broken("the thing has no ThingName."));
  if (!is_thing_name(plan.thing_name))
    return fail(broken("\"" + plan.thing_name + "\" is not a ThingName: 1 to 128 of a-z A-Z 0-9 : _ -."));
  XL_TRY(std::string type, properties.text("ThingTypeName"));
  if (!type.empty()) plan.thing_type = std::move(type);
  XL_CHECK(plan_groups(properties, plan));
  const json::object* attributes = properties.object("AttributePayload");
  if (attributes == nullptr && properties.raw("AttributePayload") != nullptr)
    return fail(broken("AttributePayload must be an object of texts."));
  if (attributes == nullptr) return {};
  for (const auto& [name, value] : *attributes) {
    XL_TRY(std::string text, evaluate_text(value, properties.scope()));
    XL_CHECK(check_attribute(name, text));
    plan.attributes[std::string(name)] = std::move(text);
  }
  return {};
}

Status plan_certificate(const Properties& properties, Plan& plan) {
  XL_CHECK(
      check_members(properties.all(), "the certificate",
                    {"CertificateId", "CertificatePem", "CACertificatePem", "CertificateSigningRequest", "Status"}));
  Plan::CertificatePlan& certificate = plan.certificate;
  XL_TRY(certificate.id, properties.text("CertificateId"));
  XL_TRY(certificate.pem, properties.text("CertificatePem"));
  XL_TRY(certificate.ca_pem, properties.text("CACertificatePem"));
  XL_TRY(certificate.signing_request, properties.text("CertificateSigningRequest"));
  const int named = static_cast<int>(!certificate.id.empty()) + static_cast<int>(!certificate.pem.empty()) +
                    static_cast<int>(!certificate.signing_request.empty());
  if (named > 1) {
    return fail(
        broken("the certificate needs exactly one of CertificateId, CertificatePem and CertificateSigningRequest."));
  }
  XL_TRY(const std::string status, properties.text("Status"));
  if (properties.scope().checking && status == kPlaceholder) return {};
  plan.activate = status.empty() || equals_ignoring_case(status, "ACTIVE");
  if (!plan.activate && !equals_ignoring_case(status, "INACTIVE")) {
    return fail(broken("the certificate's Status must be ACTIVE or INACTIVE, not " + status + "."));
  }
  return {};
}

std::string upper_hex_name(const std::string& document) {
  std::string name = crypto::sha256_hex(document).substr(0, 40);
  for (char& c : name) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

/// The document as text; it may be written as a string or as JSON itself.
Result<std::string> policy_document(const Properties& properties) {
  const json::value* document = properties.raw("PolicyDocument");
  if (document == nullptr) return std::string{};
  if (document->is_string() || is_function(*document)) return properties.text("PolicyDocument");
  if (!document->is_object()) return fail(broken("PolicyDocument must be a string or an object."));
  XL_TRY(const json::value evaluated, evaluate_tree(*document, properties.scope()));
  return json::serialize(evaluated);
}

/// While a template is checked only placeholders are known: a document with functions in it cannot be judged. When it
/// is filled, who makes a policy of the document judges it; mostly the policy is there already.
bool is_to_be_judged(const Properties& properties, const std::string& document) {
  const json::value* written = properties.raw("PolicyDocument");
  if (document.empty() || written == nullptr || !properties.scope().checking) return false;
  return written->is_string() || json::serialize(*written) == document;
}

Status plan_policy(const std::string& resource, const Properties& properties, Plan& plan) {
  XL_CHECK(check_members(properties.all(), "the policy", {"PolicyName", "PolicyDocument"}));
  Plan::PolicyPlan policy;
  policy.resource = resource;
  XL_TRY(policy.name, properties.text("PolicyName"));
  XL_TRY(policy.document, policy_document(properties));
  if (is_to_be_judged(properties, policy.document))
    XL_CHECK(policy::Document::parse(policy.name.empty() ? "of the template" : policy.name, policy.document));
  if (policy.name.empty() && policy.document.empty())
    return fail(broken("a policy needs PolicyName or PolicyDocument."));
  if (policy.name.empty()) policy.name = upper_hex_name(policy.document);
  plan.policies.push_back(std::move(policy));
  return {};
}

Result<Plan::Override> override_of(std::string_view text) {
  if (text == "DO_NOTHING") return Plan::Override::do_nothing;
  if (text == "REPLACE") return Plan::Override::replace;
  if (text == "MERGE") return Plan::Override::merge;
  if (text == "FAIL") return Plan::Override::fail;
  return fail(broken("OverrideSettings: \"" + std::string(text) + "\" is none of DO_NOTHING, REPLACE, MERGE, FAIL."));
}

/// The guide lists the keys in upper case while its examples use the properties' names: both are taken.
Status plan_overrides(const json::object& resource, Plan& plan) {
  const json::object* settings = object_at(resource, "OverrideSettings");
  if (settings == nullptr) return {};
  for (const auto& [key, value] : *settings) {
    if (!value.is_string()) return fail(broken("OverrideSettings must hold strings."));
    XL_TRY(const Plan::Override chosen, override_of(value.get_string()));
    if (key == "AttributePayload" || key == "ATTRIBUTE_PAYLOAD") plan.attribute_override = chosen;
  }
  return {};
}

Status plan_resource(const std::string& name, const json::value& resource, const Scope& scope, Plan& plan) {
  const json::object* object = resource.is_object() ? &resource.get_object() : nullptr;
  const json::value* type = object != nullptr ? object->if_contains("Type") : nullptr;
  const json::object* properties = object != nullptr ? object_at(*object, "Properties") : nullptr;
  if (type == nullptr || !type->is_string() || properties == nullptr) {
    return fail(broken("resource " + name + " needs Type and Properties."));
  }
  XL_CHECK(check_members(*object, "resource " + name, {"Type", "Properties", "OverrideSettings"}));
  XL_CHECK(plan_overrides(*object, plan));
  const std::string_view kind = type->get_string();
  if (kind == "AWS::IoT::Thing") {
    plan.thing_resource = name;
    return plan_thing({*properties, scope}, plan);
  }
  if (kind == "AWS::IoT::Certificate") {
    plan.certificate.resource = name;
    return plan_certificate({*properties, scope}, plan);
  }
  if (kind == "AWS::IoT::Policy") return plan_policy(name, {*properties, scope}, plan);
  return fail(broken("resource " + name + " has the unknown type " + std::string(kind) +
                     "; expected AWS::IoT::Thing, AWS::IoT::Certificate or AWS::IoT::Policy."));
}

Result<Plan> plan_of(const json::object& body, const Scope& scope) {
  XL_TRY(const json::object resources, resources_of(body));
  Plan plan;
  for (const auto& [name, resource] : resources) XL_CHECK(plan_resource(std::string(name), resource, scope, plan));
  if (plan.thing_name.empty()) return fail(broken("it makes no thing."));
  if (const json::object* configuration = object_at(body, "DeviceConfiguration")) {
    for (const auto& [name, value] : *configuration) {
      XL_TRY(plan.device_configuration[std::string(name)], evaluate_text(value, scope));
    }
  }
  return plan;
}

Status refuse_foreign_certificate(const Plan& plan) {
  if (plan.certificate.pem.empty() && plan.certificate.signing_request.empty()) return {};
  return fail(broken("the certificate is the device's own here: name it with CertificateId."));
}

/// The plan with placeholders for all parameters.
Result<Plan> checked_plan(std::string_view body) {
  XL_TRY(const json::object object, parse_body(body));
  XL_CHECK(check_members(object, "the body", {"Parameters", "Resources", "Mappings", "DeviceConfiguration"}));
  XL_CHECK(check_parameters(object));
  Scope scope{.parameters = {}, .mappings = object_at(object, "Mappings"), .checking = true};
  if (const json::object* declared = object_at(object, "Parameters")) {
    for (const auto& member : *declared) scope.parameters[std::string(member.key())] = kPlaceholder;
  }
  // What cannot be filled with any value at all (unknown references, functions, types) fails here, as it does at AWS.
  return plan_of(object, scope);
}

}  // namespace

Status check_template(std::string_view body) {
  XL_TRY(const Plan plan, checked_plan(body));
  return refuse_foreign_certificate(plan);
}

Status check_registration_template(std::string_view body) {
  return checked_plan(body).map([](const Plan&) {});
}

Result<Plan> fill_registration_template(std::string_view body, const std::map<std::string, std::string>& parameters) {
  XL_TRY(const json::object object, parse_body(body));
  XL_TRY(Parameters values, parameters_of(object, parameters));
  return plan_of(object, {.parameters = std::move(values), .mappings = object_at(object, "Mappings")});
}

Result<Plan> fill_template(std::string_view body, const std::map<std::string, std::string>& parameters) {
  XL_TRY(Plan plan, fill_registration_template(body, parameters));
  XL_CHECK(refuse_foreign_certificate(plan));
  return plan;
}

std::map<std::string, std::string> jitp_parameters(const DeviceCertificate& certificate) {
  constexpr std::array<std::pair<const char*, const char*>, 7> attributes{
      {{"Country", "C"},
       {"Organization", "O"},
       {"OrganizationalUnit", "OU"},
       {"DistinguishedNameQualifier", "dnQualifier"},
       {"StateName", "ST"},
       {"CommonName", "CN"},
       {"SerialNumber", "serialNumber"}}};
  const std::string prefix = "AWS::IoT::Certificate::";
  std::map<std::string, std::string> out{{prefix + "Id", certificate.id}};
  for (const auto& [name, short_name] : attributes) {
    if (const auto value = certificate.subject_attribute(short_name)) out[prefix + name] = *value;
  }
  return out;
}

}  // namespace xl::cloud::provisioning

// SPDX-License-Identifier: Apache-2.0
#include "factory/provisioning_template.hpp"

#include <boost/json.hpp>

namespace xl::factory {
namespace json = boost::json;

namespace {

json::object text() { return {{"Type", "String"}}; }

json::object resource(const char* type, json::object properties) {
  return json::object{{"Type", type}, {"Properties", std::move(properties)}};
}

json::object reference(const std::string& parameter) { return json::object{{"Ref", parameter}}; }

std::string policy(const std::string& region, const std::string& account_id, Enrolment enrolment) {
  const std::string arn = "arn:aws:iot:" + region + ":" + account_id + ":";
  const std::string thing = "${iot:Connection.Thing.ThingName}";
  const auto statement = [](const char* effect, json::value action, const std::string& resource) {
    return json::object{{"Effect", effect}, {"Action", std::move(action)}, {"Resource", resource}};
  };
  json::array statements{statement("Allow", "iot:Connect", arn + "client/" + thing)};
  const auto allow_topics = [&](const std::string& topics) {
    statements.push_back(statement("Allow", json::array{"iot:Publish", "iot:Receive"}, arn + "topic/" + topics));
    statements.push_back(statement("Allow", "iot:Subscribe", arn + "topicfilter/" + topics));
  };
  allow_topics(thing + "/*");
  if (enrolment == Enrolment::customer) allow_topics("$aws/things/" + thing + "/jobs/*");
  statements.push_back(statement("Deny", "iot:Publish", arn + "topic/" + thing + "/expresslink_config"));
  return json::serialize(json::object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

/// The certificate is ACTIVE once everything else is there.
json::object resources(const std::string& thing_name, json::object attributes, json::object certificate,
                       const std::string& policy) {
  certificate["Status"] = "ACTIVE";
  return {{"thing", resource("AWS::IoT::Thing",
                             {{"ThingName", reference(thing_name)}, {"AttributePayload", std::move(attributes)}})},
          {"certificate", resource("AWS::IoT::Certificate", std::move(certificate))},
          {"policy", resource("AWS::IoT::Policy", {{"PolicyDocument", policy}})}};
}

}  // namespace

std::string attribute_value(std::string name) {
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

std::string provisioning_template(const VendorCa& ca, const std::string& region, const std::string& account_id,
                                  Enrolment enrolment) {
  const std::string prefix = "AWS::IoT::Certificate::";
  return json::serialize(json::object{
      {"Parameters", json::object{{prefix + "SerialNumber", text()}, {prefix + "Id", text()}}},
      {"Resources", resources(prefix + "SerialNumber",
                              {{"vendor", attribute_value(ca.vendor)}, {"model", attribute_value(ca.model)}},
                              {{"CertificateId", reference(prefix + "Id")}}, policy(region, account_id, enrolment))}});
}

std::string registration_template(const std::string& region, const std::string& account_id) {
  return json::serialize(json::object{
      {"Parameters",
       json::object{{"ThingName", text()}, {"CertificatePem", text()}, {"Vendor", text()}, {"Model", text()}}},
      {"Resources",
       resources("ThingName", {{"vendor", reference("Vendor")}, {"model", reference("Model")}},
                 {{"CertificatePem", reference("CertificatePem")}}, policy(region, account_id, Enrolment::customer))}});
}

}  // namespace xl::factory

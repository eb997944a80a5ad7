// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "api/operations/handlers.hpp"

namespace xl::api {
namespace {

constexpr Operation read(std::string_view name, std::string_view method, std::string_view path, Read handler,
                         Body body = Body::json) {
  return {name, method, path, handler, nullptr, body};
}
constexpr Operation write(std::string_view name, std::string_view method, std::string_view path, Plan handler) {
  return {name, method, path, nullptr, handler, Body::json};
}

// clang-format off
constexpr std::array kServed{
    write("CreateProvisioningTemplate", "POST", "/provisioning-templates", &create_provisioning_template),
    read("DescribeCACertificate", "GET", "/cacertificate/{caCertificateId}", &describe_ca_certificate),
    read("DescribeCertificate", "GET", "/certificates/{certificateId}", &describe_certificate),
    read("DescribeEndpoint", "GET", "/endpoint", &describe_endpoint),
    read("DescribeProvisioningTemplate", "GET", "/provisioning-templates/{templateName}", &describe_provisioning_template),
    read("DescribeThing", "GET", "/things/{thingName}", &describe_thing),
    read("GetPolicy", "GET", "/policies/{policyName}", &get_policy),
    write("GetRegistrationCode", "GET", "/registrationcode", &get_registration_code),
    read("ListAttachedPolicies", "POST", "/attached-policies/{target}", &list_attached_policies),
    read("ListCACertificates", "GET", "/cacertificates", &list_ca_certificates),
    read("ListCertificates", "GET", "/certificates", &list_certificates),
    read("ListThingPrincipals", "GET", "/things/{thingName}/principals", &list_thing_principals),
    read("ListThings", "GET", "/things", &list_things),
    read("Publish", "POST", "/topics/{topic+}", &publish, Body::bytes),
    write("RegisterCACertificate", "POST", "/cacertificate", &register_ca_certificate),
    write("UpdateCACertificate", "PUT", "/cacertificate/{caCertificateId}", &update_ca_certificate),
    write("UpdateCertificate", "PUT", "/certificates/{certificateId}", &update_certificate),
};
// clang-format on

static_assert(std::ranges::is_sorted(kServed, std::ranges::less{}, &Operation::name));
static_assert(std::ranges::adjacent_find(kServed, std::ranges::equal_to{}, &Operation::name) == kServed.end());

}  // namespace

std::span<const Operation> served_operations() { return kServed; }

}  // namespace xl::api

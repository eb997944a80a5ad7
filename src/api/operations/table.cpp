// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "api/operations/handlers.hpp"

namespace xl::api {
namespace {

constexpr Operation read(std::string_view name, std::string_view method, std::string_view path, Read handler,
                         Body body = Body::json) {
  // A GET that only reads is a reader's, unless its row says otherwise.
  return {name, method, path, handler, nullptr, body, Roles{.read_only = method == "GET"}};
}
constexpr Operation write(std::string_view name, std::string_view method, std::string_view path, Plan handler) {
  return {name, method, path, nullptr, handler, Body::json};
}
constexpr Roles kReaders{.read_only = true}, kClaimers{.claim_only = true}, kEverybody{true, true};
constexpr Operation allow(const Roles& roles, Operation operation) {
  operation.roles = roles;
  return operation;
}
constexpr Operation slow(Operation operation) {
  operation.slow = true;
  return operation;
}

// clang-format off
constexpr std::array kServed{
    write("AcceptCertificateTransfer", "PATCH", "/accept-certificate-transfer/{certificateId}", &accept_certificate_transfer),
    write("AddThingToThingGroup", "PUT", "/thing-groups/addThingToThingGroup", &add_thing_to_thing_group),
    write("AttachPolicy", "PUT", "/target-policies/{policyName}", &attach_policy),
    write("AttachPrincipalPolicy", "PUT", "/principal-policies/{policyName}", &attach_principal_policy),
    write("AttachThingPrincipal", "PUT", "/things/{thingName}/principals", &attach_thing_principal),
    write("CancelCertificateTransfer", "PATCH", "/cancel-certificate-transfer/{certificateId}", &cancel_certificate_transfer),
    allow(kClaimers, write("CancelClaim", "POST", "/claims/{claimId}/cancel", &cancel_claim)),
    write("CloseFinding", "POST", "/findings/{findingId}/close", &close_finding),
    allow(kClaimers, write("ConfirmClaim", "POST", "/claims/{claimId}/confirm", &confirm_claim)),
    write("CreateCertificateFromCsr", "POST", "/certificates", &create_certificate_from_csr),
    allow(kClaimers, write("CreateClaim", "POST", "/claims", &create_claim)),
    slow(write("CreateKeysAndCertificate", "POST", "/keys-and-certificate", &create_keys_and_certificate)),
    write("CreatePolicy", "POST", "/policies/{policyName}", &create_policy),
    write("CreatePolicyVersion", "POST", "/policies/{policyName}/version", &create_policy_version),
    write("CreateProvisioningClaim", "POST", "/provisioning-templates/{templateName}/provisioning-claim", &create_provisioning_claim),
    write("CreateProvisioningTemplate", "POST", "/provisioning-templates", &create_provisioning_template),
    write("CreateProvisioningTemplateVersion", "POST", "/provisioning-templates/{templateName}/versions", &create_provisioning_template_version),
    write("CreateThing", "POST", "/things/{thingName}", &create_thing),
    write("CreateThingGroup", "POST", "/thing-groups/{thingGroupName}", &create_thing_group),
    write("CreateThingType", "POST", "/thing-types/{thingTypeName}", &create_thing_type),
    write("CreateVoucherKey", "PUT", "/voucher-keys/{keyId}", &create_voucher_key),
    write("DeleteCACertificate", "DELETE", "/cacertificate/{caCertificateId}", &delete_ca_certificate),
    write("DeleteCertificate", "DELETE", "/certificates/{certificateId}", &delete_certificate),
    write("DeleteClaimGrant", "DELETE", "/claim-grants/{accountId}", &delete_claim_grant),
    write("DeleteClaimThing", "DELETE", "/claim-things/{accountId}", &delete_claim_thing),
    write("DeletePolicy", "DELETE", "/policies/{policyName}", &delete_policy),
    write("DeletePolicyVersion", "DELETE", "/policies/{policyName}/version/{policyVersionId}", &delete_policy_version),
    write("DeleteProvisioningTemplate", "DELETE", "/provisioning-templates/{templateName}", &delete_provisioning_template),
    write("DeleteProvisioningTemplateVersion", "DELETE", "/provisioning-templates/{templateName}/versions/{versionId}", &delete_provisioning_template_version),
    write("DeleteRegistrationCode", "DELETE", "/registrationcode", &delete_registration_code),
    write("DeleteThing", "DELETE", "/things/{thingName}", &delete_thing),
    write("DeleteThingGroup", "DELETE", "/thing-groups/{thingGroupName}", &delete_thing_group),
    write("DeleteThingType", "DELETE", "/thing-types/{thingTypeName}", &delete_thing_type),
    write("DeprecateThingType", "POST", "/thing-types/{thingTypeName}/deprecate", &deprecate_thing_type),
    read("DescribeCACertificate", "GET", "/cacertificate/{caCertificateId}", &describe_ca_certificate),
    read("DescribeCertificate", "GET", "/certificates/{certificateId}", &describe_certificate),
    allow(kEverybody, read("DescribeClaim", "GET", "/claims/{claimId}", &describe_claim)),
    allow(kEverybody, read("DescribeEndpoint", "GET", "/endpoint", &describe_endpoint)),
    read("DescribeProvisioningTemplate", "GET", "/provisioning-templates/{templateName}", &describe_provisioning_template),
    read("DescribeProvisioningTemplateVersion", "GET", "/provisioning-templates/{templateName}/versions/{versionId}", &describe_provisioning_template_version),
    read("DescribeResetRule", "GET", "/reset-rules/{thingName}", &describe_reset_rule),
    allow(kEverybody, read("DescribeThing", "GET", "/things/{thingName}", &describe_thing)),
    read("DescribeThingGroup", "GET", "/thing-groups/{thingGroupName}", &describe_thing_group),
    read("DescribeThingRegistrationTask", "GET", "/thing-registration-tasks/{taskId}", &describe_thing_registration_task),
    read("DescribeThingType", "GET", "/thing-types/{thingTypeName}", &describe_thing_type),
    write("DetachPolicy", "POST", "/target-policies/{policyName}", &detach_policy),
    write("DetachPrincipalPolicy", "DELETE", "/principal-policies/{policyName}", &detach_principal_policy),
    write("DetachThingPrincipal", "DELETE", "/things/{thingName}/principals", &detach_thing_principal),
    allow(kReaders, read("GetEffectivePolicies", "POST", "/effective-policies", &get_effective_policies)),
    read("GetPolicy", "GET", "/policies/{policyName}", &get_policy),
    read("GetPolicyVersion", "GET", "/policies/{policyName}/version/{policyVersionId}", &get_policy_version),
    write("GetRegistrationCode", "GET", "/registrationcode", &get_registration_code),
    slow(read("GetRetainedMessage", "GET", "/retainedMessage/{topic+}", &get_retained_message)),
    allow(kReaders, read("GetThingConnectivityData", "POST", "/things/{thingName}/connectivity-data", &get_thing_connectivity_data)),
    allow(kReaders, read("ListAttachedPolicies", "POST", "/attached-policies/{target}", &list_attached_policies)),
    read("ListCACertificates", "GET", "/cacertificates", &list_ca_certificates),
    read("ListCertificates", "GET", "/certificates", &list_certificates),
    read("ListCertificatesByCA", "GET", "/certificates-by-ca/{caCertificateId}", &list_certificates_by_ca),
    read("ListClaimGrants", "GET", "/claim-grants", &list_claim_grants),
    read("ListClaimThings", "GET", "/claim-things", &list_claim_things),
    allow(kEverybody, read("ListClaims", "GET", "/claims", &list_claims)),
    read("ListFindings", "GET", "/findings", &list_findings),
    read("ListOutgoingCertificates", "GET", "/certificates-out-going", &list_outgoing_certificates),
    read("ListPolicies", "GET", "/policies", &list_policies),
    read("ListPolicyPrincipals", "GET", "/policy-principals", &list_policy_principals),
    read("ListPolicyVersions", "GET", "/policies/{policyName}/version", &list_policy_versions),
    read("ListPrincipalPolicies", "GET", "/principal-policies", &list_principal_policies),
    read("ListPrincipalThings", "GET", "/principals/things", &list_principal_things),
    read("ListPrincipalThingsV2", "GET", "/principals/things-v2", &list_principal_things_v2),
    read("ListProvisioningTemplateVersions", "GET", "/provisioning-templates/{templateName}/versions", &list_provisioning_template_versions),
    read("ListProvisioningTemplates", "GET", "/provisioning-templates", &list_provisioning_templates),
    slow(read("ListRetainedMessages", "GET", "/retainedMessage", &list_retained_messages)),
    read("ListTagsForResource", "GET", "/tags", &list_tags_for_resource),
    allow(kReaders, read("ListTargetsForPolicy", "POST", "/policy-targets/{policyName}", &list_targets_for_policy)),
    read("ListThingGroups", "GET", "/thing-groups", &list_thing_groups),
    read("ListThingGroupsForThing", "GET", "/things/{thingName}/thing-groups", &list_thing_groups_for_thing),
    read("ListThingPrincipals", "GET", "/things/{thingName}/principals", &list_thing_principals),
    read("ListThingPrincipalsV2", "GET", "/things/{thingName}/principals-v2", &list_thing_principals_v2),
    read("ListThingRegistrationTaskReports", "GET", "/thing-registration-tasks/{taskId}/reports", &list_thing_registration_task_reports),
    read("ListThingRegistrationTasks", "GET", "/thing-registration-tasks", &list_thing_registration_tasks),
    read("ListThingTypes", "GET", "/thing-types", &list_thing_types),
    read("ListThings", "GET", "/things", &list_things),
    read("ListThingsInThingGroup", "GET", "/thing-groups/{thingGroupName}/things", &list_things_in_thing_group),
    read("ListVoucherKeys", "GET", "/voucher-keys", &list_voucher_keys),
    write("OffboardThing", "POST", "/expresslink/things/{thingName}/offboard", &offboard_thing),
    allow(kClaimers, read("Publish", "POST", "/topics/{topic+}", &publish, Body::bytes)),
    write("PutClaimGrant", "PUT", "/claim-grants/{accountId}", &put_claim_grant),
    write("PutClaimThing", "PUT", "/claim-things/{accountId}", &put_claim_thing),
    write("PutResetRule", "PUT", "/reset-rules/{thingName}", &put_reset_rule),
    write("RegisterCACertificate", "POST", "/cacertificate", &register_ca_certificate),
    write("RegisterCertificate", "POST", "/certificate/register", &register_certificate),
    write("RegisterCertificateWithoutCA", "POST", "/certificate/register-no-ca", &register_certificate_without_ca),
    write("RegisterThing", "POST", "/things", &register_thing),
    write("RehearseClaim", "POST", "/claims/rehearsal", &rehearse_claim),
    write("RehearseTemplate", "POST", "/expresslink/provisioning-templates/{templateName}/rehearsal", &rehearse_template),
    write("RejectCertificateTransfer", "PATCH", "/reject-certificate-transfer/{certificateId}", &reject_certificate_transfer),
    write("RemoveThingFromThingGroup", "PUT", "/thing-groups/removeThingFromThingGroup", &remove_thing_from_thing_group),
    allow(kClaimers, write("RetryClaim", "POST", "/claims/{claimId}/retry", &retry_claim)),
    write("RevokeVoucherKey", "DELETE", "/voucher-keys/{keyId}", &revoke_voucher_key),
    write("SetDefaultPolicyVersion", "PATCH", "/policies/{policyName}/version/{policyVersionId}", &set_default_policy_version),
    write("StartThingRegistrationTask", "POST", "/thing-registration-tasks", &start_thing_registration_task),
    write("StopThingRegistrationTask", "PUT", "/thing-registration-tasks/{taskId}/cancel", &stop_thing_registration_task),
    write("TagResource", "POST", "/tags", &tag_resource),
    allow(kReaders, read("TestAuthorization", "POST", "/test-authorization", &test_authorization)),
    write("TransferCertificate", "PATCH", "/transfer-certificate/{certificateId}", &transfer_certificate),
    write("UntagResource", "POST", "/untag", &untag_resource),
    write("UpdateCACertificate", "PUT", "/cacertificate/{caCertificateId}", &update_ca_certificate),
    write("UpdateCertificate", "PUT", "/certificates/{certificateId}", &update_certificate),
    write("UpdateProvisioningTemplate", "PATCH", "/provisioning-templates/{templateName}", &update_provisioning_template),
    write("UpdateThing", "PATCH", "/things/{thingName}", &update_thing),
    write("UpdateThingGroup", "PATCH", "/thing-groups/{thingGroupName}", &update_thing_group),
    write("UpdateThingGroupsForThing", "PUT", "/thing-groups/updateThingGroupsForThing", &update_thing_groups_for_thing),
    write("UpdateThingType", "PATCH", "/thing-types/{thingTypeName}", &update_thing_type),
};
// clang-format on

static_assert(std::ranges::is_sorted(kServed, std::ranges::less{}, &Operation::name));
static_assert(std::ranges::adjacent_find(kServed, std::ranges::equal_to{}, &Operation::name) == kServed.end());

}  // namespace

std::span<const Operation> served_operations() { return kServed; }

}  // namespace xl::api

// SPDX-License-Identifier: Apache-2.0
// The handlers, by family. The table that routes to them is operations/table.cpp.
#pragma once
#include "api/operation.hpp"

namespace xl::api {

// endpoint.cpp
ReadHandler describe_endpoint;
ReadHandler get_thing_connectivity_data;

// ca_registration.cpp
PlanHandler delete_registration_code, get_registration_code, register_ca_certificate;

// ca_certificates.cpp
ReadHandler describe_ca_certificate, list_ca_certificates;
PlanHandler delete_ca_certificate, update_ca_certificate;

// certificates.cpp
ReadHandler describe_certificate, list_certificates, list_certificates_by_ca;
PlanHandler delete_certificate, update_certificate;

// certificate_registration.cpp
PlanHandler register_certificate, register_certificate_without_ca;

// certificate_issuing.cpp
PlanHandler create_certificate_from_csr, create_keys_and_certificate;

// certificate_transfer.cpp
ReadHandler list_outgoing_certificates;
PlanHandler accept_certificate_transfer, cancel_certificate_transfer, reject_certificate_transfer, transfer_certificate;

// things.cpp
ReadHandler describe_thing, list_things;
PlanHandler create_thing, delete_thing, update_thing;

// claims.cpp
ReadHandler describe_claim, list_claims;
PlanHandler cancel_claim, confirm_claim, create_claim, rehearse_claim, retry_claim;

// claim_things.cpp
ReadHandler list_claim_things;
PlanHandler delete_claim_thing, put_claim_thing;

// findings.cpp
ReadHandler list_findings;
PlanHandler close_finding;

// reset_rules.cpp
ReadHandler describe_reset_rule;
PlanHandler put_reset_rule;

// claim_grants.cpp
ReadHandler list_claim_grants, list_voucher_keys;
PlanHandler create_voucher_key, delete_claim_grant, put_claim_grant, revoke_voucher_key;

// template_rehearsal.cpp
PlanHandler rehearse_template;

// thing_offboarding.cpp
PlanHandler offboard_thing;

// thing_principals.cpp
ReadHandler list_principal_things, list_principal_things_v2, list_thing_principals, list_thing_principals_v2;
PlanHandler attach_thing_principal, detach_thing_principal;

// thing_types.cpp
ReadHandler describe_thing_type, list_thing_types;
PlanHandler create_thing_type, delete_thing_type, deprecate_thing_type, update_thing_type;

// thing_groups.cpp
ReadHandler describe_thing_group, list_thing_groups;
PlanHandler create_thing_group, delete_thing_group, update_thing_group;

// thing_group_members.cpp
ReadHandler list_thing_groups_for_thing, list_things_in_thing_group;
PlanHandler add_thing_to_thing_group, remove_thing_from_thing_group, update_thing_groups_for_thing;

// policies.cpp
ReadHandler get_policy, list_policies;
PlanHandler create_policy, delete_policy;

// policy_versions.cpp
ReadHandler get_policy_version, list_policy_versions;
PlanHandler create_policy_version, delete_policy_version, set_default_policy_version;

// policy_targets.cpp
ReadHandler list_attached_policies, list_policy_principals, list_principal_policies, list_targets_for_policy;
PlanHandler attach_policy, attach_principal_policy, detach_policy, detach_principal_policy;

// policy_evaluation.cpp
ReadHandler get_effective_policies, test_authorization;

// provisioning_templates.cpp
ReadHandler describe_provisioning_template, list_provisioning_templates;
PlanHandler create_provisioning_template, delete_provisioning_template, update_provisioning_template;

// template_versions.cpp
ReadHandler describe_provisioning_template_version, list_provisioning_template_versions;
PlanHandler create_provisioning_template_version, delete_provisioning_template_version;

// provisioning_claims.cpp
PlanHandler create_provisioning_claim;

// thing_registration.cpp
PlanHandler register_thing;

// registration_tasks.cpp
ReadHandler describe_thing_registration_task, list_thing_registration_tasks, list_thing_registration_task_reports;
PlanHandler start_thing_registration_task, stop_thing_registration_task;

// tags.cpp
ReadHandler list_tags_for_resource;
PlanHandler tag_resource, untag_resource;

// retained_messages.cpp
ReadHandler get_retained_message, list_retained_messages;

// publish.cpp
ReadHandler publish;

}  // namespace xl::api

// SPDX-License-Identifier: Apache-2.0
// What a principal may do, asked without connecting: the evaluation is the gateway's.
// source: AWS IoT API Reference, GetEffectivePolicies and TestAuthorization
#include <set>

#include "api/operations/handlers.hpp"
#include "api/operations/policy_forms.hpp"
#include "api/paging.hpp"
#include "api/principal.hpp"
#include "cloud/provisioning/variables.hpp"
#include "pki/certificate.hpp"

namespace xl::api {
namespace {

using cloud::Policy;
using cloud::policy::Decision;
using cloud::policy::Effect;
using Policies = std::vector<Policy>;

void add_new(Policies& policies, const Policies& more) {
  for (const Policy& policy : more) {
    if (std::ranges::find(policies, policy.name, &Policy::name) == policies.end()) policies.push_back(policy);
  }
}

/// Who asks, as a connection with this client id would be.
struct Subject {
  cloud::provisioning::Principal principal;
  std::shared_ptr<const cloud::Thing> thing;
  std::optional<pki::Certificate> certificate;
  std::optional<std::string> client_id;

  std::optional<std::string> variable(std::string_view name) const {
    if (name == "iot:ClientId") return client_id;
    if (name == "iot:CertificateId") return principal.certificate_id;
    if (name == "iot:Connection.Thing.IsAttached") return principal.things.empty() ? "false" : "true";
    if (auto value = cloud::provisioning::thing_variable(thing.get(), name)) return value;
    const auto attribute = cloud::provisioning::subject_attribute_of(name);
    return attribute && certificate ? certificate->facts().subject_attribute(*attribute) : std::nullopt;
  }
};

tl::expected<Subject, Fault> subject_of(const cloud::Registry& registry, const std::string& account,
                                        const std::string& certificate_id, std::optional<std::string> client_id) {
  XL_TRY(const auto stored, registry.certificates().find(account, certificate_id));
  Subject subject;
  subject.principal.account_id = account;
  subject.principal.certificate_id = stored.id;
  XL_CHECK(cloud::provisioning::add_things(registry, subject.principal));
  XL_TRY(subject.principal.policies, registry.policies().effective_for(account, stored.id));
  if (auto certificate = pki::Certificate::from_pem(stored.pem)) subject.certificate = *std::move(certificate);
  subject.thing = cloud::provisioning::thing_of(subject.principal, client_id.value_or(""));
  subject.client_id = std::move(client_id);
  return subject;
}

struct Question {
  std::string action_type;
  std::vector<std::string> resources;

  std::string action() const {
    return "iot:" + action_type.substr(0, 1) + to_lower(std::string_view(action_type).substr(1));
  }
};

std::vector<Question> questions_of(Constraints& constraints, const Request& request) {
  std::vector<Question> questions;
  for (const auto& object : constraints.required_objects(request.body, "authInfos")) {
    questions.push_back(
        {constraints.choice(object, "actionType", {"PUBLISH", "SUBSCRIBE", "RECEIVE", "CONNECT"}).value_or(""),
         constraints.texts(object, "resources", rules::kAnyText).value_or(std::vector<std::string>())});
    if (questions.back().resources.empty() || questions.back().action_type.empty())
      constraints.broken("authInfos", std::nullopt, "Each of authInfos needs an actionType and resources");
  }
  if (questions.empty() || questions.size() > 10)
    constraints.broken("authInfos", std::nullopt, "Member must hold 1 to 10 questions");
  return questions;
}

/// The strictest of the answers for all resources.
Effect effect_on_all(const cloud::policy::PolicySet& set, const Question& question,
                     const cloud::policy::Variables& variables) {
  Effect worst = Effect::allow;
  for (const std::string& resource : question.resources) {
    const Effect effect = set.evaluate({question.action(), resource}, variables).effect;
    if (effect == Effect::explicit_deny) return effect;
    if (effect == Effect::implicit_deny) worst = effect;
  }
  return worst;
}

const char* text_of(Effect effect) {
  switch (effect) {
    case Effect::allow:
      return "ALLOWED";
    case Effect::implicit_deny:
      return "IMPLICIT_DENY";
    case Effect::explicit_deny:
      return "EXPLICIT_DENY";
  }
  return "IMPLICIT_DENY";
}

boost::json::array texts(const auto& list) {
  boost::json::array array;
  for (const std::string& text : list) array.push_back(boost::json::string(text));
  return array;
}

/// Each policy is asked alone, to tell which of them allow and deny, and then all together.
tl::expected<Reply, Fault> answer(const Request& request, const Subject& subject, const Question& question) {
  std::set<std::string> missing;
  const auto variables = [&](std::string_view name) {
    auto value = subject.variable(name);
    if (!value) missing.insert(std::string(name));
    return value;
  };
  std::map<Effect, boost::json::array> by_effect;
  cloud::policy::PolicySet all;
  for (const Policy& policy : subject.principal.policies) {
    XL_TRY(const auto document, cloud::policy::Document::parse(policy.name, policy.document));
    cloud::policy::PolicySet one;
    one.add(document);
    all.add(document);
    by_effect[effect_on_all(one, question, variables)].push_back(policy_summary(request, policy));
  }
  const auto policies = [&](Effect effect) { return Reply{{"policies", by_effect[effect]}}; };
  return Reply{{"authInfo", Reply{{"actionType", question.action_type}, {"resources", texts(question.resources)}}},
               {"allowed", policies(Effect::allow)},
               {"denied", Reply{{"implicitDeny", policies(Effect::implicit_deny)},
                                {"explicitDeny", policies(Effect::explicit_deny)}}},
               {"authDecision", text_of(effect_on_all(all, question, variables))},
               {"missingContextValues", texts(missing)}};
}

}  // namespace

Outcome get_effective_policies(const Request& request, const cloud::Registry& registry, const Site&) {
  const std::string& account = request.account.id;
  Constraints constraints;
  const auto principal = constraints.text(request.body, "principal", rules::kAnyText);
  const auto thing = constraints.query_text(request, "thingName", rules::kThingName);
  XL_CHECK(constraints.result());
  if (!principal && !thing) return fail(exceptions::kInvalidRequest, "One of principal and thingName is needed.");
  Policies policies;
  if (principal) {
    XL_TRY(const std::string id, certificate_of(request, *principal));
    XL_CHECK(registry.certificates().find(account, id));
    XL_TRY(policies, registry.policies().effective_for(account, id));
  }
  if (thing) {
    XL_CHECK(registry.things().find(account, *thing));
    XL_TRY(const auto groups, registry.thing_groups().groups_of(account, *thing));
    for (const std::string& group : groups) {
      XL_TRY(const auto more, policies_of_group(registry, account, group));
      add_new(policies, more);
    }
  }
  boost::json::array items;
  for (const Policy& policy : policies) {
    Reply item = policy_summary(request, policy);
    item["policyDocument"] = policy.document;
    items.push_back(std::move(item));
  }
  return Reply{{"effectivePolicies", std::move(items)}};
}

Outcome test_authorization(const Request& request, const cloud::Registry& registry, const Site&) {
  using Names = std::vector<std::string>;
  Constraints constraints;
  const std::string arn = constraints.required_text(request.body, "principal", rules::kAnyText);
  const Names added = constraints.texts(request.body, "policyNamesToAdd", rules::kPolicyName).value_or(Names());
  const Names skipped = constraints.texts(request.body, "policyNamesToSkip", rules::kPolicyName).value_or(Names());
  const auto client_id = constraints.query_text(request, "clientId", rules::kAnyText);
  const auto questions = questions_of(constraints, request);
  XL_CHECK(constraints.result());
  XL_TRY(const std::string id, certificate_of(request, arn));
  XL_TRY(Subject subject, subject_of(registry, request.account.id, id, client_id));
  for (const std::string& name : added) {
    XL_TRY(const auto policy, registry.policies().find(request.account.id, name));
    add_new(subject.principal.policies, {policy});
  }
  std::erase_if(subject.principal.policies,
                [&](const Policy& policy) { return std::ranges::find(skipped, policy.name) != skipped.end(); });
  boost::json::array results;
  for (const Question& question : questions) {
    XL_TRY(Reply result, answer(request, subject, question));
    results.push_back(std::move(result));
  }
  return Reply{{"authResults", std::move(results)}};
}

}  // namespace xl::api

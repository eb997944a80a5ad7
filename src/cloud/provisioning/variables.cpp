// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/variables.hpp"

#include <algorithm>
#include <array>

namespace xl::cloud::provisioning {
namespace {

struct SubjectVariable {
  std::string_view variable, short_name;
};
constexpr std::array<SubjectVariable, 13> kSubjectVariables{{{"DistinguishedNameQualifier", "dnQualifier"},
                                                             {"Country", "C"},
                                                             {"Organization", "O"},
                                                             {"OrganizationalUnit", "OU"},
                                                             {"State", "ST"},
                                                             {"CommonName", "CN"},
                                                             {"SerialNumber", "serialNumber"},
                                                             {"Title", "title"},
                                                             {"Surname", "SN"},
                                                             {"GivenName", "GN"},
                                                             {"Initials", "initials"},
                                                             {"Pseudonym", "pseudonym"},
                                                             {"GenerationQualifier", "generationQualifier"}}};

constexpr std::string_view kThing = "iot:Connection.Thing.";
constexpr std::string_view kAttributes = "Attributes[";

}  // namespace

std::shared_ptr<const Thing> thing_of(const Principal& principal, std::string_view client_id) {
  for (const auto& thing : principal.things) {
    if (thing->name == client_id || principal.exclusive) return thing;
  }
  return nullptr;
}

std::optional<std::string> thing_variable(const Thing* thing, std::string_view name) {
  if (thing == nullptr || !name.starts_with(kThing)) return std::nullopt;
  name.remove_prefix(kThing.size());
  if (name == "ThingName") return thing->name;
  if (name == "ThingTypeName") return thing->type_name;
  if (!name.starts_with(kAttributes) || !name.ends_with(']')) return std::nullopt;
  name = name.substr(kAttributes.size(), name.size() - kAttributes.size() - 1);
  const auto found = thing->attributes.find(std::string(name));
  if (found == thing->attributes.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> subject_attribute_of(std::string_view variable) {
  constexpr std::string_view prefix = "iot:Certificate.Subject.";
  if (!variable.starts_with(prefix)) return std::nullopt;
  const auto known = std::ranges::find(kSubjectVariables, variable.substr(prefix.size()), &SubjectVariable::variable);
  if (known == kSubjectVariables.end()) return std::nullopt;
  return known->short_name;
}

}  // namespace xl::cloud::provisioning

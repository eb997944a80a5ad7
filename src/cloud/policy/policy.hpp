// SPDX-License-Identifier: Apache-2.0
// AWS IoT policies: parse once, evaluate often. Pure.
// source: AWS IoT Developer Guide, "AWS IoT Core policies"; `*` crosses `/`, MQTT wildcards are literal text.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace xl::cloud::policy {

/// Value of a policy variable ("iot:ClientId", "iot:Connection.Thing.ThingName", …); nullopt: unresolvable here.
/// Condition keys are asked for here too. A key with several values (iot:ConnectAttributes) has its first under its
/// bare name, the second under "iot:ConnectAttributes.1", and so on, at most five.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

enum class Effect { allow, implicit_deny, explicit_deny };

struct Decision {
  Effect effect = Effect::implicit_deny;
  std::string statement;  ///< "policy NAME, statement 2" that decided; empty for implicit deny
  bool allowed() const { return effect == Effect::allow; }
};

/// A question: may this principal do `action` ("iot:Publish") on `resource` (full ARN)?
struct Request {
  std::string_view action;
  std::string_view resource;
};

class Document {
 public:
  /// errors: invalid_argument (what and where); over 2048 characters without white space; an element or condition
  /// operator that is not supported, which is named
  static Result<Document> parse(std::string_view name, std::string_view json);

 private:
  struct Rules;
  Document() = default;
  std::shared_ptr<const Rules> rules_;
  friend class PolicySet;
};

/// The policies of one principal; explicit deny wins, then any allow, else implicit deny.
class PolicySet {
 public:
  void add(Document document) { documents_.push_back(std::move(document)); }
  bool empty() const { return documents_.empty(); }
  Decision evaluate(const Request& request, const Variables& variables) const;

 private:
  std::vector<Document> documents_;
};

}  // namespace xl::cloud::policy

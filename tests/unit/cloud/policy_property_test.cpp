// SPDX-License-Identifier: Apache-2.0
// The matcher and the evaluator against the plainest reference one could write. A failure prints its seed.
#include <gtest/gtest.h>

#include <random>

#include "cloud/policy/pattern.hpp"
#include "cloud/policy/policy.hpp"

namespace xl::cloud::policy {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  std::string text(std::string_view alphabet, std::size_t length_max) {
    std::string out;
    for (std::size_t left = below(length_max + 1); left > 0; --left) out += alphabet[below(alphabet.size())];
    return out;
  }

 private:
  std::mt19937 engine_;
};

/// By the definition, exponential and short.
bool reference_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return reference_matches(pattern.substr(1), text) || (!text.empty() && reference_matches(pattern, text.substr(1)));
  if (text.empty()) return false;
  return (pattern[0] == '?' || pattern[0] == text[0]) && reference_matches(pattern.substr(1), text.substr(1));
}

TEST(PolicyProperty, MatchingAgreesWithTheDefinition) {
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    Dice dice(seed);
    const std::string pattern = dice.text("ab/*?", 8);
    const std::string text = dice.text("ab/", 8);
    const auto compiled = Pattern::compile(pattern, {});
    ASSERT_TRUE(compiled);
    ASSERT_EQ(compiled->matches(text, {}), reference_matches(pattern, text))
        << "seed " << seed << ": " << pattern << " against " << text;
  }
}

TEST(PolicyProperty, ManyAsterisksCostNoMoreThanTheProductOfTheLengths) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  const auto compiled = Pattern::compile(pattern + "b", {});
  EXPECT_FALSE(compiled->matches(std::string(4000, 'a'), {}));
  EXPECT_TRUE(compiled->matches(std::string(4000, 'a') + "b", {}));
}

struct Rule {
  bool deny;
  std::string action, resource;
};

Effect reference_effect(const std::vector<Rule>& rules, const std::string& action, const std::string& resource) {
  bool allowed = false;
  for (const Rule& rule : rules) {
    if (!reference_matches(rule.action, action) || !reference_matches(rule.resource, resource)) continue;
    if (rule.deny) return Effect::explicit_deny;
    allowed = true;
  }
  return allowed ? Effect::allow : Effect::implicit_deny;
}

std::string json_of(const Rule& rule) {
  return R"({"Effect":")" + std::string(rule.deny ? "Deny" : "Allow") + R"(","Action":")" + rule.action +
         R"(","Resource":")" + rule.resource + "\"}";
}

TEST(PolicyProperty, EvaluationAgreesWithTheDefinition) {
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    Dice dice(seed);
    PolicySet set;
    std::vector<Rule> rules;
    for (std::size_t policies = 1 + dice.below(3); policies > 0; --policies) {
      std::string statements;
      for (std::size_t count = 1 + dice.below(3); count > 0; --count) {
        rules.push_back({dice.below(4) == 0, "iot:" + dice.text("pq*?", 2), "arn:" + dice.text("ab*?", 3)});
        statements += (statements.empty() ? "" : ",") + json_of(rules.back());
      }
      const auto document = Document::parse("p", R"({"Version":"2012-10-17","Statement":[)" + statements + "]}");
      ASSERT_TRUE(document) << document.error().detail;
      set.add(*document);
    }
    for (int question = 0; question < 10; ++question) {
      const std::string action = "iot:" + dice.text("pq", 2), resource = "arn:" + dice.text("ab", 3);
      ASSERT_EQ(set.evaluate({action, resource}, {}).effect, reference_effect(rules, action, resource))
          << "seed " << seed << ": " << action << " on " << resource;
    }
  }
}

TEST(PolicyProperty, GarbageIsParsedOrRefusedButNeverCrashes) {
  const std::string valid = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*",)"
                            R"("Resource":"arn:${iot:ClientId}","Condition":{"StringLike":{"k":["a*"]}}}]})";
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    Dice dice(seed);
    std::string text = valid;
    for (std::size_t changes = 1 + dice.below(4); changes > 0; --changes) {
      const std::size_t at = dice.below(text.size());
      if (dice.below(2) == 0)
        text[at] = static_cast<char>(dice.below(256));
      else
        text.erase(at, 1 + dice.below(5));
      if (text.empty()) text = "{";
    }
    const auto parsed = Document::parse("p", text);
    if (!parsed) continue;
    PolicySet set;
    set.add(*parsed);
    (void)set.evaluate({"iot:Publish", "arn:a"}, {});
  }
}

}  // namespace
}  // namespace xl::cloud::policy

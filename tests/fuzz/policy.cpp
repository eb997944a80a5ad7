// SPDX-License-Identifier: Apache-2.0
// Policies. Input: a line with the action, one with the resource, one with the value of every variable, then documents
// with a line "---" between them.
#include "cloud/policy/policy.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "fuzz/fuzz.hpp"

namespace xl::fuzz {
namespace {

using namespace cloud::policy;

/// The same document with its statements in reverse; the text itself when there is nothing to turn around.
std::string reversed(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object() || !value.get_object()["Statement"].is_array()) return std::string(text);
  std::ranges::reverse(value.get_object()["Statement"].get_array());
  return boost::json::serialize(value);
}

}  // namespace

void run(ByteView input) {
  std::string_view rest = as_text(input);
  const Request request{.action = take_part(rest), .resource = take_part(rest)};
  const std::string value(take_part(rest));
  const Variables variables = [&](std::string_view name) {
    return name == "none" ? std::nullopt : std::optional(value);
  };
  std::vector<Document> documents;
  Effect expected = Effect::implicit_deny;
  while (!rest.empty() && documents.size() < 4) {
    const std::string text(take_part(rest, "\n---\n"));
    const auto document = Document::parse("p", text);
    if (!document) continue;
    documents.push_back(*document);
    PolicySet alone, turned;
    alone.add(*document);
    const Effect effect = alone.evaluate(request, variables).effect;
    if (const auto other = Document::parse("p", reversed(text))) {
      turned.add(*other);
      require(turned.evaluate(request, variables).effect == effect, "the order of statements does not matter");
    }
    if (effect == Effect::explicit_deny || expected == Effect::implicit_deny) expected = effect;
  }
  for (int order = 0; order < 2; ++order, std::ranges::reverse(documents)) {
    PolicySet set;
    for (const Document& document : documents) set.add(document);
    require(set.evaluate(request, variables).effect == expected, "deny wins, then allow, in any order of documents");
  }
}

}  // namespace xl::fuzz

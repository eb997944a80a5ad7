// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include "base/text.hpp"

namespace xl::api {
namespace {

bool is_label(std::string_view part) { return part.starts_with('{'); }
bool is_greedy(std::string_view part) { return part.ends_with("+}"); }
std::string label_name(std::string_view part) {
  return std::string(part.substr(1, part.size() - (is_greedy(part) ? 3 : 2)));
}

/// From the `index`th "/" of the path on.
std::string_view rest_of(std::string_view path, std::size_t index) {
  for (std::size_t slash = 0; slash < index; ++slash) path.remove_prefix(path.find('/') + 1);
  return path;
}

}  // namespace

std::optional<Parameters> match_path(std::string_view pattern, std::string_view raw_path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(raw_path, '/');
  if (given.size() < wanted.size()) return std::nullopt;
  if (given.size() > wanted.size() && !is_greedy(wanted.back())) return std::nullopt;
  Parameters labels;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool greedy = is_label(wanted[i]) && is_greedy(wanted[i]);
    auto value = percent_decode(greedy ? rest_of(raw_path, i) : given[i]);
    if (!value) return std::nullopt;
    if (!is_label(wanted[i]) && *value != wanted[i]) return std::nullopt;
    if (is_label(wanted[i])) {
      if (value->empty()) return std::nullopt;
      labels.emplace_back(label_name(wanted[i]), *std::move(value));
    }
  }
  return labels;
}

tl::expected<Route, Fault> find_route(std::string_view method, std::string_view raw_path) {
  bool other_method = false;
  for (const Operation& operation : served_operations()) {
    auto labels = match_path(operation.path, raw_path);
    if (labels && operation.method == method) return Route{&operation, *std::move(labels)};
    other_method |= labels.has_value();
  }
  for (const KnownOperation& known : known_operations()) {
    const bool matches = match_path(known.path, raw_path).has_value();
    if (matches && known.method == method) {
      return fail(exceptions::kNotImplemented,
                  "The operation " + std::string(known.name) + " is not implemented by Open ExpressLink.");
    }
    other_method |= matches;
  }
  if (other_method)
    return fail(exceptions::kMethodNotAllowed, "The method " + std::string(method) + " is not allowed for this path.");
  return fail(exceptions::kUnknownOperation,
              "There is no operation at " + std::string(method) + " " + std::string(raw_path) + ".");
}

}  // namespace xl::api

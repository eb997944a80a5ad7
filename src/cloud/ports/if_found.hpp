// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <utility>

#include "base/result.hpp"

namespace xl::cloud {

/// What a finder of a repository has found, where nothing is an answer like any other. errors: all but not_found
template <class T>
Result<std::optional<T>> if_found(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (found.error().code == Errc::not_found) return std::optional<T>();
  return fail(found.error());
}

}  // namespace xl::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace xl {

/// What a caller may branch on. Translated once at each border: to an AWS exception in api/, to ERRn in at/.
enum class Errc {
  invalid_argument,  ///< the caller's input breaks a rule; the detail names it
  not_found,
  already_exists,
  conflict,     ///< the state forbids it now (wrong status, stale version, still attached)
  forbidden,    ///< identity is known, permission is missing
  unavailable,  ///< a peer, file or device cannot be reached; trying again may help
  io,           ///< the operating system refused
  corrupt,      ///< stored data breaks its own rules
  internal,     ///< a bug on our side
};

/// A failure with a sentence for a person: what, where, what was expected. Never holds a secret.
struct [[nodiscard]] Error {
  Errc code = Errc::internal;
  std::string detail;

  static Error invalid(std::string detail) { return {Errc::invalid_argument, std::move(detail)}; }
  static Error not_found(std::string_view what, std::string_view name) {
    return {Errc::not_found, std::string(what) + " " + std::string(name) + " does not exist."};
  }
  static Error already_exists(std::string_view what, std::string_view name) {
    return {Errc::already_exists, std::string(what) + " " + std::string(name) + " already exists."};
  }
  static Error conflict(std::string detail) { return {Errc::conflict, std::move(detail)}; }
  static Error forbidden(std::string detail) { return {Errc::forbidden, std::move(detail)}; }
  static Error unavailable(std::string detail) { return {Errc::unavailable, std::move(detail)}; }
  static Error io(std::string detail) { return {Errc::io, std::move(detail)}; }
  static Error corrupt(std::string detail) { return {Errc::corrupt, std::move(detail)}; }
  static Error internal(std::string detail) { return {Errc::internal, std::move(detail)}; }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace xl

#define XL_TRY_CONCAT_(a, b) a##b
#define XL_TRY_NAME_(line) XL_TRY_CONCAT_(xl_try_result_, line)

/// XL_TRY(auto x, expression): binds the value or returns the error to the caller.
#define XL_TRY(declaration, ...)                                                                        \
  auto XL_TRY_NAME_(__LINE__) = (__VA_ARGS__);                                                          \
  if (!XL_TRY_NAME_(__LINE__)) return ::tl::make_unexpected(std::move(XL_TRY_NAME_(__LINE__)).error()); \
  declaration = *std::move(XL_TRY_NAME_(__LINE__))

/// XL_CHECK(expression): for a Result<void>: returns the error to the caller.
#define XL_CHECK(...)                                                   \
  do {                                                                  \
    if (auto xl_check_result = (__VA_ARGS__); !xl_check_result)         \
      return ::tl::make_unexpected(std::move(xl_check_result).error()); \
  } while (false)

// SPDX-License-Identifier: Apache-2.0
// The names of keys: `tpm2:handle=0x81000100;tcti=device:/dev/tpmrm0`, `pkcs11:token=line;object=x?pin-source=pin`.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace xl::keystore {

inline constexpr const char* kUriFileName = "key.uri";  ///< in the identity folder, mode 0600

/// shape: scheme ":" name "=" value *( ";" … ) [ "?" name "=" value *( "&" … ) ], values percent-encoded.
/// source: RFC 7512 2.3; other schemes use the same form. May hold a PIN: never to be shown whole.
struct KeyUri {
  std::string scheme;
  std::vector<std::pair<std::string, std::string>> path, query;  ///< values decoded

  /// errors: invalid_argument (form, or a name that is there twice; the detail holds no value)
  static Result<KeyUri> parse(std::string_view text);
  std::string text() const;
  /// The value of a path or query attribute, empty when it is absent.
  std::string value(std::string_view name) const;
  bool has(std::string_view name) const;
  void set_path(std::string_view name, std::string value);  ///< in place of what is there by that name
  void set_query(std::string_view name, std::string value);
  /// errors: invalid_argument, naming the first attribute that is none of these and those that may be there
  Status allow_only(std::initializer_list<std::string_view> names) const;
};

}  // namespace xl::keystore

// SPDX-License-Identifier: Apache-2.0
// Real key stores for the contract suite: a file, swtpm as a TPM 2.0, SoftHSM as a PKCS#11 token.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace xl::keystore::test {

/// One element of its own, with a folder for what belongs to it. Everything is gone with the object.
class Element {
 public:
  virtual ~Element() = default;
  virtual void start() = 0;
  /// What create_key_store() takes to make a key there; with the PIN of set_pin() when `with_pin`.
  virtual std::string where(bool with_pin = false) const = 0;
  /// What create_key_store() takes for a place that has a key already; empty: the folder says it (file).
  virtual std::string where_again(const std::filesystem::path& identity) const = 0;
  virtual void set_pin(const std::string& pin) = 0;  ///< in the file that the URI names
  virtual void take_away() = 0;
  virtual void bring_back() = 0;
  virtual void wipe() = 0;  ///< it is there, and without its keys
};

enum class Kind { file, tpm2, pkcs11 };
std::unique_ptr<Element> make_element(Kind kind, const std::filesystem::path& folder);
std::string name_of(Kind kind);

/// The contents of key.uri.
std::string uri_in(const std::filesystem::path& identity);
/// Runs a program to its end; its standard output is dropped. False when it failed.
bool run(const std::vector<std::string>& command);

}  // namespace xl::keystore::test

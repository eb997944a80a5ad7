// SPDX-License-Identifier: Apache-2.0
// A token's driver: the shared library that its maker ships.
#pragma once
#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"

namespace xl::keystore::pkcs11 {

/// Loaded once for each path and for the life of the process: many drivers do not survive being unloaded. Everything
/// below needs the lock; one conversation at a time is what every driver can do.
class Library {
 public:
  /// errors: unavailable (cannot be loaded or started)
  static Result<std::shared_ptr<Library>> load(const std::string& path);
  explicit Library(CK_FUNCTION_LIST* functions) : functions_(functions) {}

  std::unique_lock<std::mutex> lock() { return std::unique_lock<std::mutex>(mutex_); }
  CK_FUNCTION_LIST& functions() { return *functions_; }
  /// Starts it again, which is how some drivers notice a token that was plugged in. Every session is over.
  /// errors: unavailable
  Status restart();
  /// Grows with each restart; sessions of an older one are no more.
  std::uint64_t generation() const { return generation_; }

 private:
  Status start();

  CK_FUNCTION_LIST* functions_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;
};

}  // namespace xl::keystore::pkcs11

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "base/result.hpp"

namespace xl::gateway {

/// A private Mosquitto child on a unix socket inside `folder` (mode 0700), restarted with back-off when it dies.
/// Ready means that CONNACK came over the socket. Ends with this process (PDEATHSIG) or the destructor.
class MosquittoChild {
 public:
  virtual ~MosquittoChild() = default;
  virtual std::filesystem::path socket_path() const = 0;
  virtual int process_id() const = 0;  ///< 0 while it is being restarted
};
/// errors: not_found (mosquitto is not installed: says how to install it), unavailable (another instance owns `folder`)
Result<std::unique_ptr<MosquittoChild>> start_mosquitto(const std::filesystem::path& folder);

}  // namespace xl::gateway

// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "module/ports/storage.hpp"
#include "platform/linux/descriptor.hpp"

namespace xl::platform {

/// A pseudo-terminal that a host opens like a serial port. We hold the slave side open too, so hosts may come and go.
class Pty {
 public:
  /// `link` becomes a symbolic link to the slave side, gone again with this object. An existing link is replaced when
  /// it leads nowhere or was left behind by an earlier run of this module, which `state` remembers. errors:
  /// already_exists (something else is called `link`), io
  static Result<Pty> create(const std::filesystem::path& link, module::ports::Storage& state);

  Pty(Pty&&) = default;
  Pty& operator=(Pty&&) = delete;
  ~Pty();

  int master() const { return master_.get(); }
  const std::string& slave_name() const { return slave_name_; }

 private:
  Pty() = default;

  Descriptor master_;
  Descriptor slave_;
  std::string slave_name_;
  std::filesystem::path link_;
};

}  // namespace xl::platform

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

  /// The pseudo-terminal of the program that this one has replaced: its two descriptors. The link stays when this
  /// object goes, unless own_link(). errors: io (they are none)
  static Result<Pty> adopt(Descriptor master, Descriptor slave);

  Pty(Pty&&) = default;
  Pty& operator=(Pty&&) = delete;
  ~Pty();

  /// The link goes with this object; without one it stays, for the program that comes next.
  void own_link(std::filesystem::path link) { link_ = std::move(link); }
  int master() const { return master_.get(); }
  const Descriptor& master_descriptor() const { return master_; }
  const Descriptor& slave_descriptor() const { return slave_; }
  const std::string& slave_name() const { return slave_name_; }

 private:
  Pty() = default;

  Descriptor master_;
  Descriptor slave_;
  std::string slave_name_;
  std::filesystem::path link_;
};

}  // namespace xl::platform

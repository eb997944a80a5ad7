// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/pty.hpp"

#include <fcntl.h>
#include <stdlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "platform/linux/terminal.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLastLinkKey = "platform.pty";

Error cannot(std::string_view verb, const std::string& what) {
  return Error::io("Cannot " + std::string(verb) + " " + what + ": " + std::strerror(errno) + ".");
}

std::optional<std::string> target_of(const fs::path& link) {
  std::error_code failure;
  const fs::path target = fs::read_symlink(link, failure);
  if (failure) return std::nullopt;
  return target.string();
}

std::string record_of(const fs::path& link, const std::string& target) { return link.string() + "\n" + target; }

bool is_left_over(const fs::path& link, const std::string& target, module::ports::Storage& state) {
  std::error_code ignored;
  if (!fs::exists(link, ignored)) return true;  // leads nowhere
  std::array<Byte, 8192> record;
  const auto size = state.read(kLastLinkKey, record);
  return size && as_text(ByteView(record).first(*size)) == record_of(link, target);
}

/// After kill -9 the old link stays, and its /dev/pts number may belong to another terminal by now.
Status remove_left_over(const fs::path& link, const std::string& slave, module::ports::Storage& state) {
  std::error_code ignored;
  if (fs::symlink_status(link, ignored).type() == fs::file_type::not_found) return {};
  const std::optional<std::string> target = target_of(link);
  if (!target) {
    return fail(
        Error{Errc::already_exists, link.string() + " exists and is not a symbolic link. Choose another --pty."});
  }
  if (*target != slave && !is_left_over(link, *target, state)) {
    return fail(Error{Errc::already_exists, link.string() + " leads to " + *target +
                                                ", which is in use. If no other module owns it, run: rm " +
                                                link.string()});
  }
  if (::unlink(link.c_str()) != 0) return fail(cannot("replace", link.string()));
  return {};
}

Status make_link(const fs::path& link, const std::string& slave, module::ports::Storage& state) {
  XL_CHECK(remove_left_over(link, slave, state));
  if (!state.write(kLastLinkKey, as_bytes(record_of(link, slave)))) {
    return fail(Error::io("Cannot write to the state directory."));
  }
  if (::symlink(slave.c_str(), link.c_str()) != 0) return fail(cannot("create the link", link.string()));
  return {};
}

Result<std::string> slave_of(int master) {
  std::array<char, 128> name;
  if (::ptsname_r(master, name.data(), name.size()) != 0) return fail(cannot("set up", "a pseudo-terminal"));
  return std::string(name.data());
}

Result<std::string> unlock(int master) {
  if (::grantpt(master) != 0 || ::unlockpt(master) != 0) return fail(cannot("set up", "a pseudo-terminal"));
  return slave_of(master);
}

}  // namespace

Result<Pty> Pty::create(const fs::path& link, module::ports::Storage& state) {
  Pty pty;
  pty.master_ = Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.master_) return fail(cannot("open", "a pseudo-terminal"));
  XL_TRY(pty.slave_name_, unlock(pty.master_.get()));
  pty.slave_ = Descriptor(::open(pty.slave_name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave_) return fail(cannot("open", pty.slave_name_));
  XL_CHECK(make_raw(pty.slave_.get()));
  if (::fcntl(pty.master_.get(), F_SETFL, O_NONBLOCK) != 0) return fail(cannot("set up", "a pseudo-terminal"));
  XL_CHECK(make_link(link, pty.slave_name_, state));
  pty.link_ = link;
  return pty;
}

Result<Pty> Pty::adopt(Descriptor master, Descriptor slave) {
  Pty pty;
  XL_TRY(pty.slave_name_, slave_of(master.get()));
  master.set_inheritable(false);
  slave.set_inheritable(false);
  pty.master_ = std::move(master);
  pty.slave_ = std::move(slave);
  return pty;
}

/// Only our own link: somebody may have put something else there meanwhile.
Pty::~Pty() {
  if (master_ && !link_.empty() && target_of(link_) == slave_name_) ::unlink(link_.c_str());
}

}  // namespace xl::platform

// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/firmware_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "platform/linux/file_digest.hpp"
#include "platform/linux/pem.hpp"

namespace xl::platform {
namespace {

using Verdict = module::ports::ImageStore::Verdict;

constexpr const char* kIncoming = "firmware.incoming";
constexpr std::uint64_t kSpare = 1 << 20;  ///< what the module's own settings keep of a disk

bool write_all(int file, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

bool has_room(int folder, std::uint32_t bytes) {
  struct statvfs disk{};
  if (::fstatvfs(folder, &disk) != 0) return true;  // a write will tell
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= bytes + kSpare;
}

Verdict refused(Verdict verdict, std::string_view why) {
  log::warn("firmware", "an image is refused", {{"reason", std::string(why)}});
  return verdict;
}

}  // namespace

crypto::Machine this_machine() {
  std::array<Byte, 32> start{};
  const Descriptor self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (::read(self.get(), start.data(), start.size()) < 0) return {};
  return crypto::machine_of(start).value_or(crypto::Machine{});
}

Result<FirmwareStore> FirmwareStore::open(const std::filesystem::path& folder, module::ports::Storage& storage,
                                          Module module, std::function<void()> on_restart) {
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(Error::io("Cannot open " + folder.string() + ": " + std::strerror(errno) + "."));
  ::unlinkat(directory.get(), kIncoming, 0);
  return FirmwareStore(std::move(directory), folder, storage, std::move(module), std::move(on_restart));
}

std::uint32_t FirmwareStore::size_of(ByteView head) const { return crypto::firmware_bytes(head); }

Verdict FirmwareStore::begin(std::uint32_t size) {
  head_.clear();
  size_ = size;
  received_ = 0;
  remove_idle();
  if (!has_room(directory_.get(), size)) return refused(Verdict::no_room, "the disk of --state is full");
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  incoming_ = Descriptor(::openat(directory_.get(), kIncoming, flags, 0700));
  return incoming_ ? Verdict::good : refused(Verdict::no_room, std::strerror(errno));
}

/// Firmware of long ago: room for two images is enough for every update.
void FirmwareStore::remove_idle() const {
  using Slot = FirmwareSlots::Slot;
  for (const Slot slot : {Slot::a, Slot::b}) {
    if (slots_.is_idle(slot)) ::unlinkat(directory_.get(), FirmwareSlots::file_name(slot).c_str(), 0);
  }
}

bool FirmwareStore::append(ByteView bytes) {
  received_ += bytes.size();
  const std::size_t of_head = std::min(bytes.size(), crypto::kFirmwareHeadBytes - head_.size());
  head_ += as_text(bytes.first(of_head));
  if (write_all(incoming_.get(), bytes.subspan(of_head))) return true;
  refused(Verdict::no_room, std::strerror(errno));
  return false;
}

Verdict FirmwareStore::finish(std::string_view signer_pem) {
  if (const Verdict verdict = judge(signer_pem); verdict != Verdict::good) {
    abort();
    return verdict;
  }
  // Its own mode whatever the umask.
  if (write_all(incoming_.get(), as_bytes(head_)) && ::fchmod(incoming_.get(), 0700) == 0 &&
      ::fdatasync(incoming_.get()) == 0) {
    return Verdict::good;
  }
  refused(Verdict::no_room, std::strerror(errno));
  abort();
  return Verdict::no_room;
}

/// What the head says counts once its signature is known to be the vendor's.
Verdict FirmwareStore::judge(std::string_view signer_pem) const {
  const auto head = crypto::read_firmware_head(as_bytes(head_));
  if (!head && head.error().code == Errc::invalid_argument)
    return refused(Verdict::unknown_format, head.error().detail);
  if (!head) return refused(Verdict::damaged, head.error().detail);
  if (head->bytes != received_ || size_ != received_) return refused(Verdict::damaged, "its size is not what it says");
  const auto signers = certificates_of(signer_pem);
  if (!signers || !crypto::is_signed_firmware(as_bytes(head_), signers->front().public_key_pem())) {
    return refused(Verdict::invalid_signature, "it is not signed with the key of OTAcertificate");
  }
  const std::uint64_t program_bytes = received_ - crypto::kFirmwareHeadBytes;
  if (file_digest(incoming_.get(), program_bytes) != head->digest)
    return refused(Verdict::damaged, "its bytes have changed");
  if (head->vendor != module_.vendor || head->model != module_.model || head->machine != module_.machine) {
    return refused(Verdict::other_model, "it is for " + head->vendor + " " + head->model + " on machine " +
                                             std::to_string(head->machine.number));
  }
  if (crypto::is_older_version(head->version, module_.version)) {
    return refused(Verdict::older, "version " + head->version + " is older than " + module_.version);
  }
  return Verdict::good;
}

bool FirmwareStore::activate() {
  const auto slot = slots_.free_slot();
  const int folder = directory_.get();
  incoming_ = Descriptor();
  if (::renameat(folder, kIncoming, folder, FirmwareSlots::file_name(slot).c_str()) == 0 && ::fsync(folder) == 0 &&
      slots_.propose(slot)) {
    log::info("firmware", "new firmware is ready to be tried", {{"slot", FirmwareSlots::file_name(slot)}});
    return true;
  }
  log::error("firmware", "the new firmware could not be kept", {{"reason", std::strerror(errno)}});
  return false;
}

void FirmwareStore::abort() {
  incoming_ = Descriptor();
  ::unlinkat(directory_.get(), kIncoming, 0);
}

}  // namespace xl::platform

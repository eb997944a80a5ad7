// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/firmware_slots.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "base/log.hpp"
#include "crypto/firmware_image.hpp"
#include "platform/linux/file_digest.hpp"

namespace xl::platform {
namespace {

constexpr std::string_view kKey = "platform.firmware";

FirmwareSlots::Slot slot_of(char letter) {
  using Slot = FirmwareSlots::Slot;
  return letter == 'a' ? Slot::a : letter == 'b' ? Slot::b : Slot::none;
}

}  // namespace

FirmwareSlots::FirmwareSlots(std::filesystem::path folder, module::ports::Storage& storage, std::string running_version)
    : folder_(std::move(folder)),
      storage_(storage),
      running_version_(std::move(running_version)),
      record_(load(storage)) {}

/// Two slots and the number of tries: "a-0".
FirmwareSlots::Record FirmwareSlots::load(module::ports::Storage& storage) {
  std::array<Byte, 8> bytes;
  const auto size = storage.read(kKey, bytes);
  if (size != 3) return {};
  return {slot_of(static_cast<char>(bytes[0])), slot_of(static_cast<char>(bytes[1])),
          static_cast<unsigned>(bytes[2] - '0')};
}

bool FirmwareSlots::save(const Record& record) {
  const std::array<char, 3> text{static_cast<char>(record.runs), static_cast<char>(record.trial),
                                 static_cast<char>('0' + record.tries)};
  if (!storage_.write(kKey, as_bytes({text.data(), text.size()}))) return false;
  record_ = record;
  return true;
}

/// The digest is looked at again: a program that a bad disk has changed, or does not give, is not started.
std::optional<FirmwareSlots::Image> FirmwareSlots::image_in(Slot slot) const {
  if (slot == Slot::none) return std::nullopt;
  const std::filesystem::path path = folder_ / file_name(slot);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return std::nullopt;
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (bytes <= crypto::kFirmwareHeadBytes) return std::nullopt;
  const std::uint64_t program_bytes = bytes - crypto::kFirmwareHeadBytes;
  std::array<Byte, crypto::kFirmwareHeadBytes> tail;
  if (!read_at(file.get(), program_bytes, tail)) return std::nullopt;
  const auto head = crypto::read_firmware_head(tail);
  if (!head || head->bytes != bytes || head->digest != file_digest(file.get(), program_bytes)) return std::nullopt;
  return Image{slot, path, head->version};
}

bool FirmwareSlots::propose(Slot slot) { return save({record_.runs, slot, 0}); }

/// Counted before anything of the image is touched: whatever its file does to this process counts, too.
std::optional<FirmwareSlots::Image> FirmwareSlots::begin_trial() {
  if (!has_trial()) return std::nullopt;
  Record record = record_;
  const bool is_once_too_often = ++record.tries > kTrialsMax;
  if (!is_once_too_often && !save(record)) return std::nullopt;  // what cannot be counted is not tried now
  auto image = is_once_too_often ? std::nullopt : image_in(record.trial);
  if (image) return image;
  log::error("firmware", "the new firmware is given up",
             {{"reason", is_once_too_often ? "its trials never ended" : "its file is damaged"}});
  reject();
  return std::nullopt;
}

bool FirmwareSlots::confirm() { return save({record_.trial, Slot::none, 0}); }

void FirmwareSlots::reject() {
  if (!save({record_.runs, Slot::none, 0})) log::error("firmware", "that a trial is over could not be stored");
}

std::optional<FirmwareSlots::Image> FirmwareSlots::chosen() {
  if (record_.runs == Slot::none) return std::nullopt;
  auto image = image_in(record_.runs);
  if (image && !crypto::is_older_version(image->version, running_version_)) return image;
  log::warn("firmware", "the installed program runs instead of the updated firmware",
            {{"reason", image ? "it is newer" : "the updated one is damaged"}});
  if (!save({Slot::none, record_.trial, record_.tries})) log::error("firmware", "that could not be stored");
  return std::nullopt;
}

}  // namespace xl::platform

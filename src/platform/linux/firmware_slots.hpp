// SPDX-License-Identifier: Apache-2.0
// Which firmware runs: the installed program, or an image in one of two slots. Files in the module's state directory:
// `firmware.a` and `firmware.b`, a program each with the head of its image behind it (docs/firmware.md), and a record
// in the module's storage that says which slot runs and which one is to be tried.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "module/ports/storage.hpp"
#include "platform/linux/descriptor.hpp"

namespace xl::platform {

class FirmwareSlots {
 public:
  enum class Slot : char { none = '-', a = 'a', b = 'b' };
  struct Image {
    Slot slot = Slot::none;
    std::filesystem::path program;
    std::string version;
  };
  /// A trial that was cut off this often, by the power or by what it did to the machine, has failed.
  static constexpr unsigned kTrialsMax = 3;

  /// `running_version` is that of the program that asks. The record is read here and never again: one that a disk
  /// refuses for a moment must not be taken for none, and written over. So one of these at a time.
  FirmwareSlots(std::filesystem::path folder, module::ports::Storage& storage, std::string running_version);

  static std::string file_name(Slot slot) { return std::string("firmware.") + static_cast<char>(slot); }
  /// The one that nothing runs from.
  Slot free_slot() const { return record_.runs == Slot::a ? Slot::b : Slot::a; }
  /// Nothing runs from it, and nothing in it is to be tried.
  bool is_idle(Slot slot) const { return slot != record_.runs && slot != record_.trial; }
  /// Its image is to be tried at the next start. Durable; false: nothing has changed.
  [[nodiscard]] bool propose(Slot slot);

  bool has_trial() const { return record_.trial != Slot::none; }
  /// The image to be tried, and the try is counted, durably. nullopt: none, none that is whole, or too many tries: then
  /// the trial is over and lost.
  std::optional<Image> begin_trial();
  /// The image that was tried runs from now on. Durable; false: it could not be stored, the one before runs.
  [[nodiscard]] bool confirm();
  /// The one before runs.
  void reject();

  /// The image that runs; nullopt: the installed program. One that is damaged, or older than the program that asks (an
  /// installed program that was updated since), is forgotten.
  std::optional<Image> chosen();

 private:
  struct Record {
    Slot runs = Slot::none;
    Slot trial = Slot::none;
    unsigned tries = 0;
  };
  static Record load(module::ports::Storage& storage);
  bool save(const Record& record);
  std::optional<Image> image_in(Slot slot) const;

  std::filesystem::path folder_;
  module::ports::Storage& storage_;
  std::string running_version_;
  Record record_;
};

}  // namespace xl::platform

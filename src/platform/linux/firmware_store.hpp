// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "crypto/firmware_image.hpp"
#include "module/ports/image_store.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/firmware_slots.hpp"

namespace xl::platform {

/// New firmware on its way into a slot. What has come so far is `firmware.incoming` in the module's state directory; it
/// is a program, whose head goes behind it once it is verified.
class FirmwareStore final : public module::ports::ImageStore {
 public:
  struct Module {
    std::string vendor, model, version;
    crypto::Machine machine;
  };
  /// `on_restart` is called by restart(). What an earlier run has left unfinished is gone. errors: io
  static Result<FirmwareStore> open(const std::filesystem::path& folder, module::ports::Storage& storage, Module module,
                                    std::function<void()> on_restart);

  std::uint32_t size_of(ByteView head) const override;
  [[nodiscard]] Verdict begin(std::uint32_t size) override;
  [[nodiscard]] bool append(ByteView bytes) override;
  [[nodiscard]] Verdict finish(std::string_view signer_pem) override;
  [[nodiscard]] bool activate() override;
  void abort() override;
  void restart() override { on_restart_(); }

 private:
  FirmwareStore(Descriptor directory, const std::filesystem::path& folder, module::ports::Storage& storage,
                Module module, std::function<void()> on_restart)
      : directory_(std::move(directory)),
        slots_(folder, storage, module.version),
        module_(std::move(module)),
        on_restart_(std::move(on_restart)) {}

  void remove_idle() const;
  Verdict judge(std::string_view signer_pem) const;

  Descriptor directory_;
  FirmwareSlots slots_;
  Module module_;
  std::function<void()> on_restart_;
  Descriptor incoming_;
  std::string head_;            ///< of the image that comes in; at most kFirmwareHeadBytes
  std::uint32_t size_ = 0;      ///< announced
  std::uint64_t received_ = 0;  ///< the head included
};

/// This process's own kind of machine.
crypto::Machine this_machine();

}  // namespace xl::platform

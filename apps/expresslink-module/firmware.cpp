// SPDX-License-Identifier: Apache-2.0
#include "firmware.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "platform/linux/file_storage.hpp"
#include "version.hpp"

namespace xl::app {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// "a" or "b", and " trial".
constexpr const char* kSlotVariable = "EXPRESSLINK_FIRMWARE";
constexpr const char* kEndsVariable = "EXPRESSLINK_LINE";
constexpr std::string_view kTrial = " trial";
constexpr auto kTrialLimit = 60s;
constexpr auto kTrialLook = 10ms;

std::string taken(const char* variable) {
  const char* value = std::getenv(variable);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(variable);
  return text;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

Status ended(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const bool by_signal = WIFSIGNALED(status);
  return fail(Error::internal(std::string(by_signal ? "it was ended by signal " : "it ended with code ") +
                              std::to_string(by_signal ? WTERMSIG(status) : WEXITSTATUS(status))));
}

/// By looking now and then: a descriptor of the process (pidfd_open) is not to be had on every kernel and in every
/// sandbox, and a trial must not be lost by that.
Status wait_for(pid_t child) {
  const auto deadline = Clock::now() + kTrialLimit;
  int status = 0;
  while (Clock::now() < deadline) {
    const pid_t found = ::waitpid(child, &status, WNOHANG);
    if (found == child) return ended(status);
    if (found < 0 && errno != EINTR)
      return fail(Error::internal(std::string("its end cannot be seen: ") + std::strerror(errno)));
    std::this_thread::sleep_for(kTrialLook);
  }
  ::kill(child, SIGKILL);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return fail(Error::internal("it does not come up"));
}

}  // namespace

Firmware::Firmware(char** arguments) : arguments_(arguments), ends_(taken(kEndsVariable)) {
  const std::string slot = taken(kSlotVariable);
  if (slot.starts_with('a')) slot_ = Slot::a;
  if (slot.starts_with('b')) slot_ = Slot::b;
  is_trial_ = slot.ends_with(kTrial);
}

LineEnds Firmware::take_ends() const { return LineEnds::adopt(ends_); }

std::vector<std::string> Firmware::environment_for(const Image& image, bool is_trial, const LineEnds& ends) const {
  std::vector<std::string> out;
  for (char** variable = environ; *variable != nullptr; ++variable) out.emplace_back(*variable);
  out.push_back(std::string(kSlotVariable) + "=" + static_cast<char>(image.slot) + std::string(is_trial ? kTrial : ""));
  out.push_back(std::string(kEndsVariable) + "=" + ends.hand_over());
  return out;
}

void Firmware::start_chosen(const Options& options, LineEnds& ends) const {
  hold_trial(options, ends);
  std::optional<Image> image;
  {
    auto storage = platform::FileStorage::open(options.state);
    if (!storage) return;  // whoever goes on says why
    image = platform::FirmwareSlots(options.state, *storage, std::string(firmware_version())).chosen();
  }
  if (image && image->slot != slot_) become(*image, ends);
}

/// The child opens the storage itself, so it is closed meanwhile. The line is this process's: a host that opens it
/// during the trial keeps it.
void Firmware::hold_trial(const Options& options, LineEnds& ends) const {
  const std::string version(firmware_version());
  std::optional<Image> image;
  {
    auto storage = platform::FileStorage::open(options.state);
    if (!storage) return;
    platform::FirmwareSlots slots(options.state, *storage, version);
    if (!slots.has_trial() || !open_ends(options, ends, *storage)) return;  // no line: whoever goes on says why
    image = slots.begin_trial();
  }
  if (!image) return;
  const Status passed = run_trial(*image, ends);
  auto storage = platform::FileStorage::open(options.state);
  if (!storage) return;  // tried again at the next start
  platform::FirmwareSlots slots(options.state, *storage, version);
  if (passed && slots.confirm()) {
    log::info("firmware", "new firmware runs from now on", {{"version", image->version}, {"before", version}});
    return;
  }
  log::error("firmware", "the new firmware is given up; the one before goes on",
             {{"version", image->version}, {"reason", passed ? "its record cannot be stored" : passed.error().detail}});
  slots.reject();
}

Status Firmware::run_trial(const Image& image, const LineEnds& ends) const {
  log::info("firmware", "new firmware is tried", {{"version", image.version}, {"program", image.program.string()}});
  std::vector<std::string> environment = environment_for(image, true, ends);
  const std::vector<char*> variables = pointers(environment);
  const pid_t parent = ::getpid();
  ::signal(SIGCHLD, SIG_DFL);  // who has started this process may ignore it; then a child's end tells nothing
  const pid_t child = ::fork();
  if (child < 0) return fail(Error::io(std::string("no process for it: ") + std::strerror(errno)));
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent) ::execve(image.program.c_str(), arguments_, variables.data());
    ::_exit(126);
  }
  ends.take_back();
  return wait_for(child);
}

void Firmware::become(const Image& image, const LineEnds& ends) const {
  std::vector<std::string> environment = environment_for(image, false, ends);
  ::execve(image.program.c_str(), arguments_, pointers(environment).data());
  const int reason = errno;
  ends.take_back();
  log::error("firmware", "the updated firmware cannot be started; this one goes on",
             {{"program", image.program.string()}, {"reason", std::strerror(reason)}});
}

}  // namespace xl::app

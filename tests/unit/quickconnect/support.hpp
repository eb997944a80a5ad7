// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "quickconnect/port.hpp"
#include "quickconnect/terminal.hpp"

namespace xl::quickconnect::test {

/// A module that answers from a list: the nth command must be the nth expected one. Silence passes at once.
class ScriptedPort final : public Port {
 public:
  ScriptedPort& expect(std::string command, std::string reply) {
    script_.emplace_back(std::move(command), std::move(reply));
    return *this;
  }
  /// Commands that the answer is computed for, once the script has no more lines.
  std::function<std::string(const std::string&)> otherwise;
  std::size_t chunk = 1 << 20;  ///< bytes handed out at once
  std::string pending;
  std::vector<std::string> commands;

  Result<std::size_t> read(std::span<char> out, std::chrono::milliseconds) override {
    const std::size_t count = std::min({out.size(), pending.size(), chunk});
    std::memcpy(out.data(), pending.data(), count);
    pending.erase(0, count);
    return count;
  }

  Status write(std::string_view bytes) override {
    if (bytes == "\r") return {};
    EXPECT_TRUE(bytes.ends_with('\r'));
    std::string command(bytes.substr(0, bytes.size() - 1));
    commands.push_back(command);
    if (!script_.empty()) {
      EXPECT_EQ(command, script_.front().first);
      pending += script_.front().second;
      script_.pop_front();
    } else if (otherwise) {
      pending += otherwise(command);
    } else {
      ADD_FAILURE() << "unexpected command " << command;
    }
    return {};
  }

  bool is_finished() const { return script_.empty(); }

 private:
  std::deque<std::pair<std::string, std::string>> script_;
};

class FakeTerminal final : public Terminal {
 public:
  void say(std::string_view line) override { said += std::string(line) + "\n"; }
  void progress(std::string_view line) override { progressed += std::string(line) + "\n"; }
  Status wait(std::chrono::milliseconds time) override {
    waited += time;
    return {};
  }
  std::string said, progressed;
  std::chrono::milliseconds waited{0};
};

}  // namespace xl::quickconnect::test

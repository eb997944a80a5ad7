// SPDX-License-Identifier: Apache-2.0
#include "at/error.hpp"

#include <array>

namespace xl::at {
namespace {

constexpr std::array<std::string_view, 29> kTexts{
    "",
    "OVERFLOW",
    "PARSE ERROR",
    "COMMAND NOT FOUND",
    "PARAMETER ERROR",
    "INVALID ESCAPE",
    "NO CONNECTION",
    "OUT OF RANGE",
    "PARAMETER UNDEFINED",
    "INVALID KEY LENGTH",
    "INVALID KEY NAME",
    "UNKNOWN KEY",
    "KEY READONLY",
    "KEY WRITEONLY",
    "UNABLE TO CONNECT",
    "TIME NOT AVAILABLE",
    "LOCATION NOT AVAILABLE",
    "MODE NOT AVAILABLE",
    "ACTIVE CONNECTION",
    "HOST IMAGE NOT AVAILABLE",
    "INVALID ADDRESS",
    "INVALID OTA UPDATE",
    "",  // 22 is reserved
    "INVALID SIGNATURE",
    "SHADOW ERROR",
    "NOT ALLOWED",
    "INVALID CERTIFICATE",
    "BLE ERROR",
    "CONFIGURATION ERROR",
};

}  // namespace

std::string_view text(AtError error) { return kTexts[number(error)]; }

}  // namespace xl::at

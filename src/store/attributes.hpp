// SPDX-License-Identifier: Apache-2.0
// Private to store/: lists and maps of texts in one column, as JSON.
#pragma once
#include <string>
#include <vector>

#include "cloud/model/thing.hpp"

namespace xl::store {

std::string write_attributes(const cloud::Attributes& attributes);
cloud::Attributes read_attributes(const std::string& text);
std::string write_texts(const std::vector<std::string>& texts);
std::vector<std::string> read_texts(const std::string& text);

}  // namespace xl::store

// SPDX-License-Identifier: Apache-2.0
#include "store/attributes.hpp"

#include <boost/json.hpp>

namespace xl::store {

std::string write_attributes(const cloud::Attributes& attributes) {
  boost::json::object object;
  for (const auto& [name, value] : attributes) object[name] = value;
  return boost::json::serialize(object);
}

cloud::Attributes read_attributes(const std::string& text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  cloud::Attributes out;
  if (error || !value.is_object()) return out;
  for (const auto& [name, item] : value.get_object()) {
    if (item.is_string()) out.emplace(name, item.get_string());
  }
  return out;
}

std::string write_texts(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const std::string& text : texts) array.push_back(boost::json::string(text));
  return boost::json::serialize(array);
}

std::vector<std::string> read_texts(const std::string& text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  std::vector<std::string> out;
  if (error || !value.is_array()) return out;
  for (const auto& item : value.get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace xl::store

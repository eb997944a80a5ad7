// SPDX-License-Identifier: Apache-2.0
#include "connected_module.hpp"

namespace xl::app {

Result<factory::ModuleFacts> ask_module(quickconnect::Module& module) {
  XL_CHECK(module.find());
  factory::ModuleFacts out;
  XL_TRY(out.thing_name, module.get("ThingName"));
  XL_TRY(const auto certificate, module.run("AT+CONF? Certificate pem"));
  if (!certificate.is_ok())
    return fail(Error::invalid("The module answers AT+CONF? Certificate pem with: " + certificate.text()));
  for (const std::string& line : certificate.lines) out.certificate_pem += quickconnect::unescape(line) + "\n";
  return out;
}

}  // namespace xl::app

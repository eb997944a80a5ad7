// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace xl::module::ports {

/// What the factory put into the module. The views must outlive the module.
struct Identity {
  std::string_view vendor;
  std::string_view model;
  std::string_view firmware_version;         ///< "X.Y.Z[ suffix]"
  std::string_view thing_name;               ///< UID, same as in the birth certificate (guide 11.1.3)
  std::string_view certificate_pem;          ///< birth certificate
  std::string_view factory_endpoint;         ///< the vendor's staging endpoint (guide 11.1.2)
  std::string_view factory_root_ca;          ///< PEM bundle
  std::string_view factory_ota_certificate;  ///< may be empty
  bool has_wifi = true;                      ///< SSID and Passphrase exist, APN does not; false: the other way round
};

}  // namespace xl::module::ports

// SPDX-License-Identifier: Apache-2.0
// The built single-page app, file by file.
#pragma once
#include <filesystem>
#include <string_view>

#include "net/http.hpp"

namespace xl::console {

/// What every answer of ours says: nothing from elsewhere runs, nobody frames us, no type is guessed.
net::HttpHeaders security_headers();

class StaticFiles {
 public:
  explicit StaticFiles(std::filesystem::path root) : root_(std::move(root)) {}

  /// `raw_path` as on the wire ("/assets/app-1a2b.js"); 404 for whatever is not a plain file below the root.
  net::HttpResponse file(std::string_view raw_path) const;
  /// The app itself; 503 with the remedy when it is not installed.
  net::HttpResponse index() const;

 private:
  const std::filesystem::path root_;
};

}  // namespace xl::console

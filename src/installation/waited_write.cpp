// SPDX-License-Identifier: Apache-2.0
#include "installation/waited_write.hpp"

#include <chrono>
#include <future>
#include <memory>

namespace xl::installation {

Status write_unless_stopped(cloud::RegistryStore& store, cloud::RegistryStore::Work work, const std::stop_token& stop) {
  const auto answer = std::make_shared<std::promise<Status>>();
  auto done = answer->get_future();
  store.submit(std::move(work), [answer](Status status) { answer->set_value(std::move(status)); });
  while (done.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    if (stop.stop_requested()) return fail(Error::unavailable("the cloud stops"));
  }
  return done.get();
}

}  // namespace xl::installation

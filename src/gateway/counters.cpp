// SPDX-License-Identifier: Apache-2.0
#include "gateway/counters.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace xl::gateway {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared between processes");

GatewayCounters AtomicCounters::read() const {
  return {connections_accepted, connections_refused, handshakes_failed, handshakes_resumed,
          sessions_open,        connects_accepted,   connects_refused,  provisioned,
          messages_in,          messages_out,        messages_refused};
}

Result<std::unique_ptr<SharedCounters>> SharedCounters::make() {
  const int descriptor = ::memfd_create("gateway-counters", MFD_CLOEXEC);
  if (descriptor < 0) return fail(Error::unavailable("no descriptor is left for a worker's counters"));
  if (::ftruncate(descriptor, sizeof(AtomicCounters)) != 0) {
    ::close(descriptor);
    return fail(Error::unavailable("no memory is left for a worker's counters"));
  }
  return open(descriptor);
}

Result<std::unique_ptr<SharedCounters>> SharedCounters::open(int descriptor) {
  void* memory = ::mmap(nullptr, sizeof(AtomicCounters), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    ::close(descriptor);
    return fail(Error::unavailable("a worker's counters cannot be mapped"));
  }
  return std::unique_ptr<SharedCounters>(new SharedCounters(descriptor, memory));
}

// Fresh pages are zero, which is what counters begin with; a constructor would set back what another process counted.
SharedCounters::SharedCounters(int descriptor, void* memory)
    : descriptor_(descriptor), values_(static_cast<AtomicCounters*>(memory)) {}

SharedCounters::~SharedCounters() {
  ::munmap(values_, sizeof(AtomicCounters));
  ::close(descriptor_);
}

}  // namespace xl::gateway

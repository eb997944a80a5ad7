// SPDX-License-Identifier: Apache-2.0
// The module takes no heap after start(): the program's allocators count while the module's code runs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "platform/sim/bench.hpp"

namespace {

std::size_t allocations_inside_module = 0;

void* counted(std::size_t bytes) {
  if (xl::platform::sim::inside_module) ++allocations_inside_module;
  if (void* memory = std::malloc(bytes)) return memory;
  std::abort();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace xl::platform::sim {
namespace {

void talk(Bench& bench) {
  bench.command("AT+CONF CustomName=x");
  bench.command("AT+CONF RootCA=pem\r-----BEGIN CERTIFICATE-----\rTkVX\r-----END CERTIFICATE-----");
  bench.command("AT+CONF? Certificate pem");
  bench.command("AT+CONF Topic1=a/+");
  bench.command("AT+CONNECT");
  bench.command("AT+SUBSCRIBE1");
  for (int i = 0; i < 100; ++i) bench.broker.publish("a/b", std::string(2000, 'x'), 1);
  bench.settle();
  bench.command("AT+CONF Topic2=b");
  bench.command("AT+CONF QoS=1");
  bench.command("AT+SEND2 " + std::string(9000, 'y'));
  for (const auto* line : {"AT+GET", "AT+GET0", "AT+GET1", "AT+EVENT?", "AT+TIME?", "AT+FOO", "AT+UNSUBSCRIBE1"}) {
    bench.command(line);
  }
  bench.advance(std::chrono::minutes(5));
  bench.broker.publish(std::string(kThingName) + "/expresslink_config", R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  bench.command("AT+DISCONNECT");
  bench.provisioner.can_start = true;
  bench.command("AT+CONFMODE name");
  ASSERT_TRUE(bench.enter_credentials("home", "its-secret"));
  bench.command("AT+CONNECT!");
  bench.command("AT+DIAG PING localhost");
  bench.diagnose({.kind = module::ports::DiagnosticEvent::Kind::answered});
  bench.command("AT+DIAG SCAN 5");
  bench.diagnose({.kind = module::ports::DiagnosticEvent::Kind::network, .text = "home", .signal_dbm = -40});
  bench.diagnose({.kind = module::ports::DiagnosticEvent::Kind::scanned});
  bench.command("AT+DISCONNECT");
  bench.command("AT+RESET");
  bench.command("AT+FACTORY_RESET");
}

TEST(Module, TakesNoHeapAfterStart) {
  Bench bench;
  allocations_inside_module = 0;
  {
    const Scope inside(true);
    ::operator delete(::operator new(1));  // a new-expression the optimizer may leave out
  }
  ASSERT_EQ(allocations_inside_module, 1U) << "the counter works";
  allocations_inside_module = 0;
  talk(bench);
  EXPECT_EQ(allocations_inside_module, 0U);
  bench.has_images = true;
  bench.power_cycle();
  allocations_inside_module = 0;
  const std::string image = simulated_image(5'000);
  ASSERT_EQ(bench.command("AT+OTW 5000,2500"), "OK");
  ASSERT_EQ(bench.type(image), "OK\r\nOK\r\nOK COMPLETE\r\n");
  EXPECT_EQ(allocations_inside_module, 0U);
}

}  // namespace
}  // namespace xl::platform::sim

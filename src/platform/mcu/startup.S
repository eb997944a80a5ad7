@ SPDX-License-Identifier: Apache-2.0
@ From reset to main(), and what a fault does: it says so and ends the emulator with a failure.

  .syntax unified
  .cpu cortex-m3
  .thumb

  .section .vectors, "a"
  .word stack_top
  .word reset
  .word nmi
  .word hard_fault
  .word memory_fault
  .word bus_fault
  .word usage_fault
  .word 0, 0, 0, 0
  .word unexpected              @ SVCall
  .word unexpected              @ debug monitor
  .word 0
  .word unexpected              @ PendSV
  .word unexpected              @ SysTick
  .rept 32
  .word unexpected              @ peripherals
  .endr

  .text
  .thumb_func
  .global reset
reset:
  cpsid i                       @ interrupts wake the processor from its sleep, nothing more
  ldr r0, =stack_bottom         @ painted, to see later how much of it was used
  mov r1, sp
  ldr r2, =0xA5A5A5A5
1: cmp r0, r1
  bhs 2f
  str r2, [r0], #4
  b 1b
2: ldr r0, =data_load
  ldr r1, =data_begin
  ldr r2, =data_end
3: cmp r1, r2
  bhs 4f
  ldr r3, [r0], #4
  str r3, [r1], #4
  b 3b
4: ldr r1, =bss_begin
  ldr r2, =bss_end
  movs r3, #0
5: cmp r1, r2
  bhs 6f
  str r3, [r1], #4
  b 5b
6: ldr r4, =constructors_begin
  ldr r5, =constructors_end
7: cmp r4, r5
  bhs 8f
  ldr r0, [r4], #4
  blx r0
  b 7b
8: bl main
  bl end_emulation              @ with what main returned

  .macro fault name, text
  .thumb_func
  .global \name
\name:
  ldr r0, =9f
  b end_with_message
  .section .rodata
9: .asciz "\text"
  .text
  .endm

  fault nmi, "fault: non-maskable interrupt\n"
  fault hard_fault, "fault: hard fault\n"
  fault memory_fault, "fault: memory management\n"
  fault bus_fault, "fault: bus\n"
  fault usage_fault, "fault: usage\n"
  fault unexpected, "fault: an interrupt that nobody expects\n"

@ void wait_for_interrupt(): sleeps until one of those that are enabled is pending
  .thumb_func
  .global wait_for_interrupt
wait_for_interrupt:
  dsb
  wfi
  bx lr

@ [[noreturn]] void run_into_trap()
  .thumb_func
  .global run_into_trap
run_into_trap:
  ldr r0, =0xBFFFFFFC           @ nothing is there
  str r0, [r0]
  b .

@ [[noreturn]] void end_with_message(const char* text)
  .thumb_func
  .global end_with_message
end_with_message:
  ldr sp, =stack_top            @ the old one may be what is broken
  mov r1, r0
  movs r0, #0x04                @ semihosting: SYS_WRITE0
  bkpt 0xAB
  movs r0, #1

@ [[noreturn]] void end_emulation(int status)
  .thumb_func
  .global end_emulation
end_emulation:
  ldr r1, =exit_block
  ldr r2, =0x20026              @ ADP_Stopped_ApplicationExit
  str r2, [r1]
  str r0, [r1, #4]
  movs r0, #0x20                @ semihosting: SYS_EXIT_EXTENDED
  bkpt 0xAB
  b .

  .bss
  .balign 4
exit_block:
  .space 8

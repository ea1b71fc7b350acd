// Where the program begins: stack, memory management, the unit for vectors, then main(); then it ends the machine.
    .global start
start:
    adrp x0, stack_top
    add x0, x0, :lo12:stack_top
    mov sp, x0

    // Memory is Normal, and so may be read at any address, once it is mapped: gigabytes of the first table, the first one
    // with the devices, the second with the memory, each to itself.
    adrp x0, table
    add x0, x0, :lo12:table
    mov x1, #0x401               // a block, accessed; attribute 0: Device
    str x1, [x0]
    mov x1, #0x705               // a block, accessed, shared within; attribute 1: Normal
    movk x1, #0x4000, lsl #16
    str x1, [x0, #8]
    msr ttbr0_el1, x0
    mov x1, #0xff00              // 0: Device-nGnRnE, 1: Normal, write-back
    msr mair_el1, x1
    mov x1, #0x3519              // addresses of 39 bits, pages of 4 KB, tables in cached memory
    movk x1, #0x80, lsl #16      // nothing in the upper half
    msr tcr_el1, x1
    tlbi vmalle1
    dsb sy
    isb
    mrs x1, sctlr_el1
    mov x2, #0x1005              // M, C, I: memory management, caches of data and instructions
    orr x1, x1, x2
    bic x1, x1, #2               // A: addresses that are not aligned are no fault
    msr sctlr_el1, x1
    isb

    mov x1, #0x300000            // FPEN: registers for floats and vectors
    msr cpacr_el1, x1
    isb

    bl main

    ldr w0, =0x84000008          // PSCI: SYSTEM_OFF
    hvc #0
1:  wfi
    b 1b

    .section .rodata
    .global digit
    .balign 4
digit:
    .incbin "digit.f32"

    .bss
    .balign 4096
table:
    .skip 4096
    .skip 16384
stack_top:

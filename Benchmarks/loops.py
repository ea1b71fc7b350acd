"""Multiply-adds a cycle of the inner loops in objects, by llvm-mca's model: `loops.py [--all] NAME.CPU.o …`.

Of each kernel of direct convolutions the innermost loop with the most products counts, if it has eight or more: a loop is what a branch
backwards leads around, without another such loop inside. (In Winograd's kernels that is often a transform.) llvm-mca gives the cycles of many turns, with everything it loads in the first level;
shorter runs are taken off, so that the first turns do not count.

The bounds are those of Arm's Neoverse N1 Software Optimization Guide (ASIMD FP multiply accumulate and ASIMD dot product: 2 a
cycle on V0 and V1), Neoverse V1 Software Optimization Guide (4 a cycle on V0 to V3), and, since the Cortex-A53 has none of
128 bits, Cortex-A55 Software Optimization Guide (1 a cycle, both halves of the vector pipes of 64 bits). LLVM's models have
the same rates, which is checked first. For x86 with VNNI (`vpdpbusd` on registers of 512 bits) the bounds are the models' own: one in two cycles
on Zen 4 and 5, one a cycle on Sapphire Rapids.

Of the Cortex-A53 the model says that instructions end in the order in which they begin: a load behind multiply-adds, which take 9
cycles and it 3, waits 6, and each load of a turn takes a cycle in which nothing is multiplied. So no loop of 32 registers reaches
the aim there: the best by hand, 64 multiply-adds of 8 pixels and 8 channels with 16 loads before them, is at 73 %.
"""

import re
import statistics
import subprocess
import sys

# Instructions a cycle, and the share of them that is aimed at: products of floats, and of 8-bit integers.
CORES = {
    "neoverse-n1": (2, 0.90, 0.85),
    "neoverse-v1": (4, 0.90, 0.85),
    "cortex-a53": (1, 0.75, None),
    "znver5": (0.5, None, 0.85),
    "sapphirerapids": (1, None, 0.85),
}
X86 = ("znver5", "sapphirerapids")
# Multiply-adds of an instruction on registers of 128 bits, and on those of 512.
PRODUCTS = {
    **{"fmla": 4, "fmls": 4, "sdot": 16, "udot": 16, "usdot": 16, "sudot": 16, "smmla": 32, "usmmla": 32},
    "vpdpbusd": 64,
}
FLOATS = ("fmla", "fmls")
TURNS = 200


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def functions(path):
    """The instructions of each function: address, mnemonic, operands."""
    name, body = None, []
    for line in run("llvm-objdump-19", "-d", "--no-show-raw-insn", path).splitlines():
        if start := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            if name:
                yield name, body
            name, body = start[1], []
        elif part := re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line):
            # Comments begin by // for AArch64, and by spaces and # for x86.
            body.append((int(part[1], 16), part[2], re.split(" //|  +#", part[3])[0]))
    if name:
        yield name, body


def innermost_loops(body):
    """Ranges of instructions that a branch backwards leads around, without those that have another inside."""
    places = {address: index for index, (address, _, _) in enumerate(body)}
    found = []
    for index, (address, mnemonic, operands) in enumerate(body):
        target = re.search(r"(0x[0-9a-f]+) <", operands)
        if target and re.match(r"b$|b\.|cbn?z|tbn?z|j", mnemonic) and int(target[1], 16) <= address:
            start = places.get(int(target[1], 16))
            if start is not None:
                found.append((start, index))
    return [
        body[start : end + 1]
        for start, end in found
        if not any((start, end) != other and start <= other[0] and other[1] <= end for other in found)
    ]


def products(loop):
    """Instructions of each kind of product, on whole registers."""
    counts = {}
    for _, mnemonic, operands in loop:
        if mnemonic in PRODUCTS and re.search(r"^v\d+\.4s|%zmm\d+$", operands):
            counts[mnemonic] = counts.get(mnemonic, 0) + 1
    return counts


def cycles(text, core, turns):
    triple = ["-mtriple=x86_64"] if core in X86 else ["-mtriple=aarch64", "-mattr=+dotprod,+i8mm"]
    output = run("llvm-mca-19", *triple, f"-mcpu={core}", f"-iterations={turns}", text=text)
    return int(re.search(r"Total Cycles:\s+(\d+)", output)[1])


def cycles_a_turn(text, core):
    return (cycles(text, core, 2 * TURNS) - cycles(text, core, TURNS)) / TURNS


def check_bounds():
    for core, (rate, _, _) in CORES.items():
        products = (
            ["vpdpbusd %zmm30, %zmm31, %zmm{}"]
            if core in X86
            else ["fmla v{}.4s, v30.4s, v31.s[1]", "sdot v{}.4s, v30.16b, v31.4b[1]"]
        )
        for product in products:
            text = "\n".join(product.format(register) for register in range(24))
            found = 24 / cycles_a_turn(text, core)
            assert abs(found - rate) < 0.05, f"{core}: the model has {found:.2f} a cycle, not {rate}: {product}"


def judge(path):
    """A row for each kernel: core, kind, network, function, multiply-adds a cycle, their bound."""
    network, core, _ = path.rsplit("/", 1)[-1].rsplit(".", 2)
    rate = CORES[core][0]
    for name, body in functions(path):
        if "_integer" not in name and (core in X86 or "_conv" not in name):
            continue
        loops = [(sum(products(loop).values()), loop) for loop in innermost_loops(body)]
        count, loop = max(loops, key=lambda entry: entry[0], default=(0, None))
        if count < 8:
            continue
        lines = [
            f"{mnemonic} {re.sub(r'0x[0-9a-f]+ <.*', '.Lturn', operands)}" for _, mnemonic, operands in loop
        ]
        # Branches forwards, within the loop, are not taken.
        kinds = products(loop)
        done = sum(PRODUCTS[kind] * number for kind, number in kinds.items())
        a_cycle = done / cycles_a_turn(".Lturn:\n" + "\n".join(lines) + "\n", core)
        kind = "floats" if set(kinds) <= set(FLOATS) else "8 bits"
        yield core, kind, network, name, a_cycle, rate * done / count


def main():
    paths = [argument for argument in sys.argv[1:] if argument != "--all"]
    check_bounds()
    rows = [row for path in paths for row in judge(path)]
    if "--all" in sys.argv:
        for core, kind, _, name, a_cycle, bound in rows:
            print(f"{core:12} {a_cycle:6.2f} of {bound:4.0f}  {a_cycle / bound:4.0%}  {kind}  {name}")
    print("| core | products | network | loops | multiply-adds a cycle | of the bound | least | aim |")
    print("|---|---|---|---|---|---|---|---|")
    missed = False
    for core, (_, floats, integers) in CORES.items():
        for kind, aim in ("floats", floats), ("8 bits", integers):
            for network in dict.fromkeys(row[2] for row in rows if row[:2] == (core, kind)):
                chosen = [row for row in rows if row[:3] == (core, kind, network)]
                shares = [row[4] / row[5] for row in chosen]
                middle = statistics.median(shares)
                missed |= middle < aim
                print(
                    f"| {core} | {kind} | {network} | {len(chosen)} | {statistics.median(row[4] for row in chosen):.1f} of "
                    f"{chosen[0][5]:.0f} | {middle:.0%} | {min(shares):.0%} | {aim:.0%}{' missed' if middle < aim else ''} |"
                )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

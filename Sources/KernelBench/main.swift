import CKernels
import Glibc
import Kernels
import Machine
import Tensors

// Proves each kernel against its reference, then times it at the shapes that a frame of the fast preset gives it.

let options: Options
do {
    options = try Options(CommandLine.arguments.dropFirst())
} catch {
    complain("\(error)\n\(Options.usage)")
    exit(64)
}
if options.help {
    print(Options.usage)
    exit(0)
}
do {
    try CPULevel.check()
} catch {
    complain("\(error)")
    exit((error as? any Trouble)?.trouble == .unavailable ? 69 : 64)
}
OpenBLAS.prepare()
print("CPU: \(String(cString: stylevideo_cpu_level())); OpenBLAS takes it for \(OpenBLAS.coreName)")
print("\(options.width) x \(options.height), \(options.threads) threads; the best of \(options.repeats) runs")
let rows = getenv(KernelTable.variable) == nil ? KernelTable.rows.filter(\.runs) : [KernelTable.row]
for row in KernelTable.rows where !rows.contains(where: { $0.name == row.name }) {
    print("Not measured: \(row.name)\(row.runs ? "" : ", which this CPU lacks")")
}
print()

let bench = Bench(options, rows: rows)
bench.convolutions()
bench.attention()
bench.modulation()
bench.pointwise()
bench.pictures()
bench.products()
bench.summary()
exit(bench.failed ? 70 : 0)

import Glibc
import Kernels
import Machine
import Tensors

/// What all benches share: options, the team, clocks, and the table.
final class Bench {
    let options: Options
    /// Those of the table that are measured, in each precision.
    let rows: [KernelTable.Row]
    let team: ThreadTeam
    private(set) var failed = false
    private var random = Numbers()
    /// For each row's name, and for what no row changes ("").
    private var sums: [String: (wall: Double, processor: Double)] = [:]

    init(_ options: Options, rows: [KernelTable.Row]) {
        (self.options, self.rows) = (options, rows)
        team = ThreadTeam(threads: options.threads)
        print(
            Self.padded("kernel", 12), Self.padded("shape", 26), Self.padded("row", 19), Self.padded("deviation", 10),
            Self.padded("wall", 10), Self.padded("processor", 10), "rate")
    }

    /// Proves and times one kernel, if the options ask for it.
    /// - Parameters:
    ///   - row: of the table, by name; "" where all rows have the same kernel.
    ///   - count: how often a frame needs it; 0 for what is outside the frame loop.
    ///   - deviation: from the reference, as a part of the largest magnitude.
    ///   - work: in `unit`s of 1e9 for one run.
    func measure(
        _ name: String, _ shape: String, row: String = "", count: Int = 1, deviation: @autoclosure () -> Float,
        bound: Float, work: Double, unit: String, run: () -> Void
    ) {
        let worst = deviation()
        let good = worst <= bound
        if !good { failed = true }
        run()
        var best = (wall: Double.infinity, processor: Double.infinity)
        for _ in 0..<options.repeats {
            let (wall, processor) = (Self.clock(CLOCK_MONOTONIC), Self.clock(CLOCK_PROCESS_CPUTIME_ID))
            run()
            best.wall = min(best.wall, Self.clock(CLOCK_MONOTONIC) - wall)
            best.processor = min(best.processor, Self.clock(CLOCK_PROCESS_CPUTIME_ID) - processor)
        }
        sums[row, default: (0, 0)].wall += best.wall * Double(count)
        sums[row, default: (0, 0)].processor += best.processor * Double(count)
        print(
            Self.padded(name, 12), Self.padded(shape, 26), Self.padded(row, 19),
            Self.padded(Self.scientific(worst) + (good ? "" : "!"), 10),
            Self.padded(Self.milliseconds(best.wall), 10), Self.padded(Self.milliseconds(best.processor), 10),
            Self.padded("\(Int((work / best.wall).rounded())) \(unit)", 12), count == 1 ? "" : "x\(count)")
    }

    func wants(_ name: String) -> Bool { options.only.isEmpty || name.contains(options.only) }

    func summary() {
        print("\nA frame's kernels together:")
        for name in rows.flatMap({ row in Precision.allCases.map { row.name(in: $0) } }) {
            let (own, shared) = (sums[name] ?? (0, 0), sums[""] ?? (0, 0))
            let (wall, processor) = (own.wall + shared.wall, own.processor + shared.processor)
            print("  \(name): \(Self.milliseconds(wall)), \(Self.milliseconds(processor)) of processor")
        }
        if failed { complain("A kernel does not agree with its reference: see the deviations marked with !") }
    }

    func tensor(_ height: Int, _ width: Int, _ channels: Int, _ range: ClosedRange<Float> = -1...1) -> Tensor {
        let tensor = Tensor(height: height, width: width, channels: channels)
        // Numbers repeat after a prime: millions of random ones would take longer than what is measured.
        let some = floats(min(tensor.count, 65_537), range)
        for i in 0..<tensor.count { tensor.base[i] = some[i % some.count] }
        return tensor
    }

    func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in .random(in: range, using: &random) }
    }

    static func values(_ tensor: Tensor) -> [Float] {
        Array(UnsafeBufferPointer(start: tensor.base, count: tensor.count))
    }

    /// Largest difference, as a part of the largest magnitude expected.
    static func deviation(_ actual: [Float], _ expected: [Float]) -> Float {
        let largest = expected.map(abs).max() ?? 0
        let worst = zip(actual, expected).map { $0.isFinite ? abs($0 - $1) : .infinity }.max() ?? 0
        return actual.count == expected.count && largest > 0 ? worst / largest : .infinity
    }

    private static func clock(_ kind: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(kind, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e4).rounded() / 10) ms" }

    private static func scientific(_ value: Float) -> String {
        guard value > 0, value.isFinite else { return "\(value)" }
        let exponent = Int(log10(value).rounded(.down))
        return "\((value / pow(10, Float(exponent)) * 10).rounded() / 10)e\(exponent)"
    }
}

extension KernelTable.Row {
    /// As the table's lines are named.
    func name(in precision: Precision) -> String { precision == .float32 ? name : "\(name) \(precision)" }
}

/// A linear congruence's high bits: enough for numbers to multiply.
private struct Numbers: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 33
    }
}

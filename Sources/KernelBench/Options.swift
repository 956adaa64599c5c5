import Glibc

struct Options: Sendable {
    static let usage = """
        usage: KernelBench [--size WxH] [--threads N] [--repeats N] [--style N] [--only NAME]
          --size     the frame, sides multiples of 16 (1920x1088)
          --threads  workers (2)
          --repeats  timed runs of each kernel, the best of which counts (5)
          --style    sides of the style picture, a multiple of 16 (512)
          --only     kernels whose name contains NAME
        Every row of the kernel table that this CPU runs is measured, or the one that STYLEVIDEO_CPU names.
        """

    struct Failure: Error, CustomStringConvertible { var description: String }

    var width = 1920
    var height = 1088
    var threads = 2
    var repeats = 5
    var style = 512
    var only = ""
    var help = false

    init(_ arguments: ArraySlice<String>) throws(Failure) {
        var rest = arguments
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" {
                help = true
                continue
            }
            guard let value = rest.popFirst() else { throw Failure(description: "\(name) needs a value") }
            switch name {
            case "--size":
                let sides = value.split(separator: "x").compactMap { Int($0) }
                guard sides.count == 2, sides.allSatisfy({ $0 >= 48 && $0 % 16 == 0 && $0 <= 16_384 }) else {
                    throw Failure(description: "--size \(value): two multiples of 16 from 48 on are needed")
                }
                (width, height) = (sides[0], sides[1])
            case "--threads": threads = try Self.number(name, value, 1...256)
            case "--repeats": repeats = try Self.number(name, value, 1...1000)
            case "--style": style = try Self.number(name, value, 48...4096) / 16 * 16
            case "--only": only = value
            default: throw Failure(description: "there is no option \(name)")
            }
        }
    }

    private static func number(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw Failure(
                description: "\(name) \(value): a number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }
}

func complain(_ text: String) {
    let line = text + "\n"
    write(STDERR_FILENO, line, line.utf8.count)
}

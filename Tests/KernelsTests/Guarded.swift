/// Memory between two walls: a kernel that writes beyond its output breaks one.
final class Guarded<Element: Equatable & BitwiseCopyable> {
    let count: Int
    private let memory: UnsafeMutablePointer<Element>
    private let wall: Element
    private static var thickness: Int { 96 }

    /// - Parameter offset: moves the first element off its alignment.
    init(_ count: Int, wall: Element, offset: Int = 1) {
        (self.count, self.wall) = (count, wall)
        memory = .allocate(capacity: count + 2 * Self.thickness + offset)
        memory.initialize(repeating: wall, count: count + 2 * Self.thickness + offset)
        base = memory + Self.thickness + offset
    }

    deinit { memory.deallocate() }

    let base: UnsafeMutablePointer<Element>
    var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var isIntact: Bool {
        (0..<base - memory).allSatisfy { memory[$0] == wall }
            && (count..<count + Self.thickness).allSatisfy { base[$0] == wall }
    }
}

extension Guarded where Element == Float {
    convenience init(_ values: [Float], offset: Int = 1) {
        self.init(values.count, wall: 1e30, offset: offset)
        for (i, value) in values.enumerated() { base[i] = value }
    }

    convenience init(output count: Int, offset: Int = 1) { self.init(count, wall: 12_345, offset: offset) }
}

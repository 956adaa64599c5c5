/// Marks of pixels, 0 or 1, drawn in or spread.
package enum Areas {
    /// One row of what is marked together with all, or any, of the pixels up to `radius` around, as far as the picture
    /// goes.
    /// - Parameter scratch: `width` bytes.
    package static func row(
        _ marks: UnsafePointer<UInt8>, width: Int, height: Int, y: Int, radius: Int, all: Bool,
        scratch: UnsafeMutablePointer<UInt8>, into to: UnsafeMutablePointer<UInt8>
    ) {
        let rows = max(y - radius, 0)...min(y + radius, height - 1)
        scratch.update(from: marks + rows.lowerBound * width, count: width)
        for row in rows.dropFirst() {
            let other = marks + row * width
            if all {
                for x in 0..<width { scratch[x] &= other[x] }
            } else {
                for x in 0..<width { scratch[x] |= other[x] }
            }
        }
        // Of the columns from x - radius to x + radius.
        var count = (0..<min(radius, width)).reduce(0) { $0 + Int(scratch[$1]) }
        for x in 0..<width {
            if x + radius < width { count += Int(scratch[x + radius]) }
            if x > radius { count -= Int(scratch[x - radius - 1]) }
            let columns = min(x + radius, width - 1) - max(x - radius, 0) + 1
            to[x] = (all ? count == columns : count > 0) ? 1 : 0
        }
    }
}

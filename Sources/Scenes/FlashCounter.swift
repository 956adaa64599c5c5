/// Counts flashes as broadcasters do (ITU-R BT.1702, Ofcom, WCAG 2): a flash is a pair of opposing changes of the
/// luminance by a tenth of white or more, where the darker picture is below 0.8 of it, over a quarter of the picture
/// (20 cd/m2 below 160 on a display of 200). More than three of them in any second are too many.
///
/// Red flashes are counted beside them: pairs of opposing changes of R - G - B (linear, what is negative counts as 0)
/// by a sixteenth, to or from a red whose share of R + G + B is 0.8 or more.
///
/// Values are sRGB's, taken as linear light, and means over blocks of a grid's cells: what is smaller than a block is a
/// pattern, and what moves past is no flash. Seen by cells of a 64th of the width, a painting of a wall that a camera
/// pans over had five flashes a second, its source three; by blocks of a 16th both have none. A second ends with its
/// frame and holds what comes less than a second before it, so that three flashes a second are three, wherever frames
/// lie. Patterns, which have limits of their own, are not looked for.
public struct FlashCounter: Sendable {
    /// Flashes in a second up to which nothing is said.
    public static let most = 3
    /// The share of the picture that must flash.
    public static let area = 0.25

    /// Of the second that ends with a frame.
    public struct Count: Sendable, Hashable {
        /// Flashes of the luminance.
        public var general: Int
        /// Those of saturated red.
        public var red: Int

        /// Whichever are more.
        public var most: Int { max(general, red) }
    }

    private var luminance: FlashTrack
    private var redness: FlashTrack
    private let columns, rows, block: Int

    /// - Parameters:
    ///   - columns: of the grid.
    ///   - rows: the same.
    ///   - block: cells along a side of a block, of which the grid has whole ones.
    public init(columns: Int, rows: Int, block: Int = 1) {
        precondition(
            columns > 0 && rows > 0 && columns % block == 0 && rows % block == 0, "a grid without whole blocks")
        (self.columns, self.rows, self.block) = (columns, rows, block)
        let blocks = columns / block * (rows / block)
        luminance = FlashTrack(cells: blocks, least: 0.1)
        redness = FlashTrack(cells: blocks, least: 1.0 / 16)
    }

    /// Takes the next frame.
    /// - Parameters:
    ///   - pixels: red, green and blue of each cell, 0 to 255, interleaved.
    ///   - time: when it is shown, in seconds; later than the one before.
    /// - Returns: flashes of the second that ends with it, and its mean luminance, 0 to 1.
    public mutating func add(_ pixels: [Float], at time: Double) -> (count: Count, luminance: Double) {
        precondition(pixels.count == 3 * columns * rows, "\(pixels.count) values of \(columns) x \(rows) cells")
        luminance.begin(time)
        redness.begin(time)
        var sum: Float = 0
        let across = columns / block
        let blocks = across * (rows / block)
        for number in 0..<blocks {
            let mean = mean(pixels, column: number % across * block, row: number / across * block)
            let (r, g, b) = (mean.x, mean.y, mean.z)
            let light = 0.2126 * r + 0.7152 * g + 0.0722 * b
            sum += light
            luminance.add(light, of: number, below: 0.8)
            redness.add(max(0, r - g - b), of: number, counts: r > 0 && r >= 0.8 * (r + g + b))
        }
        return (Count(general: luminance.end(), red: redness.end()), Double(sum) / Double(blocks))
    }

    /// A block's linear light.
    private func mean(_ pixels: [Float], column: Int, row: Int) -> SIMD3<Float> {
        var sum = SIMD3<Float>.zero
        for y in row..<row + block {
            for x in column..<column + block {
                let at = 3 * (y * columns + x)
                sum += SIMD3(Light.linear(pixels[at]), Light.linear(pixels[at + 1]), Light.linear(pixels[at + 2]))
            }
        }
        return sum / Float(block * block)
    }
}

/// Linear light of sRGB's levels.
private enum Light {
    /// In 16ths of a level.
    private static let table: [Float] = (0...255 * 16).map { step in
        let value = Double(step) / (255 * 16)
        return Float(value <= 0.04045 ? value / 12.92 : power((value + 0.055) / 1.055))
    }

    /// The power 2.4: the fifth root of the twelfth power, by Newton's method.
    private static func power(_ base: Double) -> Double {
        let square = base * base
        let twelfth = square * square * square * square * square * square
        var root = base
        for _ in 0..<60 { root -= (root * root * root * root * root - twelfth) / (5 * root * root * root * root) }
        return root
    }

    static func linear(_ level: Float) -> Float { table[min(255 * 16, max(0, Int(level * 16 + 0.5)))] }
}

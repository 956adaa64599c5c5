/// A picture shrunk to 64 x 36 means of its area: what is left of it for finding cuts.
///
/// The grid is the same for every size and shape of picture, so grain is averaged away and a pair costs little.
public struct Thumbnail: Sendable {
    public static let width = 64
    public static let height = 36

    /// Luma, 0 to 255, row by row.
    public let luma: [Float]
    /// Colour differences B - Y and R - Y, two planes, row by row.
    let chroma: [Float]
    /// Mean absolute deviation of luma and colour differences from their means: how much there is to see.
    let contrast: Float

    /// - Parameter pixels: red, green and blue, 0 to 255, interleaved, `width * height * 3` values.
    public init(pixels: [Float]) {
        let count = Self.width * Self.height
        precondition(pixels.count == count * 3, "a thumbnail of \(pixels.count) values")
        var luma = [Float](repeating: 0, count: count)
        var chroma = [Float](repeating: 0, count: 2 * count)
        for index in 0..<count {
            let (red, green, blue) = (pixels[3 * index], pixels[3 * index + 1], pixels[3 * index + 2])
            luma[index] = 0.299 * red + 0.587 * green + 0.114 * blue
            chroma[index] = blue - luma[index]
            chroma[count + index] = red - luma[index]
        }
        (self.luma, self.chroma) = (luma, chroma)
        contrast =
            Self.deviation(luma[...]) + 0.5 * (Self.deviation(chroma[..<count]) + Self.deviation(chroma[count...]))
    }

    /// Whether a picture of such contrast and mean luma is white or black all over.
    static func isBlank(contrast: Float, brightness: Float) -> Bool {
        contrast < 6 && (brightness > 215 || brightness < 25)
    }

    private static func deviation(_ values: ArraySlice<Float>) -> Float {
        let mean = values.reduce(0, +) / Float(values.count)
        return values.reduce(0) { $0 + abs($1 - mean) } / Float(values.count)
    }
}

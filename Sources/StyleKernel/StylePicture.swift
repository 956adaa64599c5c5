public import Imaging
public import Machine
internal import Tensors

/// How a style picture is prepared before the network remembers it: cut centrally to at most 4:1, then brought, up or
/// down, to the wanted shorter side, both sides multiples of 16. The shorter side decides how large its strokes come
/// out.
public enum StylePicture {
    /// What is taken of a picture, and the size that it is brought to.
    public struct Layout: Sendable, Hashable {
        /// The part that is taken: its first column and row, its width and height.
        public let x, y, width, height: Int
        public let preparedWidth, preparedHeight: Int
    }

    /// The longest that a picture may be for its width, or its width for its height; what is beyond is cut off.
    private static let longest = 4

    /// - Parameter shorterSide: rounded to a multiple of 16, at least 48.
    public static func layout(width: Int, height: Int, shorterSide: Int) -> Layout {
        precondition(width > 0 && height > 0 && shorterSide > 0)
        let cutWidth = min(width, longest * height)
        let cutHeight = min(height, longest * width)
        let shorter = max(multipleOf16(shorterSide, 1), 48)
        func prepared(_ side: Int, _ other: Int) -> Int {
            side <= other ? shorter : multipleOf16(side * shorter, other)
        }
        return Layout(
            x: (width - cutWidth) / 2, y: (height - cutHeight) / 2, width: cutWidth, height: cutHeight,
            preparedWidth: prepared(cutWidth, cutHeight), preparedHeight: prepared(cutHeight, cutWidth))
    }

    /// 16 round(a / b / 16), halves up.
    private static func multipleOf16(_ a: Int, _ b: Int) -> Int { (a + 8 * b) / (16 * b) * 16 }

    /// The picture as `Stylizer.remember` takes it, resized in one step by Lanczos-3 whose support grows with the
    /// reduction.
    public static func prepare(_ picture: Frame, shorterSide: Int, team: ThreadTeam) -> Frame {
        let layout = layout(width: picture.width, height: picture.height, shorterSide: shorterSide)
        let prepared = Frame(width: layout.preparedWidth, height: layout.preparedHeight, format: picture.format)
        let resampler = Resampler(
            filter: .lanczos3, sourceWidth: layout.width, sourceHeight: layout.height, width: prepared.width,
            height: prepared.height)
        resampler(picture, column: layout.x, row: layout.y, into: prepared, team: team)
        return prepared
    }
}

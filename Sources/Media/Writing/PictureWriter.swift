public import Imaging
import Machine
import SystemPackage

/// Frames as pictures of their own, numbered from 1, as FFmpeg numbers them: PNG of 8 or 16 bits a component by the
/// frames' format, others of 8. Each has its name when it is whole.
// Sendable: used by one thread at a time.
public final class PictureWriter: @unchecked Sendable {
    /// Pictures written so far.
    public private(set) var frameCount = 0
    private let names: PictureNames
    private let replaces: Bool

    /// - Parameter replaces: whether files that bear the names are replaced.
    public init(_ names: PictureNames, replaces: Bool) { (self.names, self.replaces) = (names, replaces) }

    /// Writes a frame, which may be reused at once.
    /// - Throws: as `PictureFile.write`.
    public func write(_ frame: Frame) throws {
        try PictureFile.write(frame, to: names.file(frameCount + 1), replacing: replaces)
        frameCount += 1
    }

    public func finish() {}
}

public import Imaging
internal import Kernels
public import Machine

/// Brings RGB pictures of one size to another, along the rows first, rounded to whole components in between. Planned
/// once: pictures that go through it allocate nothing.
// Sendable: it belongs to one stage at a time; workers of a team write disjoint rows.
public final class Resampler: @unchecked Sendable {
    public enum Filter: Sendable {
        /// Pillow's Lanczos: three lobes, support growing with the reduction.
        case lanczos3
        /// The mean of the area that a pixel covers.
        case area
        /// What falls off in a straight line, over a pixel of the smaller picture: it never overshoots.
        case triangle
    }

    public let sourceWidth, sourceHeight: Int
    public let width, height: Int
    public let format: PixelFormat

    private let across, down: Resample.Weights
    /// All source rows at the output's width.
    private let between: UnsafeMutableRawPointer

    /// - Parameter format: of both pictures.
    public init(
        filter: Filter, sourceWidth: Int, sourceHeight: Int, width: Int, height: Int, format: PixelFormat = .rgb24
    ) {
        precondition(sourceWidth > 0 && sourceHeight > 0 && width > 0 && height > 0)
        (self.sourceWidth, self.sourceHeight, self.width, self.height) = (sourceWidth, sourceHeight, width, height)
        self.format = format
        let filter: Resample.Filter =
            switch filter {
            case .area: .area
            case .triangle: .triangle
            case .lanczos3: .lanczos3
            }
        across = Resample.Weights(from: sourceWidth, to: width, filter: filter)
        down = Resample.Weights(from: sourceHeight, to: height, filter: filter)
        let count = format.bytesPerPixel * width * sourceHeight
        between = .allocate(byteCount: count, alignment: 64)
        between.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    deinit { between.deallocate() }

    /// Of a frame, a part or all, into another.
    /// - Parameters: column and row at which the part begins.
    public func callAsFunction(
        _ source: Frame, column: Int = 0, row: Int = 0, into target: Frame, team: ThreadTeam
    ) {
        precondition(column >= 0 && row >= 0 && target.width == width && target.height == height)
        precondition(column + sourceWidth <= source.width && row + sourceHeight <= source.height)
        precondition(source.format == format && target.format == format)
        source.withBytes { from in
            let part = from[(row * source.rowStride + column * source.format.bytesPerPixel)...]
            target.withMutableBytes { to in
                self(
                    UnsafeRawBufferPointer(rebasing: part), stride: source.rowStride, into: to,
                    stride: target.rowStride, team: team)
            }
        }
    }

    /// - Parameters:
    ///   - source: `sourceHeight` rows of RGB, `sourceStride` bytes apart.
    ///   - target: `height` rows, `targetStride` bytes apart; bytes between the rows are left as they are.
    public func callAsFunction(
        _ source: UnsafeRawBufferPointer, stride sourceStride: Int, into target: UnsafeMutableRawBufferPointer,
        stride targetStride: Int, team: ThreadTeam
    ) {
        let (sourceRow, row) = (format.bytesPerPixel * sourceWidth, format.bytesPerPixel * width)
        precondition(sourceStride >= sourceRow && targetStride >= row)
        precondition(source.count >= (sourceHeight - 1) * sourceStride + sourceRow)
        precondition(target.count >= (height - 1) * targetStride + row)
        let isWide = format == .rgb48
        let from = Samples(source.baseAddress!, isWide: isWide)
        let (between, to) = (self.between, MutableSamples(target.baseAddress!, isWide: isWide))
        team.run(sourceHeight, scratch: 4 * sourceWidth) { y, worker in
            Resample.alongRow(
                from + y * sourceStride, width: sourceWidth, weights: across,
                pixels: team.scratch(worker, 4 * sourceWidth),
                into: MutableSamples(between + y * row, isWide: isWide))
        }
        team.run(height) { y, _ in
            Resample.downColumns(
                Samples(between, isWide: isWide), rowStride: row, y: y, weights: down, count: 3 * width,
                into: to + y * targetStride)
        }
    }
}

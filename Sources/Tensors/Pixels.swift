public import Imaging
internal import Kernels
public import Machine

/// What pixels become on their way into a network: level * scale + offset, by channel.
public struct PixelScale: Sendable {
    public var scale: (Float, Float, Float)
    public var offset: (Float, Float, Float)

    /// - Parameter scale: on values from 0 to 255.
    public init(scale: (Float, Float, Float), offset: (Float, Float, Float)) {
        (self.scale, self.offset) = (scale, offset)
    }

    /// (factor rgb - mean) / deviation, rgb from 0 to 1.
    public init(factor: Float = 1, mean: (Float, Float, Float), deviation: (Float, Float, Float)) {
        scale = (factor / (255 * deviation.0), factor / (255 * deviation.1), factor / (255 * deviation.2))
        offset = (-mean.0 / deviation.0, -mean.1 / deviation.1, -mean.2 / deviation.2)
    }
}

extension Tensor {
    /// Fills a tensor of three channels with a frame's pixels. Where the tensor is larger than the frame, at the right
    /// and the bottom, the picture is reflected as often as needed.
    /// - Parameter region: of the tensor, what to fill; all if nil.
    public func read(_ frame: Frame, _ pixels: PixelScale, region: Region? = nil, team: ThreadTeam) {
        let region = asked(region)
        precondition(channels == 3 && frame.width <= width && frame.height <= height)
        let (scale, offset) = (pixels.scale, pixels.offset)
        frame.withSamples { from in
            team.run(region.rows.count) { item, _ in
                let y = region.rows.lowerBound + item
                Pixels.widen(
                    from + paddedIndex(y, frame.height, .reflect) * frame.rowStride, width: frame.width,
                    columns: region.columns, scale: SIMD4(scale.0, scale.1, scale.2, 0),
                    offset: SIMD4(offset.0, offset.1, offset.2, 0), into: self.row(y))
            }
        }
    }

    /// Writes the upper left of a tensor of three channels, values from 0 to 1, as a frame's pixels, rounded to the
    /// nearest. Bytes between the frame's rows are left as they are.
    /// - Parameter region: of the tensor, what to write where the frame has it; all if nil.
    public func write(_ frame: Frame, region: Region? = nil, team: ThreadTeam) {
        write(frame, region: region, team: team) { from, _, count, to in Pixels.narrow(from, count: count, into: to) }
    }

    /// The same, with a share of what the network's way of the source itself lacks of it:
    /// value + share (source - own).
    /// - Parameter own: the source as it comes through the network, of the tensor's shape.
    public func write(
        _ frame: Frame, lacking share: Float, of source: Frame, own: Tensor, region: Region? = nil, team: ThreadTeam
    ) {
        precondition(own.hasShape(of: self) && source.isLike(frame))
        source.withSamples { source in
            write(frame, region: region, team: team) { from, place, count, to in
                Pixels.narrow(
                    from, lacking: share,
                    of: source + (place.y * frame.rowStride + frame.format.bytesPerPixel * place.x),
                    own: own.place(place.y, place.x), count: count, into: to)
            }
        }
    }

    private func write(
        _ frame: Frame, region: Region?, team: ThreadTeam,
        _ row: (UnsafeMutablePointer<Float>, (y: Int, x: Int), Int, MutableSamples) -> Void
    ) {
        precondition(channels == 3 && frame.width <= width && frame.height <= height)
        let region = asked(region)
        let rows = region.rows.clamped(to: 0..<frame.height)
        let columns = region.columns.clamped(to: 0..<frame.width)
        let start = frame.format.bytesPerPixel * columns.lowerBound
        frame.withMutableSamples { to in
            team.run(rows.count) { item, _ in
                let y = rows.lowerBound + item
                row(
                    place(y, columns.lowerBound), (y, columns.lowerBound), 3 * columns.count,
                    to + (y * frame.rowStride + start))
            }
        }
    }
}

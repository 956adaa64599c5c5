internal import CFFmpeg
internal import CZimg
import Imaging
import Kernels

/// Decoded frames into rows of RGB by zimg: of any depth, to the nearest, where swscale is levels off. Transparent
/// places are laid over black, or told apart, and high dynamic range is brought to BT.709 where that is asked for.
final class ExactConverter {
    /// All that a conversion is planned for.
    struct Plan: Hashable {
        var from: Scaler.Side
        var width: Int
        var height: Int
        var format: PixelFormat
        var yuv: YUVLayout
        /// nil: colours stay as they are encoded.
        var light: Light?
        /// Whether colours stay straight, and opacity is told beside them.
        var isStraight = false
    }

    /// A clip's high dynamic range, and what it is to become.
    struct Light: Hashable {
        var transfer: UInt32
        var primaries: UInt32
        var mapping: ToneMapping
        /// Candelas a square metre.
        var peak: Double
    }

    let plan: Plan
    private let source: PlaneFormat
    private let conversion: PlaneConversion
    private let curve: ToneCurve?
    /// Of the stored picture, with what chroma needs beyond it.
    private let paddedWidth: Int
    private let paddedHeight: Int
    // While a frame is converted.
    private var decoded: UnsafePointer<AVFrame>?
    private var rows: (samples: MutableSamples, stride: Int)?
    private var opacity: (samples: MutableSamples, stride: Int)?
    private var isTransparent = false

    /// Nil where the format is not one that zimg takes.
    init?(_ plan: Plan) {
        guard let source = PlaneFormat(AVPixelFormat(plan.from.format)) else { return nil }
        (self.plan, self.source) = (plan, source)
        let (width, height) = (Int(plan.from.width), Int(plan.from.height))
        let shifts = source.shifts(1)
        func padded(_ side: Int, _ shift: Int) -> Int { ((side + (1 << shift) - 1) >> shift) << shift }
        (paddedWidth, paddedHeight) = (padded(width, shifts.across), padded(height, shifts.down))
        var from = source.zimg(width: paddedWidth, height: paddedHeight, yuv: plan.yuv)
        let isScaled = (width, height) != (plan.width, plan.height)
        if isScaled { (from.active_region.width, from.active_region.height) = (Double(width), Double(height)) }
        var to = PlaneConversion.format(
            width: isScaled ? plan.width : paddedWidth, height: isScaled ? plan.height : paddedHeight)
        (to.color_family, to.matrix_coefficients, to.pixel_range) = (ZIMG_COLOR_RGB, ZIMG_MATRIX_RGB, ZIMG_RANGE_FULL)
        to.alpha =
            !source.hasAlpha ? ZIMG_ALPHA_NONE : plan.isStraight ? ZIMG_ALPHA_STRAIGHT : ZIMG_ALPHA_PREMULTIPLIED
        to.pixel_type = plan.format == .rgb48 ? ZIMG_PIXEL_WORD : ZIMG_PIXEL_BYTE
        to.depth = plan.format == .rgb48 ? 16 : 8
        curve = plan.light.map { light in
            from.transfer_characteristics = zimg_transfer_characteristics_e(Int32(light.transfer))
            from.color_primaries = zimg_color_primaries_e(Int32(light.primaries))
            (to.transfer_characteristics, to.color_primaries) = (ZIMG_TRANSFER_LINEAR, ZIMG_PRIMARIES_BT709)
            (to.pixel_type, to.depth) = (ZIMG_PIXEL_FLOAT, 32)
            let peak = light.mapping == .hable ? light.peak / ToneMapping.referenceWhite : nil
            return ToneCurve(peak: peak.map { Float($0) })
        }
        guard let conversion = PlaneConversion(from: from, to: to) else { return nil }
        self.conversion = conversion
    }

    /// - Parameter opacity: of the frame's sides and format; takes it where colours stay straight.
    /// - Returns: whether any place was transparent.
    func convert(_ decoded: UnsafePointer<AVFrame>, into frame: Frame, opacity: Frame? = nil) -> Bool {
        precondition(frame.width == plan.width && frame.height == plan.height && frame.format == plan.format)
        precondition((opacity != nil) == plan.isStraight && opacity?.isLike(frame) ?? true)
        guard let opacity else { return convert(decoded, into: frame) }
        return opacity.withMutableSamples {
            self.opacity = ($0, opacity.rowStride)
            defer { self.opacity = nil }
            return convert(decoded, into: frame)
        }
    }

    private func convert(_ decoded: UnsafePointer<AVFrame>, into frame: Frame) -> Bool {
        (self.decoded, isTransparent) = (decoded, false)
        defer { (self.decoded, rows) = (nil, nil) }
        var planes = conversion.source()
        let isPlain = liesPlain(decoded)
        if isPlain {
            for (index, component) in source.components.enumerated() {
                let (data, stride) = decoded.plane(Int(component.plane))
                sv_zimg_read(&planes, Int32(source.plane(index)), data, stride, .max)
            }
        }
        frame.withMutableSamples { samples in
            rows = (samples, frame.rowStride)
            conversion.run(
                planes, conversion.target(),
                fill: isPlain ? nil : { user, y, _, _ in ExactConverter.of(user).fill(Int(y)) },
                empty: { user, y, _, _ in ExactConverter.of(user).empty(Int(y)) },
                user: Unmanaged.passUnretained(self).toOpaque())
        }
        return isTransparent
    }

    /// Whether zimg can read a frame's planes as they are: it wants rows at multiples of 32 bytes, and no odd sides
    /// beside chroma.
    private func liesPlain(_ decoded: UnsafePointer<AVFrame>) -> Bool {
        guard source.isPlain, (paddedWidth, paddedHeight) == (Int(plan.from.width), Int(plan.from.height)) else {
            return false
        }
        return source.components.allSatisfy {
            let (data, stride) = decoded.plane(Int($0.plane))
            return (Int(bitPattern: data) | stride) % 32 == 0
        }
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> ExactConverter {
        Unmanaged.fromOpaque(user!).takeUnretainedValue()
    }

    /// Reads out the rows that zimg will look at: of luma as many as a row of chroma has beside it.
    private func fill(_ first: Int) -> Int32 {
        guard let decoded else { preconditionFailure("rows of no frame") }
        let (width, height) = (Int(plan.from.width), Int(plan.from.height))
        let lines = 1 << source.shifts(1).down
        for index in source.components.indices {
            let (own, down) = (source.size(index, width: width, height: height), source.shifts(index).down)
            for y in (first >> down)..<((first + lines) >> down) {
                let row = conversion.input.row(source.plane(index), y)
                read(decoded, index, min(y, own.height - 1), count: own.width, into: row)
            }
        }
        return 0
    }

    private func read(
        _ decoded: UnsafePointer<AVFrame>, _ component: Int, _ y: Int, count: Int, into row: UnsafeMutableRawPointer
    ) {
        withUnsafePointer(to: source.description) {
            decoded.readLine(
                row, $0, y: Int32(y), Int32(component), count: Int32(count), bytes: source.isFloat ? 4 : 2)
        }
        let bytes = source.bytes
        // It gives no bytes.
        if bytes == 1 {
            for x in 0..<count {
                row.storeBytes(of: (row + 2 * x).load(as: UInt8.self), toByteOffset: x, as: UInt8.self)
            }
        }
        // An odd side's last column again, for chroma's sake.
        if source.shifts(component).across == 0 {
            for x in count..<max(paddedWidth, count) {
                (row + x * bytes).copyMemory(from: row + (count - 1) * bytes, byteCount: bytes)
            }
        }
    }

    /// Takes a row of the converted picture.
    private func empty(_ y: Int) -> Int32 {
        guard let rows else { preconditionFailure("rows of no frame") }
        guard y < plan.height else { return 0 }
        let (ring, to) = (conversion.output, rows.samples + y * rows.stride)
        let (red, green, blue) = (ring.row(0, y), ring.row(1, y), ring.row(2, y))
        if let curve {
            func floats(_ row: UnsafeMutableRawPointer) -> UnsafePointer<Float> {
                UnsafePointer(row.assumingMemoryBound(to: Float.self))
            }
            curve.row((floats(red), floats(green), floats(blue)), count: plan.width, into: to)
        } else {
            Interleave.join((.init(red), .init(green), .init(blue)), count: plan.width, into: to)
        }
        if source.hasAlpha, !isTransparent { isTransparent = !isOpaque(ring.row(3, y)) }
        if let opacity {
            let target = opacity.samples + y * opacity.stride
            let shares = UnsafeRawPointer(ring.row(3, y))
            if curve != nil {
                Opacity.spread(shares.assumingMemoryBound(to: Float.self), count: plan.width, into: target)
            } else {
                Interleave.join((shares, shares, shares), count: plan.width, into: target)
            }
            Opacity.clear(to, under: target, count: 3 * plan.width)
        }
        return 0
    }

    private func isOpaque(_ row: UnsafeMutableRawPointer) -> Bool {
        if curve != nil {
            return (0..<plan.width).allSatisfy { row.assumingMemoryBound(to: Float.self)[$0] >= 1 }
        }
        let bytes = plan.format.bytesPerComponent * plan.width
        return (0..<bytes).allSatisfy { row.assumingMemoryBound(to: UInt8.self)[$0] == 255 }
    }
}

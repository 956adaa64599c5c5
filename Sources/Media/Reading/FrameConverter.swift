internal import CFFmpeg
import Imaging

/// Decoded frames, as they come, into upright RGB frames of one size: the first frame's.
final class FrameConverter {
    let orientation: Orientation
    let colour: Colour
    /// The upright size.
    let width: Int
    let height: Int
    let pixelFormat: AVPixelFormat
    private(set) var notices: [String] = []
    /// Whether it is not to be told that pictures have fewer bits than the source.
    var isQuiet = false
    /// Whether pictures that matter come with their opacity.
    var keepsOpacity = false {
        didSet { if keepsOpacity { notices.removeAll { $0 == Self.blackened } } }
    }
    private static let blackened =
        "the source is transparent in places; they are painted as black (yuva420p keeps them in FFV1 and VP9, "
        + "yuva444p10le in ProRes 4444)"
    private let fallback: Colour
    private let storedWidth: Int
    private let storedHeight: Int
    /// Width to height of a stored pixel, by the first frame.
    private let shape: Double
    /// Nil where colours stay as they are encoded.
    private let light: ExactConverter.Light?
    private var scaler: Scaler?
    private var planar: RowsByPlanes?
    private var exact: ExactConverter?
    /// Nil where colours are given.
    private let opacity: OpacityPlane?
    /// Takes formats apart that zimg does not take.
    private var planes: PlanarCopy?
    /// Holds a stored picture that is then laid down upright.
    private var stored: Frame?
    private var storedOpacity: Frame?

    /// - Parameters:
    ///   - fallback: the colours of a frame that does not say them.
    ///   - aspect: the shape of a stored pixel where the first frame does not say it.
    ///   - mapping: of high dynamic range.
    ///   - peak: how bright the clip gets, in cd/m², as the container says.
    ///   - content: what frames are made of.
    init(
        first: UnsafeMutablePointer<AVFrame>, fallback: Colour, aspect: Rational,
        orientation: (orientation: Orientation, isExact: Bool), mapping: ToneMapping, peak: Double?,
        content: VideoReader.Content = .picture
    ) {
        self.fallback = fallback
        opacity = content == .opacity ? OpacityPlane() : nil
        var turned = orientation
        // Formats without a place in the container, as raw H.264, say it with the frame.
        if let data = av_frame_get_side_data(first, AV_FRAME_DATA_DISPLAYMATRIX), turned.orientation == .upright {
            turned = Orientation.nearest(displayMatrix: data.pointee.data.numbers)
        }
        self.orientation = turned.orientation
        colour = Colour(of: first, fallback: fallback)
        light = content == .opacity ? nil : ExactConverter.Light(colour, mapping, first, claimed: peak)
        storedWidth = Int(first.pointee.width)
        storedHeight = Int(first.pointee.height)
        // The container may say another shape than all of its frames, and is believed: that is no change.
        shape = FrameConverter.shape(of: first) ?? aspect.value
        width = self.orientation.swapsSides ? storedHeight : storedWidth
        height = self.orientation.swapsSides ? storedWidth : storedHeight
        pixelFormat = AVPixelFormat(first.pointee.format)
        if !turned.isExact {
            notices.append("the source is turned by no multiple of 90 degrees; the nearest is applied")
        }
    }

    /// The colours of the frames that are given.
    var givenColour: Colour { light == nil ? colour : colour.mapped }

    /// - Parameter opaque: takes how opaque the frame is, whose colours then stay straight; nil: it is laid over black.
    /// - Throws: `MediaError` damaged, where swscale knows no way from the frame's pixel format.
    func convert(
        _ decoded: UnsafeMutablePointer<AVFrame>, into frame: Frame, opacity opaque: Frame? = nil, file: String
    ) throws {
        precondition(frame.width == width && frame.height == height, "a frame of another size than the clip's")
        noteShape(of: decoded)
        if (Int(decoded.pointee.width), Int(decoded.pointee.height)) != (storedWidth, storedHeight) {
            notice("the source changes its size on the way; every frame is scaled to the first one's")
        }
        guard orientation != .upright else { return try lay(decoded, into: frame, opaque, file: file) }
        let stored = storedFrame(&self.stored, like: frame)
        let storedOpacity = opaque.map { storedFrame(&self.storedOpacity, like: $0) }
        try lay(decoded, into: stored, storedOpacity, file: file)
        place(stored, into: frame)
        if let storedOpacity, let opaque { place(storedOpacity, into: opaque) }
    }

    private func storedFrame(_ stored: inout Frame?, like frame: Frame) -> Frame {
        if let stored, stored.format == frame.format { return stored }
        let made = Frame(width: storedWidth, height: storedHeight, format: frame.format)
        stored = made
        return made
    }

    private func place(_ stored: Frame, into frame: Frame) {
        stored.withBytes {
            orientation.place($0, width: storedWidth, height: storedHeight, stride: stored.rowStride, into: frame)
        }
    }

    /// Writes a frame down as it is stored. 8 bits of what they were go the old way, whose bytes people have.
    private func lay(
        _ decoded: UnsafeMutablePointer<AVFrame>, into frame: Frame, _ opaque: Frame?, file: String
    ) throws {
        let format = AVPixelFormat(decoded.pointee.format)
        if let opacity {
            guard let grey = opacity.take(decoded) else { throw noWay(from: decoded, file: file) }
            _ = try layExactly(grey, into: frame, file: file)
        } else if let opaque, format.hasAlpha {
            _ = try layExactly(decoded, into: frame, opaque, file: file)
        } else if frame.format == .rgb24, format.depth <= 8, !format.hasAlpha, light == nil {
            try layInBytes(decoded, into: frame, file: file)
        } else if try layExactly(decoded, into: frame, file: file), !keepsOpacity {
            notice(Self.blackened)
        }
        // A frame among others that has no transparency.
        if let opaque, !format.hasAlpha { opaque.whiten() }
    }

    /// - Returns: whether any place was transparent.
    private func layExactly(
        _ decoded: UnsafeMutablePointer<AVFrame>, into frame: Frame, _ opaque: Frame? = nil, file: String
    ) throws -> Bool {
        var plan = ExactConverter.Plan(
            from: side(of: decoded), width: storedWidth, height: storedHeight, format: frame.format,
            yuv: layout(of: decoded), light: light, isStraight: opaque != nil)
        if let exact, exact.plan == plan { return exact.convert(decoded, into: frame, opacity: opaque) }
        if let planes, planes.takes(decoded), let exact, exact.plan.format == frame.format,
            exact.plan.isStraight == plan.isStraight
        {
            return exact.convert(planes.take(decoded), into: frame, opacity: opaque)
        }
        if frame.format == .rgb24, opacity == nil, !isQuiet, pixelFormat.depth > 8 {
            notice("the source has \(pixelFormat.depth) bits a component; it is painted in 8")
        }
        (exact, planes) = (ExactConverter(plan), nil)
        if let exact { return exact.convert(decoded, into: frame, opacity: opaque) }
        planes = PlanarCopy(of: decoded, yuv: plan.yuv)
        guard let planes else { throw noWay(from: decoded, file: file) }
        let copy = planes.take(decoded)
        plan.from = side(of: copy)
        guard let made = ExactConverter(plan) else { throw noWay(from: decoded, file: file) }
        exact = made
        return made.convert(copy, into: frame, opacity: opaque)
    }

    private func side(of decoded: UnsafeMutablePointer<AVFrame>) -> Scaler.Side {
        Scaler.Side(
            width: Int(decoded.pointee.width), height: Int(decoded.pointee.height),
            format: AVPixelFormat(decoded.pointee.format).withoutRange.format)
    }

    private func layInBytes(_ decoded: UnsafeMutablePointer<AVFrame>, into frame: Frame, file: String) throws {
        let (side, yuv) = (side(of: decoded), layout(of: decoded))
        if let way = planar?.scaler ?? scaler, way.from != side || way.yuv != yuv { (planar, scaler) = (nil, nil) }
        if planar == nil, scaler == nil {
            planar = RowsByPlanes(from: side, width: storedWidth, height: storedHeight, yuv: yuv)
        }
        if let planar { return planar.convert(decoded, into: frame) }
        let target = Scaler.Side(width: storedWidth, height: storedHeight, format: AV_PIX_FMT_RGB24)
        scaler = scaler ?? Scaler(from: side, to: target, yuv: yuv)
        guard let scaler else { throw noWay(from: decoded, file: file) }
        frame.withMutableBytes { scaler.convert(decoded, to: $0, stride: frame.rowStride) }
    }

    private func noWay(from decoded: UnsafeMutablePointer<AVFrame>, file: String) -> MediaError {
        let (width, height) = (decoded.pointee.width, decoded.pointee.height)
        let name = AVPixelFormat(decoded.pointee.format).name
        return MediaError(
            .damaged, operation: "convert", file: file,
            text: "frames of \(width) x \(height) in the pixel format \(name) cannot be converted to RGB")
    }

    /// How a frame's numbers mean colours.
    func layout(of decoded: UnsafePointer<AVFrame>) -> YUVLayout {
        let colour = Colour(of: decoded, fallback: fallback)
        return YUVLayout(
            matrix: Int32(colour.conversionMatrix(width: storedWidth, height: storedHeight)),
            isFullRange: colour.range == AVCOL_RANGE_JPEG.rawValue, chromaLocation: colour.chromaLocation)
    }

    private static func shape(of frame: UnsafeMutablePointer<AVFrame>) -> Double? {
        let said = Rational(frame.pointee.sample_aspect_ratio).value
        return said > 0 ? said : nil
    }

    /// Looks whether a frame's pixels keep the first one's shape when it has been scaled to the first one's size.
    private func noteShape(of decoded: UnsafeMutablePointer<AVFrame>) {
        guard let said = FrameConverter.shape(of: decoded) else { return }
        let wider = Double(decoded.pointee.width) / Double(storedWidth)
        let higher = Double(decoded.pointee.height) / Double(storedHeight)
        // Less than a hundredth is rounding, of sides as of ratios.
        if abs(said * wider / higher / shape - 1) > 0.01 {
            notice("the source changes its aspect ratio on the way; the first frame's is kept")
        }
    }

    private func notice(_ text: String) {
        if !notices.contains(text) { notices.append(text) }
    }

    /// What the first frame shows that a user should know.
    func sourceNotices(_ first: UnsafeMutablePointer<AVFrame>) -> [String] {
        var notices: [String] = []
        if colour.isHighDynamicRange {
            let range = "the source has high dynamic range (\(colour.transferName ?? ""))"
            notices.append(
                range + (light.map { "; it is mapped to BT.709 (\($0.mapping.rawValue))" } ?? ", which is kept"))
        }
        if first.pointee.interlaced_frame != 0 {
            notices.append("the source is interlaced; its two fields are painted together, as they are stored")
        }
        if colour.hasUnknownMatrix {
            notices.append(
                "the source's colour matrix \(colour.matrixName ?? "") is not known; the customary one is used")
        }
        return notices
    }
}

extension Frame {
    /// Makes all of it white.
    fileprivate func whiten() {
        _ = withMutableBytes { $0.initializeMemory(as: UInt8.self, repeating: 255) }
    }
}

extension Optional<UnsafeMutablePointer<UInt8>> {
    /// The nine numbers of a display matrix.
    var numbers: [Int32] {
        guard let self else { return Orientation.identityMatrix }
        return (0..<9).map { UnsafeRawPointer(self).loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self) }
    }
}

extension Orientation {
    static let identityMatrix: [Int32] = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]
}

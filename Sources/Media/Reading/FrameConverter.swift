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
    private let fallback: Colour
    private let storedWidth: Int
    private let storedHeight: Int
    /// Width to height of a stored pixel, by the first frame.
    private let shape: Double
    private var scaler: Scaler?
    /// Holds a stored picture that is then laid down upright.
    private var stored: Frame?
    private var white: WhiteGround?

    /// - Parameters:
    ///   - fallback: the colours of a frame that does not say them.
    ///   - aspect: the shape of a stored pixel where the first frame does not say it.
    init(
        first: UnsafeMutablePointer<AVFrame>, fallback: Colour, aspect: Rational,
        orientation: (orientation: Orientation, isExact: Bool)
    ) {
        self.fallback = fallback
        var turned = orientation
        // Formats without a place in the container, as raw H.264, say it with the frame.
        if let data = av_frame_get_side_data(first, AV_FRAME_DATA_DISPLAYMATRIX), turned.orientation == .upright {
            turned = Orientation.nearest(displayMatrix: data.pointee.data.numbers)
        }
        self.orientation = turned.orientation
        colour = Colour(of: first, fallback: fallback)
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
        if self.orientation != .upright { stored = Frame(width: storedWidth, height: storedHeight) }
    }

    /// - Throws: `MediaError` damaged, where swscale knows no way from the frame's pixel format.
    func convert(_ decoded: UnsafeMutablePointer<AVFrame>, into frame: Frame, file: String) throws {
        precondition(frame.width == width && frame.height == height, "a frame of another size than the clip's")
        noteShape(of: decoded)
        let scaler = try scaler(for: decoded, file: file)
        lay(decoded, scaler, into: stored ?? frame)
        guard let stored else { return }
        stored.withBytes {
            orientation.place($0, width: storedWidth, height: storedHeight, stride: stored.rowStride, into: frame)
        }
    }

    /// Writes a frame down as it is stored.
    private func lay(_ decoded: UnsafeMutablePointer<AVFrame>, _ scaler: Scaler, into frame: Frame) {
        guard scaler.to.format == AV_PIX_FMT_RGBA.rawValue else {
            frame.withMutableBytes { scaler.convert(decoded, to: $0, stride: frame.rowStride) }
            return
        }
        let ground = white ?? WhiteGround(width: storedWidth, height: storedHeight)
        white = ground
        if ground.convert(decoded, scaler, into: frame) {
            notice("the source is transparent in places; they are painted as white")
        }
    }

    private func scaler(for decoded: UnsafeMutablePointer<AVFrame>, file: String) throws -> Scaler {
        let (width, height) = (Int(decoded.pointee.width), Int(decoded.pointee.height))
        let given = AVPixelFormat(decoded.pointee.format)
        let side = Scaler.Side(width: width, height: height, format: given.withoutRange.format)
        let yuv = layout(of: decoded)
        if let scaler, scaler.from == side, scaler.yuv == yuv { return scaler }
        if width != storedWidth || height != storedHeight {
            notice("the source changes its size on the way; every frame is scaled to the first one's")
        }
        let rgb = given.hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
        let target = Scaler.Side(width: storedWidth, height: storedHeight, format: rgb)
        guard let made = Scaler(from: side, to: target, yuv: yuv) else {
            throw MediaError(
                .damaged, operation: "convert", file: file,
                text: "frames of \(width) x \(height) in the pixel format \(given.name) cannot be converted to RGB")
        }
        scaler = made
        return made
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
        if pixelFormat.depth > 8 {
            let range = colour.isHighDynamicRange ? ", high dynamic range (\(colour.transferName ?? ""))" : ""
            notices.append("the source has \(pixelFormat.depth) bits a component\(range); it is painted in 8")
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

internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// Frames as YUV4MPEG2, one after another: what programs hand each other through pipes. It says one rate for all, and
/// nothing of the colours but their range and, of 4:2:0 in 8 bits, where chroma lies.
// Sendable: used by one thread at a time.
public final class Y4MWriter: @unchecked Sendable {
    /// What a user should know of what the stream does not say.
    public let notices: [String]
    /// Frames of the clip so far, those that are left out among them.
    public private(set) var frameCount = 0
    private let outlet: Outlet
    private let grid: FrameGrid
    private let check: () throws -> Void
    private let planes: PlaneFiller
    private let frame: UnsafeMutablePointer<AVFrame>
    private let pixels: EncodedPixels
    /// What goes out next.
    private var bytes: [UInt8] = []

    /// What its pixels may be, the usual one first.
    public static let pixelFormats: [EncodedPixels] = [
        .yuv420p, .yuv422p, .yuv444p, .yuv420p10le, .yuv422p10le, .yuv444p10le, .yuv420p12le, .yuv422p12le,
        .yuv444p12le,
    ]

    /// Writes the stream's head.
    /// - Parameters:
    ///   - file: open for writing; it is not closed.
    ///   - name: by which errors call it.
    ///   - video: the source, whose colours and pixel shape are taken.
    ///   - width: of the frames that will be written.
    ///   - grid: when they are shown.
    ///   - check: is called while nobody reads; what it throws ends the writing.
    /// - Throws: `OutputError`; `MediaError`, where there is no way to such pixels.
    public init(
        _ file: FileDescriptor, name: String, like video: ClipInformation.Video, width: Int, height: Int,
        pixels: EncodedPixels, grid: FrameGrid, check: @escaping () throws -> Void = {}
    ) throws {
        precondition(Self.pixelFormats.contains(pixels), "pixels that YUV4MPEG2 does not hold")
        (self.pixels, self.grid, self.check) = (pixels, grid, check)
        outlet = Outlet(file, name: name)
        let call = LibAV(file: name, kind: .output)
        let size = pixels.holding(width: width, height: height)
        let colour = video.encodedColour(hasFullRange: true, width: width, height: height).named(in: pixels)
        planes = try PlaneFiller(width: size.width, height: size.height, pixels, colour, call)
        frame = LibAV.allocated(av_frame_alloc())
        (frame.pointee.width, frame.pointee.height) = (Int32(size.width), Int32(size.height))
        frame.pointee.format = pixels.format.rawValue
        notices = [pixels.notice(width: width, height: height), colour.unsaid(width, height), grid.notice]
            .compactMap(\.self)
        try call.check(av_frame_get_buffer(frame, 0), "allocate a frame for")
        let shape = video.sampleAspectRatio.value > 0 ? video.sampleAspectRatio : Rational(0, 0)
        let words = [
            "YUV4MPEG2", "W\(size.width)", "H\(size.height)", "F\(grid.rate.ratio)", "Ip", "A\(shape.ratio)",
            "C\(pixels.name(colour))", "XCOLORRANGE=\(colour.range == AVCOL_RANGE_JPEG.rawValue ? "FULL" : "LIMITED")",
        ]
        try send(Array((words.joined(separator: " ") + "\n").utf8))
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }

    /// Writes a frame as often as it is shown; it may be reused at once.
    /// - Precondition: there are as many as the grid knows.
    public func write(_ picture: Frame) throws {
        let copies = grid.copies(of: frameCount, lasting: picture.duration?.value)
        frameCount += 1
        guard copies > 0 else { return }
        planes.fill(frame, from: picture)
        bytes.removeAll(keepingCapacity: true)
        bytes += "FRAME\n".utf8
        for plane in 0..<3 { addPlane(plane) }
        for _ in 0..<copies { try send(bytes) }
    }

    public func finish() {}

    private func addPlane(_ number: Int) {
        let (data, stride) = UnsafePointer(frame).plane(number)
        let steps = number == 0 ? (width: 1, height: 1) : pixels.steps
        let row = Int(frame.pointee.width) / steps.width * (pixels.depth > 8 ? 2 : 1)
        for y in 0..<Int(frame.pointee.height) / steps.height {
            bytes += UnsafeRawBufferPointer(start: data + y * stride, count: row)
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try outlet.write($0, check: check) }
    }
}

extension Rational {
    fileprivate var ratio: String { "\(numerator):\(denominator)" }
}

extension EncodedPixels {
    /// By YUV4MPEG2's names.
    fileprivate func name(_ colour: Colour) -> String {
        let layout = rawValue.dropFirst("yuv".count).prefix { $0 != "p" }
        if depth > 8 { return "\(layout)p\(depth)" }
        guard steps.height == 2 else { return String(layout) }
        return switch AVChromaLocation(colour.chromaLocation) {
        case AVCHROMA_LOC_CENTER: "420jpeg"
        case AVCHROMA_LOC_TOPLEFT: "420paldv"
        default: "420mpeg2"
        }
    }
}

extension Colour {
    /// The same with chroma where the stream's reader will look for it: at the left, unless the stream says otherwise.
    fileprivate func named(in pixels: EncodedPixels) -> Colour {
        var colour = self
        let named = [AVCHROMA_LOC_CENTER.rawValue, AVCHROMA_LOC_TOPLEFT.rawValue]
        if pixels.depth > 8 || pixels.steps.height == 1 || !named.contains(chromaLocation) {
            colour.chromaLocation = AVCHROMA_LOC_LEFT.rawValue
        }
        return colour
    }

    /// What a reader would not guess of them.
    fileprivate func unsaid(_ width: Int, _ height: Int) -> String? {
        let customary = [Colour.customaryMatrix(width: width, height: height)]
        // BT.601 has two numbers.
        let same = customary == [AVCOL_SPC_SMPTE170M.rawValue] ? customary + [AVCOL_SPC_BT470BG.rawValue] : customary
        var words: [String] = []
        if let matrixName, !same.contains(matrix) { words.append("the matrix is \(matrixName)") }
        if isHighDynamicRange {
            words += [
                primariesName.map { "the primaries are \($0)" }, transferName.map { "the transfer is \($0)" },
            ].compactMap(\.self)
        }
        guard !words.isEmpty else { return nil }
        return "YUV4MPEG2 does not say that \(words.joined(separator: ", ")): tell it to what reads the stream"
    }
}

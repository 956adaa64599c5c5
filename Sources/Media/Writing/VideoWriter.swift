internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// A video file: frames encoded with the source's times, colours and pixel shape, and the source's sound.
///
/// Written under a temporary name beside the target; `finish` gives it the target's name. A writer that is dropped
/// without `finish` takes its temporary file away.
// Sendable: used by one thread at a time; a writer is opened by one stage and handed to another.
public final class VideoWriter: @unchecked Sendable {
    /// About how many bytes a pixel of its frames takes: libx264's references and look-ahead at its default preset. At
    /// 720p a clip's run of 8 bits held 520 bytes a pixel above a tiny one's, with what the network, the queues and
    /// LPIPS take: 180 of them are what they leave. Its samples of 10 bits take twice as much.
    public static func bytesPerPixel(_ format: PixelFormat) -> Int { 60 * format.bytesPerPixel }
    /// What a user should know of what was not carried over, or not as it was. Complete after `finish`.
    public private(set) var notices: [String] = []
    /// Frames written so far.
    public var frameCount: Int { track.frameCount }
    /// The temporary file.
    public var temporary: FilePath { assembly.file.temporary }
    /// The pictures that the encoder has let go, and their bytes.
    public private(set) var encoded = (frames: 0, bytes: 0)

    private let track: VideoTrack
    private let assembly: Assembly
    private let video: ClipInformation.Video
    private let selection: Selection
    private var isOpen = true
    /// Whether the sound ends with the last frame, as where frames are counted.
    private var endsSound: Bool

    /// Creates the temporary file, opens the encoder and writes the head of the file.
    /// - Parameters:
    ///   - target: the file's name when it is complete.
    ///   - temporary: its name until then, in the same folder; nil: one is made up.
    ///   - information: the source, whose times, colours, pixel shape, tags and chapters are taken.
    ///   - width: of the frames that will be written; nil: the source's.
    ///   - audioFrom: the file whose sound and other tracks are carried over, usually the source; nil: none.
    ///   - carriage: which of them.
    ///   - selection: the stretch that the frames are from, which the sound is cut to.
    /// - Throws: `OutputError`; `MediaError`: encoderMissing, output; of the sound's file as for `VideoReader`.
    public init(
        _ target: FilePath, temporary: FilePath? = nil, like information: ClipInformation, width: Int? = nil,
        height: Int? = nil, settings: EncoderSettings = EncoderSettings(), audioFrom: FilePath? = nil,
        carrying carriage: Carriage = Carriage(), selection: Selection = .all
    ) throws {
        (video, self.selection, endsSound) = (information.video, selection, selection.frames != nil)
        let (width, height) = (width ?? video.width, height ?? video.height)
        let encoder = try VideoEncoder(
            file: target.string, like: video, width: width, height: height, settings: settings)
        track = VideoTrack(
            encoder, like: video, width: width, height: height,
            zero: selection.start == nil ? information.zero.value : nil)
        assembly = try Assembly(
            target, temporary: temporary, like: information, format: settings.format, audioFrom: audioFrom,
            carrying: carriage, selection: selection
        ) { try $0.addVideo(encoder, like: information) }
        notices = encoder.notices + assembly.notices
    }

    deinit { abandon() }

    /// Encodes a frame, which may be reused at once; its presentation time is on the source's clock and after the frame
    /// before it.
    public func write(_ frame: Frame) throws {
        precondition(isOpen, "a writer that is closed")
        try track.write(frame, to: add)
    }

    /// Cuts the sound at the end of the last frame, although the selection is open there.
    public func endSoundWithFrames() { endsSound = true }

    /// As `finish(replacing:)`, for a name that nobody bears.
    public func finish() throws { try finish(replacing: false) }

    /// Writes what the encoder and the sound still hold, brings the file safely to the disk and gives it its name.
    /// - Parameter replacing: whether a file that bears the name is replaced.
    /// - Throws: `MediaError` output; `OutputError`, where the name is taken: the file then has a free name beside it,
    ///   which the error tells. The temporary file is gone.
    public func finish(replacing: Bool) throws {
        precondition(isOpen, "a writer that is closed")
        do {
            try track.finish(to: add)
            try assembly.publish(zero: track.zeroTime, window: window, replacing: replacing)
        } catch {
            abandon()
            throw error
        }
        isOpen = false
        notices += assembly.finalNotices
    }

    /// Gives up: closes and removes the temporary file. Nothing happens after `finish`.
    public func abandon() {
        guard isOpen else { return }
        isOpen = false
        assembly.abandon()
    }

    private func add(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        encoded = (encoded.frames + 1, encoded.bytes + Int(packet.pointee.size))
        try assembly.add(packet, timeBase: track.timeBase, zero: track.zeroTime, window: window)
    }

    /// Where the sound ends with the frames, its end moves with them.
    private var window: StreamCarrier.Window {
        StreamCarrier.Window(selection, of: video, zero: track.zeroTime, end: endsSound ? track.end : nil)
    }
}

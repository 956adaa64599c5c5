internal import CFFmpeg
import Imaging
import Machine
public import SystemPackage

/// A film out of its chunks: their packets as they are, at the times that one encoding of all frames would have given
/// them, with the source's sound, chapters and tags.
///
/// Times are taken from the frames' own and never from the chunks' files, whose decoding times begin anew in each, and
/// begin later in one of a frame or two.
public final class ChunkJoin {
    /// When the film's frames are shown, in ticks of the source's clock.
    public struct Times: Sendable {
        let ticks: [Int64]
        let end, tail: Int64
        let delay: Int

        /// - Parameters:
        ///   - ticks: of each frame; they rise.
        ///   - last: what the last chunk holds.
        ///   - delay: how many frames the encoder hands on later than they came.
        public init(ticks: [Int64], last: ChunkContent, delay: Int) {
            precondition(!ticks.isEmpty, "a film without a frame")
            (self.ticks, end, tail) = (ticks, last.end, last.tail)
            self.delay = min(max(delay, 0), ticks.count - 1)
        }

        /// When the packet of that place in the stream is decoded: as many frames before it is needed as the encoder
        /// may hold back, which is how libx264 counts.
        func decoding(_ place: Int) -> Int64 {
            place >= delay ? ticks[place - delay] : ticks[place] - (ticks[delay] - ticks[0])
        }

        func duration(_ number: Int) -> Int64 {
            (number + 1 < ticks.count ? ticks[number + 1] : end) - ticks[number]
        }
    }

    /// What a user should know of what was not carried over. Complete after `finish`.
    public private(set) var notices: [String]
    private let assembly: Assembly
    private let times: Times
    private let video: ClipInformation.Video
    private let zero: Timestamp
    private let window: StreamCarrier.Window
    /// The encoder's head, which all chunks share.
    private let head: [UInt8]
    private var packets = 0
    /// Whether chunks' files are Matroska, which does not tell frames' ticks.
    private let countsMilliseconds: Bool

    /// Creates the temporary file and writes the head of the film.
    /// - Parameters:
    ///   - first: the file of the first chunk.
    ///   - endsSound: whether the sound ends with the last frame although the selection is open.
    ///   - others: as of `VideoWriter`.
    /// - Throws: as `VideoWriter`; `MediaError` damaged where that file is no chunk.
    public init(
        _ target: FilePath, beginningWith first: FilePath, like information: ClipInformation,
        settings: EncoderSettings, audioFrom: FilePath?, carrying carriage: Carriage = Carriage(), selection: Selection,
        times: Times, endsSound: Bool = false
    ) throws {
        (self.times, video) = (times, information.video)
        countsMilliseconds = OutputFormat.ofChunks(settings).isMatroska
        zero = Timestamp(
            selection.start == nil ? min(information.zero.value, times.ticks[0]) : times.ticks[0],
            timeBase: information.video.timeBase)
        window = StreamCarrier.Window(
            selection, of: video, zero: zero, end: endsSound || selection.frames != nil ? times.end : nil)
        let demuxer = try ChunkJoin.open(first)
        let parameters = LibAV.allocated(demuxer.stream(0).pointee.codecpar)
        // A guess from the first chunk; the writer knows the film's.
        parameters.pointee.bit_rate = 0
        parameters.pointee.fill(like: information.video, settings)
        head = ChunkJoin.head(of: demuxer)
        assembly = try Assembly(
            target, like: information, format: settings.format, audioFrom: audioFrom, carrying: carriage,
            selection: selection
        ) { try $0.addVideo(parameters, like: information) }
        notices = assembly.notices
    }

    deinit { abandon() }

    /// Adds the next chunk.
    /// - Parameters:
    ///   - frames: that it holds, by the film's numbers.
    ///   - check: is called for every packet; what it throws ends the work.
    /// - Throws: `MediaError`: output; damaged where the file does not hold these frames.
    public func add(_ chunk: FilePath, _ frames: Range<Int>, check: () throws -> Void = {}) throws {
        let demuxer = try ChunkJoin.open(chunk)
        guard ChunkJoin.head(of: demuxer) == head else { throw demuxer.other("it was encoded otherwise") }
        var (first, end) = (nil as Int64?, packets + frames.count)
        while true {
            try check()
            switch demuxer.read() {
            case .packet(let packet):
                guard packets < end, packet.pointee.pts != sv_no_timestamp else { throw demuxer.other("it holds more") }
                if countsMilliseconds {
                    // What is encoded so has no frame that is decoded before its turn.
                    try write(packet, frame: packets)
                    continue
                }
                first = first ?? packet.pointee.pts
                let passed = av_rescale_q(
                    packet.pointee.pts - first!, demuxer.stream(0).pointee.time_base, AVRational(video.timeBase))
                guard let number = times.ticks.firstPlace(of: times.ticks[frames.lowerBound] + passed, in: frames)
                else { throw demuxer.other("its frames lie elsewhere") }
                try write(packet, frame: number)
            case .failed(let code): throw demuxer.other(LibAV.text(of: code))
            case .end:
                guard packets == end else { throw demuxer.other("it holds \(packets + frames.count - end)") }
                return
            }
        }
    }

    private func write(_ packet: UnsafeMutablePointer<AVPacket>, frame number: Int) throws {
        packet.pointee.pts = times.ticks[number] - zero.value
        packet.pointee.dts = times.decoding(packets) - zero.value
        packets += 1
        packet.pointee.duration = packets == times.ticks.count ? times.tail : times.duration(number)
        try assembly.add(packet, timeBase: AVRational(video.timeBase), zero: zero, window: window)
    }

    /// As `VideoWriter.finish`.
    /// - Parameter whenWritten: is given the temporary file, whole, before it is named.
    public func finish(replacing: Bool, whenWritten: (FilePath) throws -> Void = { _ in }) throws {
        precondition(packets == times.ticks.count, "a film that is not complete")
        try assembly.publish(zero: zero, window: window, replacing: replacing, whenWritten: whenWritten)
        isOpen = false
        notices += assembly.finalNotices
    }

    private var isOpen = true

    /// Gives up: closes and removes the temporary file. Nothing happens after `finish`.
    public func abandon() {
        guard isOpen else { return }
        isOpen = false
        assembly.abandon()
    }

    private static func open(_ chunk: FilePath) throws -> Demuxer {
        let demuxer = try Demuxer(chunk, maximumPixels: VideoReader.maximumPixels)
        guard demuxer.context.pointee.nb_streams == 1 else { throw demuxer.other("it is no chunk") }
        return demuxer
    }

    private static func head(of demuxer: Demuxer) -> [UInt8] {
        let parameters = LibAV.allocated(demuxer.stream(0).pointee.codecpar).pointee
        return Array(UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size)))
    }
}

extension Demuxer {
    fileprivate func other(_ text: String) -> MediaError {
        MediaError(.damaged, operation: "join", file: path.string, text: "it does not hold its frames: \(text)")
    }
}

extension [Int64] {
    /// Where a value of a rising stretch lies; nil where it is none of them.
    fileprivate func firstPlace(of value: Int64, in range: Range<Int>) -> Int? {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && self[low] == value ? low : nil
    }
}

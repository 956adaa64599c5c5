internal import CFFmpeg
import Glibc
import Imaging
import SystemPackage

/// An open container: its streams and its packets. Opens the one named file and no other.
final class Demuxer {
    let path: FilePath
    let context: UnsafeMutablePointer<AVFormatContext>
    let call: LibAV
    /// Whether the times that libav gives are not its pictures': they follow one another at their rate.
    private let isUntimed: Bool
    /// What is read in the file's place, where libav cannot read the file.
    let spool: Spool?
    private let packet: UnsafeMutablePointer<AVPacket>
    private let notes = ContainerNotes()
    /// How many packets have been asked for, and for which of them libav has found the container broken last.
    private var (readings, lastBreak) = (0, nil as Int?)
    /// Places in the file that libav has found broken while it looked for streams, far ahead, in rising order; and for
    /// which packet the first of them was reached last.
    private var (brokenAhead, lastBreakAhead, knowsPlaces) = ([] as [Int64], nil as Int?, false)
    /// Where the last packet ends in the file.
    private var lastEnd: Int64 = 0
    /// For containers whose clock may start anew in mid-file.
    private var clock: MendedClock?
    /// For AVI, whose packets are numbered as they come.
    private(set) var index: ChunkIndex?
    /// The sides of each stream's pictures, as the container's head says them.
    private(set) var declaredSizes: [(width: Int, height: Int)] = []
    /// What of its pictures is meant to be seen, of each track of pictures.
    private let apertures: [Aperture?]
    /// Where an MP4 has no fragment, and something else than what fills a disk's blocks.
    private let brokenFragment: Int64?
    /// How many streams the file had shown when it was opened; without a list of them more may come.
    private(set) var knownStreams = 0

    /// - Parameter soundOf: the video whose sound is looked for. A file without a list of its streams (transport
    ///   streams, MPEG programs, FLV) is looked through for up to 90 s or 100 MB for what each holds. libav by itself
    ///   gives up after 5 MB or 5 to 7 s. What was looked through stays in memory until it is read.
    /// - Parameter raw: what its frames are where they lie bare in it.
    /// - Parameter rate: frames a second, of a bare stream.
    /// - Throws: `MediaError`: missing, notMedia, refused, damaged.
    init(_ path: FilePath, maximumPixels: Int, soundOf video: Int? = nil, raw: RawFrames? = nil, rate: Rational? = nil)
        throws
    {
        self.path = path
        try InputFile.check(path)
        spool = raw == nil ? try WebPAnimation.spool(path) : nil
        let file = spool?.path ?? path
        let contents = try FileContents(file)
        try Demuxer.check(contents, path)
        apertures = Aperture.all(in: contents)
        brokenFragment = contents.brokenFragment.map { Int64($0) }
        let format = try raw.map { _ in LibAV.allocated(av_find_input_format("rawvideo")) } ?? Demuxer.probe(file)
        call = LibAV(file: path.string, kind: .damaged)
        let rate = raw == nil && Demuxer.takesRate(format) ? rate : nil
        let context = try Demuxer.open(
            file, format, contents, notes.pointer, maximumPixels: maximumPixels, raw, rate: rate, call)
        // The parser of a bare Dirac stream gives its pictures' numbers for ticks: 25 frames in 21 µs (libav 5.1).
        isUntimed = rate != nil || String(cString: format.pointee.name) == "dirac"
        self.context = context
        packet = LibAV.allocated(av_packet_alloc())
        self.context.pointee.opaque = UnsafeMutableRawPointer(notes.pointer)
        if video != nil, mayShowMoreStreams {
            self.context.pointee.probesize = 100_000_000
            self.context.pointee.max_analyze_duration = 90 * Int64(AV_TIME_BASE)
        }
        try findStreams(maximumPixels: maximumPixels)
        if let rate {
            for index in 0..<Int(context.pointee.nb_streams) {
                stream(index).pointee.avg_frame_rate = AVRational(rate)
                stream(index).pointee.r_frame_rate = AVRational(rate)
            }
        }
        knownStreams = Int(self.context.pointee.nb_streams)
        if formatName == "avi" { index = ChunkIndex(of: context) }
        if mayStartAnew {
            let leader = video ?? Int(av_find_best_stream(self.context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
            clock = MendedClock(leader: leader >= 0 ? leader : nil)
        }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    private func findStreams(maximumPixels: Int) throws {
        // One set of options for each stream known by now, as libav asks; the decoders it tries for a look obey them.
        let count = Int(context.pointee.nb_streams)
        var options = [OpaquePointer?](repeating: nil, count: max(count, 1))
        for index in options.indices { av_dict_set(&options[index], "max_pixels", "\(maximumPixels)", 0) }
        defer { for index in options.indices { av_dict_free(&options[index]) } }
        _ = LibAVLog.lastError()
        declaredSizes = (0..<count).map {
            let parameters = stream($0).pointee.codecpar.pointee
            return (Int(parameters.width), Int(parameters.height))
        }
        let code = avformat_find_stream_info(context, &options)
        if let places = notes.take() { (brokenAhead, hasBrokenAhead) = (places, true) }
        if formatName.hasPrefix("mov"), let place = brokenFragment { brokenAhead = (brokenAhead + [place]).sorted() }
        // What a recording's end has cut off is no break in it.
        if mayStartAnew { brokenAhead.removeAll { $0 >= avio_size(context.pointee.pb) } }
        if code < 0 { throw call.error(code, "read the streams of") }
        let microseconds = AVRational(num: 1, den: AV_TIME_BASE)
        context.pointee.start_time = sane(context.pointee.start_time, timeBase: microseconds)
        context.pointee.duration = sane(context.pointee.duration, timeBase: microseconds)
        for index in 0..<Int(context.pointee.nb_streams) {
            let stream = stream(index)
            stream.pointee.start_time = sane(stream.pointee.start_time, timeBase: stream.pointee.time_base)
            stream.pointee.duration = sane(stream.pointee.duration, timeBase: stream.pointee.time_base)
        }
    }

    /// The time, or none where it is beyond 2^33 s (272 years) either way: damaged files name such, and sums and
    /// products of them would overflow.
    func sane(_ time: Int64, timeBase: AVRational) -> Int64 {
        abs(Double(time)) * Rational(timeBase).value < 0x1p33 && abs(Double(time)) < 0x1p60 ? time : sv_no_timestamp
    }

    /// Whether the file has no list of its streams, so that others than those known may come.
    var mayShowMoreStreams: Bool { context.pointee.ctx_flags & AVFMTCTX_NOHEADER != 0 }

    /// Whether it is JPEGs in a row, which libav reads under one of two names.
    private(set) lazy var isBarePictures = ["mjpeg", "jpeg_pipe"].contains(formatName)

    var formatName: String { String(cString: context.pointee.iformat.pointee.name) }

    func stream(_ index: Int) -> UnsafeMutablePointer<AVStream> {
        precondition(index < Int(context.pointee.nb_streams))
        return LibAV.allocated(context.pointee.streams[index])
    }

    func aperture(of index: Int) -> Aperture? {
        let place = streamKinds[..<index].count { $0 == .video }
        return place < apertures.count ? apertures[place] : nil
    }

    /// Reads only the named streams from here on; where a clock may start anew, also those by which it is known.
    func keepOnly(_ indices: Set<Int>) {
        for (index, kind) in streamKinds.enumerated() {
            let isWitness = clock.map { index == $0.leader || kind == .audio } ?? false
            let isKept = indices.contains(index) || isWitness
            stream(index).pointee.discard = isKept ? AVDISCARD_DEFAULT : AVDISCARD_ALL
        }
    }

    private var mayStartAnew: Bool { context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 }

    /// Whether this container's clock may start anew in mid-file, so that a seek may land where times mean something
    /// else.
    var mayJump: Bool { clock != nil }

    /// How often the clock of the leading stream started anew so far.
    var clockJumps: Int { clock?.jumps ?? 0 }

    enum Reading {
        case packet(UnsafeMutablePointer<AVPacket>)
        case end
        /// The file breaks off here, with libav's code.
        case failed(Int32)
    }

    /// Whether libav has found the container broken on the way to the packet that was read last.
    var hasJustBroken: Bool { lastBreak == readings || lastBreakAhead == readings }

    /// Whether a fragment of an MP4 is damaged, and nothing was read behind it.
    private(set) var leavesFragments = false

    /// Whether it has while it looked for streams.
    private(set) var hasBrokenAhead = false

    /// Whether it has at the file's end, before which parsers hold a packet of each stream back.
    /// A recording ends anywhere: where its last packet is whole, nothing is broken.
    var breaksAtEnd: Bool {
        !mayJump && lastBreak.map { readings - $0 <= 2 * streamKinds.count } ?? false || leavesPart
    }

    /// Whether less than a frame follows the last packet, which this format passes over in silence.
    private var leavesPart: Bool { formatName == "yuv4mpegpipe" && lastEnd < avio_size(context.pointee.pb) }

    /// The next packet, valid until the next call.
    func read() -> Reading {
        if notes.take() != nil { lastBreak = readings }
        let place = context.pointee.pb.map(avio_tell)
        var code: Int32
        repeat {
            av_packet_unref(packet)
            code = av_read_frame(context, packet)
        } while code >= 0 && isHead
        readings += 1
        if notes.take() != nil, !mayJump || !isAtEnd { lastBreak = readings }
        if code >= 0 {
            noteBreakAhead(at: packet.pointee.pos)
            lastEnd = packet.pointee.pos + Int64(packet.pointee.size)
            guard !isEncrypted(packet) else { return .failed(sv_error_encrypted) }
            let timeBase = stream(Int(packet.pointee.stream_index)).pointee.time_base
            packet.pointee.pts = sane(packet.pointee.pts, timeBase: timeBase)
            packet.pointee.dts = sane(packet.pointee.dts, timeBase: timeBase)
            packet.pointee.duration = max(0, sane(packet.pointee.duration, timeBase: timeBase))
            if isUntimed {
                (packet.pointee.pts, packet.pointee.dts) = (sv_no_timestamp, sv_no_timestamp)
                packet.pointee.duration = 0
            }
            clock?.correct(packet, timeBase: timeBase)
            index?.correct(packet)
            return .packet(packet)
        }
        // What was broken behind the last packet.
        if let last = brokenAhead.last {
            leavesFragments = last == brokenFragment
            (brokenAhead, lastBreakAhead) = ([], readings)
        }
        // GXF's last packet is answered with -1, RoQ's with an input error.
        let isEnd = code == sv_error_end_of_file || code == -1 && avio_feof(context.pointee.pb) != 0
        return isEnd || place.map(isFileEnd) ?? false ? .end : .failed(code)
    }

    /// Some packets do not say where they lie, of which a parser has made two; and in some formats none does.
    private func noteBreakAhead(at place: Int64) {
        knowsPlaces = knowsPlaces || place >= 0
        // A frame of ASF may be said to lie where the reader was when it met the last one.
        let apart = formatName == "asf" ? 3 * Int64(context.pointee.packet_size) : 0
        guard let first = brokenAhead.first, place + apart >= first || !knowsPlaces else { return }
        brokenAhead.removeAll { $0 <= place + apart }
        lastBreakAhead = readings
    }

    /// Whether the packet is a stream's head and no frame.
    private var isHead: Bool {
        isOgg && OggHead.isOne(packet, of: stream(Int(packet.pointee.stream_index)).pointee.codecpar.pointee.codec_id)
    }

    private lazy var isOgg = formatName == "ogg"

    private var isAtEnd: Bool { context.pointee.pb.map { avio_tell($0) >= avio_size($0) } ?? false }

    /// Whether nothing was left to be read: then no error is one of the file's. Behind the last part of a `multipart`
    /// stands the line that parts them once more (RFC 2046, 5.1.1: at most 70 characters, and dashes).
    private func isFileEnd(_ place: Int64) -> Bool {
        let size = avio_size(context.pointee.pb)
        return size > 0 && (formatName == "mpjpeg" ? (1...80).contains(size - place) : place >= size)
    }

    /// Reads all that is left.
    /// - Returns: when the last packet ends, in seconds from the file's start.
    func readToEnd() -> Double {
        var end = 0.0
        let start = context.pointee.start_time == sv_no_timestamp ? 0 : context.pointee.start_time
        while case .packet(let packet) = read() {
            let time = packet.pointee.dts == sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
            guard time != sv_no_timestamp else { continue }
            let timeBase = Rational(stream(Int(packet.pointee.stream_index)).pointee.time_base)
            end = max(
                end, Double(time + packet.pointee.duration) * timeBase.value - Double(start) / Double(AV_TIME_BASE))
        }
        return end
    }

    /// By the packet (MP4), or by its stream: Apple's stores, Matroska and ASF mark that.
    private func isEncrypted(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        let stream = stream(Int(packet.pointee.stream_index))
        return av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, nil) != nil
            || stream.pointee.codecpar.pointee.codec_tag == sv_tag_drmi || stream.tag("enc_key_id") != nil
            || AVDictionaryBox.value("ASF_Protection_Type", in: context.pointee.metadata) != nil
    }

    /// Goes to the key frame at or before a time of a stream (-1: of the file, in microseconds); false where the format
    /// cannot. From there on times are the file's own again: what a clock did on the way is not known.
    func seek(stream: Int, before time: Int64) -> Bool {
        clock?.restart()
        return av_seek_frame(context, Int32(stream), time, AVSEEK_FLAG_BACKWARD) >= 0
    }
}

/// Where libav's log notes that the container is broken. It is let go of also where opening fails.
private final class ContainerNotes {
    let pointer = UnsafeMutablePointer<sv_container_notes>.allocate(capacity: 1)

    init() { pointer.initialize(to: sv_container_notes()) }

    /// Where it has been found broken since the last call, in rising order: nil where it has not.
    func take() -> [Int64]? {
        guard pointer.pointee.breaks > 0 else { return nil }
        let places = withUnsafeBytes(of: pointer.pointee.places) { Array($0.bindMemory(to: Int64.self)) }
        defer { pointer.pointee.breaks = 0 }
        return places.prefix(Int(pointer.pointee.breaks)).sorted()
    }

    deinit { pointer.deallocate() }
}

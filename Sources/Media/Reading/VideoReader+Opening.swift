internal import CFFmpeg
import Imaging
public import SystemPackage

extension VideoReader {
    static func open(
        _ path: FilePath, threads: Int, _ selection: Selection
    ) throws -> StreamDecoder {
        let demuxer = try Demuxer(path, maximumPixels: maximumPixels, raw: selection.raw, rate: selection.rate)
        let index = try videoStream(of: demuxer)
        demuxer.keepOnly([index])
        return try StreamDecoder(
            demuxer, stream: index, threads: threads, maximumPixels: maximumPixels,
            selection.deinterlacing)
    }

    /// Whether a file is a bare stream of pictures, without times of its own: H.264, HEVC, MPEG, Motion JPEG.
    /// - Throws: `MediaError`: missing, notMedia, refused.
    public static func isBareStream(_ path: FilePath) throws -> Bool {
        try InputFile.check(path)
        return Demuxer.takesRate(try Demuxer.probe(path))
    }

    private static func videoStream(of demuxer: Demuxer) throws -> Int {
        if try demuxer.isStillPicture() {
            throw MediaError(
                .stillPicture, operation: "read", file: demuxer.path.string, text: "it is a still picture, not a video")
        }
        let kinds = demuxer.streamKinds
        let best = Int(av_find_best_stream(demuxer.context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
        // libav finds none best where nothing is known of them; then the first is taken, and its decoder says why not.
        if let index = kinds.indices.contains(best) && kinds[best] == .video ? best : kinds.firstIndex(of: .video) {
            try demuxer.checkSize(stream: index, maximumPixels: maximumPixels)
            return index
        }
        let held = Set(kinds.map(\.rawValue)).sorted().joined(separator: ", ")
        throw MediaError(
            .noVideo, operation: "read", file: demuxer.path.string,
            text: "it has no video stream" + (held.isEmpty ? "" : " (only \(held))"))
    }

    /// Goes to the selection: by seeking, or where that does not land early enough, from the file's beginning anew.
    /// Where the clock may start anew, a seek may land in any part. Then the file is read up to the selection and
    /// decoded from there.
    static func restart(
        _ decoder: StreamDecoder, at tick: Int64, start: Int64, _ path: FilePath, threads: Int,
        _ selection: Selection
    ) throws -> (StreamDecoder, UnsafeMutablePointer<AVFrame>) {
        if !decoder.demuxer.mayJump {
            if let first = seek(decoder, to: tick, start: start) { return (decoder, first) }
        } else {
            let later = try open(path, threads: threads, selection)
            later.skip(try open(path, threads: threads, selection).packets(before: tick))
            if let first = first(of: later, notAfter: tick) { return (later, first) }
        }
        let fresh = try open(path, threads: threads, selection)
        guard let first = fresh.next() else { throw noFrame(fresh) }
        return (fresh, first)
    }

    /// The next frame, if it is known not to be later than a tick.
    private static func first(of decoder: StreamDecoder, notAfter tick: Int64) -> UnsafeMutablePointer<AVFrame>? {
        guard let frame = decoder.next() else { return nil }
        let found = frame.pointee.best_effort_timestamp
        return found != sv_no_timestamp && found <= tick ? frame : nil
    }

    /// - Throws: `MediaError` filterMissing.
    func checkFields() throws {
        guard decoder.deinterlacer?.isMissing == true else { return }
        throw MediaError(
            .filterMissing, operation: "read", file: path.string,
            text: "it is interlaced, and what makes whole frames of fields is not installed: libavfilter "
                + "(Debian: \(FilterLibrary.package))")
    }

    static func noFrame(_ decoder: StreamDecoder) -> MediaError {
        let call = LibAV(
            file: decoder.demuxer.path.string, stream: Int(decoder.stream.pointee.index), kind: .damaged)
        if decoder.breakage == LibAV.text(of: sv_error_encrypted) {
            return call.failure("decode", LibAV.text(of: sv_error_encrypted), code: sv_error_encrypted)
        }
        let why = decoder.breakage.map { ": \($0)" } ?? ""
        return call.error(sv_error_invalid_data, "decode", found: "it is too damaged to give a single frame" + why)
    }

    /// Goes to a key frame early enough that decoding from there meets the tick, and answers the first frame from
    /// there.
    ///
    /// Containers index by decoding time, and a seek may land on a key frame that is shown after the tick, so the first
    /// decoded frame is looked at, and where it is too late the seek is repeated from further back. Nil where no seek
    /// lands early enough: the clip is then read from its beginning.
    static func seek(
        _ decoder: StreamDecoder, to tick: Int64, start: Int64
    ) -> UnsafeMutablePointer<AVFrame>? {
        let second = max(1, Int64(ticks: 1 / Rational(decoder.stream.pointee.time_base).value))
        for margin in [0, 1, 4, 16, 64] {
            let target = tick - Int64(margin) * second
            guard target > start, decoder.restart(before: target) else { break }
            if let frame = first(of: decoder, notAfter: tick) { return frame }
        }
        return nil
    }
}

internal import CFFmpeg
import Imaging

/// A track of subtitles, of words or of pictures, or of data beside the pictures: each packet with its own time, cut to
/// the stretch.
final class TextTrack: CarriedTrack {
    let stream: UnsafeMutablePointer<AVStream>
    private let muxer: Muxer
    private let index: Int
    private let converter: SubtitleConverter?
    /// A picture from before the stretch that nothing has taken away yet.
    private var standing: UnsafeMutablePointer<AVPacket>?
    private(set) var damagedCount = 0
    var isSparse: Bool { true }

    /// Nil where the container holds the track in no form.
    init?(_ stream: UnsafeMutablePointer<AVStream>, to muxer: Muxer) throws {
        (self.stream, self.muxer) = (stream, muxer)
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let isHeld = muxer.holds(parameters)
        converter = isHeld ? nil : SubtitleConverter(stream, to: muxer.format.text)
        guard isHeld || converter != nil else { return nil }
        func add(_ parameters: UnsafePointer<AVCodecParameters>) throws -> Int {
            try muxer.addStream(
                parameters, timeBase: stream.pointee.time_base, disposition: stream.pointee.disposition,
                language: stream.tag("language"), title: stream.tag("title"))
        }
        index = try converter.map { try $0.withParameters(add) } ?? add(parameters)
    }

    deinit { av_packet_free(&standing) }

    func pass(_ packet: UnsafeMutablePointer<AVPacket>) {
        guard let shows = packet.showsPicture(codec: stream.pointee.codecpar.pointee.codec_id) else { return }
        av_packet_free(&standing)
        if shows { standing = av_packet_clone(packet) }
    }

    func take(_ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp, window: StreamCarrier.Window) throws {
        try showStanding(zero: zero)
        guard let converter else { return try write(packet, zero: zero, window: window) }
        switch converter.convert(packet) {
        case .made(let made): try write(made, zero: zero, window: window)
        case .nothing: break
        case .failed: damagedCount += 1
        }
    }

    func finish(zero: Timestamp) throws { try showStanding(zero: zero) }

    private func showStanding(zero: Timestamp) throws {
        guard let still = standing else { return }
        try write(still, zero: zero, window: .init(start: nil, end: nil))
        av_packet_free(&standing)
    }

    private func write(
        _ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp, window: StreamCarrier.Window
    ) throws {
        let (source, target) = (stream.pointee.time_base, muxer.timeBase(index))
        let time = packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
        guard time != sv_no_timestamp else { return damagedCount += 1 }
        let origin = av_rescale_q(zero.value, AVRational(zero.timeBase), target)
        let start = max(av_rescale_q(time, source, target) - origin, 0)
        if packet.pointee.duration > 0 {
            var end = av_rescale_q(time + packet.pointee.duration, source, target) - origin
            if let last = window.end {
                end = min(end, av_rescale_q(last.value, AVRational(last.timeBase), target) - origin)
            }
            guard end > start else { return }
            packet.pointee.duration = end - start
        }
        (packet.pointee.pts, packet.pointee.dts) = (start, start)
        if try !muxer.write(packet, stream: index) { damagedCount += 1 }
    }
}

extension UnsafeMutablePointer<AVPacket> {
    /// Of a set of segments of a Blu-ray's subtitles, which stands until the next one comes: whether it shows anything;
    /// nil for other packets. The set begins with its composition, whose fourteenth byte counts the objects shown.
    fileprivate func showsPicture(codec: AVCodecID) -> Bool? {
        guard codec == AV_CODEC_ID_HDMV_PGS_SUBTITLE, pointee.size > 13, let data = pointee.data, data[0] == 0x16
        else { return nil }
        return data[13] > 0
    }
}

internal import CFFmpeg

/// The heads of streams that stand in mid-file where Ogg files were put one after another (RFC 3533, 4: chaining):
/// libav gives those of all but the first part as packets, three frames of nothing for Theora (libav 5.1).
enum OggHead {
    static func isOne(_ packet: UnsafeMutablePointer<AVPacket>, of codec: AVCodecID) -> Bool {
        guard let data = packet.pointee.data, packet.pointee.size > 0 else { return false }
        let bytes = UnsafeBufferPointer(start: data, count: Int(packet.pointee.size))
        switch codec {
        // A bit of the first byte says so: Theora's specification, 6.1; Vorbis I, 4.2.1.
        case AV_CODEC_ID_THEORA: return bytes[0] & 0x80 != 0
        case AV_CODEC_ID_VORBIS: return bytes[0] & 1 != 0
        case AV_CODEC_ID_VP8: return bytes.starts(with: "OVP80".utf8)
        case AV_CODEC_ID_OPUS: return bytes.starts(with: "OpusHead".utf8) || bytes.starts(with: "OpusTags".utf8)
        // A frame begins with fourteen bits that are set.
        case AV_CODEC_ID_FLAC: return bytes[0] != 0xFF
        default: return false
        }
    }
}

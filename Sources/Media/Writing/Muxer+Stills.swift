internal import CFFmpeg

extension Muxer {
    /// Adds a file that a clip has with it, as a font; false where the container holds none.
    func addAttachment(_ stream: UnsafeMutablePointer<AVStream>) throws -> Bool {
        guard format.container == .mkv else { return false }
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let index = try addStream(parameters, timeBase: stream.pointee.time_base, title: stream.tag("title"))
        for key in ["filename", "mimetype"] { setTag(key, stream.tag(key), stream: index) }
        return true
    }

    /// Adds a clip's cover: in MP4 a packet of a stream of its own, in Matroska a file beside the clip, whose place is
    /// nil; nil where the container holds none.
    func addCover(
        _ stream: UnsafeMutablePointer<AVStream>
    ) throws -> (packet: UnsafeMutablePointer<AVPacket>, place: Int?)? {
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let types = [AV_CODEC_ID_MJPEG: ("cover.jpg", "image/jpeg"), AV_CODEC_ID_PNG: ("cover.png", "image/png")]
        guard let (name, type) = types[parameters.pointee.codec_id], stream.pointee.attached_pic.size > 0
        else { return nil }
        let packet = LibAV.allocated(stream.attachedPicture)
        switch format.container {
        case .mp4:
            let place = try addStream(
                parameters, timeBase: stream.pointee.time_base, disposition: AV_DISPOSITION_ATTACHED_PIC)
            return (packet, place)
        case .mkv:
            var copy = avcodec_parameters_alloc()
            defer { avcodec_parameters_free(&copy) }
            let attached = LibAV.allocated(copy)
            attached.pointee.codec_type = AVMEDIA_TYPE_ATTACHMENT
            attached.pointee.codec_id = parameters.pointee.codec_id
            let size = Int(packet.pointee.size)
            let bytes = LibAV.allocated(av_mallocz(size + Int(AV_INPUT_BUFFER_PADDING_SIZE)))
            bytes.copyMemory(from: packet.pointee.data, byteCount: size)
            attached.pointee.extradata = bytes.assumingMemoryBound(to: UInt8.self)
            attached.pointee.extradata_size = Int32(size)
            let index = try addStream(attached, timeBase: stream.pointee.time_base)
            setTag("filename", stream.tag("filename") ?? name, stream: index)
            setTag("mimetype", stream.tag("mimetype") ?? type, stream: index)
            return (packet, nil)
        default: return nil
        }
    }
}

extension UnsafeMutablePointer<AVStream> {
    /// The packet that lies in the stream's own memory.
    fileprivate var attachedPicture: UnsafeMutablePointer<AVPacket>? {
        let place = UnsafeMutableRawPointer(self) + MemoryLayout<AVStream>.offset(of: \.attached_pic)!
        return place.assumingMemoryBound(to: AVPacket.self)
    }
}

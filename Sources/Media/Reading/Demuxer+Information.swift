internal import CFFmpeg
import Imaging
import SystemPackage

extension Demuxer {
    /// Whether the file is one still picture (an animated GIF is a clip). Pictures one after another, as cameras write
    /// Motion JPEG, are a clip. But a file with a picture's name may have a smaller one behind it, or its brightness.
    /// - Throws: `MediaError`, where the file cannot be opened once more.
    func isStillPicture() throws -> Bool {
        guard formatName.hasSuffix("_pipe") else { return ["image2", "ico"].contains(formatName) }
        guard !Demuxer.pictureNames.contains(path.extension?.lowercased() ?? "") else { return true }
        let other = try Demuxer(path, maximumPixels: VideoReader.maximumPixels)
        for _ in 0..<2 { guard case .packet = other.read() else { return true } }
        return false
    }

    static let pictureNames = [
        "jpg", "jpeg", "jpe", "jfif", "jps", "mpo", "png", "webp", "bmp", "tif", "tiff", "exr", "jp2", "jxl", "tga",
    ]

    /// Whether the container (MP4, MOV) lists every packet, so that its counts and lengths are exact; AVI's count of
    /// frames, for one, holds those that were left out too.
    var indexesEveryFrame: Bool { formatName.hasPrefix("mov") }

    var streamKinds: [ClipInformation.Stream.Kind] {
        (0..<Int(context.pointee.nb_streams)).map { kind(of: stream($0).pointee) }
    }

    private func kind(of stream: AVStream) -> ClipInformation.Stream.Kind {
        if stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS) != 0 { return .cover }
        // As which libav gives the track that MP4 and MOV keep chapters in, once it has read them.
        let parameters = stream.codecpar.pointee
        if parameters.codec_id == AV_CODEC_ID_BIN_DATA, parameters.codec_tag == sv_tag_text,
            context.pointee.nb_chapters > 0
        {
            return .chapters
        }
        return switch parameters.codec_type {
        case AVMEDIA_TYPE_VIDEO: .video
        case AVMEDIA_TYPE_AUDIO: .audio
        case AVMEDIA_TYPE_SUBTITLE: .subtitle
        case AVMEDIA_TYPE_DATA: .data
        case AVMEDIA_TYPE_ATTACHMENT: .attachment
        default: .unknown
        }
    }

    /// The streams of a stream's programme, in a file that holds several; nil elsewhere.
    func programme(of index: Int) -> Set<Int>? {
        guard context.pointee.nb_programs > 1 else { return nil }
        var streams: Set<Int> = []
        var programme = av_find_program_from_stream(context, nil, Int32(index))
        while let found = programme {
            for place in 0..<Int(found.pointee.nb_stream_indexes) {
                streams.insert(Int(found.pointee.stream_index[place]))
            }
            programme = av_find_program_from_stream(context, found, Int32(index))
        }
        return streams.isEmpty ? nil : streams
    }

    /// - Throws: `MediaError` refused for a picture beyond the limit, before anything of its size is allocated.
    func checkSize(stream index: Int, maximumPixels: Int) throws {
        let parameters = stream(index).pointee.codecpar.pointee
        // libav forgets a size that it will not decode.
        let declared = index < declaredSizes.count ? declaredSizes[index] : (width: 0, height: 0)
        let width = max(Int(parameters.width), declared.width)
        let height = max(Int(parameters.height), declared.height)
        guard width > 0, height > 0, width.multipliedReportingOverflow(by: height).partialValue > maximumPixels else {
            return
        }
        throw MediaError(
            .refused, operation: "read", file: path.string, stream: index,
            text: "it has too many pixels (Picture size \(width)x\(height)); at most 2^28 are read")
    }

    func orientation(of index: Int) -> (orientation: Orientation, isExact: Bool) {
        var size = 0
        guard let data = av_stream_get_side_data(stream(index), AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36 else {
            return (.upright, true)
        }
        return Orientation.nearest(displayMatrix: Optional(data).numbers)
    }

    /// How bright the pictures get, in cd/m², where the container says.
    func lightPeak(of index: Int) -> Double? {
        func data(_ kind: AVPacketSideDataType, atLeast size: Int) -> UnsafePointer<UInt8>? {
            var found = 0
            let data = av_stream_get_side_data(stream(index), kind, &found)
            return found >= size ? data.map { UnsafePointer($0) } : nil
        }
        return ExactConverter.Light.peak(
            content: data(
                AV_PKT_DATA_CONTENT_LIGHT_LEVEL, atLeast: MemoryLayout<AVContentLightMetadata>.size),
            display: data(
                AV_PKT_DATA_MASTERING_DISPLAY_METADATA, atLeast: MemoryLayout<AVMasteringDisplayMetadata>.size))
    }

    func information(
        video index: Int, first: UnsafeMutablePointer<AVFrame>, converter: FrameConverter, start: Int64
    ) -> ClipInformation {
        let video = videoInformation(index, first: first, converter: converter, start: start)
        let length = context.pointee.duration
        return ClipInformation(
            file: Spool.shownName(path.string), container: spool == nil ? formatName : Self.webp.name,
            containerName: spool == nil ? String(cString: context.pointee.iformat.pointee.long_name) : Self.webp.title,
            duration: length > 0 ? Double(length) / Double(AV_TIME_BASE) : nil,
            streams: (0..<Int(context.pointee.nb_streams)).map(streamInformation), video: video,
            metadata: AVDictionaryBox.pairs(of: context.pointee.metadata).map { .init(key: $0.key, value: $0.value) },
            chapters: chapters, zero: zero(of: video))
    }

    /// What is read in another's place is named as that.
    private static let webp = (name: "webp", title: "WebP, animated")

    private func codecName(_ parameters: AVCodecParameters) -> String {
        spool == nil ? String(cString: avcodec_get_name(parameters.codec_id)) : Self.webp.name
    }

    private func streamInformation(_ index: Int) -> ClipInformation.Stream {
        let stream = stream(index)
        let parameters = stream.pointee.codecpar.pointee
        let timeBase = Rational(stream.pointee.time_base)
        func time(_ value: Int64) -> Timestamp? {
            value == sv_no_timestamp ? nil : Timestamp(value, timeBase: timeBase)
        }
        let isAudio = parameters.codec_type == AVMEDIA_TYPE_AUDIO
        return ClipInformation.Stream(
            index: index, kind: kind(of: stream.pointee),
            codec: codecName(parameters), language: stream.tag("language"),
            title: stream.tag("title"), timeBase: timeBase, start: time(stream.pointee.start_time),
            duration: time(stream.pointee.duration), bitRate: parameters.bit_rate > 0 ? Int(parameters.bit_rate) : nil,
            sampleRate: isAudio ? Int(parameters.sample_rate) : nil,
            channels: isAudio ? Int(parameters.ch_layout.nb_channels) : nil)
    }

    /// Shape of a stored pixel, as the container says, else the frame; 1/1 where neither does.
    func sampleAspectRatio(of index: Int, _ frame: UnsafeMutablePointer<AVFrame>) -> Rational {
        if let aspect = aperture(of: index)?.aspect { return aspect }
        let said = Rational(av_guess_sample_aspect_ratio(context, stream(index), frame))
        return said.numerator > 0 && said.denominator > 0 ? said : Rational(1, 1)
    }

    /// What a stream is marked as, and an output of ours is not.
    func markNotices(of index: Int, first: UnsafeMutablePointer<AVFrame>) -> [String] {
        var notices = aperture(of: index).map { [$0.text] } ?? []
        if av_stream_get_side_data(stream(index), AV_PKT_DATA_SPHERICAL, nil) != nil {
            notices.append("the source is marked as a 360-degree video; the mark is not carried over")
        }
        // H.264 and HEVC say it with their frames.
        let stereo: UnsafeMutablePointer<UInt8>? =
            av_stream_get_side_data(stream(index), AV_PKT_DATA_STEREO3D, nil)
            ?? av_frame_get_side_data(first, AV_FRAME_DATA_STEREO3D)?.pointee.data
        if let stereo, UnsafeRawPointer(stereo).load(as: AVStereo3D.self).type != AV_STEREO3D_2D {
            notices.append("the source is marked as stereoscopic (3D); the mark is not carried over")
        }
        if let record = av_stream_get_side_data(stream(index), AV_PKT_DATA_DOVI_CONF, nil),
            UnsafeRawPointer(record).load(as: AVDOVIDecoderConfigurationRecord.self).dv_profile == 5
        {
            notices.append(
                "the source's colours are Dolby Vision's own (profile 5), which are not converted: they will be wrong")
        }
        return notices
    }

    private func videoInformation(
        _ index: Int, first: UnsafeMutablePointer<AVFrame>, converter: FrameConverter, start: Int64
    ) -> ClipInformation.Video {
        let stream = stream(index)
        let parameters = stream.pointee.codecpar.pointee
        let timeBase = Rational(stream.pointee.time_base)
        var aspect = sampleAspectRatio(of: index, first)
        if converter.orientation.swapsSides { aspect = Rational(aspect.denominator, aspect.numerator) }
        let length = stream.pointee.duration
        return ClipInformation.Video(
            stream: index, codec: codecName(parameters), width: converter.width,
            height: converter.height, sampleAspectRatio: aspect, pixelFormat: converter.pixelFormat.name,
            bitDepth: converter.pixelFormat.depth, colour: converter.colour,
            givenColour: converter.givenColour, timeBase: timeBase,
            averageRate: averageRate(stream.pointee), start: Timestamp(start, timeBase: timeBase),
            duration: length == sv_no_timestamp || length <= 0
                ? fileLength(timeBase, start: start) : Timestamp(length, timeBase: timeBase),
            frameCount: frameCount(stream), rotation: converter.orientation.degrees)
    }

    private func averageRate(_ stream: AVStream) -> Rational {
        let average = Rational(stream.avg_frame_rate)
        if average.value > 0 { return average }
        let base = Rational(stream.r_frame_rate)
        return base.value > 0 ? base : Rational(0, 1)
    }

    /// Matroska says lengths of the file only, and counts them from zero, wherever the clip begins.
    private func fileLength(_ timeBase: Rational, start: Int64) -> Timestamp? {
        let microseconds = AVRational(num: 1, den: AV_TIME_BASE)
        guard context.pointee.duration > 0 else { return nil }
        let length = av_rescale_q(context.pointee.duration, microseconds, AVRational(timeBase))
        let isFromZero = context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT == 0
        let rest = isFromZero ? length - max(start, 0) : length
        return rest > 0 ? Timestamp(rest, timeBase: timeBase) : nil
    }

    /// How many frames the container counts, 0 where it does not; an edit list may leave some out, and then the index
    /// does.
    func countedFrames(_ stream: UnsafeMutablePointer<AVStream>) -> Int {
        let indexed = indexesEveryFrame ? Int(avformat_index_get_entries_count(stream)) : 0
        return indexed > 0 ? min(Int(stream.pointee.nb_frames), indexed) : Int(stream.pointee.nb_frames)
    }

    /// Whether the index names a frame that would lie behind the end of the file.
    func endsBeforeIndex(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        guard indexesEveryFrame,
            let last = avformat_index_get_entry(stream, avformat_index_get_entries_count(stream) - 1)
        else { return false }
        return last.pointee.pos + Int64(last.pointee.size) > avio_size(context.pointee.pb)
    }

    /// From the container, or from the tag that Matroska's writers leave.
    private func frameCount(_ stream: UnsafeMutablePointer<AVStream>) -> Int? {
        let counted = countedFrames(stream)
        if counted > 0 { return counted }
        for tag in AVDictionaryBox.pairs(of: stream.pointee.metadata) where tag.key.hasPrefix("NUMBER_OF_FRAMES") {
            if let count = Int(tag.value), count > 0 { return count }
        }
        return nil
    }

    private var chapters: [ClipInformation.Chapter] {
        (0..<Int(context.pointee.nb_chapters)).map { index in
            let chapter = LibAV.allocated(context.pointee.chapters[index]).pointee
            let timeBase = Rational(chapter.time_base)
            return ClipInformation.Chapter(
                start: Timestamp(chapter.start, timeBase: timeBase), end: Timestamp(chapter.end, timeBase: timeBase),
                title: AVDictionaryBox.value("title", in: chapter.metadata))
        }
    }

    /// When the video and its sound start, in microseconds; subtitles and other programmes may come long before.
    private func start(with video: Int) -> Int64 {
        let programme = programme(of: video)
        let starts = streamKinds.enumerated().compactMap { index, kind -> Int64? in
            let stream = stream(index).pointee
            guard index == video || kind == .audio, programme?.contains(index) ?? true,
                stream.start_time != sv_no_timestamp
            else { return nil }
            return av_rescale_q(stream.start_time, stream.time_base, AVRational(num: 1, den: AV_TIME_BASE))
        }
        return starts.min() ?? context.pointee.start_time
    }

    /// Where the clip's own time begins. Clocks that mean nothing by themselves (transport streams; recorders that
    /// write the time of day) are counted from the file's start; a first frame before zero would be cut off by a
    /// player, so then zero is that frame.
    private func zero(of video: ClipInformation.Video) -> Timestamp {
        let start = start(with: video.stream)
        guard start != sv_no_timestamp else { return Timestamp(min(0, video.start.value), timeBase: video.timeBase) }
        let isArbitrary = context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
        let minute = 60 * Int64(AV_TIME_BASE)
        guard isArbitrary || start > minute else {
            return Timestamp(min(0, video.start.value), timeBase: video.timeBase)
        }
        let ticks = av_rescale_q(start, AVRational(num: 1, den: AV_TIME_BASE), AVRational(video.timeBase))
        return Timestamp(min(ticks, video.start.value), timeBase: video.timeBase)
    }
}

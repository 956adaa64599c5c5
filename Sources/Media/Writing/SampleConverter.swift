internal import CFFmpeg

/// Planar samples: one buffer for each channel.
final class SampleBlock {
    /// Samples of each channel meant; more than the capacity where the block is silence, repeated.
    let count: Int64
    /// Samples of each channel that the buffers hold.
    let capacity: Int
    private var planes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?

    init(silence count: Int64, like encoder: UnsafeMutablePointer<AVCodecContext>) {
        self.count = count
        capacity = Int(min(count, 4096))
        let channels = encoder.pointee.ch_layout.nb_channels
        var lineSize: Int32 = 0
        av_samples_alloc_array_and_samples(&planes, &lineSize, channels, Int32(capacity), encoder.pointee.sample_fmt, 0)
        av_samples_set_silence(planes, 0, Int32(capacity), channels, encoder.pointee.sample_fmt)
    }

    /// Takes over planes that libav allocated.
    fileprivate init(_ planes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, count: Int) {
        self.planes = planes
        self.count = Int64(count)
        capacity = count
    }

    deinit {
        if planes != nil { av_freep(&planes![0]) }
        av_freep(&planes)
    }

    func withPlanes<R>(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>?) throws -> R) rethrows -> R {
        guard let planes else { return try body(nil) }
        return try planes.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: 1) { try body($0) }
    }
}

/// swresample from a decoder's samples to an encoder's: rate, layout of channels, format. Where what the channels are
/// is not known, as with a recorder's twelve microphones, the first ones become the encoder's.
final class SampleConverter {
    private var context: OpaquePointer?
    private let encoder: UnsafeMutablePointer<AVCodecContext>
    private let sourceRate: Int32
    private let sourceFormat: Int32
    private let sourceChannels: Int32

    /// Nil where swresample cannot convert such samples.
    init?(from frame: UnsafeMutablePointer<AVFrame>, to encoder: UnsafeMutablePointer<AVCodecContext>) {
        self.encoder = encoder
        sourceRate = frame.pointee.sample_rate
        sourceFormat = frame.pointee.format
        sourceChannels = frame.pointee.ch_layout.nb_channels
        var layout = AVChannelLayout()
        // Files that count channels and name none mean the usual layout of as many.
        if frame.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
            av_channel_layout_default(&layout, sourceChannels)
        } else {
            av_channel_layout_copy(&layout, &frame.pointee.ch_layout)
        }
        if start(&layout, nil) < 0 {
            let targets = Int(encoder.pointee.ch_layout.nb_channels)
            var matrix = [Double](repeating: 0, count: targets * Int(sourceChannels))
            for channel in 0..<min(targets, Int(sourceChannels)) { matrix[channel * (Int(sourceChannels) + 1)] = 1 }
            guard start(&layout, matrix) >= 0 else { return nil }
        }
    }

    /// - Parameter matrix: the share of each source channel in each of the encoder's, row by row; nil: by the layouts.
    private func start(_ layout: inout AVChannelLayout, _ matrix: [Double]?) -> Int32 {
        swr_free(&context)
        var code = swr_alloc_set_opts2(
            &context, &encoder.pointee.ch_layout, encoder.pointee.sample_fmt, encoder.pointee.sample_rate, &layout,
            AVSampleFormat(sourceFormat), sourceRate, 0, nil)
        if code >= 0, let matrix { code = swr_set_matrix(context, matrix, sourceChannels) }
        return code < 0 ? code : swr_init(context)
    }

    deinit { swr_free(&context) }

    /// Whether the frame is like those that this converter was made for.
    func accepts(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        frame.pointee.sample_rate == sourceRate && frame.pointee.format == sourceFormat
            && frame.pointee.ch_layout.nb_channels == sourceChannels
    }

    /// Output samples that the resampler's filter holds back.
    var pendingSamples: Int64 { swr_get_delay(context, Int64(encoder.pointee.sample_rate)) }

    /// Leaves out the next output samples.
    func drop(_ count: Int64) { swr_drop_output(context, Int32(clamping: count)) }

    func convert(_ frame: UnsafeMutablePointer<AVFrame>) -> SampleBlock {
        let source = UnsafeMutableRawPointer(frame.pointee.extended_data)?
            .assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        return convert(source, count: frame.pointee.nb_samples)
    }

    /// What the filter still holds.
    func flush() -> SampleBlock { convert(nil, count: 0) }

    private func convert(_ source: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, count: Int32) -> SampleBlock {
        let room = swr_get_out_samples(context, count)
        let channels = encoder.pointee.ch_layout.nb_channels
        var planes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?
        var lineSize: Int32 = 0
        av_samples_alloc_array_and_samples(&planes, &lineSize, channels, max(room, 1), encoder.pointee.sample_fmt, 0)
        let made = swr_convert(context, planes, max(room, 1), source, count)
        return SampleBlock(planes, count: Int(max(made, 0)))
    }
}

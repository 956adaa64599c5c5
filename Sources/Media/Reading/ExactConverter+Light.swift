internal import CFFmpeg
import Imaging

extension ExactConverter.Light {
    /// What a clip's light becomes; nil where it stays.
    /// - Parameters:
    ///   - first: its first frame, which may say how bright the clip gets: at all (MaxCLL), or the display that it was
    ///     made on.
    ///   - claimed: what its container says of that.
    init?(_ colour: Colour, _ mapping: ToneMapping, _ first: UnsafePointer<AVFrame>, claimed: Double?) {
        guard colour.isHighDynamicRange, mapping != .off else { return nil }
        (transfer, self.mapping) = (colour.transfer, mapping)
        primaries = Self.knownPrimaries.contains(colour.primaries) ? colour.primaries : AVCOL_PRI_BT2020.rawValue
        let isAbsolute = transfer == AVCOL_TRC_SMPTE2084.rawValue
        let own = Self.peak(
            content: av_frame_get_side_data(first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)?.pointee.data,
            display: av_frame_get_side_data(first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)?.pointee.data)
        let said = isAbsolute ? own ?? claimed : nil
        peak = min(max(said ?? ToneMapping.usualPeak, ToneMapping.referenceWhite), 10_000)
    }

    /// H.273's that zimg has, by their code points.
    private static let knownPrimaries: Set<UInt32> = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22]

    /// In cd/m²: of the content, else of the display, where either is said.
    static func peak(content: UnsafePointer<UInt8>?, display: UnsafePointer<UInt8>?) -> Double? {
        if let content {
            let peak = UnsafeRawPointer(content).loadUnaligned(as: AVContentLightMetadata.self).MaxCLL
            if peak > 0 { return Double(peak) }
        }
        guard let display else { return nil }
        let said = UnsafeRawPointer(display).loadUnaligned(as: AVMasteringDisplayMetadata.self)
        guard said.has_luminance != 0, said.max_luminance.num > 0, said.max_luminance.den > 0 else { return nil }
        return Rational(said.max_luminance).value
    }
}

extension Colour {
    /// After high dynamic range has been mapped.
    var mapped: Colour {
        var mapped = self
        mapped.range = AVCOL_RANGE_MPEG.rawValue
        mapped.matrix = AVCOL_SPC_BT709.rawValue
        mapped.primaries = AVCOL_PRI_BT709.rawValue
        mapped.transfer = AVCOL_TRC_BT709.rawValue
        return mapped
    }
}

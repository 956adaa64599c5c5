internal import CFFmpeg
import Imaging

extension ExactConverter.Light {
    /// What a clip's light becomes; nil where it stays.
    /// - Parameter first: its first frame, which may say how bright the clip gets: at all (MaxCLL), or the display that
    ///   it was made on.
    init?(_ colour: Colour, _ mapping: ToneMapping, _ first: UnsafePointer<AVFrame>) {
        guard colour.isHighDynamicRange, mapping != .off else { return nil }
        (transfer, self.mapping) = (colour.transfer, mapping)
        primaries = Self.knownPrimaries.contains(colour.primaries) ? colour.primaries : AVCOL_PRI_BT2020.rawValue
        let isAbsolute = transfer == AVCOL_TRC_SMPTE2084.rawValue
        let said = isAbsolute ? Self.contentPeak(first) ?? Self.displayPeak(first) : nil
        peak = min(max(said ?? ToneMapping.usualPeak, ToneMapping.referenceWhite), 10_000)
    }

    /// H.273's that zimg has, by their code points.
    private static let knownPrimaries: Set<UInt32> = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22]

    private static func contentPeak(_ frame: UnsafePointer<AVFrame>) -> Double? {
        guard let data = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)?.pointee.data else {
            return nil
        }
        let peak = UnsafeRawPointer(data).loadUnaligned(as: AVContentLightMetadata.self).MaxCLL
        return peak > 0 ? Double(peak) : nil
    }

    private static func displayPeak(_ frame: UnsafePointer<AVFrame>) -> Double? {
        guard let data = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)?.pointee.data else {
            return nil
        }
        let display = UnsafeRawPointer(data).loadUnaligned(as: AVMasteringDisplayMetadata.self)
        guard display.has_luminance != 0, display.max_luminance.num > 0, display.max_luminance.den > 0 else {
            return nil
        }
        return Rational(display.max_luminance).value
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

internal import CFFmpeg
import Imaging

/// A clip's time code, counted on to a stretch's first frame; nil where it is none.
func timecode(_ code: String, rate: Rational, after seconds: Double) -> String? {
    var parsed = AVTimecode()
    guard rate.value > 0, av_timecode_init_from_string(&parsed, AVRational(rate), code, nil) >= 0 else { return nil }
    var text = [CChar](repeating: 0, count: Int(AV_TIMECODE_STR_SIZE))
    av_timecode_make_string(&parsed, &text, Int32(clamping: Int64(ticks: seconds * rate.value)))
    return LibAV.string(text)
}

internal import Glibc

/// Numbers as people read them, the same in every locale.
package enum Figure {
    /// 0.63: with so many digits behind the point.
    package static func fixed(_ value: Double, _ digits: Int) -> String { printed("%.\(digits)f", value) }

    /// 7 s, 1:05, 2:03:04.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        if hours > 0 { return printed("%d:%02d:%02d", hours, minutes, rest) }
        return minutes > 0 ? printed("%d:%02d", minutes, rest) : "\(rest) s"
    }

    /// 0.4 s, 7.0 s, 1:05: what something took.
    package static func duration(_ seconds: Double) -> String {
        seconds < 9.95 ? "\(fixed(seconds, 1)) s" : clock(seconds)
    }

    /// 63 %, of a part of 1.
    package static func percent(_ part: Double) -> String { fixed(100 * part, 0) + " %" }

    /// 1 frame, 2 frames.
    package static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    /// 12 KiB, 3.5 MiB, 1.2 GiB.
    package static func bytes(_ count: Int) -> String {
        if count >= 1 << 30 { return fixed(Double(count) / 0x1p30, 1) + " GiB" }
        return count >= 1 << 20 ? fixed(Double(count) / 0x1p20, 1) + " MiB" : "\((count + 1023) / 1024) KiB"
    }

    /// A moment of a clip: 0:12.480.
    package static func moment(_ seconds: Double) -> String {
        // Rounded before it is taken apart: 59.9999 is no 0:60.000.
        let thousandths = Int((max(0, seconds) * 1000).rounded())
        return printed("%d:%02d.%03d", thousandths / 60_000, thousandths / 1000 % 60, thousandths % 1000)
    }

    /// Frames a second, or seconds a frame where that is more than one.
    package static func rate(_ framesPerSecond: Double) -> String {
        framesPerSecond >= 1
            ? "\(fixed(framesPerSecond, 1)) frames/s" : "\(fixed(1 / max(framesPerSecond, 1e-9), 1)) s/frame"
    }

    /// By C's own: Foundation's brings 37 MB of other languages' figures into the program.
    package static func printed(_ format: String, _ values: any CVarArg...) -> String {
        // The longest: the greatest number has 309 digits before its point.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            _ = withVaList(values) { vsnprintf(text.baseAddress, text.count, format, $0) }
            return String(cString: text.baseAddress!)
        }
    }
}

import Foundation
import Imaging
import Media
import TestSupport
import Testing

/// High dynamic range becomes BT.709 as SMPTE ST 2084, ITU-R BT.2100 and the curve's formula say, written down here.
@Suite struct HighRangeTests {
    private static let layout = DepthTests.Layout(name: "yuv444p10le", bits: 10)

    /// Candelas a square metre of PQ.
    private static func perceptual(_ code: Double) -> Double {
        let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
        let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
        let root = pow(code, 1 / m2)
        return 10_000 * pow(max(root - c1, 0) / (c2 - c3 * root), 1 / m1)
    }

    /// Of HLG, on a display of 1,000.
    private static func hybrid(_ codes: [Double]) -> [Double] {
        let (a, b, c) = (0.17883277, 0.28466892, 0.55991073)
        let scene = codes.map { $0 <= 0.5 ? $0 * $0 / 3 : (exp(($0 - c) / a) + b) / 12 }
        let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2]
        return scene.map { 1000 * pow(luminance, 0.2) * $0 }
    }

    /// BT.2020's primaries to BT.709's.
    private static let primaries = [
        [1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730],
    ]

    private static func hable(_ x: Double) -> Double {
        (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3
    }

    /// Light to what is painted, from 0 to 1.
    private static func mapped(_ light: [Double], peak: Double?) -> [Double] {
        let relative = light.map { $0 / 203 }
        let linear = primaries.map { row in zip(row, relative).reduce(0) { $0 + $1.0 * $1.1 } }
        guard let most = linear.max(), most > 0 else { return [0, 0, 0] }
        let target = min(peak.map { hable(most) / hable($0 / 203) } ?? most, 1)
        return linear.map { pow(min(max($0 * target / most, 0), 1), 1 / 2.4) }
    }

    /// Samples of codes that a display of BT.2020 can show.
    private static let samples: [[Int]] = {
        var random = Seeded(21)
        return (0..<DepthTests.columns * DepthTests.rows).map { patch in
            let grey = Double(patch) / 24
            let rgb = patch % 2 == 0 ? [grey, grey, grey] : (0..<3).map { _ in .random(in: 0.1...0.8, using: &random) }
            return DepthTests.samples(of: rgb, "bt2020nc", isFull: false).map { Int($0.rounded()) }
        }
    }()

    private func clip(_ scratch: Scratch, _ transfer: String, _ more: String = "") async throws {
        try scratch.write("raw", Self.layout.bytes(Self.samples, DepthTests.width, DepthTests.height))
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt yuv444p10le -s \(DepthTests.width)x\(DepthTests.height) -framerate 10 -i raw "
                + "\(more.isEmpty ? "-c:v ffv1" : more) -colorspace bt2020nc -color_range tv -color_primaries bt2020 "
                + "-color_trc \(transfer) in.mkv")
    }

    @Test(arguments: [("smpte2084", ToneMapping.hable), ("smpte2084", .clip), ("arib-std-b67", .hable)])
    func lightIsMappedAsTheFormulasSay(transfer: String, mapping: ToneMapping) async throws {
        let scratch = try Scratch()
        try await clip(scratch, transfer)
        let reader = try VideoReader(scratch("in.mkv"), mapping: mapping)
        let frame = reader.makeFrame(.rgb48)
        #expect(try reader.next(into: frame))
        for (patch, samples) in Self.samples.enumerated() {
            let codes = DepthTests.rgb(samples, Self.layout, "bt2020nc", isFull: false)
            let light = transfer == "smpte2084" ? codes.map(Self.perceptual) : Self.hybrid(codes)
            let wanted = Self.mapped(light, peak: mapping == .hable ? 1000 : nil)
            for (found, wanted) in zip(frame.words(at: DepthTests.middle(of: patch)), wanted) {
                // A quarter of ten bits' step.
                #expect(abs(Double(found) / 65535 - wanted) < 0.25 / 1023, "\(samples): \(found), not \(wanted)")
            }
        }
        #expect(reader.notices.contains { $0.contains(transfer) && $0.contains("BT.709 (\(mapping))") })
    }

    /// A film that says how bright it gets is pressed together less, or more.
    @Test func theBrightestIsTheClips() async throws {
        var greys: [UInt16] = []
        for level in [400, 4000] {
            let scratch = try Scratch()
            try await clip(
                scratch, "smpte2084",
                "-pix_fmt yuv444p10le -c:v libx265 -preset ultrafast -x265-params "
                    + "lossless=1:log-level=error:hdr10=1:max-cll=\(level),100")
            let reader = try VideoReader(scratch("in.mkv"))
            let frame = reader.makeFrame(.rgb48)
            #expect(try reader.next(into: frame))
            let codes = DepthTests.rgb(Self.samples[12], Self.layout, "bt2020nc", isFull: false)
            let wanted = Self.mapped(codes.map(Self.perceptual), peak: Double(level))[0]
            let found = frame.words(at: DepthTests.middle(of: 12))[0]
            #expect(abs(Double(found) / 65535 - wanted) < 0.25 / 1023, "\(level): \(found)")
            greys.append(found)
        }
        #expect(greys[0] > greys[1])
    }

    /// Nothing in the file speaks of the range that is gone.
    @Test func mappedPicturesSayWhatTheyAre() async throws {
        let scratch = try Scratch()
        try await clip(
            scratch, "smpte2084",
            "-pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=error:hdr10=1:max-cll=400,100:"
                + "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)")
        for pixels in [EncodedPixels.yuv420p, .yuv420p10le] {
            let name = "\(pixels).mp4"
            try carry(
                scratch("in.mkv"), to: scratch(name),
                settings: EncoderSettings(preset: "ultrafast", pixelFormat: pixels))
            let entries = "stream=color_range,color_space,color_transfer,color_primaries"
            let stream = try await scratch.ffprobe(scratch(name), entries, stream: "v:0").first
            #expect(
                stream == [
                    "color_range": "tv", "color_space": "bt709", "color_transfer": "bt709", "color_primaries": "bt709",
                ])
            let lists = try await scratch.ffprobe(
                scratch(name), "frame=side_data_list", stream: "v:0", ["-show_frames", "-read_intervals", "%+#1"])
            #expect(!"\(lists)".contains("light") && !"\(lists)".contains("Mastering"))
        }
    }
}
